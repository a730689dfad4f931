#include "server/connection.h"

#include <array>

#include "base/log.h"
#include "server/input.h"
#include "server/request_body.h"
#include "server/request_parser.h"
#include "server/response_writer.h"

namespace haneul::server {

namespace {

class InFlight {
 public:
  explicit InFlight(ServerCounters& counters) : counters_(counters) {
    now_ = counters_.requests_in_flight.fetch_add(1, std::memory_order_relaxed) + 1;
    counters_.requests.fetch_add(1, std::memory_order_relaxed);
  }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  ~InFlight() { counters_.requests_in_flight.fetch_sub(1, std::memory_order_relaxed); }
  bool over(size_t limit) const { return now_ > static_cast<int64_t>(limit); }

 private:
  ServerCounters& counters_;
  int64_t now_;
};

class Connection {
 public:
  Connection(Transport& transport, const ConnectionInfo& info, const ConnectionContext& context)
      : transport_(transport),
        info_(info),
        context_(context),
        input_(transport),
        parser_(context.limits),
        writer_(transport, context.clock) {}

  Task<void> run() {
    while (co_await serve_one()) {
      input_.release_when_large();
      if (Executor* home = std::exchange(home_, nullptr); home != nullptr && context_.mover != nullptr)
        co_await context_.mover->move_to(*home);
    }
  }

 private:
  enum class Head { kComplete, kRefused, kNothing };

  Task<bool> serve_one() {
    platform::HttpRequest request;
    parser_.start(request);
    switch (co_await read_head()) {
      case Head::kNothing: co_return false;
      case Head::kRefused: co_await refuse(); co_return false;
      case Head::kComplete: break;
    }
    const InFlight in_flight(context_.counters);
    BodySource body(input_, parser_, context_.limits);
    request.body = body.make_reader();
    request.listener = info_.listener;
    request.remote_address = info_.remote_address;
    request.over_tls = info_.security == ConnectionInfo::Security::kTls;

    platform::HttpResponse response = co_await answer(request, in_flight);
    const bool goes_on = co_await write(response, request, body);
    home_ = response.home;
    response.stream.reset();  // may still read the body
    if (goes_on && co_await body.drain()) co_return true;
    if (!body.is_done() || !input_.empty()) co_await linger();
    co_return false;
  }

  Task<Head> read_head() {
    bool idle = input_.empty();
    transport_.set_phase(idle ? Transport::Phase::kIdle : Transport::Phase::kBusy);
    transport_.set_read_patience(idle && !first_ ? context_.limits.idle_patience
                                                 : context_.limits.head_patience);
    for (;;) {
      if (!input_.empty()) {
        const RequestParser::Step step = parser_.parse_head(input_.bytes());
        input_.consume(step.consumed);
        if (step.progress == RequestParser::Progress::kRefused) co_return Head::kRefused;
        if (step.progress == RequestParser::Progress::kDone) break;
      }
      if (co_await input_.fill() == 0) co_return Head::kNothing;
      if (!idle) continue;
      idle = false;
      transport_.set_phase(Transport::Phase::kBusy);
      transport_.set_read_patience(context_.limits.head_patience);
    }
    first_ = false;
    transport_.set_read_patience(std::nullopt);
    co_return Head::kComplete;
  }

  Task<platform::HttpResponse> answer(platform::HttpRequest& request, const InFlight& in_flight) {
    if (in_flight.over(context_.limits.in_flight_max)) {
      context_.counters.requests_shed.fetch_add(1, std::memory_order_relaxed);
      co_return context_.handler.reject(503, "SlowDown", "Please reduce your request rate.");
    }
    try {
      platform::HttpResponse response = co_await context_.handler.handle(request);
      co_return response;
    } catch (const std::exception& error) {
      log_error("the request handler threw", {{"what", error.what()}});
    }
    co_return internal_failure();
  }

  platform::HttpResponse internal_failure() {
    platform::HttpResponse response = context_.handler.reject(
        500, "InternalFailure", "The request processing has failed because of an unknown error.");
    response.close = true;
    return response;
  }

  Task<bool> write(platform::HttpResponse& response, const platform::HttpRequest& request,
                   const BodySource& body) {
    const bool stopping = context_.stopping.load(std::memory_order_relaxed);
    const ResponseWriter::Request how{
        .is_head = request.method == "HEAD",
        .is_http_1_0 = parser_.is_http_1_0(),
        // A stream may be made of the request's body: it will have read it by its end.
        .keeps_alive =
            parser_.keeps_alive() && !stopping && (body.can_be_drained() || response.stream != nullptr)};
    std::string failure;
    try {
      const bool goes_on = co_await writer_.write(response, how);
      co_return goes_on;
    } catch (const TransportError&) {
      throw;
    } catch (const std::exception& error) {
      failure = error.what();
    }
    log_warning("a response stream failed", {{"what", failure}});
    if (!writer_.head_is_out()) {
      platform::HttpResponse instead = internal_failure();
      co_await writer_.write(instead, how);
    }
    co_return false;
  }

  Task<void> refuse() {
    context_.counters.requests_refused.fetch_add(1, std::memory_order_relaxed);
    const Refusal& why = parser_.refusal();
    platform::HttpResponse response = context_.handler.reject(why.status, why.code, why.message);
    response.close = true;
    co_await writer_.write(response, {.is_head = false, .is_http_1_0 = false, .keeps_alive = false});
    co_await linger();
  }

  // Closing while bytes of the client are unread resets the connection, and the reset can overtake the
  // answer: say that we are done, and read away what still comes for a moment.
  Task<void> linger() {
    transport_.shutdown_write();
    transport_.set_phase(Transport::Phase::kIdle);
    transport_.set_read_patience(context_.limits.linger);
    std::array<char, 4096> sink;
    size_t total = 0;
    while (total < context_.limits.drain_bytes_max) {
      const size_t count = co_await transport_.read_some(sink);
      if (count == 0) break;
      total += count;
    }
  }

  Transport& transport_;
  const ConnectionInfo& info_;
  const ConnectionContext& context_;
  Input input_;
  RequestParser parser_;
  ResponseWriter writer_;
  Executor* home_ = nullptr;  // where the last answer came from, when that was elsewhere
  bool first_ = true;
};

}  // namespace

const char* TransportError::what() const noexcept {
  switch (kind_) {
    case Kind::kTimeout: return "the connection made no progress in time";
    case Kind::kReset: return "the connection was reset";
    case Kind::kClosing: return "the connection is being closed";
  }
  return "";
}

Task<void> serve_connection(Transport& transport, const ConnectionInfo& info,
                            const ConnectionContext& context) {
  Connection connection(transport, info, context);
  try {
    co_await connection.run();
  } catch (const TransportError& error) {
    if (error.kind() == TransportError::Kind::kTimeout) {
      context.counters.timeouts.fetch_add(1, std::memory_order_relaxed);
    }
  } catch (const std::exception& error) {
    log_error("a connection ended by an exception", {{"what", error.what()}});
  }
}

}  // namespace haneul::server
