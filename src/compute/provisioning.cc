// Counting what is wanted, starting and ready.
#include "compute/provisioning.h"

#include <algorithm>

#include "compute/concurrency.h"

namespace haneul::compute {

namespace {

constexpr std::chrono::milliseconds kPauseMin{250};
constexpr std::chrono::milliseconds kPauseMax{300'000};
constexpr int kServerFailuresTold = 3;

std::chrono::milliseconds pause_after(int failures) {
  return std::min(kPauseMin * (int64_t{1} << std::clamp(failures - 1, 0, 20)), kPauseMax);
}

}  // namespace

void Provisioning::prune(const std::string& key) {
  const auto found = groups_.find(key);
  if (found == groups_.end()) return;
  const Group& group = found->second;
  if (group.wish.count == 0 && group.starting == 0 && group.ready.empty()) groups_.erase(found);
  any_ = !groups_.empty();
}

void Provisioning::drop_wishes(std::string_view function_arn) {
  for (auto& [key, group] : groups_) {
    if (group.wish.image->function_arn != function_arn) continue;
    group.wish.count = 0;
    group.wish.mark.clear();
  }
}

void Provisioning::prune_all() {
  std::erase_if(groups_, [](const auto& entry) {
    const Group& group = entry.second;
    return group.wish.count == 0 && group.starting == 0 && group.ready.empty();
  });
  any_ = !groups_.empty();
}

void Provisioning::want(std::string_view function_arn, std::vector<ProvisionWish> wishes, LogSink& sink) {
  const std::lock_guard lock(mutex_);
  drop_wishes(function_arn);
  for (ProvisionWish& wish : wishes) {
    Group& group = groups_[wish.image->key()];
    const bool is_known = group.wish.image && group.wish.image->revision == wish.image->revision;
    if (!is_known) group.ready.clear();
    const bool is_same = is_known && group.asked == wish.mark;
    group.asked = wish.mark;
    group.wish = std::move(wish);
    group.sink = &sink;
    if (is_same) continue;
    group.failures = 0;
    group.retry_at = {};
    group.failure.clear();
    group.is_reached = group.ready.size() >= group.wish.count;
  }
  prune_all();
}

void Provisioning::forget(std::string_view function_arn) {
  const std::lock_guard lock(mutex_);
  drop_wishes(function_arn);
  prune_all();
}

std::vector<Provisioning::Start> Provisioning::take_due(Timestamp now) {
  std::vector<Start> due;
  const std::lock_guard lock(mutex_);
  for (auto& [key, group] : groups_) {
    if (group.retry_at > now) continue;
    // After a failure one at a time: the next will most likely fail as well.
    const size_t places = group.failures > 0 ? 1 : kStartsOfOneMax;
    while (starting_ < kStartsMax && group.starting < places &&
           group.ready.size() + group.starting < group.wish.count) {
      ++group.starting;
      ++starting_;
      due.push_back({group.wish.image, group.sink});
    }
  }
  return due;
}

Provisioning::Verdict Provisioning::started(const Environment& environment) {
  const std::string key = environment.image().key();
  const std::lock_guard lock(mutex_);
  Group& group = groups_.at(key);  // it stays while something of it starts
  --group.starting;
  --starting_;
  if (group.ready.size() >= group.wish.count || group.wish.image->revision != environment.image().revision) {
    prune(key);
    return Verdict::kDrop;
  }
  group.ready.insert(&environment);
  group.failures = 0;
  group.failure.clear();
  if (group.ready.size() >= group.wish.count) group.is_reached = true;
  return Verdict::kKeep;
}

std::chrono::milliseconds Provisioning::failed(const FunctionImage& image, const Failure& failure,
                                               Timestamp now) {
  const std::lock_guard lock(mutex_);
  Group& group = groups_.at(image.key());
  --group.starting;
  --starting_;
  std::chrono::milliseconds pause{0};
  if (group.wish.image->revision == image.revision) {
    pause = pause_after(++group.failures);
    group.retry_at = now + pause;
    if (failure.cause == Cause::kFunction || group.failures >= kServerFailuresTold)
      group.failure = failure.reason;
  }
  prune(image.key());
  return pause;
}

void Provisioning::lost(const Environment& environment) {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(environment.image().key());
  if (found == groups_.end()) return;
  found->second.ready.erase(&environment);
  prune(environment.image().key());
}

Provisioning::Verdict Provisioning::judge(const Environment& environment) {
  const std::string key = environment.image().key();
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(key);
  if (found == groups_.end() || !found->second.ready.contains(&environment)) return Verdict::kDrop;
  Group& group = found->second;
  if (group.ready.size() <= group.wish.count) return Verdict::kKeep;
  group.ready.erase(&environment);
  prune(key);
  return Verdict::kDrop;
}

void Provisioning::tell_kept(std::chrono::nanoseconds now) {
  std::vector<std::pair<std::function<void(std::chrono::milliseconds)>, std::chrono::milliseconds>> calls;
  {
    const std::lock_guard lock(mutex_);
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - told_at_);
    const bool is_first = told_at_ == std::chrono::nanoseconds(0);
    told_at_ = now;
    if (is_first) return;
    for (const auto& [key, group] : groups_) {
      if (group.wish.on_kept && !group.ready.empty())
        calls.emplace_back(group.wish.on_kept, passed * static_cast<int64_t>(group.ready.size()));
    }
  }
  for (const auto& [tell, time] : calls) tell(time);
}

std::unordered_map<std::string, uint32_t> Provisioning::set_aside() const {
  std::unordered_map<std::string, uint32_t> amounts;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, group] : groups_) {
    if (group.ready.empty()) continue;
    amounts[Concurrency::key_of(*group.wish.image, group.wish.share)] +=
        static_cast<uint32_t>(group.ready.size());
  }
  return amounts;
}

ProvisionState Provisioning::state(const std::string& image_key) const {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(image_key);
  if (found == groups_.end()) return {};
  const Group& group = found->second;
  return {group.wish.mark, static_cast<uint32_t>(group.ready.size()), group.is_reached, group.failure};
}

uint32_t Provisioning::ready() const {
  uint32_t sum = 0;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, group] : groups_) sum += static_cast<uint32_t>(group.ready.size());
  return sum;
}

}  // namespace haneul::compute
