// Lane: the records of one shard whose partition keys fall to it, in order, as batches for the function. One
// batch at a time; the next one only when the first is processed or given up.
// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
//
// A failed batch is split when the mapping bisects (which is no retry), else tried again with growing pauses
// until MaximumRetryAttempts or MaximumRecordAgeInSeconds says that it is given up; what is given up goes to
// the destination for failures. Throttles are no attempts. With a tumbling window a batch never crosses its
// end, and the window's state is stored with the records that made it.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/task/wakeup.h"
#include "services/lambda/mappings/batch_run.h"
#include "services/lambda/mappings/checkpoints.h"
#include "services/lambda/mappings/events.h"

namespace haneul::lambda {

class ShardReader;

class Lane {
 public:
  Lane(ShardReader& reader, int64_t number, LaneProgress progress);
  int64_t number() const { return number_; }
  const LaneProgress& progress() const { return progress_; }
  bool has_done(std::string_view sequence_number) const;
  void add(Item item);
  void wake() { wakeup_.wake(); }
  Task<void> run();  // until the reader stops, or all of an ended shard is done

 private:
  struct Step {
    enum class Kind { kBatch, kCloseWindow, kWait, kEnd } kind = Kind::kWait;
    size_t count = 0;       // of kBatch
    Milliseconds pause{0};  // of kWait
  };
  struct Work {
    std::vector<Item> items;
    int64_t attempts = 0;
    int64_t throttles = 0;
  };
  enum class Window { kRunning, kFinal, kFinalEarly };
  enum class GiveUp { kRetries, kAge };

  Step next_step() const;
  Step batch_step() const;
  bool window_is_over(Timestamp next_record) const;
  Timestamp window_start_of(Timestamp at) const;
  std::vector<Item> take(size_t count);

  Task<void> process(std::vector<Item> items);
  Task<bool> process_front(std::deque<Work>& todo);  // false: stopping
  Task<bool> settle_answer(std::deque<Work>& todo, const BatchResult& result);
  Task<bool> settle_failure(std::deque<Work>& todo, const BatchResult& result);
  Task<bool> retry_or_give_up(std::deque<Work>& todo, const BatchResult& result);
  bool drop_expired(std::deque<Work>& todo);
  void give_up(std::span<const Item> items, GiveUp why, const BatchResult& result, int64_t attempts);
  void finish(std::span<const Item> items, const std::function<void(store::Tx&)>& more = {});
  Task<void> close_window(Window how);
  Task<BatchResult> invoke(const std::vector<Item>& items, Window window);
  std::string window_members(Window window) const;

  ShardReader& reader_;
  const int64_t number_;
  LaneProgress progress_;
  struct Waiting {
    Item item;
    Timestamp since{};
  };
  std::deque<Waiting> waiting_;
  Wakeup wakeup_;
};

}  // namespace haneul::lambda
