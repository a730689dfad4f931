#include "services/lambda/mappings/lane.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "services/lambda/limits.h"
#include "services/lambda/mappings/answer.h"
#include "services/lambda/mappings/failure_record.h"
#include "services/lambda/mappings/shard_reader.h"

namespace haneul::lambda {

namespace {

constexpr Milliseconds kWait{60'000};        // the reader wakes lanes for everything else
constexpr Milliseconds kWindowGrace{1'000};  // records of the last moment may still be on their way

}  // namespace

Lane::Lane(ShardReader& reader, int64_t number, LaneProgress progress)
    : reader_(reader), number_(number), progress_(std::move(progress)) {
  if (reader_.poller().mapping().tumbling_seconds > 0) return;
  progress_.window_start.reset();  // of windows that an update took away
  progress_.state = "{}";
}

bool Lane::has_done(std::string_view sequence_number) const {
  return !progress_.done.empty() && platform::compare_sequence(sequence_number, progress_.done) <= 0;
}

void Lane::add(Item item) { waiting_.push_back({std::move(item), reader_.poller().now()}); }

Task<void> Lane::run() {
  while (!reader_.is_stopping()) {
    const Step step = next_step();
    switch (step.kind) {
      case Step::Kind::kEnd: co_return;
      case Step::Kind::kWait: co_await reader_.poller().sleep(wakeup_, step.pause); break;
      case Step::Kind::kCloseWindow: co_await close_window(Window::kFinal); break;
      case Step::Kind::kBatch: co_await process(take(step.count)); break;
    }
  }
}

Timestamp Lane::window_start_of(Timestamp at) const {
  const Milliseconds length = Seconds(reader_.poller().mapping().tumbling_seconds);
  return at - at.time_since_epoch() % length;
}

// A record that arrived before the open window began is late and counts to the open one.
bool Lane::window_is_over(Timestamp next_record) const {
  return progress_.window_start && window_start_of(next_record) > *progress_.window_start;
}

Lane::Step Lane::next_step() const {
  const Milliseconds length = Seconds(reader_.poller().mapping().tumbling_seconds);
  if (!waiting_.empty()) {
    const bool is_over = window_is_over(waiting_.front().item.arrived_at);
    return is_over ? Step{.kind = Step::Kind::kCloseWindow} : batch_step();
  }
  if (progress_.window_start) {
    const Timestamp over_at = *progress_.window_start + length + kWindowGrace;
    if (reader_.is_read_out() || reader_.read_until() >= over_at) return {.kind = Step::Kind::kCloseWindow};
  } else if (reader_.is_read_out()) {
    return {.kind = Step::Kind::kEnd};
  }
  return {.kind = Step::Kind::kWait, .pause = kWait};
}

Lane::Step Lane::batch_step() const {
  const MappingRecord& mapping = reader_.poller().mapping();
  const bool has_windows = mapping.tumbling_seconds > 0;
  const auto window_of = [&](const Item& item) {
    return has_windows ? window_start_of(item.arrived_at) : Timestamp();
  };
  const Timestamp window = progress_.window_start.value_or(window_of(waiting_.front().item));
  Step step{.kind = Step::Kind::kBatch};
  size_t bytes = progress_.state.size();
  bool is_full = reader_.is_read_out();
  for (const Waiting& each : waiting_) {
    bytes += each.item.json.size() + 1;
    const bool fits = step.count == 0 || bytes <= kBatchBytesMax;
    const bool is_same = window_of(each.item) <= window;
    is_full = is_full || !fits || !is_same;
    if (!fits || !is_same || static_cast<int64_t>(step.count) == mapping.batch_size) break;
    ++step.count;
  }
  is_full = is_full || static_cast<int64_t>(step.count) == mapping.batch_size;
  const Timestamp closes_at = waiting_.front().since + Seconds(mapping.window_seconds);
  if (is_full || reader_.poller().now() >= closes_at) return step;
  return {.kind = Step::Kind::kWait, .pause = closes_at - reader_.poller().now()};
}

std::vector<Item> Lane::take(size_t count) {
  std::vector<Item> out;
  for (size_t at = 0; at < count; ++at) {
    out.push_back(std::move(waiting_.front().item));
    waiting_.pop_front();
  }
  return out;
}

Task<void> Lane::process(std::vector<Item> items) {
  if (reader_.poller().mapping().tumbling_seconds > 0 && !progress_.window_start)
    progress_.window_start = window_start_of(items.front().arrived_at);
  std::deque<Work> todo;
  todo.push_back({.items = std::move(items), .attempts = 0});
  while (!todo.empty()) {
    if (!co_await process_front(todo)) co_return;
  }
}

Task<bool> Lane::process_front(std::deque<Work>& todo) {
  if (drop_expired(todo)) co_return !reader_.is_stopping();
  const BatchResult result = co_await invoke(todo.front().items, Window::kRunning);
  if (result.kind == BatchResult::Kind::kOk) co_return co_await settle_answer(todo, result);
  // A function that ends with the server has not failed.
  if (reader_.is_stopping()) co_return false;
  if (result.kind == BatchResult::Kind::kFailed) {
    ++todo.front().attempts;
    co_return co_await settle_failure(todo, result);
  }
  co_await reader_.poller().sleep(trouble_pause(++todo.front().throttles));
  co_return !reader_.is_stopping();
}

Task<bool> Lane::settle_answer(std::deque<Work>& todo, const BatchResult& result) {
  const MappingRecord& mapping = reader_.poller().mapping();
  Work& work = todo.front();
  std::optional<std::string> state;
  if (mapping.tumbling_seconds > 0) state = window_state(result.payload);
  if (mapping.tumbling_seconds > 0 && !state) {
    ++work.attempts;
    co_return co_await settle_failure(todo, result);
  }
  size_t done = work.items.size();
  if (mapping.reports_failures) {
    const auto failed = failed_positions(result.payload, work.items);
    if (!failed.empty()) done = failed.front();
  }
  if (state && done > 0) progress_.state = *state;
  if (done == work.items.size()) {
    reader_.poller().note_result("OK");
    finish(work.items);
    todo.pop_front();
  } else if (done == 0) {
    ++work.attempts;
    co_return co_await settle_failure(todo, result);
  } else {
    finish(std::span(work.items).first(done));
    work.items.erase(work.items.begin(), work.items.begin() + static_cast<std::ptrdiff_t>(done));
    if (!mapping.bisects) ++work.attempts;
    if (!co_await retry_or_give_up(todo, result)) co_return false;
  }
  if (progress_.state.size() > kWindowStateBytesMax) co_await close_window(Window::kFinalEarly);
  co_return !reader_.is_stopping();
}

// Splitting is no retry: the halves begin with the attempts of the whole, less the one that split it.
Task<bool> Lane::settle_failure(std::deque<Work>& todo, const BatchResult& result) {
  reader_.poller().note_result("PROBLEM: Function call failed");
  Work& work = todo.front();
  if (!reader_.poller().mapping().bisects || work.items.size() == 1)
    co_return co_await retry_or_give_up(todo, result);
  const auto middle = work.items.begin() + static_cast<std::ptrdiff_t>((work.items.size() + 1) / 2);
  Work second{.items = {std::make_move_iterator(middle), std::make_move_iterator(work.items.end())},
              .attempts = work.attempts - 1};
  work.items.erase(middle, work.items.end());
  --work.attempts;
  todo.insert(todo.begin() + 1, std::move(second));
  co_return true;
}

Task<bool> Lane::retry_or_give_up(std::deque<Work>& todo, const BatchResult& result) {
  const int64_t retries_max = reader_.poller().mapping().retries_max;
  Work& work = todo.front();
  if (retries_max >= 0 && work.attempts > retries_max) {
    give_up(work.items, GiveUp::kRetries, result, work.attempts);
    todo.pop_front();
    co_return true;
  }
  co_await reader_.poller().sleep(trouble_pause(work.attempts));
  co_return !reader_.is_stopping();
}

// Whether the front is gone. Records are given up when they are older than the mapping allows, or than the
// stream keeps them.
bool Lane::drop_expired(std::deque<Work>& todo) {
  StreamPoller& poller = reader_.poller();
  Milliseconds age_max = poller.retention();
  if (poller.mapping().age_seconds_max >= 0)
    age_max = std::min<Milliseconds>(age_max, Seconds(poller.mapping().age_seconds_max));
  Work& work = todo.front();
  const auto fresh = std::ranges::find_if(
      work.items, [&](const Item& item) { return poller.now() - item.arrived_at <= age_max; });
  if (fresh == work.items.begin()) return false;
  const auto count = static_cast<size_t>(fresh - work.items.begin());
  give_up(std::span(work.items).first(count), GiveUp::kAge, BatchResult{}, work.attempts);
  work.items.erase(work.items.begin(), fresh);
  if (work.items.empty()) todo.pop_front();
  return true;
}

void Lane::give_up(std::span<const Item> items, GiveUp why, const BatchResult& result, int64_t attempts) {
  StreamPoller& poller = reader_.poller();
  const GivenUpBatch batch{.mapping = poller.mapping(),
                           .shard = reader_.id(),
                           .items = items,
                           .condition = why == GiveUp::kAge ? "RecordAgeExpired" : "RetryAttemptsExhausted",
                           .attempts = attempts,
                           .result = result,
                           .at = poller.now()};
  log_warning("records of a stream were given up", {{"mapping", poller.mapping().uuid},
                                                    {"shard", reader_.id()},
                                                    {"condition", batch.condition},
                                                    {"first", items.front().id}});
  finish(items, [&](store::Tx& tx) {
    if (!poller.mapping().on_failure.empty()) enqueue_failure(poller.core(), tx, batch);
  });
}

void Lane::finish(std::span<const Item> items, const std::function<void(store::Tx&)>& more) {
  if (!items.empty()) progress_.done = items.back().id;
  reader_.commit(*this, items, more);
}

// The function sees the window's state a last time; a window that its function never accepts is dropped like
// a batch.
Task<void> Lane::close_window(Window how) {
  StreamPoller& poller = reader_.poller();
  for (int64_t attempts = 0;;) {
    const BatchResult result = co_await invoke({}, how);
    if (result.kind == BatchResult::Kind::kOk) break;
    if (reader_.is_stopping()) co_return;
    if (result.kind == BatchResult::Kind::kFailed) {
      ++attempts;
      poller.note_result("PROBLEM: Function call failed");
      const Timestamp expires_at = *progress_.window_start + poller.retention();
      if (poller.mapping().retries_max >= 0 && attempts > poller.mapping().retries_max) break;
      if (poller.now() > expires_at) break;
    }
    co_await poller.sleep(trouble_pause(attempts));
    if (reader_.is_stopping()) co_return;
  }
  // Ended early, the same window goes on with a fresh state.
  if (how == Window::kFinal) progress_.window_start.reset();
  progress_.state = "{}";
  finish({});
}

Task<BatchResult> Lane::invoke(const std::vector<Item>& items, Window window) {
  const bool has_windows = reader_.poller().mapping().tumbling_seconds > 0;
  co_return co_await run_batch(
      reader_.poller().core(), reader_.poller().mapping(),
      make_payload(items, items.size(), has_windows ? window_members(window) : std::string()));
}

std::string Lane::window_members(Window window) const {
  const MappingRecord& mapping = reader_.poller().mapping();
  const Timestamp start = *progress_.window_start;
  Document further = Document::object();
  further.set("window", Document::Object{{"start", format_iso8601(start)},
                                         {"end", format_iso8601(start + Seconds(mapping.tumbling_seconds))}});
  further.set("shardId", reader_.id());
  further.set("eventSourceARN", mapping.source_arn);
  further.set("isFinalInvokeForWindow", window != Window::kRunning);
  further.set("isWindowTerminatedEarly", window == Window::kFinalEarly);
  const std::string members = write_json(further);
  return fmt::format(R"(,"state":{},{})", progress_.state, members.substr(1, members.size() - 2));
}

}  // namespace haneul::lambda
