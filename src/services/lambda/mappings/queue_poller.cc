#include "services/lambda/mappings/queue_poller.h"

#include <algorithm>

#include "base/json.h"
#include "base/log.h"
#include "services/lambda/async_queue.h"
#include "services/lambda/limits.h"
#include "services/lambda/mappings/answer.h"

namespace haneul::lambda {

namespace {

constexpr size_t kReceiveMax = 10;
constexpr Milliseconds kPollPause{1'000};
constexpr Milliseconds kGrowPause{200};

}  // namespace

QueuePoller::QueuePoller(PollerParts given, platform::QueueSource& source)
    : Poller(std::move(given)),
      source_(source),
      scaling_(mapping().concurrency_max.value_or(kMappingConcurrencyMax)) {}

Task<void> QueuePoller::poll() {
  const auto self = std::static_pointer_cast<QueuePoller>(shared_from_this());
  const platform::Watch watch =
      source_.watch(mapping().source_arn, [weak = std::weak_ptr<QueuePoller>(self)] {
        if (const auto poller = weak.lock()) poller->wakeup_.wake();
      });
  while (!is_stopping()) {
    const bool is_full = send() || in_flight_ >= scaling_.allowed();
    Milliseconds pause = kGrowPause;
    if (is_full) {
      scaling_.saturated(now());
    } else {
      scaling_.relaxed();
      pause = co_await look();
    }
    if (pause > Milliseconds(0)) co_await sleep(wakeup_, pause);
  }
}

Task<Milliseconds> QueuePoller::look() {
  std::string problem;
  try {
    const platform::CallContext reader = access().reader();
    facts_ = source_.describe(reader, mapping().source_arn);
    const size_t room = static_cast<size_t>(mapping().batch_size) - gathered_.size();
    const size_t asked = std::min(kReceiveMax, room);
    auto messages = co_await source_.receive(reader, mapping().source_arn, asked);
    const size_t received = messages.size();
    co_await admit(std::move(messages));
    troubles_ = 0;
    co_return pause_after(received, asked);
  } catch (const model::ServiceError& error) {
    problem = error.message();
  }
  if (++troubles_ == 1)
    log_warning("a queue cannot be read", {{"mapping", mapping().uuid}, {"reason", problem}});
  co_return trouble_pause(troubles_);
}

Task<void> QueuePoller::admit(std::vector<platform::QueueMessage> messages) {
  std::vector<std::string> unwanted;
  for (platform::QueueMessage& message : messages) {
    const Document event = message_event(mapping(), message);
    if (!filter().accepts(event, message.body)) {
      unwanted.push_back(std::move(message.receipt_handle));
      continue;
    }
    add({.id = std::move(message.id),
         .receipt_handle = std::move(message.receipt_handle),
         .partition_key = {},
         .json = write_json(event)});
  }
  if (!unwanted.empty()) {
    co_await source_.remove(access().reader(), mapping().source_arn, std::move(unwanted));
  }
}

void QueuePoller::add(Item item) {
  const size_t bytes = item.json.size() + 1;
  if (!gathered_.empty() && gathered_bytes_ + bytes > kBatchBytesMax) close_batch();
  if (gathered_.empty()) gathered_since_ = now();
  gathered_bytes_ += bytes;
  gathered_.push_back(std::move(item));
  if (static_cast<int64_t>(gathered_.size()) >= mapping().batch_size) close_batch();
}

void QueuePoller::close_batch() {
  ready_.push_back(std::move(gathered_));
  gathered_.clear();
  gathered_bytes_ = 0;
}

// With a window a batch is closed when it is full or its time is over; without, when the queue gave no more.
Milliseconds QueuePoller::pause_after(size_t received, size_t asked) {
  if (received == 0 && in_flight_ == 0 && gathered_.empty()) scaling_.empty();
  if (gathered_.empty()) return received == 0 ? kPollPause : Milliseconds(0);
  const Timestamp closes_at = gathered_since_ + Seconds(mapping().window_seconds);
  if (now() >= closes_at) {
    close_batch();
    return Milliseconds(0);
  }
  return received == asked ? Milliseconds(0) : std::min<Milliseconds>(kPollPause, closes_at - now());
}

bool QueuePoller::send() {
  while (!ready_.empty() && in_flight_ < scaling_.allowed()) {
    ++in_flight_;
    run_beside("a batch of messages", run(std::move(ready_.front())));
    ready_.pop_front();
  }
  return !ready_.empty();
}

Task<void> QueuePoller::run(Batch batch) {
  try {
    co_await process(std::move(batch));
  } catch (const std::exception& error) {
    log_warning("messages of a batch come again", {{"mapping", mapping().uuid}, {"reason", error.what()}});
  }
  --in_flight_;
  wakeup_.wake();
}

// A batch that finds no room is tried again while its messages are surely still invisible to others.
Task<void> QueuePoller::process(Batch batch) {
  const Timestamp given_up_at = now() + facts_.visibility_timeout / 2;
  const std::string payload = make_payload(batch, batch.size());
  for (int64_t tries = 1;; ++tries) {
    const BatchResult result = co_await run_batch(core(), mapping(), payload);
    if (result.kind != BatchResult::Kind::kNotRun) {
      co_await settle(result, batch);
      co_return;
    }
    scaling_.throttled();
    const Milliseconds pause = backoff_delay(tries);
    if (now() + pause >= given_up_at) co_return;
    co_await sleep(pause);
    if (is_stopping()) co_return;
  }
}

Task<void> QueuePoller::settle(const BatchResult& result, const Batch& batch) {
  if (result.kind == BatchResult::Kind::kFailed) co_return;
  std::vector<size_t> failed;
  if (mapping().reports_failures) failed = failed_positions(result.payload, batch);
  std::vector<std::string> done;
  for (size_t at = 0; at < batch.size(); ++at) {
    if (!std::ranges::binary_search(failed, at)) done.push_back(batch[at].receipt_handle);
  }
  if (!done.empty()) co_await source_.remove(access().reader(), mapping().source_arn, std::move(done));
}

}  // namespace haneul::lambda
