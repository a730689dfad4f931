#include "services/logs/keys.h"

namespace haneul::logs {

namespace {

constexpr std::string_view kGroupTag = "logs/group";
constexpr std::string_view kContentTag = "logs/content";

}  // namespace

store::Scope groups_scope(const AccountId& account, const Region& region) {
  return store::make_scope(account, region, "logs", "groups");
}

namespace {

store::KeyWriter groups_of(const AccountId& account, const Region& region) {
  store::KeyWriter writer(groups_scope(account, region));
  writer.text(kGroupTag).text(account.str()).text(region.str());
  return writer;
}

}  // namespace

store::Key group_key(const GroupName& group) {
  return groups_of(group.account, group.region).text(group.name).key();
}

store::KeyRange group_range(const AccountId& account, const Region& region, std::string_view prefix) {
  store::KeyWriter writer = groups_of(account, region);
  if (!prefix.empty()) writer.text_prefix(prefix);
  return writer.range();
}

std::string group_name_of(std::string_view key) { return group_of(key).name; }

GroupName group_of(std::string_view key) {
  store::KeyReader reader(key);
  reader.text();
  GroupName group;
  group.account = AccountId(reader.text());
  group.region = Region(reader.text());
  group.name = reader.text();
  return group;
}

GroupKeys::GroupKeys(const GroupName& group, std::string id)
    : scope_(store::make_scope(group.account, group.region, "logs", "group/" + group.name)),
      id_(std::move(id)) {}

store::KeyWriter GroupKeys::begin(std::string_view kind) const {
  store::KeyWriter writer(scope_);
  writer.text(kContentTag).text(kind).text(id_);
  return writer;
}

store::Key GroupKeys::usage() const { return begin("usage").key(); }

store::Key GroupKeys::stream(std::string_view name) const { return begin("stream").text(name).key(); }

store::KeyRange GroupKeys::streams(std::string_view prefix) const {
  store::KeyWriter writer = begin("stream");
  if (!prefix.empty()) writer.text_prefix(prefix);
  return writer.range();
}

store::Key GroupKeys::latest(int64_t last_event, std::string_view stream) const {
  return begin("latest").i64(last_event).text(stream).key();
}

store::KeyRange GroupKeys::latest_all() const { return begin("latest").range(); }

store::Key GroupKeys::event(uint64_t stream_id, EventRow row) const {
  return begin("event").u64(stream_id).i64(row.first).u64(row.seq).key();
}

store::KeyRange GroupKeys::events(uint64_t stream_id) const { return begin("event").u64(stream_id).range(); }

store::KeyRange GroupKeys::events_between(uint64_t stream_id, int64_t from, int64_t to) const {
  return {begin("event").u64(stream_id).i64(from).str(), begin("event").u64(stream_id).i64(to).str()};
}

store::Key GroupKeys::time(EventRow row) const { return begin("time").i64(row.first).u64(row.seq).key(); }

store::KeyRange GroupKeys::times_between(int64_t from, int64_t to) const {
  return {begin("time").i64(from).str(), begin("time").i64(to).str()};
}

std::vector<store::KeyRange> GroupKeys::everything() const {
  std::vector<store::KeyRange> ranges;
  for (const char* kind : {"usage", "stream", "latest", "event", "time"})
    ranges.push_back(begin(kind).range());
  return ranges;
}

namespace {

store::KeyReader contents(std::string_view key) {
  store::KeyReader reader(key);
  reader.text();  // our tag
  reader.text();  // the kind
  reader.text();  // the group's id
  return reader;
}

}  // namespace

std::string GroupKeys::stream_name_of(std::string_view stream_key) { return contents(stream_key).text(); }

GroupKeys::Latest GroupKeys::latest_of(std::string_view key) {
  store::KeyReader reader = contents(key);
  Latest latest;
  latest.last_event = reader.i64();
  latest.stream = reader.text();
  return latest;
}

EventRow GroupKeys::event_row_of(std::string_view key) {
  store::KeyReader reader = contents(key);
  reader.u64();  // the stream's id
  EventRow row;
  row.first = reader.i64();
  row.seq = reader.u64();
  return row;
}

EventRow GroupKeys::time_row_of(std::string_view key) {
  store::KeyReader reader = contents(key);
  EventRow row;
  row.first = reader.i64();
  row.seq = reader.u64();
  return row;
}

store::KeyRange all_groups_in(store::Shard shard) {
  return store::KeyWriter(store::Scope{shard}).text(kGroupTag).range();
}

store::KeyRange all_contents_in(store::Shard shard) {
  return store::KeyWriter(store::Scope{shard}).text(kContentTag).range();
}

ContentKey content_of(std::string_view key) {
  store::KeyReader reader(key);
  reader.text();
  ContentKey content;
  content.kind = reader.text();
  content.group_id = reader.text();
  return content;
}

}  // namespace haneul::logs
