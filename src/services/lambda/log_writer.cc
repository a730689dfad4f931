#include "services/lambda/log_writer.h"

#include <fmt/format.h>

#include "base/log.h"

namespace haneul::lambda {

namespace {

constexpr Milliseconds kLinger{200};
constexpr Milliseconds kReportLinger{20};  // an invocation has ended: those that follow at once share a write
constexpr size_t kBatchBytes = 256 << 10;
constexpr size_t kWaitingBytesMax = 8 << 20;  // of one stream

// The last word of an invocation, as text or as a document (compute/platform_log.h).
bool is_report(std::string_view event) {
  constexpr size_t kHeadBytes = 96;
  return event.starts_with("REPORT RequestId: ") ||
         (event.starts_with(R"({"time":)") &&
          event.substr(0, kHeadBytes).find(R"("type":"platform.report")") != std::string_view::npos);
}

std::string key_of(const compute::LogOrigin& origin) {
  return origin.account.str() + "/" + origin.region.str() + "/" + origin.group + "\n" + origin.stream;
}

}  // namespace

void LogWriter::acts_as(const std::string& function_arn, const platform::Caller& caller) {
  const std::lock_guard lock(state_->mutex);
  state_->writers[function_arn] = caller;
}

void LogWriter::append(const compute::LogOrigin& origin, Timestamp at, std::string_view event) {
  const std::string key = key_of(origin);
  const std::lock_guard lock(state_->mutex);
  Stream& stream = state_->streams[key];
  if (stream.function_arn.empty()) {
    stream.target = {origin.account, origin.region, origin.group, origin.stream};
    stream.function_arn = origin.function_arn;
  }
  if (stream.bytes + event.size() > kWaitingBytesMax) {
    ++stream.dropped;
    return;
  }
  stream.bytes += event.size();
  stream.lines.push_back({at, std::string(event)});
  if (stream.bytes >= kBatchBytes) return state_->flush_locked(key, stream);
  const bool has_ended = is_report(event);
  bool& is_timed = has_ended ? stream.is_report_timed : stream.is_timed;
  if (is_timed || stream.is_report_timed || stream.is_writing) return;
  Executor* executor = Executor::current();
  if (executor == nullptr) return state_->flush_locked(key, stream);
  is_timed = true;
  executor->post_after(has_ended ? kReportLinger : kLinger, [weak = std::weak_ptr<State>(state_), key] {
    if (const auto state = weak.lock()) state->flush(key);
  });
}

Task<void> LogWriter::written(const compute::LogOrigin& from) {
  const std::string key = key_of(from);
  Completion<bool> written;
  {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->streams.find(key);
    if (found == state_->streams.end()) co_return;
    found->second.watchers.push_back(written);
    state_->flush_locked(key, found->second);
  }
  co_await written.wait_forever();  // State::write ends with each stream
}

void LogWriter::State::flush(const std::string& key) {
  const std::lock_guard lock(mutex);
  const auto found = streams.find(key);
  if (found != streams.end()) flush_locked(key, found->second);
}

void LogWriter::State::flush_locked(const std::string& key, Stream& stream) {
  stream.is_timed = stream.is_report_timed = false;
  if (stream.is_writing) return;  // the writer looks again before it ends
  stream.is_writing = true;
  pool.submit([self = shared_from_this(), key] { self->write(key); });
}

void LogWriter::State::write(const std::string& key) {
  std::vector<Completion<bool>> watchers;
  for (;;) {
    // Of the lines of the last round.
    for (const Completion<bool>& watcher : watchers) watcher.set(true);
    watchers.clear();
    std::vector<logs::Line> lines;
    logs::LogTarget target;
    platform::Caller writer;
    {
      const std::lock_guard lock(mutex);
      Stream& stream = streams.at(key);
      watchers.swap(stream.watchers);
      if (stream.lines.empty()) {
        for (const Completion<bool>& watcher : watchers) watcher.set(true);
        streams.erase(key);
        idle.notify_all();
        return;
      }
      lines.swap(stream.lines);
      target = stream.target;
      stream.bytes = 0;
      if (const size_t dropped = std::exchange(stream.dropped, 0); dropped > 0)
        lines.push_back({lines.back().at, fmt::format("[{} events were dropped]\n", dropped)});
      const auto known = writers.find(stream.function_arn);
      if (known != writers.end()) writer = known->second;
    }
    append(key, target, writer, lines);
  }
}

// The root of a write: lines that cannot be written are lost, the function and the next lines are not.
void LogWriter::State::append(const std::string& key, const logs::LogTarget& target,
                              const platform::Caller& writer, const std::vector<logs::Line>& lines) {
  try {
    if (!logs.append(writer, target, lines))
      log_debug("a function's role may not write its log", {{"group", target.group}});
  } catch (const std::exception& error) {
    log_error("a function's log could not be written", {{"stream", key}, {"reason", error.what()}});
  }
}

void LogWriter::drain() {
  std::unique_lock lock(state_->mutex);
  for (auto& [key, stream] : state_->streams) state_->flush_locked(key, stream);
  state_->idle.wait(lock, [this] { return state_->streams.empty(); });
}

}  // namespace haneul::lambda
