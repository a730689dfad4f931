// Checkpoints: how far a mapping is with each shard, as rows. A save is one transaction, which is refused
// when the mapping has changed or gone since the poller began (its generation): what is no longer in charge
// writes nothing.
// Invariant: a shard's position is never after a record that was neither processed nor given up, so a crash
// gives records again and skips none. Thread rule: any thread.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "platform/event_sources.h"
#include "services/lambda/core.h"
#include "services/lambda/mappings/record.h"

namespace haneul::lambda {

struct ShardProgress {
  platform::StreamPosition position;
  bool is_ended = false;  // every record of it is done and none will follow
  int64_t factor = 1;     // that the lanes' rows were written with
};

// One of the concurrent readers of a shard.
struct LaneProgress {
  std::string done;                       // the last sequence number done; empty: none
  std::optional<Timestamp> window_start;  // of the open tumbling window
  std::string state = "{}";               // of it, JSON
};

class Checkpoints {
 public:
  Checkpoints(const Core& core, const MappingRecord& mapping);

  std::map<std::string, ShardProgress> shards() const;
  std::optional<LaneProgress> lane(const std::string& shard, int64_t lane) const;

  // False: the mapping is no longer this poller's; nothing was written.
  bool save(const std::function<void(store::Tx&)>& body) const;
  void put(store::Tx& tx, const std::string& shard, const ShardProgress& progress) const;
  void put(store::Tx& tx, const std::string& shard, int64_t lane, const LaneProgress& progress) const;
  void drop(store::Tx& tx, const std::string& shard) const;
  void drop_lanes(store::Tx& tx, const std::string& shard) const;
  bool note_result(const std::string& text) const;

 private:
  const Core& core_;
  const Place place_;
  const std::string uuid_;
  const int64_t generation_;
};

std::string last_result(store::Reader& tx, const MappingRecord& mapping);
void drop_progress(store::Tx& tx, const MappingRecord& mapping);  // with the mapping

}  // namespace haneul::lambda
