// Tables' streams as event sources (platform/event_sources.h).
#include "base/value_sink.h"
#include "gen/dynamodbstreams/operations.h"
#include "model/binding.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/streams/record.h"
#include "services/dynamodb/streams/streams.h"
#include "services/dynamodb/value/record.h"

namespace haneul::dynamodb {

using platform::CallContext;

namespace {

constexpr auto kRetention = std::chrono::hours(24);

// Where a reader that left off there goes on.
uint64_t start_of(const platform::StreamPosition& position, uint64_t first) {
  if (position.kind == platform::StreamPosition::Kind::kAfterSequence) {
    const auto after = sequence_of(position.sequence_number);
    if (!after) refuse("Invalid SequenceNumber: " + position.sequence_number);
    return std::max(first, *after + 1);
  }
  return first;
}

platform::StreamRecord record_for_reader(const StreamInfo& stream, const ChangeRecord& change) {
  platform::StreamRecord out;
  out.sequence_number = sequence_text(change.sequence);
  out.partition_key = encode_item(change.keys);
  out.arrived_at = change.at;
  out.change = settle(model::unbind(record_of(stream, change)));
  return out;
}

}  // namespace

void Streams::judge(const CallContext& reader, const std::string& action, const std::string& arn) const {
  platform::Request request;
  request.id = RequestId(parts_.random.uuid());
  request.service = &dynamodbstreams::op::GetRecords::service();
  request.operation = &dynamodbstreams::op::GetRecords::model();
  request.account = reader.account;
  request.region = reader.region;
  request.caller = reader.caller;
  request.now = parts_.clock.now();
  const auto name = stream_in_arn(reader.region, arn);
  authorizer_->require(request, name ? platform::AccessChecks{stream_check(parts_.db, *name, action)}
                                     : platform::check(action, arn));
}

platform::StreamFacts Streams::describe(const CallContext& reader, const std::string& arn) {
  for (const char* action : {"dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords"}) {
    judge(reader, action, arn);
  }
  require(reader.region, arn);
  return {.retention = Seconds(kRetention)};
}

std::vector<platform::StreamShard> Streams::shards(const CallContext& reader, const std::string& arn) {
  judge(reader, "dynamodb:DescribeStream", arn);
  return {{.id = require(reader.region, arn).shard_id(), .parents = {}}};
}

Task<platform::StreamPage> Streams::read(const CallContext& reader, const std::string& arn,
                                         const std::string& shard, const platform::StreamPosition& position,
                                         platform::StreamLimit limit) {
  judge(reader, "dynamodb:GetRecords", arn);
  const StreamInfo stream = require(reader.region, arn);
  platform::StreamPage out;
  if (shard != stream.shard_id()) {
    out.rest = platform::StreamPage::Rest::kNone;
    co_return out;
  }
  parts_.db.read([&](store::ReadTx& tx) {
    uint64_t start = start_of(position, first_sequence(tx, stream));
    const ChangeLimit most{.records = limit.records, .bytes = limit.bytes};
    ChangePage page = changes_from(tx, stream, start, most);
    if (position.kind == platform::StreamPosition::Kind::kAtTimestamp) {
      while (!page.changes.empty() && page.changes.back().at < position.at) {
        page = changes_from(tx, stream, page.next, most);
      }
    }
    for (const ChangeRecord& change : page.changes) {
      const bool early =
          position.kind == platform::StreamPosition::Kind::kAtTimestamp && change.at < position.at;
      if (!early) out.records.push_back(record_for_reader(stream, change));
    }
    const bool ended = stream.closed && page.next >= next_sequence(tx, stream);
    if (ended) out.rest = platform::StreamPage::Rest::kNone;
  });
  co_return out;
}

platform::Watch Streams::watch(const std::string& arn, platform::Listener listener) {
  return parts_.changes.watchers().add(arn, std::move(listener));
}

}  // namespace haneul::dynamodb
