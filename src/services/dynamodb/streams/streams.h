// DynamoDB Streams (dynamodbstreams, 2012-08-10): DescribeStream, ListStreams, GetShardIterator, GetRecords;
// and the source through which event source mappings read tables' streams.
//
// Invariant: the records of a stream, applied in their order to an empty table, give the table. Thread rule:
// any thread after construction.
#pragma once

#include "gen/dynamodbstreams/types.h"
#include "platform/authorizer.h"
#include "platform/event_sources.h"
#include "platform/operation_table.h"
#include "services/dynamodb/streams/change_log.h"
#include "store/db.h"

namespace haneul::dynamodb {

class Streams final : public platform::StreamSource {
 public:
  struct Parts {
    store::Db& db;
    ChangeLog& changes;
    const Clock& clock;
    Random& random;
  };
  explicit Streams(const Parts& parts) : parts_(parts) {}
  void register_operations(platform::OperationTable& table);
  void connect(const platform::Authorizer& authorizer) {
    authorizer_ = &authorizer;
  }  // before the first read

  dynamodbstreams::DescribeStreamOutput describe_stream(const platform::Request& request,
                                                        const dynamodbstreams::DescribeStreamInput& input);
  dynamodbstreams::ListStreamsOutput list_streams(const platform::Request& request,
                                                  const dynamodbstreams::ListStreamsInput& input);
  dynamodbstreams::GetShardIteratorOutput get_shard_iterator(
      const platform::Request& request, const dynamodbstreams::GetShardIteratorInput& input);
  dynamodbstreams::GetRecordsOutput get_records(const platform::Request& request,
                                                const dynamodbstreams::GetRecordsInput& input);

  // platform::StreamSource
  platform::StreamFacts describe(const platform::CallContext& reader, const std::string& arn) override;
  std::vector<platform::StreamShard> shards(const platform::CallContext& reader,
                                            const std::string& arn) override;
  Task<platform::StreamPage> read(const platform::CallContext& reader, const std::string& arn,
                                  const std::string& shard, const platform::StreamPosition& position,
                                  platform::StreamLimit limit) override;
  platform::Watch watch(const std::string& arn, platform::Listener listener) override;

 private:
  void judge(const platform::CallContext& reader, const std::string& action, const std::string& arn) const;
  StreamInfo require(const Region& region, const std::string& arn) const;

  Parts parts_;
  const platform::Authorizer* authorizer_ = nullptr;
};

}  // namespace haneul::dynamodb
