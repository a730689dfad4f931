// CommitTracker: what the work of this thread depends on. The pipeline puts one around a synchronous
// operation and lets the answer out when Db::wait_durable(tracker.seq()) is over:
//
//   store::CommitTracker tracker;
//   Output output = operation(request, input);
//   co_await db.wait_durable(tracker.seq());
//
// Every Db::write below it adds the sequence it committed at, or, when it wrote nothing (or threw), the
// newest one it may have seen, since that state could still be lost. Db::read adds nothing: it shows durable
// state only. Trackers nest; the inner one's sequence also counts for the outer. Thread rule: one thread,
// never across co_await.
#pragma once

#include <algorithm>
#include <cstdint>

namespace haneul::store {

class CommitTracker {
 public:
  CommitTracker() : outer_(current_) { current_ = this; }
  ~CommitTracker() {
    current_ = outer_;
    note(seq_);
  }
  CommitTracker(const CommitTracker&) = delete;
  CommitTracker& operator=(const CommitTracker&) = delete;

  uint64_t seq() const { return seq_; }  // 0: nothing to wait for

  static void note(uint64_t seq) {
    if (current_ != nullptr) current_->seq_ = std::max(current_->seq_, seq);
  }

 private:
  static inline thread_local CommitTracker* current_ = nullptr;
  CommitTracker* outer_;
  uint64_t seq_ = 0;
};

}  // namespace haneul::store
