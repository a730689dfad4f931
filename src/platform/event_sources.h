// Event sources: what queues and streams offer to those who read them for a function or a pipe (Lambda's
// event source mappings; EventBridge Pipes). A service that has queues or streams implements QueueSource or
// StreamSource and is added to EventSources once, at start. Readers own everything else: when to look,
// batches, filters, retries, checkpoints. Nothing here waits for data: a reader looks, and is told through
// watch() when looking again is worthwhile.
//
// `reader` is who reads - a session of a function's role. A source judges it for the action that AWS asks for
// (sqs:ReceiveMessage, dynamodb:GetRecords, ...) in every call. Refusals, and what does not exist, are thrown
// as the service's own model::ServiceError, as its API would answer.
//
// Thread rule: every method from any thread; tasks are awaited on an executor's thread and must not block it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"
#include "base/task/task.h"
#include "platform/dispatcher.h"

namespace haneul::platform {

// Dropped by the reader when it no longer cares. A listener may be called once more while its handle is being
// dropped, from any thread, and must be short.
using Watch = std::shared_ptr<void>;
using Listener = std::function<void()>;

// Keeps the listeners of a source, by the ARN they are interested in. A source calls notify() for everything
// that readers would find by looking again - after it is durable (Tx::on_durable): new records, messages that
// became visible, shards that were closed or made.
class Watchers {
 public:
  Watch add(const std::string& arn, Listener listener);
  void notify(const std::string& arn);

 private:
  struct Listeners;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Listeners>> by_arn_;
};

// ---- Queues (SQS) ----

struct QueueMessage {
  std::string id;
  std::string receipt_handle;
  std::string body;
  std::string body_md5;                              // hexadecimal
  std::map<std::string, std::string> attributes;     // of the system, all: ApproximateReceiveCount ...
  Document message_attributes = Document::object();  // as ReceiveMessage answers them: {name: {DataType,
                                                     // StringValue or BinaryValue}}
  std::string message_attributes_md5;                // empty without attributes
};

struct QueueFacts {
  enum class Order { kStandard, kFifo } order = Order::kStandard;
  Seconds visibility_timeout{30};
};

class QueueSource {
 public:
  virtual ~QueueSource() = default;
  // Throws unless the queue is there and the reader may receive from it, delete in it and get its attributes.
  virtual QueueFacts describe(const CallContext& reader, const std::string& arn) = 0;
  // At most `count_max` (1 to 10) visible messages, now. They are invisible to others for the queue's
  // visibility timeout, durably, when the task ends. Of a FIFO queue, messages of a group come in order, and
  // none while an earlier one of its group is with a reader.
  virtual Task<std::vector<QueueMessage>> receive(const CallContext& reader, const std::string& arn,
                                                  size_t count_max) = 0;
  // Deletes messages that were received, any number. One that is gone or visible again is no error.
  virtual Task<void> remove(const CallContext& reader, const std::string& arn,
                            std::vector<std::string> receipt_handles) = 0;
  virtual Watch watch(const std::string& arn, Listener listener) = 0;
};

// ---- Streams (DynamoDB Streams, Kinesis) ----
//
// A stream is a set of shards. A shard is a sequence of records, in order; it is open, or closed and followed
// by its children, which are read after it. Sequence numbers are decimal numbers without sign that grow
// within a shard (compare_sequence()); old records are trimmed from the front after the retention period.

struct StreamRecord {
  std::string sequence_number;
  // What must stay in order: Kinesis's partition key; of a table the item's primary key, written the same way
  // for the same item.
  std::string partition_key;
  Timestamp arrived_at{};  // approximate: when the stream took it
  // Of a data stream: the bytes.
  std::string data;
  // Of a table: the record as dynamodbstreams GetRecords answers it - eventID, eventName, eventVersion,
  // dynamodb {ApproximateCreationDateTime, Keys, NewImage, OldImage, SequenceNumber, SizeBytes,
  // StreamViewType}, userIdentity - with binary values as blobs and the time as a timestamp.
  Document change;
};

struct StreamShard {
  std::string id;
  std::vector<std::string> parents;  // none, one, or two of a merge; may name shards that are gone
};

struct StreamPosition {
  enum class Kind {
    kTrimHorizon,    // the oldest record that is left
    kAtTimestamp,    // the first that arrived at or after `at`
    kAfterSequence,  // the first after `sequence_number`; what is trimmed by now is passed over
  };
  Kind kind = Kind::kTrimHorizon;
  Timestamp at{};
  std::string sequence_number;
};

struct StreamLimit {
  size_t records = 1000;
  size_t bytes = 1 << 20;  // of all records together; one record is given whatever its size
};

struct StreamPage {
  std::vector<StreamRecord> records;
  // Whether the shard is closed and nothing comes after these records; also of a shard that is gone.
  enum class Rest { kMayFollow, kNone } rest = Rest::kMayFollow;
};

struct StreamFacts {
  Seconds retention{24 * 3600};
};

class StreamSource {
 public:
  virtual ~StreamSource() = default;
  // Throws unless the stream is there and the reader may describe it and get its records.
  virtual StreamFacts describe(const CallContext& reader, const std::string& arn) = 0;
  // All that are open or still hold records, in any order.
  virtual std::vector<StreamShard> shards(const CallContext& reader, const std::string& arn) = 0;
  // Durable records from the position on, in order; none is a valid answer of an open shard. What was given
  // once is given again for the same position until it is trimmed.
  virtual Task<StreamPage> read(const CallContext& reader, const std::string& arn, const std::string& shard,
                                const StreamPosition& position, StreamLimit limit) = 0;
  virtual Watch watch(const std::string& arn, Listener listener) = 0;
};

// Negative, zero or positive as `a` is before, at or after `b`. Leading zeros do not count.
int compare_sequence(std::string_view a, std::string_view b);

// ---- The sources of this process ----

// By the service of their ARNs: "sqs", "kinesis", "dynamodb". Filled before the first request.
class EventSources {
 public:
  void add(std::string service, QueueSource& source) { queues_[std::move(service)] = &source; }
  void add(std::string service, StreamSource& source) { streams_[std::move(service)] = &source; }
  QueueSource* queue(std::string_view service) const { return find(queues_, service); }
  StreamSource* stream(std::string_view service) const { return find(streams_, service); }

 private:
  template <class Map>
  static auto find(const Map& map, std::string_view key) -> typename Map::mapped_type {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : found->second;
  }
  std::map<std::string, QueueSource*, std::less<>> queues_;
  std::map<std::string, StreamSource*, std::less<>> streams_;
};

}  // namespace haneul::platform
