#include "platform/event_sources.h"

#include <algorithm>

namespace haneul::platform {

// Of one ARN. A watch holds its listener; here are weak references to it.
struct Watchers::Listeners {
  std::vector<std::weak_ptr<Listener>> all;
};

Watch Watchers::add(const std::string& arn, Listener listener) {
  auto held = std::make_shared<Listener>(std::move(listener));
  const std::lock_guard lock(mutex_);
  auto& listeners = by_arn_[arn];
  if (!listeners) listeners = std::make_shared<Listeners>();
  std::erase_if(listeners->all, [](const auto& each) { return each.expired(); });
  listeners->all.push_back(held);
  return held;
}

void Watchers::notify(const std::string& arn) {
  std::vector<std::weak_ptr<Listener>> told;
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_arn_.find(arn);
    if (found == by_arn_.end()) return;
    std::erase_if(found->second->all, [](const auto& each) { return each.expired(); });
    told = found->second->all;
    if (told.empty()) by_arn_.erase(found);
  }
  for (const auto& each : told) {
    if (const auto listener = each.lock()) (*listener)();
  }
}

int compare_sequence(std::string_view a, std::string_view b) {
  const auto digits = [](std::string_view text) {
    const size_t first = text.find_first_not_of('0');
    return first == std::string_view::npos ? std::string_view() : text.substr(first);
  };
  const std::string_view left = digits(a), right = digits(b);
  if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
  return left.compare(right);
}

}  // namespace haneul::platform
