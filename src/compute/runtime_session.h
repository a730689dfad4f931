// RuntimeSession: the state machine of the Lambda Runtime API (2018-06-01) for one execution environment,
// without any transport. It decides which request is allowed when, and answers each exactly once.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
//
//   starting -> (init/error, restore/error) failed | (restore/next) starting: its memory image comes |
//   (next) ready -> offer() -> busy -> (response | error) answered ->
//   (next) ready
//   busy -> begin_stream() streaming -> end_stream() | break_stream() answered
//
// Thread rule: one thread (the environment's loop). Observer calls come from within handle().
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "compute/invocation.h"
#include "compute/response_pipe.h"

namespace haneul::compute {

// 6 MiB and room for the envelope, as the service counts it.
inline constexpr size_t kResponseBytesMax = 6 * 1024 * 1024 + 100;
// "Response streaming functions can return payloads up to 200 MB."
inline constexpr size_t kStreamedBytesMax = size_t{200} * 1024 * 1024;

inline constexpr std::string_view kTruncatedResponse = "Runtime.TruncatedResponse";

struct RuntimeRequest {
  std::string method;
  std::string path;        // without query
  std::string body;        // at most kResponseBytesMax bytes
  size_t body_bytes = 0;   // as sent, which may be more than was kept
  std::string error_type;  // Lambda-Runtime-Function-Error-Type; of a streamed answer from its trailers
  std::string error_body;  // Lambda-Runtime-Function-Error-Body, base64, a trailer
  std::string content_type;
  bool is_streamed = false;  // Lambda-Runtime-Function-Response-Mode: streaming
  // Of requests to the Extensions, Telemetry and Logs APIs: Lambda-Extension-Name, -Identifier,
  // -Accept-Feature and -Function-Error-Type.
  struct {
    std::string name;
    std::string identifier;
    std::string features;
    std::string error_type;
  } extension = {};
  std::string authorization = {};  // of requests for credentials
};

struct RuntimeReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct RuntimeFault {
  std::string body;        // the error document the runtime sent
  std::string error_type;  // from the header, else from the document, else "Runtime.Unknown"
};

class ExtensionSession;

class RuntimeSession {
 public:
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void on_connected() {}  // the runtime's first connection
    virtual void on_ready() = 0;    // the runtime waits for an invocation
    virtual void on_answering() {}  // an answer to the invocation begins to arrive
    virtual void on_init_error(RuntimeFault fault) = 0;
    virtual void on_response(std::string body) = 0;
    virtual void on_error(RuntimeFault fault) = 0;
    virtual void on_initialised() {}  // its memory image comes
    // The role's, as the container credentials endpoint answers; nothing: refused.
    virtual std::optional<std::string> credentials(std::string_view) { return std::nullopt; }
  };
  // What the runtime begins with: with initialisation; with that, to hand over its memory image; or from one.
  enum class Beginning { kInit, kSnapshot, kRestored };
  // Delivers a reply; false when the connection it belongs to is gone.
  using Answer = std::function<bool(RuntimeReply)>;

  // extensions: where requests to the other APIs go; null: there is no such thing here.
  explicit RuntimeSession(Observer& observer, ExtensionSession* extensions = nullptr)
      : observer_(observer), extensions_(extensions) {}

  void expect(Beginning beginning) { beginning_ = beginning; }  // before it is connected
  void connected() { observer_.on_connected(); }
  void handle(RuntimeRequest request, Answer answer);
  // A streamed answer is taken as it arrives: where its bytes go. Null when it must be collected and given to
  // handle(), which also refuses what is out of order.
  std::shared_ptr<ResponsePipe> begin_stream(const RuntimeRequest& head);
  void end_stream(RuntimeRequest request, const Answer& answer);  // whole, with what its trailers said
  void break_stream();  // the connection ended before the answer did
  // Gives the runtime its next invocation; the session must be ready. The reply waits for a runtime that lost
  // its connection and asks again.
  void offer(const Invocation& invocation, Timestamp deadline);
  bool is_ready() const { return state_ == State::kReady; }

 private:
  enum class State { kStarting, kReady, kBusy, kStreaming, kAnswered, kFailed };
  void next(const Answer& answer);
  void init_error(RuntimeRequest request, const Answer& answer);
  void restore(RuntimeRequest request, const Answer& answer, std::string_view action);
  void give_credentials(const RuntimeRequest& request, const Answer& answer);
  void invocation_answer(RuntimeRequest request, const Answer& answer);
  void finish(RuntimeRequest request, const Answer& answer, std::string_view action);

  Observer& observer_;
  ExtensionSession* extensions_;
  State state_ = State::kStarting;
  Beginning beginning_ = Beginning::kInit;
  std::string request_id_;
  Answer parked_;  // who waits on next
  std::optional<RuntimeReply> undelivered_;
  std::shared_ptr<ResponsePipe> stream_;  // of the invocation that runs; null when nobody takes streams
};

}  // namespace haneul::compute
