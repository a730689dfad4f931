// The Runtime API's rules; see the header. Wording of refusals follows AWS's own server.
#include "compute/runtime_session.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/json.h"
#include "base/json_check.h"
#include "base/text.h"
#include "compute/extension_session.h"
#include "compute/runtime_replies.h"

namespace haneul::compute {

namespace {

constexpr std::string_view kPrefix = "/2018-06-01/runtime/";
constexpr std::string_view kInvocation = "invocation/";
constexpr std::string_view kCredentialsPath = "/2021-04-23/credentials";

RuntimeReply wrong_state(std::string_view action) {
  return refuse(403, "InvalidStateTransition", fmt::format("{} is not allowed in the current state", action));
}

// Empty where the document names none, or holds what a Document cannot (halves of characters).
std::string type_in(const std::string& body) {
  try {
    return parse_json(body).string_or("errorType", "");
  } catch (const ParseError&) {
    return {};
  }
}

RuntimeFault make_fault(std::string body, std::string error_type) {
  RuntimeFault fault{std::move(body), std::move(error_type)};
  try {
    check_json(fault.body);
    if (fault.error_type.empty()) fault.error_type = type_in(fault.body);
  } catch (const ParseError&) {
    // A runtime may send anything; what the caller of the function gets must be a JSON text.
    Document wrapped = Document::object();
    wrapped.set("errorMessage",
                is_valid_utf8(fault.body) ? fault.body : std::string("unreadable error document"));
    wrapped.set("errorType", fault.error_type.empty() ? std::string("Runtime.Unknown") : fault.error_type);
    fault.body = write_json(wrapped);
  }
  if (fault.error_type.empty()) fault.error_type = "Runtime.Unknown";
  return fault;
}

bool has_error(const RuntimeRequest& request) {
  return !request.error_type.empty() || !request.error_body.empty();
}

// What the trailers of a streamed answer report.
RuntimeFault trailer_fault(RuntimeRequest request) {
  return make_fault(base64_decode(trim(request.error_body)).value_or(request.error_body),
                    std::move(request.error_type));
}

RuntimeFault own_fault(std::string_view type, std::string_view message) {
  Document body = Document::object();
  body.set("errorMessage", message);
  body.set("errorType", type);
  return {write_json(body), std::string(type)};
}

RuntimeFault oversized(size_t limit) {
  return own_fault(
      "Function.ResponseSizeTooLarge",
      fmt::format("Response payload size exceeded maximum allowed payload size ({} bytes).", limit));
}

RuntimeReply make_reply(const Invocation& invocation, Timestamp deadline) {
  RuntimeReply reply;
  const auto put = [&reply](std::string_view name, std::string_view value) {
    if (!value.empty()) reply.headers.emplace_back(name, header_safe(value));
  };
  put("Content-Type", "application/json");
  put("Lambda-Runtime-Aws-Request-Id", invocation.request_id.str());
  put("Lambda-Runtime-Deadline-Ms", std::to_string(deadline.time_since_epoch().count()));
  put("Lambda-Runtime-Invoked-Function-Arn", invocation.invoked_arn);
  put("Lambda-Runtime-Trace-Id", invocation.trace_header);
  put("Lambda-Runtime-Client-Context", invocation.client_context);
  put("Lambda-Runtime-Cognito-Identity", invocation.cognito_identity);
  reply.body = invocation.payload;
  return reply;
}

}  // namespace

void RuntimeSession::handle(RuntimeRequest request, Answer answer) {
  const std::string_view path = request.path;
  if (extensions_ != nullptr && ExtensionSession::serves(path)) {
    extensions_->handle(std::move(request), std::move(answer));
    return;
  }
  if (path == kCredentialsPath) return give_credentials(request, answer);
  if (!path.starts_with(kPrefix)) {
    answer(refuse(404, "NotFound", "no such path in the runtime API"));
    return;
  }
  const std::string action(path.substr(kPrefix.size()));
  if (action == "invocation/next") {
    if (request.method == "GET") return next(answer);
  } else if (beginning_ != Beginning::kInit && action.starts_with("restore/")) {
    return restore(std::move(request), answer, action);
  } else if (request.method == "POST") {
    if (action == "init/error") return init_error(std::move(request), answer);
    if (action.starts_with(kInvocation)) return invocation_answer(std::move(request), answer);
  }
  const bool known = action == "invocation/next" || action == "init/error";
  answer(refuse(known ? 405 : 404, "NotFound", "no such operation in the runtime API"));
}

void RuntimeSession::next(const Answer& answer) {
  if (state_ == State::kBusy) {
    // Only a runtime that lost its connection before the event arrived may ask again.
    if (!undelivered_) {
      answer(wrong_state("next"));
      return;
    }
    RuntimeReply reply = *undelivered_;
    if (answer(std::move(reply))) undelivered_.reset();
    return;
  }
  if (state_ == State::kFailed || state_ == State::kStreaming) {
    answer(wrong_state("next"));
    return;
  }
  parked_ = answer;
  if (state_ == State::kReady) return;
  state_ = State::kReady;
  observer_.on_ready();
}

void RuntimeSession::init_error(RuntimeRequest request, const Answer& answer) {
  if (state_ != State::kStarting) {
    answer(wrong_state("init/error"));
    return;
  }
  state_ = State::kFailed;
  answer(accepted());
  observer_.on_init_error(make_fault(std::move(request.body), std::move(request.error_type)));
}

// As the runtimes of AWS speak with SnapStart: GET restore/next, POST restore/error.
void RuntimeSession::restore(RuntimeRequest request, const Answer& answer, std::string_view action) {
  const bool is_next = action == "restore/next" && request.method == "GET" && state_ == State::kStarting;
  if (is_next && beginning_ == Beginning::kSnapshot) {
    answer(json_reply(200, Document::object()));
    observer_.on_initialised();
  } else if (action == "restore/error" && request.method == "POST" && beginning_ == Beginning::kRestored) {
    init_error(std::move(request), answer);
  } else {
    answer(wrong_state(action));
  }
}

// https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html#snapstart-credentials
void RuntimeSession::give_credentials(const RuntimeRequest& request, const Answer& answer) {
  const auto body =
      request.method == "GET" ? observer_.credentials(request.authorization) : std::optional<std::string>();
  if (!body) return static_cast<void>(answer(refuse(403, "AccessDenied", "The token is not the right one.")));
  answer({200, {{"Content-Type", "application/json"}}, *body});
}

void RuntimeSession::invocation_answer(RuntimeRequest request, const Answer& answer) {
  const std::string rest = request.path.substr(kPrefix.size() + kInvocation.size());
  const size_t slash = rest.find('/');
  const std::string action = slash == std::string::npos ? "" : rest.substr(slash + 1);
  if (action != "response" && action != "error") {
    answer(refuse(404, "NotFound", "no such operation in the runtime API"));
    return;
  }
  if (state_ != State::kBusy || rest.substr(0, slash) != request_id_) {
    answer(refuse(400, "InvalidRequestID", "Invalid request ID"));
    return;
  }
  finish(std::move(request), answer, action);
}

void RuntimeSession::finish(RuntimeRequest request, const Answer& answer, std::string_view action) {
  state_ = State::kAnswered;
  undelivered_.reset();
  if (request.body_bytes > kResponseBytesMax) {
    answer(refuse(413, "RequestEntityTooLarge",
                  fmt::format("Exceeded maximum allowed payload size ({} bytes).", kResponseBytesMax)));
    observer_.on_error(oversized(kResponseBytesMax));
    return;
  }
  answer(accepted());
  if (action == "response" && request.is_streamed && has_error(request)) {
    observer_.on_error(trailer_fault(std::move(request)));
  } else if (action == "response") {
    observer_.on_response(std::move(request.body));
  } else {
    observer_.on_error(make_fault(std::move(request.body), std::move(request.error_type)));
  }
}

std::shared_ptr<ResponsePipe> RuntimeSession::begin_stream(const RuntimeRequest& head) {
  const bool is_ours = state_ == State::kBusy && head.method == "POST" &&
                       head.path == fmt::format("{}{}{}/response", kPrefix, kInvocation, request_id_);
  if (is_ours) observer_.on_answering();
  if (!is_ours || !head.is_streamed || !stream_) return nullptr;
  state_ = State::kStreaming;
  undelivered_.reset();
  stream_->open(head.content_type.empty() ? "application/octet-stream" : header_safe(head.content_type));
  return stream_;
}

void RuntimeSession::end_stream(RuntimeRequest request, const Answer& answer) {
  state_ = State::kAnswered;
  stream_.reset();
  if (request.body_bytes > kStreamedBytesMax) {
    answer(refuse(413, "RequestEntityTooLarge",
                  fmt::format("Exceeded maximum allowed payload size ({} bytes).", kStreamedBytesMax)));
    observer_.on_error(oversized(kStreamedBytesMax));
    return;
  }
  answer(accepted());
  if (has_error(request)) {
    observer_.on_error(trailer_fault(std::move(request)));
  } else {
    observer_.on_response({});
  }
}

void RuntimeSession::break_stream() {
  if (state_ != State::kStreaming) return;
  state_ = State::kAnswered;
  stream_.reset();
  observer_.on_error(own_fault(kTruncatedResponse, "The response stream ended before it was whole."));
}

void RuntimeSession::offer(const Invocation& invocation, Timestamp deadline) {
  HANEUL_CHECK(state_ == State::kReady, "an invocation is offered to a runtime that waits for one");
  state_ = State::kBusy;
  request_id_ = invocation.request_id.str();
  stream_ = invocation.stream;
  RuntimeReply reply = make_reply(invocation, deadline);
  const Answer waiting = std::exchange(parked_, {});
  // A copy of the payload is kept only when it could not be delivered.
  undelivered_ = std::move(reply);
  if (waiting(*undelivered_)) undelivered_.reset();
}

}  // namespace haneul::compute
