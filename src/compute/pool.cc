// Bookkeeping of environments.
#include "compute/pool.h"

#include <algorithm>

namespace haneul::compute {

namespace {
constexpr std::chrono::minutes kCredentialsMargin{1};  // beyond the function's own timeout
constexpr ptrdiff_t kUsedLately = 8;
constexpr uint64_t kKibOfMib = 1024;
constexpr size_t kRelief = 16;

// The last that lives at `home` becomes the very last, if it is among those used lately.
void prefer(std::vector<EnvironmentPtr>& list, const Executor* home) {
  const auto end = std::min<ptrdiff_t>(kUsedLately, std::ssize(list));
  const auto near = std::find_if(list.rbegin(), list.rbegin() + end,
                                 [&](const EnvironmentPtr& each) { return &each->loop() == home; });
  if (near != list.rbegin() + end) std::rotate(std::prev(near.base()), near.base(), list.end());
}
}  // namespace

void Pool::recharge(Slot& slot, uint64_t charge_kib) {
  ledger_.recharge(slot.charge_kib, charge_kib);
  slot.charge_kib = charge_kib;
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

void Pool::doom_oldest(std::vector<EnvironmentPtr>& doomed) {
  auto oldest = idle_.begin();
  for (auto it = idle_.begin(); it != idle_.end(); ++it) {
    if (slots_.at(it->second.front()).idle_since < slots_.at(oldest->second.front()).idle_since) oldest = it;
  }
  const EnvironmentPtr victim = oldest->second.front();
  oldest->second.erase(oldest->second.begin());
  if (oldest->second.empty()) idle_.erase(oldest);
  doom(victim, doomed);
}

Pool::Room Pool::make_room(const FunctionImage& image) {
  Room room;
  const std::lock_guard lock(mutex_);
  if (closed_) return room;
  room.charge_kib = ledger_.expect(image);
  while (!ledger_.fits(room.charge_kib) && !idle_.empty()) doom_oldest(room.doomed);
  // What ends now frees what it has a little later: one for one is enough for those who come next.
  const bool is_full = environments_max_ != 0 && slots_.size() >= environments_max_;
  const bool is_machine_short = !ledger_.machine_has(room.charge_kib);
  if ((is_full || is_machine_short) && room.doomed.empty() && !idle_.empty()) doom_oldest(room.doomed);
  if (is_full) room.lacking = "descriptors";
  room.granted = ledger_.fits(room.charge_kib) && (!(is_full || is_machine_short) || !room.doomed.empty());
  if (room.granted) ledger_.charge(room.charge_kib);
  return room;
}

std::vector<EnvironmentPtr> Pool::relieve() {
  std::vector<EnvironmentPtr> doomed;
  const std::lock_guard lock(mutex_);
  if (ledger_.machine_has(0)) return doomed;
  while (!idle_.empty() && doomed.size() < kRelief) doom_oldest(doomed);
  return doomed;
}

Pool::Added Pool::add(const EnvironmentPtr& environment, uint64_t charge_kib) {
  const std::lock_guard lock(mutex_);
  if (closed_) return Added::kClosed;
  slots_[environment] = Slot{Place::kBusy, charge_kib, {}};
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
  // One whose peak nobody knows keeps its charge.
  if (const uint64_t peak_kib = environment->memory_peak_kib(); peak_kib != 0) {
    recharge(slot, peak_kib);
    ledger_.learn(environment->image(), peak_kib);
  }
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
  Counts counts{0, slots_.size(), ledger_.charged_kib() / kKibOfMib};
  for (const IdleLists* lists : {&idle_, &kept_}) {
    for (const auto& [key, list] : *lists) counts.idle += list.size();
  }
  return counts;
}

}  // namespace haneul::compute
