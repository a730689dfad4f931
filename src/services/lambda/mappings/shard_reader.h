// ShardReader: one shard of a mapping's stream: reads records in order, gives each to the lane of its
// partition key (ParallelizationFactor lanes), and moves the shard's position over what all lanes are done
// with. Records that the filter does not want are done when they are read.
// Invariant: the stored position is never after a record that is not done. Thread rule: the poller's.
#pragma once

#include <deque>
#include <span>

#include "services/lambda/mappings/lane.h"
#include "services/lambda/mappings/stream_poller.h"

namespace haneul::lambda {

class ShardReader {
 public:
  ShardReader(StreamPoller& poller, std::string id, ShardProgress progress);
  ~ShardReader();

  Task<void> run();  // until the shard ends, the poller stops, or something fails
  void wake() { wakeup_.wake(); }
  bool has_ended() const { return progress_.is_ended; }
  const ShardProgress& progress() const { return progress_; }

  // For lanes.
  StreamPoller& poller() { return poller_; }
  const std::string& id() const { return id_; }
  bool is_stopping() const { return is_failed_ || poller_.is_stopping(); }
  // Everything that arrived before this moment was given to the lanes.
  Timestamp read_until() const { return read_until_; }
  bool is_read_out() const { return is_read_out_; }  // the shard is closed and all of it was given
  // Records are done: noted with the lane's own progress and `more` in one transaction.
  void commit(const Lane& lane, std::span<const Item> done, const std::function<void(store::Tx&)>& more = {});

 private:
  Task<void> read_on();
  void admit(std::vector<platform::StreamRecord> records);
  void load_lanes();
  void finish(uint64_t ordinal);
  void advance();
  void save(const Lane* lane, const std::function<void(store::Tx&)>& more);
  Task<void> run_lane(Lane& lane);
  void fail(std::string_view reason);
  void end_shard();
  size_t lane_of(std::string_view partition_key) const;

  struct Outstanding {
    std::string sequence_number;
    bool is_done = false;
  };

  StreamPoller& poller_;
  const std::string id_;
  ShardProgress progress_;              // as it is stored, or about to be
  platform::StreamPosition read_from_;  // the next read
  std::vector<std::unique_ptr<Lane>> lanes_;
  size_t waiting_bytes_ = 0;             // of the records that lanes have and are not done with
  std::deque<Outstanding> outstanding_;  // records in order, from the first that is not done
  uint64_t first_ordinal_ = 0;           // of outstanding_.front()
  Timestamp read_until_{};
  bool is_read_out_ = false;
  bool is_failed_ = false;
  bool is_saved_ = true;  // progress_ is
  size_t lanes_running_ = 0;
  int64_t troubles_ = 0;
  Wakeup wakeup_;
};

}  // namespace haneul::lambda
