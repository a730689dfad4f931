#include "services/dynamodb/streams/record.h"

#include <fmt/format.h>

#include "aws/digest.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/value/stored_items.h"

namespace haneul::dynamodb {
namespace {

constexpr const char* kEventVersion = "1.1";
constexpr size_t kEventIdDigits = 32;

size_t size_of(const ChangeRecord& change) {
  size_t out = dynamodb::size_of(change.keys);
  if (change.before) out += dynamodb::size_of(*change.before);
  if (change.after) out += dynamodb::size_of(*change.after);
  return out;
}

}  // namespace

dynamodbstreams::Record record_of(const StreamInfo& stream, const ChangeRecord& change) {
  dynamodbstreams::Record out;
  out.event_id =
      aws::sha256_hex(fmt::format("{}/{}", stream.number, change.sequence)).substr(0, kEventIdDigits);
  out.event_name = change.event;
  out.event_version = kEventVersion;
  out.event_source = "aws:dynamodb";
  out.aws_region = stream.table.region.str();
  auto& record = out.dynamodb.emplace();
  record.approximate_creation_date_time = std::chrono::floor<std::chrono::seconds>(change.at);
  record.keys = stored_document(change.keys);
  if (change.after) record.new_image = stored_document(*change.after);
  if (change.before) record.old_image = stored_document(*change.before);
  record.sequence_number = sequence_text(change.sequence);
  record.size_bytes = static_cast<int64_t>(size_of(change));
  record.stream_view_type = stream.view_type;
  if (change.by == ChangedBy::kExpiry) {
    out.user_identity =
        dynamodbstreams::Identity{.principal_id = "dynamodb.amazonaws.com", .type = "Service"};
  }
  return out;
}

ChangePage changes_from(store::Reader& reader, const StreamInfo& stream, uint64_t sequence,
                        ChangeLimit limit) {
  const StreamRows rows(stream);
  const store::KeyRange range = rows.changes_from(sequence);
  ChangePage out{.changes = {}, .next = sequence};
  size_t bytes = 0;
  reader.scan_each({rows.scope().shard, range.from, range.to}, {.limit = limit.records},
                   [&](std::string_view key, std::string_view value) {
                     ChangeRecord change = decode_change(key, value);
                     bytes += size_of(change);
                     if (!out.changes.empty() && bytes > limit.bytes) return store::Visit::kStop;
                     out.next = change.sequence + 1;
                     out.changes.push_back(std::move(change));
                     return store::Visit::kContinue;
                   });
  return out;
}

}  // namespace haneul::dynamodb
