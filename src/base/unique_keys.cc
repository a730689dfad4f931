#include "base/unique_keys.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace haneul {
namespace {

// Indexes of the entries by key, equal keys in order of appearance.
std::vector<size_t> order_by_key(const Document::Object& entries) {
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) -> const std::string& { return entries[i].first; });
  return order;
}

}  // namespace

void merge_repeated_keys(Document::Object& entries) {
  if (entries.size() < 2) return;
  const std::vector<size_t> order = order_by_key(entries);
  std::vector<bool> drop(entries.size());
  size_t first = order[0];
  bool any = false;
  for (size_t i = 1; i < order.size(); ++i) {
    if (entries[order[i]].first != entries[first].first) {
      first = order[i];
      continue;
    }
    entries[first].second = std::move(entries[order[i]].second);
    drop[order[i]] = true;
    any = true;
  }
  if (!any) return;
  size_t kept = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (drop[i]) continue;
    if (kept != i) entries[kept] = std::move(entries[i]);
    ++kept;
  }
  entries.resize(kept);
}

std::optional<size_t> find_repeated_key(const Document::Object& entries) {
  if (entries.size() < 2) return std::nullopt;
  const std::vector<size_t> order = order_by_key(entries);
  std::optional<size_t> found;
  for (size_t i = 1; i < order.size(); ++i) {
    if (entries[order[i]].first != entries[order[i - 1]].first) continue;
    if (!found || order[i] < *found) found = order[i];
  }
  return found;
}

}  // namespace haneul
