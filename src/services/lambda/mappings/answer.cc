#include "services/lambda/mappings/answer.h"

#include <map>
#include <numeric>

#include "base/json.h"
#include "base/parse_error.h"

namespace haneul::lambda {

namespace {

std::optional<Document> parse_answer(const std::string& answer) {
  if (answer.empty()) return Document();
  try {
    return parse_json(answer);
  } catch (const ParseError&) {
    return std::nullopt;
  }
}

std::vector<size_t> every(const std::vector<Item>& items) {
  std::vector<size_t> out(items.size());
  std::iota(out.begin(), out.end(), size_t{0});
  return out;
}

}  // namespace

std::vector<size_t> failed_positions(const std::string& answer, const std::vector<Item>& items) {
  const auto parsed = parse_answer(answer);
  if (!parsed) return every(items);
  if (parsed->is_null()) return {};
  if (!parsed->is_object()) return every(items);
  const Document* failures = parsed->find("batchItemFailures");
  if (failures == nullptr || failures->is_null()) return {};
  if (!failures->is_array()) return every(items);
  std::map<std::string_view, size_t> positions;
  for (size_t at = 0; at < items.size(); ++at) positions.emplace(items[at].id, at);
  std::set<size_t> failed;
  for (const Document& failure : failures->as_array()) {
    const auto found = positions.find(failure.string_or("itemIdentifier", ""));
    if (found == positions.end()) return every(items);
    failed.insert(found->second);
  }
  return {failed.begin(), failed.end()};
}

std::optional<std::string> window_state(const std::string& answer) {
  const auto parsed = parse_answer(answer);
  const Document* state = parsed ? parsed->find("state") : nullptr;
  if (state == nullptr) return std::nullopt;
  return write_json(*state);
}

}  // namespace haneul::lambda
