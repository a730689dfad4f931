// StreamPoller: the shards of a stream for a function. A shard is read when its parents are done, so that
// records of a key keep their order across splits and merges.
// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html
#pragma once

#include <map>

#include "services/lambda/mappings/poller.h"

namespace haneul::lambda {

class ShardReader;

class StreamPoller final : public Poller {
 public:
  StreamPoller(PollerParts parts, platform::StreamSource& source)
      : Poller(std::move(parts)), source_(source) {}
  platform::StreamSource& source() { return source_; }
  Milliseconds retention() const { return retention_; }
  void reader_trouble(const model::ServiceError& error);  // told in the last processing result

 protected:
  Task<void> poll() override;

 private:
  Milliseconds look();
  void start_readers();
  Task<void> read_shard(std::shared_ptr<ShardReader> reader, std::string id);
  ShardProgress first_progress() const;
  void drop_gone(const std::vector<platform::StreamShard>& shards,
                 const std::map<std::string, ShardProgress>& known);

  platform::StreamSource& source_;
  Milliseconds retention_{0};
  std::map<std::string, std::shared_ptr<ShardReader>> readers_;
  std::map<std::string, ShardProgress> ended_;  // in this run; rows may not be durable yet
  Wakeup wakeup_;
  std::atomic<bool> is_told_ = false;  // by the source, and not looked yet
  int64_t troubles_ = 0;
};

}  // namespace haneul::lambda
