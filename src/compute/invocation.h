// One invocation: what goes into an execution environment and what comes out, with Lambda's own words for
// failures. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/strong.h"
#include "compute/image.h"

namespace haneul {
class Executor;
}

namespace haneul::compute {

class ResponsePipe;

struct Invocation {
  RequestId request_id;
  std::string payload;           // a JSON text
  std::string invoked_arn;       // with the qualifier the caller used
  std::string client_context;    // decoded JSON, or empty
  std::string cognito_identity;  // JSON, or empty
  std::string trace_header;      // X-Amzn-Trace-Id as given to the function, or empty
  // Where a streamed answer goes as it arrives. Null, or a runtime that does not stream: the answer is the
  // result's payload.
  std::shared_ptr<ResponsePipe> stream = nullptr;
};

enum class InvokeStatus {
  kOk,
  kFunctionError,  // the handler reported an error
  kTimeout,
  kCrashed,  // the runtime exited
  kOutOfMemory,
  kInitError,       // the function's init failed, also on the second try
  kRestoreError,    // a hook after the restore of its snapshot failed, or the process ended
  kRestoreTimeout,  // the hooks took too long
  kThrottled,       // nothing ran; throttle_reason says why
  kUnavailable,     // this node cannot run functions (no sandbox, disk, ...): reason is for the log, not the
                    // caller
};

struct InvokeResult {
  InvokeStatus status = InvokeStatus::kOk;
  std::string payload;                        // the function's answer, or the error document
  std::optional<std::string> function_error;  // "Unhandled" with every error of the function
  std::string error_type;                     // "Runtime.ExitError", the handler's exception type, ...
  std::string executed_version;
  std::string log_stream;
  std::string log_tail;  // last 4 KiB, for LogType=Tail
  std::string reason;    // kThrottled: AWS's Reason value; kUnavailable: what went wrong
  std::optional<std::chrono::microseconds> init_duration;     // of a cold start
  std::optional<std::chrono::microseconds> restore_duration;  // of a cold start from a snapshot
  std::chrono::milliseconds billed_restore{0};                // of that, what the function's code took
  std::chrono::microseconds duration{0};
  // Of that, what extensions took after the runtime was done; when there were any.
  std::optional<std::chrono::microseconds> post_runtime_extensions;
  std::chrono::milliseconds billed{0};
  uint32_t memory_mb = 0;
  uint32_t max_memory_mb = 0;
  Initialization initialization = Initialization::kOnDemand;  // of the environment that ran it
  Executor* home = nullptr;  // where the environment lives; null: nothing ran
};

// Where a line of log comes from and belongs.
struct LogOrigin {
  AccountId account;
  Region region;
  std::string group;
  std::string stream;
  std::string function_arn;
};

// Receives log events in order, each with its final line break. Called on loop threads, for one origin never
// from two at once; must not block. A sink outlives the engine: an environment may still speak when no
// invocation runs.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void append(const LogOrigin& origin, Timestamp at, std::string_view event) = 0;
};

}  // namespace haneul::compute
