// The operations of DynamoDB Streams.
#include "gen/dynamodbstreams/operations.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "gen/dynamodbstreams/errors.h"
#include "platform/pagination.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/streams/record.h"
#include "services/dynamodb/streams/streams.h"

namespace haneul::dynamodb {

using namespace dynamodbstreams;
using platform::AccessChecks;
using platform::bind_run;
using platform::Effect;
using platform::Request;

namespace {

constexpr auto kIteratorLife = std::chrono::minutes(15);
constexpr int32_t kListMax = 100;
constexpr int32_t kRecordsMax = 1000;

// A place in a stream and when it was given out; opaque to clients.
struct Iterator {
  std::string arn;
  uint64_t sequence = 0;
  int64_t at = 0;  // milliseconds
};

std::string token_of(const Request& request, const Iterator& iterator) {
  return platform::make_page_token("GetRecords", request.account,
                                   fmt::format("{}|{}|{}", iterator.sequence, iterator.at, iterator.arn));
}

std::optional<uint64_t> number_in(std::string_view text) {
  uint64_t out = 0;
  if (text.empty() || text.size() > 19) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + static_cast<uint64_t>(c - '0');
  }
  return out;
}

std::optional<Iterator> find_iterator(const Request& request, const std::string& token) {
  const auto position = platform::open_page_token("GetRecords", request.account, token);
  const size_t first = position ? position->find('|') : std::string::npos;
  const size_t second = first == std::string::npos ? first : position->find('|', first + 1);
  if (second == std::string::npos) return std::nullopt;
  const auto sequence = number_in(std::string_view(*position).substr(0, first));
  const auto at = number_in(std::string_view(*position).substr(first + 1, second - first - 1));
  if (!sequence || !at) return std::nullopt;
  return Iterator{
      .arn = position->substr(second + 1), .sequence = *sequence, .at = static_cast<int64_t>(*at)};
}

Iterator iterator_of(const Request& request, const std::string& token) {
  auto found = find_iterator(request, token);
  if (!found) refuse("Invalid ShardIterator");
  return std::move(*found);
}

int64_t millis(Timestamp at) {
  return std::chrono::duration_cast<Milliseconds>(at.time_since_epoch()).count();
}

Shard shard_of(store::Reader& reader, const StreamInfo& stream) {
  Shard out;
  out.shard_id = stream.shard_id();
  auto& range = out.sequence_number_range.emplace();
  // As on AWS it is below that of every record, so that one may read after it.
  range.starting_sequence_number = sequence_text(first_sequence(reader, stream) - 1);
  if (stream.closed) {
    const uint64_t next = next_sequence(reader, stream);
    range.ending_sequence_number = sequence_text(std::max<uint64_t>(next, 2) - 1);
  }
  return out;
}

StreamDescription describe(store::Reader& reader, const StreamInfo& stream) {
  StreamDescription out;
  out.stream_arn = stream.arn();
  out.stream_label = stream.label;
  out.stream_status = stream.closed ? "DISABLED" : "ENABLED";
  out.stream_view_type = stream.view_type;
  out.creation_request_date_time = stream.created;
  out.table_name = stream.table.name;
  out.key_schema.emplace().push_back({.attribute_name = stream.keys.hash, .key_type = "HASH"});
  if (stream.keys.range)
    out.key_schema->push_back({.attribute_name = *stream.keys.range, .key_type = "RANGE"});
  out.shards = std::vector<Shard>{shard_of(reader, stream)};
  return out;
}

uint64_t given_sequence(const GetShardIteratorInput& input) {
  if (!input.sequence_number) {
    refuse(
        fmt::format("SequenceNumber must be given with the ShardIteratorType {}", input.shard_iterator_type));
  }
  const auto sequence = sequence_of(*input.sequence_number);
  if (!sequence) refuse(fmt::format("Invalid SequenceNumber: {}", *input.sequence_number));
  return *sequence;
}

uint64_t start_of(store::Reader& reader, const StreamInfo& stream, const GetShardIteratorInput& input) {
  const uint64_t first = first_sequence(reader, stream);
  const uint64_t next = next_sequence(reader, stream);
  const bool takes_number = input.shard_iterator_type.ends_with("SEQUENCE_NUMBER");
  if (!takes_number && input.sequence_number) {
    refuse(fmt::format("SequenceNumber can not be specified when the ShardIteratorType is {}",
                       input.shard_iterator_type));
  }
  if (input.shard_iterator_type == "TRIM_HORIZON") return first;
  if (input.shard_iterator_type == "LATEST") return next;
  const uint64_t given = given_sequence(input);
  const uint64_t start = input.shard_iterator_type == "AFTER_SEQUENCE_NUMBER" ? given + 1 : given;
  if (given + 1 == first) return first;  // the shard's starting number
  if (start < first) {
    throw TrimmedDataAccessException(
        "The operation attempted to read past the oldest stream record in a shard: the records are trimmed.");
  }
  if (start > next)
    refuse(fmt::format("Invalid SequenceNumber: {} is not of this shard", *input.sequence_number));
  return start;
}

size_t limit_of(const std::optional<int32_t>& given, int32_t most) {
  if (given.value_or(most) > most) {
    refuse(
        fmt::format("1 validation error detected: Value '{}' at 'limit' failed to satisfy constraint: Member "
                    "must have value less than or equal to {}",
                    *given, most));
  }
  return static_cast<size_t>(given.value_or(most));
}

// What names no stream is asked of as it is written: the operation refuses it.
AccessChecks on_stream(store::Db& db, const Request& request, const char* action, const std::string& arn) {
  const auto name = stream_in_arn(request.region, arn);
  if (!name) return platform::check(action, arn);
  return {stream_check(db, *name, action)};
}

}  // namespace

