// CreateLogStream, DeleteLogStream, DescribeLogStreams.
#include <algorithm>

#include "aws/arn.h"
#include "gen/logs/errors.h"
#include "platform/pagination.h"
#include "services/logs/event_log.h"
#include "services/logs/limits.h"
#include "services/logs/service.h"
#include "services/logs/workers.h"

namespace haneul::logs {

using platform::Request;

namespace {

constexpr std::string_view kDescribe = "logs:DescribeLogStreams";

LogStream to_output(const Group& group, const std::string& name, const StreamRecord& record) {
  LogStream out;
  out.log_stream_name = name;
  out.creation_time = record.created;
  out.first_event_timestamp = record.first_event;
  out.last_event_timestamp = record.last_event;
  out.last_ingestion_time = record.last_ingestion;
  if (record.last_ingestion)
    out.upload_sequence_token = position_text({*record.last_ingestion, record.id, 0});
  out.arn = group_arn(group.where) + ":log-stream:" + name;
  out.stored_bytes = 0;  // as the service answers since 2019; the group's count is kept
  return out;
}

// One listing: by name or by the time of the last event, either way round.
class StreamListing {
 public:
  StreamListing(const Request& request, const DescribeLogStreamsInput& input, const Group& group)
      : request_(request),
        by_time_(input.order_by.value_or("LogStreamName") == order_by::kLastEventTime),
        prefix_(input.log_stream_name_prefix.value_or("")),
        group_(group),
        keys_(group.keys()),
        limit_(static_cast<size_t>(input.limit.value_or(static_cast<int32_t>(kDescribeMax)))) {
    if (input.descending.value_or(false)) direction_ = store::Direction::kReverse;
    if (by_time_ && input.log_stream_name_prefix)
      throw InvalidParameterException("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }

  DescribeLogStreamsOutput page(store::Reader& reader, const std::optional<std::string>& token) const {
    const store::KeyRange range = range_from(token);
    DescribeLogStreamsOutput out;
    out.log_streams.emplace();
    std::string last_key;
    reader.scan_each({keys_.scope().shard, range.from, range.to}, {.direction = direction_},
                     [&](std::string_view key, std::string_view value) {
                       if (out.log_streams->size() == limit_) {
                         out.next_token = platform::make_page_token(token_name(), request_.account, last_key);
                         return store::Visit::kStop;
                       }
                       add(reader, key, value, *out.log_streams);
                       last_key = std::string(key);
                       return store::Visit::kContinue;
                     });
    return out;
  }

 private:
  // A token goes on with the listing it is from: same group, order and direction.
  std::string token_name() const {
    const char* order = by_time_ ? "/time" : "/name";
    const char* direction = direction_ == store::Direction::kForward ? "/up/" : "/down/";
    return std::string(kDescribe) + order + direction + keys_.id();
  }
  store::KeyRange range_from(const std::optional<std::string>& token) const {
    store::KeyRange range = by_time_ ? keys_.latest_all() : keys_.streams(prefix_);
    if (!token) return range;
    const auto last = platform::open_page_token(token_name(), request_.account, *token);
    if (!last) throw InvalidParameterException("The specified nextToken is invalid.");
    if (direction_ == store::Direction::kForward) {
      range.from = std::max(range.from, store::key_after(*last));
    } else {
      range.to = std::min(range.to, *last);
    }
    return range;
  }
  void add(store::Reader& reader, std::string_view key, std::string_view value,
           std::vector<LogStream>& out) const {
    if (!by_time_) {
      out.push_back(to_output(group_, GroupKeys::stream_name_of(key), decode_stream(value)));
      return;
    }
    const std::string name = GroupKeys::latest_of(key).stream;
    if (const auto record = find_stream(reader, keys_, name)) out.push_back(to_output(group_, name, *record));
  }

  const Request& request_;
  const bool by_time_;
  const std::string prefix_;
  const Group& group_;
  const GroupKeys keys_;
  const size_t limit_;
  store::Direction direction_ = store::Direction::kForward;
};

}  // namespace

CreateLogStreamOutput LogsService::create_log_stream(const Request& request,
                                                     const CreateLogStreamInput& input) {
  const GroupName where = group_in(request, input.log_group_name);
  parts_.db.write(GroupKeys(where, {}).scope(), [&](store::Tx& tx) {
    const GroupKeys keys = require_group(tx, where).keys();
    if (tx.contains(keys.stream(input.log_stream_name)))
      throw ResourceAlreadyExistsException("The specified log stream already exists");
    put_new_stream(tx, keys, input.log_stream_name, request.now.time_since_epoch().count());
  });
  return {};
}

DeleteLogStreamOutput LogsService::delete_log_stream(const Request& request,
                                                     const DeleteLogStreamInput& input) {
  const GroupName where = group_in(request, input.log_group_name);
  parts_.db.write(GroupKeys(where, {}).scope(), [&](store::Tx& tx) {
    const Group group = require_group(tx, where);
    const GroupKeys keys = group.keys();
    const StreamRecord stream = require_stream(tx, keys, input.log_stream_name);
    tx.del(keys.stream(input.log_stream_name));
    tx.del(keys.latest(stream.last_event.value_or(0), input.log_stream_name));
    if (stream.last_event) add_purge_job(parts_.jobs, tx, group, stream.id, request.now);
  });
  return {};
}

DescribeLogStreamsOutput LogsService::describe_log_streams(const Request& request,
                                                           const DescribeLogStreamsInput& input) {
  const GroupName where =
      group_in(request, require_group_name(request, input.log_group_name, input.log_group_identifier));
  return parts_.db.read([&](store::ReadTx& tx) {
    const Group group = require_group(tx, where);
    return StreamListing(request, input, group).page(tx, input.next_token);
  });
}

}  // namespace haneul::logs
