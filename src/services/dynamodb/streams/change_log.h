// ChangeLog: writes a table's changes into its stream, in the transaction of the change, and tells who
// watches the stream once they are durable; opens, closes and trims streams. Thread rule: any thread.
#pragma once

#include <optional>

#include "platform/event_sources.h"
#include "platform/jobs.h"
#include "services/dynamodb/items/change.h"
#include "services/dynamodb/streams/stream.h"
#include "store/db.h"

namespace haneul::dynamodb {

// A record as it is stored.
struct ChangeRecord {
  uint64_t sequence = 0;
  Timestamp at;
  std::string event;  // INSERT, MODIFY or REMOVE
  Attributes keys;
  std::optional<Attributes> before, after;  // as far as the view type holds them
  ChangedBy by = ChangedBy::kCaller;
};
ChangeRecord decode_change(std::string_view key, std::string_view value);

class ChangeLog {
 public:
  void append(store::Tx& tx, const Table& table, const Change& change, const Author& author);
  platform::Watchers& watchers() { return watchers_; }

 private:
  platform::Watchers watchers_;
};

// Gives the table a stream; `number` is a new one. Takes it away again.
void open_stream(store::Tx& tx, platform::Jobs& jobs, Table& table, const std::string& view_type,
                 uint64_t number, Timestamp now);
void close_stream(store::Tx& tx, Table& table, Timestamp now);
void register_trim(platform::Jobs& jobs, store::Db& db, const Clock& clock);

// The number that the stream's next record will have; records of the stream in [from, ...), in order.
uint64_t next_sequence(store::Reader& reader, const StreamInfo& stream);
// The number of the oldest record that is left; the next one when there is none.
uint64_t first_sequence(store::Reader& reader, const StreamInfo& stream);

}  // namespace haneul::dynamodb
