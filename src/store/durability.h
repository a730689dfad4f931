// Durability: turns "ordered" into "durable" for everyone who waits. One thread syncs the log as long as
// anybody waits, so one sync serves all commits that were ordered before it began; when nobody waits it still
// syncs kLinger after a write. The view of the newest sync is what read transactions see; it is published
// before any waiter hears of it.
//
// A failed sync is final: the kernel may have dropped the pages, so a second sync that succeeds would prove
// nothing.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "store/db.h"

namespace haneul::store {

class Durability {
 public:
  static constexpr Milliseconds kLinger{5};
  enum class Outcome { kDurable, kLost };
  using Callback = std::move_only_function<void(Outcome)>;

  Durability(Engine& engine, Syncing syncing);
  ~Durability();

  void note_ordered();  // after every commit
  void when_durable(uint64_t seq,
                    Callback callback);  // at once and on this thread when it is decided already
  void wait_blocking(uint64_t seq);
  void sync_now();
  void fail(const std::string& reason);
  void require_healthy() const;  // throws Unavailable after a failure
  ViewPtr view() const;
  uint64_t durable() const { return durable_.load(std::memory_order_acquire); }
  std::string failure() const;

 private:
  void run();
  void publish(ViewPtr view);

  Engine& engine_;
  const Syncing syncing_;
  std::mutex sync_mutex_;  // one sync at a time; taken before mutex_
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  ViewPtr view_;
  std::multimap<uint64_t, Callback> waiters_;
  std::string failure_;
  bool stopping_ = false;
  std::atomic<bool> failed_{false};
  std::atomic<bool> dirty_{false};
  std::atomic<uint64_t> durable_{0};
  std::thread thread_;
};

}  // namespace haneul::store
