#include "store/durability.h"

#include <future>

#include "base/check.h"
#include "base/log.h"

namespace haneul::store {

Durability::Durability(Engine& engine, Syncing syncing) : engine_(engine), syncing_(syncing) {
  publish(engine_.sync());
  if (syncing_ == Syncing::kGroup) thread_ = std::thread([this] { run(); });
}

Durability::~Durability() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  try {
    if (!failed_ && syncing_ != Syncing::kManual) sync_now();
  } catch (const Error&) {
    // Nobody was told that it is durable, and fail() has logged it.
  }
  fail("the store is closing");
}

void Durability::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || (!failed_ && (dirty_ || !waiters_.empty())); });
    if (stopping_) return;
    if (waiters_.empty()) {
      wake_.wait_for(lock, kLinger, [this] { return stopping_ || !waiters_.empty(); });
      if (stopping_) return;
    }
    lock.unlock();
    try {
      sync_now();
    } catch (const Error&) {
      // fail() has told those who wait; the loop now sleeps until the end.
    }
    lock.lock();
  }
}

void Durability::sync_now() {
  const std::lock_guard one_sync(sync_mutex_);
  require_healthy();
  // Cleared first: a commit that is ordered while the sync runs must ask for the next one.
  dirty_ = false;
  try {
    publish(engine_.sync());
  } catch (const std::exception& error) {
    log_error("the store's log could not be synced; writes are refused until a restart",
              {{"reason", error.what()}});
    fail(error.what());
    throw;
  }
}

void Durability::publish(ViewPtr view) {
  std::vector<Callback> served;
  {
    const std::lock_guard lock(mutex_);
    const uint64_t seq = view->seq();
    view_.swap(view);
    durable_.store(seq, std::memory_order_release);
    const auto end = waiters_.upper_bound(seq);
    for (auto at = waiters_.begin(); at != end; ++at) served.push_back(std::move(at->second));
    waiters_.erase(waiters_.begin(), end);
  }
  for (Callback& callback : served) callback(Outcome::kDurable);
}

void Durability::fail(const std::string& reason) {
  std::multimap<uint64_t, Callback> lost;
  {
    const std::lock_guard lock(mutex_);
    if (!failed_) failure_ = reason;
    failed_ = true;
    lost.swap(waiters_);
  }
  for (auto& [seq, callback] : lost) callback(Outcome::kLost);
}

void Durability::note_ordered() {
  if (syncing_ == Syncing::kEachCommit) return sync_now();
  if (syncing_ == Syncing::kManual || dirty_.exchange(true)) return;
  // The lock keeps the wake-up from falling between the flusher's look at dirty_ and its sleep.
  {
    const std::lock_guard lock(mutex_);
  }
  wake_.notify_one();
}

void Durability::when_durable(uint64_t seq, Callback callback) {
  Outcome outcome = Outcome::kDurable;
  if (seq > durable()) {
    HANEUL_CHECK(seq <= engine_.now().seq(), "a wait for a commit of this store");
    const std::lock_guard lock(mutex_);
    if (seq > durable_) {
      if (!failed_) {
        waiters_.emplace(seq, std::move(callback));
        wake_.notify_one();
        return;
      }
      outcome = Outcome::kLost;
    }
  }
  callback(outcome);
}

void Durability::wait_blocking(uint64_t seq) {
  if (seq <= durable()) return;
  if (syncing_ == Syncing::kManual) return sync_now();
  std::promise<Outcome> decided;
  std::future<Outcome> outcome = decided.get_future();
  when_durable(seq, [decided = std::move(decided)](Outcome value) mutable { decided.set_value(value); });
  if (outcome.get() == Outcome::kLost) throw Unavailable(failure());
}

void Durability::require_healthy() const {
  if (failed_.load(std::memory_order_relaxed)) throw Unavailable(failure());
}

ViewPtr Durability::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

std::string Durability::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace haneul::store
