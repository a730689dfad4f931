#include "services/dynamodb/streams/change_log.h"

#include "base/big_endian.h"
#include "base/text.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/value/record.h"
#include "store/errors.h"
#include "store/record.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kTrimKind = "dynamodb.trim";
constexpr auto kRetention = std::chrono::hours(24);
constexpr auto kTrimEvery = std::chrono::minutes(30);
constexpr size_t kTrimStep = 1000;
constexpr size_t kParallel = 1;

uint64_t number_of(std::string_view bytes) {
  if (bytes.size() != kBigEndianBytes) throw store::Corrupt("a stream's next number is no number");
  return big_endian_at(bytes);
}

bool holds(std::string_view view_type, std::string_view image) {
  return view_type == "NEW_AND_OLD_IMAGES" || view_type == image;
}

std::string_view event_of(const Change& change) {
  if (!change.before) return "INSERT";
  return change.after ? "MODIFY" : "REMOVE";
}

std::string encode_change(const Table& table, const Change& change, const Author& author) {
  const Attributes& either = change.after ? *change.after : *change.before;
  Document out = Document::Object{{"at", author.now},
                                  {"event", event_of(change)},
                                  {"keys", Blob{encode_item(key_of(table.keys, either))}}};
  if (change.before && holds(table.stream->view_type, "OLD_IMAGE")) {
    out.set("before", Blob{encode_item(*change.before)});
  }
  if (change.after && holds(table.stream->view_type, "NEW_IMAGE")) {
    out.set("after", Blob{encode_item(*change.after)});
  }
  if (author.by == ChangedBy::kExpiry) out.set("expired", true);
  return store::encode_record(out);
}

Document payload_of(const StreamInfo& stream) {
  return Document::Object{{"account", stream.table.account.str()},
                          {"region", stream.table.region.str()},
                          {"table", stream.table.name},
                          {"label", stream.label}};
}

// Drops records that are older than a day; false when the stream itself is gone with them.
bool trim(store::Db& db, const StreamName& name, Timestamp now) {
  const auto stream = db.read([&](store::ReadTx& tx) { return find_stream(tx, name); });
  if (!stream) return false;
  const StreamRows rows(*stream);
  while (true) {
    size_t looked = 0;
    std::string old_until;
    db.read([&](store::ReadTx& tx) {
      const store::KeyRange all = rows.changes_from(0);
      tx.scan_each({rows.scope().shard, all.from, all.to}, {.limit = kTrimStep},
                   [&](std::string_view key, std::string_view value) {
                     ++looked;
                     if (decode_change(key, value).at > now - kRetention) return store::Visit::kStop;
                     old_until = std::string(key);
                     return store::Visit::kContinue;
                   });
    });
    if (old_until.empty()) break;
    db.write(rows.scope(), [&](store::Tx& tx) {
      tx.del_range(rows.scope().shard, {rows.changes_from(0).from, store::key_after(old_until)});
    });
    if (looked < kTrimStep) break;
  }
  if (!stream->closed || *stream->closed > now - kRetention) return true;
  db.write(rows.scope(), [&](store::Tx& tx) {
    tx.del_range(rows.scope().shard, rows.changes_from(0));
    tx.del(rows.next());
    tx.del(stream_key(stream->table, stream->label));
  });
  return false;
}

}  // namespace

ChangeRecord decode_change(std::string_view key, std::string_view value) {
  const Document record = store::decode_record(value);
  ChangeRecord out;
  out.sequence = StreamRows::sequence_of(key);
  out.at = record.find("at")->as_timestamp();
  out.event = record.string_or("event", "");
  out.keys = decode_item(record.find("keys")->as_blob());
  if (const Document* before = record.find("before")) out.before = decode_item(before->as_blob());
  if (const Document* after = record.find("after")) out.after = decode_item(after->as_blob());
  if (record.find("expired") != nullptr) out.by = ChangedBy::kExpiry;
  return out;
}

void ChangeLog::append(store::Tx& tx, const Table& table, const Change& change, const Author& author) {
  const StreamRows rows(table);
  const uint64_t sequence = number_of(tx.get(rows.next()).value_or(big_endian(1)));
  tx.put(rows.next(), big_endian(sequence + 1));
  tx.put(rows.change(sequence), encode_change(table, change, author));
  tx.on_durable([this, arn = table.arn() + "/stream/" + table.stream->label] { watchers_.notify(arn); });
}

void open_stream(store::Tx& tx, platform::Jobs& jobs, Table& table, const std::string& view_type,
                 uint64_t number, Timestamp now) {
  std::string label = format_iso8601_millis(now);
  if (label.ends_with('Z')) label.pop_back();
  table.stream = TableStream{.label = label, .view_type = view_type, .number = number};
  const StreamInfo stream{.table = table.where,
                          .label = label,
                          .number = number,
                          .view_type = view_type,
                          .keys = table.keys,
                          .created = now,
                          .closed = {}};
  tx.put(stream_key(table.where, label), encode(stream));
  jobs.add(tx, kTrimKind, now + kTrimEvery, payload_of(stream));
}

void close_stream(store::Tx& tx, Table& table, Timestamp now) {
  auto stream = find_stream(tx, {.table = table.where, .label = table.stream->label});
  if (stream) {
    stream->closed = now;
    tx.put(stream_key(table.where, stream->label), encode(*stream));
  }
  table.stream.reset();
}

void register_trim(platform::Jobs& jobs, store::Db& db, const Clock& clock) {
  jobs.handle(std::string(kTrimKind), kParallel,
              [&db, &clock](const platform::Job& job) -> Task<platform::JobOutcome> {
                const StreamName name{.table = {.account = AccountId(job.payload.string_or("account", "")),
                                                .region = Region(job.payload.string_or("region", "")),
                                                .name = job.payload.string_or("table", "")},
                                      .label = job.payload.string_or("label", "")};
                if (!trim(db, name, clock.now())) co_return platform::JobOutcome::done();
                co_return platform::JobOutcome::again(clock.now() + kTrimEvery);
              });
}

uint64_t next_sequence(store::Reader& reader, const StreamInfo& stream) {
  return number_of(reader.get(StreamRows(stream).next()).value_or(big_endian(1)));
}

uint64_t first_sequence(store::Reader& reader, const StreamInfo& stream) {
  const StreamRows rows(stream);
  uint64_t out = next_sequence(reader, stream);
  const store::KeyRange all = rows.changes_from(0);
  reader.scan_each({rows.scope().shard, all.from, all.to}, {.limit = 1, .values = store::Values::kSkip},
                   [&](std::string_view key, std::string_view) {
                     out = StreamRows::sequence_of(key);
                     return store::Visit::kStop;
                   });
  return out;
}

}  // namespace haneul::dynamodb