StreamInfo Streams::require(const Region& region, const std::string& arn) const {
  const auto name = stream_in_arn(region, arn);
  if (!name) refuse(fmt::format("Invalid StreamArn: {}", arn));
  auto stream = parts_.db.read([&](store::ReadTx& tx) { return find_stream(tx, *name); });
  if (!stream) {
    throw ResourceNotFoundException(fmt::format("Requested resource not found: Stream: {} not found", arn));
  }
  return std::move(*stream);
}

DescribeStreamOutput Streams::describe_stream(const Request& request, const DescribeStreamInput& input) {
  const StreamInfo stream = require(request.region, input.stream_arn);
  const size_t limit = limit_of(input.limit, kListMax);
  DescribeStreamOutput out;
  out.stream_description = parts_.db.read([&](store::ReadTx& tx) { return dynamodb::describe(tx, stream); });
  auto& shards = *out.stream_description->shards;
  if (input.exclusive_start_shard_id && *input.exclusive_start_shard_id >= stream.shard_id()) shards.clear();
  if (input.shard_filter && input.shard_filter->type == "CHILD_SHARDS") {
    if (input.shard_filter->shard_id != stream.shard_id())
      refuse("ShardFilter.ShardId names no shard of this stream");
    shards.clear();  // the one shard has no children
  }
  if (shards.size() > limit) {
    shards.resize(limit);
    out.stream_description->last_evaluated_shard_id = shards.back().shard_id;
  }
  return out;
}

ListStreamsOutput Streams::list_streams(const Request& request, const ListStreamsInput& input) {
  const size_t limit = limit_of(input.limit, kListMax);
  const store::Shard shard = catalog_scope(request.account, request.region).shard;
  store::KeyRange range = streams_range(request.account, request.region, input.table_name.value_or(""));
  if (input.exclusive_start_stream_arn) {
    const auto start = stream_in_arn(request.region, *input.exclusive_start_stream_arn);
    if (!start) refuse(fmt::format("Invalid ExclusiveStartStreamArn: {}", *input.exclusive_start_stream_arn));
    range.from = std::max(range.from, store::key_after(stream_key(start->table, start->label).bytes));
  }
  ListStreamsOutput out;
  auto& streams = out.streams.emplace();
  bool more = false;
  parts_.db.read([&](store::ReadTx& tx) {
    tx.scan_each({shard, range.from, range.to}, {.values = store::Values::kSkip},
                 [&](std::string_view key, std::string_view) {
                   more = streams.size() == limit;
                   if (more) return store::Visit::kStop;
                   const StreamPlace place = stream_at(key);
                   const TableName table{request.account, request.region, place.table};
                   streams.push_back({.stream_arn = table_arn(table) + "/stream/" + place.label,
                                      .table_name = place.table,
                                      .stream_label = place.label});
                   return store::Visit::kContinue;
                 });
  });
  if (more) out.last_evaluated_stream_arn = streams.back().stream_arn;
  return out;
}

