// One invocation in an environment: offered, answered or not, and put into Lambda's words.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "compute/environment.h"
#include "compute/environment_process.h"

namespace haneul::compute {

using std::chrono::duration_cast;
using std::chrono::microseconds;

namespace {

constexpr uint64_t kKibOfMib = 1024;
constexpr std::chrono::milliseconds kSampleInterval{100};

std::string exit_sentence(const sandbox::ExitStatus& status) {
  const std::string how = describe_exit(status);
  return how.empty() ? "Runtime exited without providing a reason" : "Runtime exited with error: " + how;
}

}  // namespace

std::string describe_exit(const sandbox::ExitStatus& status) {
  if (status.oom_killed) return "signal: killed";
  if (status.signal != 0) return "signal: " + to_lower(strsignal(status.signal));
  return status.exit_code == 0 ? std::string() : fmt::format("exit status {}", status.exit_code);
}

InvokeResult Environment::new_result() const {
  InvokeResult result;
  result.executed_version = image_->version;
  result.log_stream = origin_.stream;
  result.memory_mb = image_->memory_mb;
  result.initialization = initialization_;
  return result;
}

Task<InvokeResult> Environment::run(Invocation invocation, RunTiming timing) {
  InvokeResult result = new_result();
  result.init_duration = timing.init_duration;
  if (timing.restore) note_restore(result, *timing.restore);
  co_await thaw_now();
  if (process_) show_debugger();
  answered_.reset();
  is_runtime_told_ = false;
  platform_.start(invocation);
  const auto begin = now() - timing.spent;
  moments_ = {.offered = begin, .answering = {}, .answered = {}, .runtime_done = {}};
  // An idle runtime may have ended while nobody looked: then its exit is the first event.
  if (process_->session.is_ready()) {
    const auto left = image_->timeout - duration_cast<std::chrono::milliseconds>(timing.spent);
    const Timestamp deadline = shared_->services.clock.now() + left;
    process_->extensions.offer(invocation, deadline);
    process_->session.offer(invocation, deadline);
  }
  const Event last = co_await await_answer(invocation, begin + patience(image_->timeout));
  const auto ended = now();
  result.duration = duration_cast<microseconds>(ended - begin);
  if (last == Event::kTimeout) {
    result.duration = image_->timeout;
    tell_runtime_done(invocation, "timeout", {});
    co_await end_process("timeout");
  }
  settle_output();
  co_await sample_memory();
  conclude(result, invocation, last);
  tell_runtime_done(invocation, "error", result.error_type);
  const auto overhead = extension_overhead(result, ended);
  close_log(result, invocation, overhead);
  co_return result;
}

// Once for each invocation: the first word counts.
void Environment::tell_runtime_done(const Invocation& invocation, std::string_view status,
                                    std::string_view error_type) {
  if (std::exchange(is_runtime_told_, true)) return;
  const auto span = [&](std::string_view name, std::chrono::nanoseconds from, std::chrono::nanoseconds to) {
    return PlatformSpan{name, wall_time(from), duration_cast<microseconds>(to - from)};
  };
  RuntimeDone done{
      status, error_type, duration_cast<microseconds>(now() - moments_.offered), moments_.produced_bytes, {}};
  if (process_->hub.wants(TelemetryType::kPlatform) && moments_.answering && moments_.answered) {
    done.spans = {span("responseLatency", moments_.offered, *moments_.answering),
                  span("responseDuration", *moments_.answering, *moments_.answered)};
  }
  platform_.runtime_done(invocation, done);
}

std::optional<PlatformSpan> Environment::extension_overhead(InvokeResult& result,
                                                            std::chrono::nanoseconds ended) const {
  if (!process_ || process_->extensions.empty() || !moments_.runtime_done) return std::nullopt;
  const auto took = duration_cast<microseconds>(ended - *moments_.runtime_done);
  result.post_runtime_extensions = took;
  return PlatformSpan{"extensionOverhead", wall_time(*moments_.runtime_done), took};
}

InvokeResult Environment::fail_init(const Invocation& invocation, const InitOutcome& outcome) {
  InvokeResult result = new_result();
  result.duration = outcome.duration;
  platform_.start(invocation);
  if (outcome.kind == InitOutcome::Kind::kTimeout) {
    result.duration = image_->timeout;
    timeout_result(result, invocation);
  } else if (outcome.kind == InitOutcome::Kind::kExited) {
    crash_result(result, invocation);
  } else if (outcome.kind == InitOutcome::Kind::kExtension) {
    extension_result(result, invocation, {outcome.fault.error_type, outcome.reason});
  } else {
    result.status = InvokeStatus::kInitError;
    result.error_type = outcome.fault.error_type;
    result.payload = outcome.fault.body;
  }
  result.function_error = "Unhandled";
  close_log(result, invocation, std::nullopt);
  return result;
}

void Environment::close_log(InvokeResult& result, const Invocation& invocation,
                            const std::optional<PlatformSpan>& extension_overhead) {
  if (exit_) note_peak(exit_->usage);
  result.max_memory_mb = static_cast<uint32_t>((memory_peak_kib_ + kKibOfMib - 1) / kKibOfMib);
  // Init is billed since August 2025, of every kind of function.
  result.billed = round_up(result.duration + result.init_duration.value_or(std::chrono::microseconds(0))) +
                  result.billed_restore;
  platform_.end(invocation, result, extension_overhead);
  result.log_tail = tail_.take();
}

// Until the runtime has answered and waits again, and so do the extensions that were told, as AWS counts the
// duration; or one of them ended, or time is up.
Task<Environment::Event> Environment::await_answer(const Invocation& invocation,
                                                   std::chrono::nanoseconds until) {
  for (;;) {
    const Event event = co_await next_event(until);
    if (event == Event::kExited || event == Event::kTimeout) co_return event;
    if (extension_fault_) co_return Event::kExtensions;
    if (event == Event::kReady && answered_) {
      moments_.runtime_done = now();
      // What a function wrote comes before the word that it is done.
      if (process_->hub.wants(TelemetryType::kPlatform)) settle_output();
      tell_runtime_done(invocation, "success", {});
    }
    if (moments_.runtime_done && process_->extensions.is_invocation_over()) co_return Event::kReady;
  }
}

void Environment::conclude(InvokeResult& result, const Invocation& invocation, Event last) {
  // A stream that breaks off because its process ends is told as that end.
  const auto* broken = answered_ ? std::get_if<RuntimeFault>(&*answered_) : nullptr;
  if (last != Event::kReady && broken && broken->error_type == kTruncatedResponse) answered_.reset();
  if (answered_) {
    if (auto* body = std::get_if<std::string>(&*answered_)) {
      result.payload = std::move(*body);
      return;
    }
    RuntimeFault& fault = std::get<RuntimeFault>(*answered_);
    result.status = InvokeStatus::kFunctionError;
    result.payload = std::move(fault.body);
    result.error_type = std::move(fault.error_type);
  } else if (last == Event::kTimeout) {
    timeout_result(result, invocation);
  } else if (last == Event::kExtensions) {
    extension_result(result, invocation, *extension_fault_);
  } else {
    crash_result(result, invocation);
  }
  result.function_error = "Unhandled";
}

void Environment::timeout_result(InvokeResult& result, const Invocation& invocation) {
  const std::string& request = invocation.request_id.str();
  const std::string text = "Task timed out after " + seconds_text(image_->timeout) + " seconds";
  result.status = InvokeStatus::kTimeout;
  result.error_type = "Sandbox.Timedout";
  result.payload = error_document(result.error_type, "RequestId: " + request + " Error: " + text);
  platform_.fault(
      fmt::format("{} {} {}\n", format_iso8601_millis(shared_->services.clock.now()), request, text));
}

void Environment::crash_result(InvokeResult& result, const Invocation& invocation) {
  const sandbox::ExitStatus status = exit_.value_or(sandbox::ExitStatus{});
  const std::string text = "RequestId: " + invocation.request_id.str() + " Error: " + exit_sentence(status);
  result.status = status.oom_killed ? InvokeStatus::kOutOfMemory : InvokeStatus::kCrashed;
  result.error_type = status.oom_killed ? "Runtime.OutOfMemory" : "Runtime.ExitError";
  result.payload = error_document(result.error_type, text);
  platform_.fault(text + "\n" + result.error_type);
}

Task<void> Environment::sample_memory() {
  // Under load the peak hardly moves from one invocation to the next: asking each time costs a round trip.
  if (is_gone_ || (memory_peak_kib_ != 0 && now() - sampled_at_ < kSampleInterval)) co_return;
  sampled_at_ = now();
  try {
    note_peak(co_await shared_->services.launcher.usage(process_->id));
  } catch (const sandbox::SandboxError&) {
    // It has just ended: its exit status has the figures.
  }
}

void Environment::note_peak(const sandbox::Usage& usage) {
  const uint64_t peak_kib = std::min(usage.memory_peak_bytes / 1024, image_->memory_mb * kKibOfMib);
  memory_peak_kib_ = std::max(memory_peak_kib_, peak_kib);
}

}  // namespace haneul::compute
