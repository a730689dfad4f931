// Keys of CloudWatch Logs: the only file that knows where its rows are (README.md, "Key space").
//
// Everything below a group is named by the group's id, drawn at its creation: a group made again under the
// same name shares nothing with the one before. Events are ordered by (time, sequence of the row, place in
// the row).
#pragma once

#include "store/key.h"

namespace haneul::logs {

struct GroupName {  // where a group is, whether or not it exists
  AccountId account;
  Region region;
  std::string name;
};

struct EventRow {     // the place of a row of events
  int64_t first = 0;  // time of its first event, ms
  uint64_t seq = 0;   // grows with every row of the group
  friend auto operator<=>(const EventRow&, const EventRow&) = default;
};

store::Scope groups_scope(const AccountId& account, const Region& region);
store::Key group_key(const GroupName& group);
store::KeyRange group_range(const AccountId& account, const Region& region, std::string_view prefix = {});
std::string group_name_of(std::string_view key);

// The keys of one group's contents.
class GroupKeys {
 public:
  GroupKeys(const GroupName& group, std::string id);

  store::Scope scope() const { return scope_; }
  const std::string& id() const { return id_; }
  store::Key usage() const;
  store::Key stream(std::string_view name) const;
  store::KeyRange streams(std::string_view prefix = {}) const;
  // Streams by the time of their last event; 0 before the first one.
  store::Key latest(int64_t last_event, std::string_view stream) const;
  store::KeyRange latest_all() const;
  store::Key event(uint64_t stream_id, EventRow row) const;
  store::KeyRange events(uint64_t stream_id) const;
  // [from, to) by the time of the first event.
  store::KeyRange events_between(uint64_t stream_id, int64_t from, int64_t to) const;
  store::Key time(EventRow row) const;
  store::KeyRange times_between(int64_t from, int64_t to) const;
  std::vector<store::KeyRange> everything() const;

  static std::string stream_name_of(std::string_view stream_key);
  struct Latest {
    int64_t last_event;
    std::string stream;
  };
  static Latest latest_of(std::string_view key);
  static EventRow event_row_of(std::string_view key);
  static EventRow time_row_of(std::string_view key);

 private:
  store::KeyWriter begin(std::string_view kind) const;
  store::Scope scope_;
  std::string id_;
};

// What the offline check walks: the rows of a shard that are ours, by kind.
store::KeyRange all_groups_in(store::Shard shard);
GroupName group_of(std::string_view key);  // a key of all_groups_in
store::KeyRange all_contents_in(store::Shard shard);
struct ContentKey {
  std::string kind;  // "usage", "stream", "latest", "event" or "time"
  std::string group_id;
};
ContentKey content_of(std::string_view key);

}  // namespace haneul::logs