GetShardIteratorOutput Streams::get_shard_iterator(const Request& request,
                                                   const GetShardIteratorInput& input) {
  const StreamInfo stream = require(request.region, input.stream_arn);
  if (input.shard_id != stream.shard_id()) {
    throw ResourceNotFoundException(
        fmt::format("Requested resource not found: Shard: {} not found", input.shard_id));
  }
  const uint64_t start = parts_.db.read([&](store::ReadTx& tx) { return start_of(tx, stream, input); });
  GetShardIteratorOutput out;
  out.shard_iterator = token_of(request, {.arn = stream.arn(), .sequence = start, .at = millis(request.now)});
  return out;
}

GetRecordsOutput Streams::get_records(const Request& request, const GetRecordsInput& input) {
  const Iterator iterator = iterator_of(request, input.shard_iterator);
  if (iterator.at + Milliseconds(kIteratorLife).count() < millis(request.now)) {
    throw ExpiredIteratorException("Iterator expired. Shard iterators are valid for 15 minutes.");
  }
  const size_t limit = limit_of(input.limit, kRecordsMax);
  const StreamInfo stream = require(request.region, iterator.arn);
  GetRecordsOutput out;
  auto& records = out.records.emplace();
  parts_.db.read([&](store::ReadTx& tx) {
    if (iterator.sequence < first_sequence(tx, stream)) {
      throw TrimmedDataAccessException(
          "The operation attempted to read past the oldest stream record in a shard: the records are "
          "trimmed.");
    }
    const ChangePage page = changes_from(tx, stream, iterator.sequence, {.records = limit});
    for (const ChangeRecord& change : page.changes) records.push_back(record_of(stream, change));
    if (stream.closed && page.next >= next_sequence(tx, stream)) return;
    out.next_shard_iterator =
        token_of(request, {.arn = stream.arn(), .sequence = page.next, .at = millis(request.now)});
  });
  return out;
}

void Streams::register_operations(platform::OperationTable& table) {
  table.add_service(op::DescribeStream::service());
  store::Db& db = parts_.db;
  table.add<op::DescribeStream>({.access =
                                     [&db](const Request& request, const DescribeStreamInput& input) {
                                       return on_stream(db, request, "dynamodb:DescribeStream",
                                                        input.stream_arn);
                                     },
                                 .run = bind_run(this, &Streams::describe_stream),
                                 .effect = Effect::kReadOnly});
  table.add<op::ListStreams>(
      {.access = [](const Request&,
                    const ListStreamsInput&) { return platform::check("dynamodb:ListStreams", "*"); },
       .run = bind_run(this, &Streams::list_streams),
       .effect = Effect::kReadOnly});
  table.add<op::GetShardIterator>({.access =
                                       [&db](const Request& request, const GetShardIteratorInput& input) {
                                         return on_stream(db, request, "dynamodb:GetShardIterator",
                                                          input.stream_arn);
                                       },
                                   .run = bind_run(this, &Streams::get_shard_iterator),
                                   .effect = Effect::kReadOnly});
  table.add<op::GetRecords>({.access =
                                 [&db](const Request& request, const GetRecordsInput& input) {
                                   // One that names no stream is refused as such only to who may read all.
                                   const auto found = find_iterator(request, input.shard_iterator);
                                   return on_stream(db, request, "dynamodb:GetRecords",
                                                    found ? found->arn : "*");
                                 },
                             .run = bind_run(this, &Streams::get_records),
                             .effect = Effect::kReadOnly});
}

}  // namespace haneul::dynamodb
