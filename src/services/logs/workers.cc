#include "services/logs/workers.h"

#include <algorithm>

#include "services/logs/limits.h"

namespace haneul::logs {

namespace {

constexpr const char* kRetentionKind = "logs.retention";
constexpr const char* kPurgeKind = "logs.purge";
constexpr Milliseconds kLookAtLeastEvery = std::chrono::hours(24);
constexpr Milliseconds kLookAtMostEvery = std::chrono::minutes(1);
constexpr int64_t kDayMs = 86'400'000;

Document describe(const Group& group) {
  return Document::Object{{"account", group.where.account.str()},
                          {"region", group.where.region.str()},
                          {"group", group.where.name},
                          {"id", group.record.id}};
}

GroupName where_of(const Document& payload) {
  return {AccountId(payload.string_or("account", "")), Region(payload.string_or("region", "")),
          payload.string_or("group", "")};
}

uint64_t number_of(const Document& payload, std::string_view field) {
  return static_cast<uint64_t>(payload.find(field)->as_int());
}

// The group as the worker knew it, if it is still that one.
std::optional<Group> same_group(store::Reader& reader, const GroupName& where, const std::string& group_id) {
  auto group = find_group(reader, where);
  if (group && group->record.id != group_id) group.reset();
  return group;
}

void take_from_usage(store::Tx& tx, const GroupKeys& keys, uint64_t bytes) {
  const auto row = tx.get(keys.usage());
  if (!row || bytes == 0) return;
  UsageRecord usage = decode_usage(*row);
  usage.bytes -= std::min(usage.bytes, bytes);
  tx.put(keys.usage(), encode(usage));
}

platform::JobOutcome next_retention(const RetentionStep& step, Timestamp now) {
  if (step.is_over) return platform::JobOutcome::done();
  if (step.has_more) return platform::JobOutcome::again(now);
  Milliseconds wait = kLookAtLeastEvery;
  if (step.oldest_last) {
    wait = Milliseconds(*step.oldest_last + step.retention_ms) - now.time_since_epoch();
  }
  return platform::JobOutcome::again(now + std::clamp(wait, kLookAtMostEvery, kLookAtLeastEvery));
}

}  // namespace

RetentionStep retention_step(store::Db& db, const GroupName& where, const std::string& group_id,
                             uint64_t turn, int64_t now) {
  const GroupKeys keys(where, group_id);
  return db.write(keys.scope(), [&](store::Tx& tx) {
    RetentionStep step;
    const auto group = same_group(tx, where, group_id);
    if (!group || !group->record.retention_days || group->record.retention_turn != turn) {
      step.is_over = true;
      return step;
    }
    step.retention_ms = *group->record.retention_days * kDayMs;
    const int64_t kept_from = oldest_kept(group->record, now);
    std::vector<std::pair<EventRow, TimeRecord>> expired;
    const store::KeyRange range = keys.times_between(0, INT64_MAX);
    tx.scan_each({keys.scope().shard, range.from, range.to}, {},
                 [&](std::string_view key, std::string_view value) {
                   const EventRow row = GroupKeys::time_row_of(key);
                   TimeRecord record = decode_time(value);
                   if (row.first >= kept_from || record.last >= kept_from) {
                     step.oldest_last = std::min(step.oldest_last.value_or(record.last), record.last);
                     // Rows that begin before the limit may follow one that ends behind it.
                     return row.first >= kept_from ? store::Visit::kStop : store::Visit::kContinue;
                   }
                   expired.emplace_back(row, std::move(record));
                   step.has_more = expired.size() >= kPurgeRowsMax;
                   return step.has_more ? store::Visit::kStop : store::Visit::kContinue;
                 });
    uint64_t bytes = 0;
    for (const auto& [row, record] : expired) {
      tx.del(keys.event(record.stream_id, row));
      tx.del(keys.time(row));
      bytes += record.bytes;
    }
    take_from_usage(tx, keys, bytes);
    return step;
  });
}

bool purge_step(store::Db& db, const GroupName& where, const std::string& group_id, uint64_t stream_id) {
  const GroupKeys keys(where, group_id);
  return db.write(keys.scope(), [&](store::Tx& tx) {
    if (!same_group(tx, where, group_id)) return false;
    const auto rows = tx.scan(keys.scope().shard, keys.events(stream_id),
                              {.limit = kPurgeRowsMax, .values = store::Values::kSkip});
    uint64_t bytes = 0;
    for (const store::Entry& entry : rows) {
      const EventRow row = GroupKeys::event_row_of(entry.key);
      if (const auto time = tx.get(keys.time(row))) bytes += decode_time(*time).bytes;
      tx.del(keys.time(row));
      tx.del({keys.scope().shard, entry.key});
    }
    take_from_usage(tx, keys, bytes);
    return rows.size() == kPurgeRowsMax;
  });
}

void register_workers(platform::Jobs& jobs, store::Db& db, const Clock& clock) {
  jobs.handle(kRetentionKind, 1, [&db, &clock](const platform::Job& job) -> Task<platform::JobOutcome> {
    const Timestamp now = clock.now();
    const RetentionStep step = retention_step(db, where_of(job.payload), job.payload.string_or("id", ""),
                                              number_of(job.payload, "turn"), now.time_since_epoch().count());
    co_return next_retention(step, now);
  });
  jobs.handle(kPurgeKind, 1, [&db, &clock](const platform::Job& job) -> Task<platform::JobOutcome> {
    const bool has_more = purge_step(db, where_of(job.payload), job.payload.string_or("id", ""),
                                     number_of(job.payload, "stream"));
    co_return has_more ? platform::JobOutcome::again(clock.now()) : platform::JobOutcome::done();
  });
}

void add_retention_job(platform::Jobs& jobs, store::Tx& tx, const Group& group, Timestamp now) {
  Document payload = describe(group);
  payload.set("turn", group.record.retention_turn);
  jobs.add(tx, kRetentionKind, now, std::move(payload));
}

void add_purge_job(platform::Jobs& jobs, store::Tx& tx, const Group& group, uint64_t stream_id,
                   Timestamp now) {
  Document payload = describe(group);
  payload.set("stream", stream_id);
  jobs.add(tx, kPurgeKind, now, std::move(payload));
}

}  // namespace haneul::logs
