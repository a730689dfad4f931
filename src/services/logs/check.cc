#include "services/logs/check.h"

#include <set>

#include <fmt/format.h>

#include "services/logs/event_batch.h"
#include "services/logs/groups.h"
#include "services/logs/limits.h"
#include "store/db.h"

namespace haneul::logs {

namespace {

class GroupCheck {
 public:
  GroupCheck(store::Reader& reader, const Group& group, std::vector<std::string>& problems)
      : reader_(reader), group_(group), keys_(group.keys()), problems_(problems) {}

  void run() {
    if (const auto row = reader_.get(keys_.usage())) usage_ = decode_usage(*row);
    check_streams();
    check_times();
    check_events();
    if (bytes_ != usage_.bytes) tell(fmt::format("counts {} bytes and holds {}", usage_.bytes, bytes_));
  }

 private:
  template <class Visit>
  void each(const store::KeyRange& range, Visit visit) {
    reader_.scan_each({keys_.scope().shard, range.from, range.to}, {},
                      [&](std::string_view key, std::string_view value) {
                        visit(key, value);
                        return store::Visit::kContinue;
                      });
  }
  void tell(std::string problem) { problems_.push_back("log group " + group_.where.name + ": " + problem); }

  void check_streams() {
    size_t streams = 0, latest = 0;
    each(keys_.streams(), [&](std::string_view key, std::string_view value) {
      const std::string name = GroupKeys::stream_name_of(key);
      const StreamRecord stream = decode_stream(value);
      ++streams;
      if (stream.id >= usage_.next) tell("the id of stream " + name + " is above the next sequence");
      if (!reader_.contains(keys_.latest(stream.last_event.value_or(0), name)))
        tell("stream " + name + " is missing in the order of last events");
    });
    each(keys_.latest_all(), [&](std::string_view, std::string_view) { ++latest; });
    if (latest != streams)
      tell(fmt::format("{} streams, but {} in the order of last events", streams, latest));
  }

  void check_times() {
    each(keys_.times_between(0, INT64_MAX), [&](std::string_view key, std::string_view value) {
      const EventRow row = GroupKeys::time_row_of(key);
      const TimeRecord record = decode_time(value);
      bytes_ += record.bytes;
      if (row.seq >= usage_.next) tell(fmt::format("row {} is above the next sequence", row.seq));
      if (record.last < row.first || record.last - row.first >= kRowSpanMax.count())
        tell(fmt::format("row {} spans too much", row.seq));
      if (!reader_.contains(keys_.event(record.stream_id, row)))
        tell(fmt::format("row {} has no events", row.seq));
      stream_ids_.insert(record.stream_id);
    });
  }

  void check_events() {
    size_t rows = 0, times = 0;
    for (const uint64_t stream_id : stream_ids_) {
      each(keys_.events(stream_id), [&](std::string_view key, std::string_view value) {
        ++rows;
        check_row(GroupKeys::event_row_of(key), value);
      });
    }
    each(keys_.times_between(0, INT64_MAX), [&](std::string_view, std::string_view) { ++times; });
    if (rows != times) tell(fmt::format("{} rows of events, but {} in the order of time", rows, times));
  }

  void check_row(EventRow row, std::string_view value) {
    const auto time = reader_.get(keys_.time(row));
    if (!time) return tell(fmt::format("row {} is missing in the order of time", row.seq));
    const TimeRecord record = decode_time(*time);
    const Batch batch = decode_batch(value);
    uint64_t bytes = 0;
    int64_t before = row.first;
    for (const Event& event : batch.events) {
      if (event.time < before) tell(fmt::format("row {} is out of order", row.seq));
      before = event.time;
      bytes += stored_bytes(event);
    }
    if (batch.events.front().time != row.first || before != record.last || bytes != record.bytes)
      tell(fmt::format("row {} is not what the order of time says", row.seq));
  }

  store::Reader& reader_;
  const Group& group_;
  const GroupKeys keys_;
  std::vector<std::string>& problems_;
  UsageRecord usage_;
  uint64_t bytes_ = 0;
  std::set<uint64_t> stream_ids_;
};

}  // namespace

std::vector<std::string> check(store::Db& db) {
  std::vector<std::string> problems;
  db.read([&](store::ReadTx& tx) {
    std::set<std::string> known;
    for (store::Shard shard = 0; shard < store::kShards; ++shard) {
      for (const store::Entry& row : tx.scan(shard, all_groups_in(shard))) {
        const Group group{group_of(row.key), decode_group(row.value)};
        known.insert(group.record.id);
        GroupCheck(tx, group, problems).run();
      }
    }
    for (store::Shard shard = 0; shard < store::kShards; ++shard) {
      const store::KeyRange range = all_contents_in(shard);
      tx.scan_each({shard, range.from, range.to}, {.values = store::Values::kSkip},
                   [&](std::string_view key, std::string_view) {
                     const ContentKey content = content_of(key);
                     if (!known.contains(content.group_id))
                       problems.push_back("a row of kind " + content.kind + " belongs to no log group");
                     return store::Visit::kContinue;
                   });
    }
  });
  return problems;
}

}  // namespace haneul::logs
