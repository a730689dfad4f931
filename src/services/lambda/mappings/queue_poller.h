// QueuePoller: batches of a queue's messages for a function. Messages that the function processed, and those
// the filter does not want, are deleted; all others come again when the queue shows them again. Nothing is
// kept here: what a crash forgets is still in the queue.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
// Invariant: a message is deleted only after an answer that does not call it failed, or by the filter.
#pragma once

#include <deque>

#include "services/lambda/mappings/poller.h"
#include "services/lambda/mappings/queue_scaling.h"

namespace haneul::lambda {

class QueuePoller final : public Poller {
 public:
  QueuePoller(PollerParts parts, platform::QueueSource& source);

 protected:
  Task<void> poll() override;

 private:
  using Batch = std::vector<Item>;
  Task<Milliseconds> look();  // and how long to pause then
  Task<void> admit(std::vector<platform::QueueMessage> messages);
  void add(Item item);
  void close_batch();
  Milliseconds pause_after(size_t received, size_t asked);
  bool send();  // what is ready, as far as allowed; whether something is left
  Task<void> process(Batch batch);
  Task<void> run(Batch batch);
  Task<void> settle(const BatchResult& result, const Batch& batch);

  platform::QueueSource& source_;
  QueueScaling scaling_;
  platform::QueueFacts facts_;
  Wakeup wakeup_;  // by the source, and by batches that end
  Batch gathered_;
  size_t gathered_bytes_ = 0;
  Timestamp gathered_since_{};
  std::deque<Batch> ready_;
  int64_t in_flight_ = 0;
  int64_t troubles_ = 0;
};

}  // namespace haneul::lambda
