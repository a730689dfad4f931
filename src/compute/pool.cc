// Bookkeeping of environments.
#include "compute/pool.h"

#include <algorithm>

namespace haneul::compute {

namespace {
constexpr std::chrono::minutes kCredentialsMargin{1};  // beyond the function's own timeout
constexpr ptrdiff_t kUsedLately = 8;

// The last that lives at `home` becomes the very last, if it is among those used lately.
void prefer(std::vector<EnvironmentPtr>& list, const Executor* home) {
  const auto end = std::min<ptrdiff_t>(kUsedLately, std::ssize(list));
  const auto near = std::find_if(list.rbegin(), list.rbegin() + end,
                                 [&](const EnvironmentPtr& each) { return &each->loop() == home; });
  if (near != list.rbegin() + end) std::rotate(std::prev(near.base()), near.base(), list.end());
}
}  // namespace

void Pool::recharge(Slot& slot, uint64_t charge_mb) {
  memory_mb_ = memory_mb_ - slot.charge_mb + charge_mb;
  slot.charge_mb = charge_mb;
}

void Pool::doom(const EnvironmentPtr& environment, std::vector<EnvironmentPtr>& doomed) {
  Slot& slot = slots_.at(environment);
  slot.place = Place::kDoomed;
  recharge(slot, 0);
  doomed.push_back(environment);
}

Pool::Taken Pool::take(const FunctionImage& image, Initialization kind, Timestamp now, const Executor* home) {
  Taken taken;
  const std::lock_guard lock(mutex_);
  IdleLists& lists = idle_of(kind);
  const auto found = lists.find(image.key());
  if (found == lists.end()) return taken;
  std::vector<EnvironmentPtr>& list = found->second;
  prefer(list, home);
  while (!list.empty()) {
    EnvironmentPtr last = std::move(list.back());
    list.pop_back();
    if (last->alive() && last->image().revision == image.revision &&
        last->credentials_expire() > now + image.timeout + kCredentialsMargin) {
      slots_.at(last).place = Place::kBusy;
      taken.environment = std::move(last);
      break;
    }
    doom(last, taken.doomed);
  }
  if (list.empty()) lists.erase(found);
  return taken;
}

Pool::Room Pool::make_room(uint32_t memory_mb) {
  Room room;
  const std::lock_guard lock(mutex_);
  if (closed_) return room;
  while (memory_mb_ + memory_mb > memory_mb_max_ && !idle_.empty()) {
    auto oldest = idle_.begin();
    for (auto it = idle_.begin(); it != idle_.end(); ++it) {
      if (slots_.at(it->second.front()).idle_since < slots_.at(oldest->second.front()).idle_since)
        oldest = it;
    }
    const EnvironmentPtr victim = oldest->second.front();
    oldest->second.erase(oldest->second.begin());
    if (oldest->second.empty()) idle_.erase(oldest);
    doom(victim, room.doomed);
  }
  room.granted = memory_mb_ + memory_mb <= memory_mb_max_;
  if (room.granted) memory_mb_ += memory_mb;
  return room;
}

Pool::Added Pool::add(const EnvironmentPtr& environment) {
  const std::lock_guard lock(mutex_);
  if (closed_) return Added::kClosed;
  slots_[environment] = Slot{Place::kBusy, environment->image().memory_mb, {}};
  return Added::kYes;
}

Pool::Fate Pool::give_back(const EnvironmentPtr& environment, Timestamp now) {
  const std::lock_guard lock(mutex_);
  Slot& slot = slots_.at(environment);
  if (closed_ || slot.place == Place::kRetiring || !environment->alive()) {
    slot.place = Place::kDoomed;
    recharge(slot, 0);
    return Fate::kDoomed;
  }
  slot.place = Place::kIdle;
  slot.idle_since = now;
  // One whose peak nobody knows is charged its limit, as before.
  if (environment->max_memory_mb() != 0) recharge(slot, environment->max_memory_mb());
  idle_of(environment->initialization())[environment->image().key()].push_back(environment);
  return Fate::kIdle;
}

void Pool::gone(const EnvironmentPtr& environment) {
  const std::lock_guard lock(mutex_);
  slots_.erase(environment);
}

void Pool::retire(const EnvironmentPtr& environment) {
  const std::lock_guard lock(mutex_);
  slots_.at(environment).place = Place::kRetiring;
}

std::vector<EnvironmentPtr> Pool::take_kept(const std::function<bool(const Environment&)>& is_unwanted) {
  std::vector<EnvironmentPtr> doomed;
  const std::lock_guard lock(mutex_);
  for (auto it = kept_.begin(); it != kept_.end();) {
    std::vector<EnvironmentPtr>& list = it->second;
    std::erase_if(list, [&](const EnvironmentPtr& each) {
      if (!is_unwanted(*each)) return false;
      doom(each, doomed);
      return true;
    });
    it = list.empty() ? kept_.erase(it) : std::next(it);
  }
  return doomed;
}

std::vector<EnvironmentPtr> Pool::take_idle_since(Timestamp limit) {
  std::vector<EnvironmentPtr> doomed;
  const std::lock_guard lock(mutex_);
  for (auto it = idle_.begin(); it != idle_.end();) {
    std::vector<EnvironmentPtr>& list = it->second;
    std::erase_if(list, [&](const EnvironmentPtr& each) {
      if (each->alive() && (each->is_debugged() || slots_.at(each).idle_since > limit)) return false;
      doom(each, doomed);
      return true;
    });
    it = list.empty() ? idle_.erase(it) : std::next(it);
  }
  return doomed;
}

std::vector<EnvironmentPtr> Pool::retire_function(std::string_view function_arn) {
  std::vector<EnvironmentPtr> doomed;
  const std::lock_guard lock(mutex_);
  for (IdleLists* lists : {&idle_, &kept_}) {
    std::erase_if(*lists, [&](const auto& entry) {
      if (entry.second.front()->image().function_arn != function_arn) return false;
      for (const EnvironmentPtr& each : entry.second) doom(each, doomed);
      return true;
    });
  }
  for (auto& [environment, slot] : slots_) {
    if (slot.place == Place::kBusy && environment->image().function_arn == function_arn)
      slot.place = Place::kRetiring;
  }
  return doomed;
}

std::vector<EnvironmentPtr> Pool::close(std::vector<EnvironmentPtr>& busy) {
  std::vector<EnvironmentPtr> doomed;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (IdleLists* lists : {&idle_, &kept_}) {
    for (const auto& [key, list] : *lists) {
      for (const EnvironmentPtr& each : list) doom(each, doomed);
    }
    lists->clear();
  }
  for (auto& [environment, slot] : slots_) {
    if (slot.place == Place::kBusy || slot.place == Place::kRetiring) busy.push_back(environment);
  }
  return doomed;
}

Pool::Counts Pool::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts{0, slots_.size(), memory_mb_};
  for (const IdleLists* lists : {&idle_, &kept_}) {
    for (const auto& [key, list] : *lists) counts.idle += list.size();
  }
  return counts;
}

}  // namespace haneul::compute
