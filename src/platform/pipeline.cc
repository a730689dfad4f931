#include "platform/pipeline.h"

#include "aws/digest.h"
#include "base/text.h"
#include "model/common_errors.h"
#include "platform/auth_errors.h"
#include "platform/body.h"
#include "platform/failures.h"
#include "platform/signed_body.h"
#include "platform/trace.h"
#include "protocol/codec.h"

namespace haneul::platform {

namespace {

constexpr size_t kFormBytesMax = 4u << 20;  // of a body that must be read to know the operation
constexpr size_t kUnsignedFormBytesMax = 64u << 10;

protocol::WireRequest wire_view(const HttpRequest& http, std::string_view path, std::string_view body) {
  return {http.method, path, http.query, protocol::HeaderView(http.headers.entries()), body};
}

bool action_stands_in_body(const model::ServiceModel& service) {
  return std::ranges::any_of(service.protocols, [](model::Protocol protocol) {
    return protocol == model::Protocol::kQuery || protocol == model::Protocol::kEc2;
  });
}

[[noreturn]] void throw_route_failure(const model::ServiceModel& service,
                                      const protocol::RouteFailure& failure) {
  using Kind = protocol::RouteFailure::Kind;
  static constexpr model::ErrorShape kMethodNotAllowed{
      .name = "MethodNotAllowed", .code = "MethodNotAllowed", .status = 405};
  if (failure.kind == Kind::kMethodNotAllowed) {
    throw model::ServiceError(kMethodNotAllowed,
                              "The specified method is not allowed against this resource.");
  }
  if (failure.kind == Kind::kMissingAction) throw model::MissingParameter("The request must contain Action.");
  if (flavour_of(service) == ErrorFlavour::kQuery) {
    throw model::InvalidAction("Could not find operation " + failure.detail + " for version " +
                               std::string(service.api_version));
  }
  // The JSON protocols find the operation in a header, so to them the path is there.
  static constexpr model::ErrorShape kUnknownTarget{
      .name = "UnknownOperationException", .code = "UnknownOperationException", .status = 400};
  const std::string message = "Unknown operation: " + failure.detail;
  if (failure.protocol == model::Protocol::kJson10 || failure.protocol == model::Protocol::kJson11) {
    throw model::ServiceError(kUnknownTarget, message);
  }
  throw model::UnknownOperationException(message);
}

}  // namespace

struct Pipeline::State {
  explicit State(HttpRequest& request) : http(request) {}
  HttpRequest& http;
  Resolver::Target target;
  ParsedAuthorization authorization;  // until it is begun
  PendingSignature pending;
  protocol::Call call;
  model::Protocol protocol = model::Protocol::kRestXml;  // to answer in, also before the operation is known
  std::string body;
  bool is_body_read = false;
  Request request;
  Exchange exchange;
  RequestFact fact;
  std::chrono::nanoseconds started{0};
  std::shared_ptr<uint64_t> bytes_in = std::make_shared<uint64_t>(0);
};

Pipeline::Pipeline(const PipelineParts& parts)
    : parts_(parts), authorizer_(parts.identities), resolver_(parts.table), runner_(parts.db, authorizer_) {}

Task<HttpResponse> Pipeline::handle(HttpRequest& http) {
  in_flight_.fetch_add(1, std::memory_order_relaxed);
  State state(http);
  read_head(state);
  HttpResponse response;
  std::exception_ptr thrown;
  HttpRoute* const route = find_route(http);
  try {
    response = route != nullptr ? co_await answer_route(*route, state) : co_await answer(state);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) {
    const model::ServiceModel& service =
        state.target.service ? *state.target.service : *parts_.table.services().front();
    response = encode_error(state, to_service_error(service, state.request.id, thrown));
  }
  if (route == nullptr) {
    for (HttpHook* hook : hooks_) hook->decorate(http, state.target, response);
  }
  response.headers.add("X-Amzn-Trace-Id", state.request.trace_id);
  publish(state, response);
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  co_return response;
}

HttpRoute* Pipeline::find_route(const HttpRequest& http) const {
  for (HttpRoute* route : routes_) {
    if (route->takes(http)) return route;
  }
  return nullptr;
}

Task<HttpResponse> Pipeline::answer_route(HttpRoute& route, State& state) {
  state.target.service = &route.service();
  state.protocol = model::Protocol::kRestJson;
  state.request.service = &route.service();
  state.http.body = std::make_unique<CountingReader>(std::move(state.http.body), state.bytes_in);
  RoutedRequest routed{
      .http = state.http,
      .request = state.request,
      .fact = state.fact,
      .read_signed_body = [this, &state](size_t bytes_max) { return read_signed_body(state, bytes_max); }};
  co_return co_await route.serve(routed);
}

Task<std::string> Pipeline::read_signed_body(State& state, size_t bytes_max) const {
  const model::ServiceModel& service = *state.target.service;
  const AuthenticationContext context{state.http, service, parts_.identities, keys_, state.request.now};
  state.pending = begin_authentication(context, parse_authorization(state.http));
  if (state.pending.is_anonymous) co_return std::string();
  using aws::PayloadKind;
  const PayloadKind payload = state.pending.authorization.payload;
  const bool is_whole = payload == PayloadKind::kBodyHash || payload == PayloadKind::kDeclaredHash ||
                        payload == PayloadKind::kUnsigned;
  if (!is_whole) throw_auth_failure(service, AuthFailure::kIncomplete);
  // Elsewhere the signature tells the region; here the host did.
  if (state.pending.authorization.scope.region != state.request.region.str())
    throw_auth_failure(service, AuthFailure::kIncomplete, "Credential should be scoped to a valid region.");
  co_await read_whole_body(state, bytes_max);
  finish_authentication(context, state.pending, aws::sha256_hex(state.body));
  state.request.caller = state.pending.caller;
  if (parts_.credential_uses != nullptr) {
    parts_.credential_uses->credential_used(state.request.caller, service.name, state.request.region,
                                            state.request.now);
  }
  co_return std::move(state.body);
}

Task<HttpResponse> Pipeline::answer(State& state) {
  // The service comes first, since every later refusal is phrased in its words.
  resolve_service(state);
  // Preflights carry no signature by design, so a hook sees them before one is asked for.
  for (HttpHook* hook : hooks_) {
    if (auto response = hook->intercept(state.http, state.target)) co_return std::move(*response);
  }
  // Whose key it is, is asked before a byte of body is read: strangers cannot make us read.
  co_await authenticate(state);
  // An operation we do not have is named only to callers whose signature holds.
  const RegisteredOperation& operation = require_implemented(state);
  state.request.operation = operation.model;
  if (state.pending.is_anonymous && operation.unsigned_requests == Unsigned::kRefused) {
    throw_auth_failure(*state.target.service, AuthFailure::kMissing);
  }
  const bool is_streamed = protocol::has_streaming_input(*operation.model);
  if (!is_streamed && !state.is_body_read) co_await read_whole_body(state, operation.body_bytes_max);
  // Decoded only now: parsers see bytes of authenticated callers.
  Document input;
  try {
    input = protocol::decode_input(state.call, wire_view(state.http, state.target.path, state.body));
  } catch (const protocol::DecodeError& error) {
    const protocol::DecodeAnswer refused = protocol::answer_for(state.call, error);
    throw model::ServiceError(*refused.shape, refused.message);
  }
  // Without a hash among its headers a body is read for its signature; it is given on from memory then.
  if (is_streamed && state.is_body_read) state.http.body = std::make_unique<TextReader>(state.body);
  state.exchange.body = state.http.body.get();
  // Validated, authorised, run and made durable in the one way that inside calls take as well.
  const Document output =
      co_await runner_.run(operation, state.request, std::move(input), state.exchange, state.fact);
  co_return encode(state, output);
}

void Pipeline::read_head(State& state) const {
  Request& request = state.request;
  request.id = RequestId(parts_.random.uuid());
  request.now = parts_.clock.now();
  request.trace_id =
      accept_trace_header(state.http.headers.get("X-Amzn-Trace-Id"), request.now, parts_.random);
  request.source_ip = state.http.remote_address;
  request.user_agent = std::string(state.http.headers.get("User-Agent"));
  request.host = state.http.headers.get("Host");
  request.listener = state.http.listener;
  request.over_tls = state.http.over_tls;
  request.headers = &state.http.headers;
  state.started = parts_.clock.monotonic();
}

void Pipeline::resolve_service(State& state) const {
  state.authorization = parse_authorization(state.http);
  SignedScope scope;
  if (state.authorization) scope = {state.authorization->scope.service, state.authorization->scope.region};
  state.target = resolver_.resolve(state.http, scope);
  if (state.target.service == nullptr) {
    static const model::ServiceModel kNone{.name = "unknown"};
    state.target.service = &kNone;
    throw model::NotImplemented("This service is not part of Haneul: " + std::string(scope.service));
  }
  state.request.service = state.target.service;
  state.request.region = Region(state.target.region);
  state.protocol =
      resolver_.router(*state.target.service).protocol_of(wire_view(state.http, state.target.path, {}));
}

Task<void> Pipeline::authenticate(State& state) const {
  const model::ServiceModel& service = *state.target.service;
  const AuthenticationContext context{state.http, service, parts_.identities, keys_, state.request.now};
  state.http.body = std::make_unique<CountingReader>(std::move(state.http.body), state.bytes_in);
  state.pending = begin_authentication(context, std::move(state.authorization));
  // The few unsigned operations there are (federation) fit into a small form; strangers get no larger one
  // read.
  const size_t form_bytes_max = state.pending.is_anonymous ? kUnsignedFormBytesMax : kFormBytesMax;
  if (action_stands_in_body(service)) co_await read_whole_body(state, form_bytes_max);
  resolve_operation(state);
  const aws::PayloadKind payload = state.pending.authorization.payload;
  std::string body_hash;
  if (!state.pending.is_anonymous && payload == aws::PayloadKind::kBodyHash) {
    if (flavour_of(service) == ErrorFlavour::kS3) {
      static constexpr model::ErrorShape kInvalidRequest{.name = "InvalidRequest", .code = "InvalidRequest"};
      throw model::ServiceError(kInvalidRequest,
                                "Missing required header for this request: x-amz-content-sha256");
    }
    const RegisteredOperation* operation = parts_.table.find(service, state.call.operation->name);
    const size_t bytes_max = operation == nullptr ? kFormBytesMax : operation->body_bytes_max;
    if (!state.is_body_read) co_await read_whole_body(state, bytes_max);
    body_hash = aws::sha256_hex(state.body);
  } else if (state.is_body_read) {
    body_hash = aws::sha256_hex(state.body);
  }
  finish_authentication(context, state.pending, body_hash);
  // What is still to be read is checked against the signature as it passes.
  if (!state.pending.is_anonymous && !state.is_body_read) {
    state.http.body =
        checked_body(std::move(state.http.body), state.http.headers, state.pending, state.exchange);
  }
  state.request.caller = state.pending.caller;
  state.request.account = state.pending.caller.account;
  if (parts_.credential_uses != nullptr && !state.pending.is_anonymous) {
    parts_.credential_uses->credential_used(state.request.caller, service.name, state.request.region,
                                            state.request.now);
  }
}

Task<void> Pipeline::read_whole_body(State& state, size_t bytes_max) const {
  state.body = co_await read_all(*state.http.body, bytes_max);
  state.is_body_read = true;
  state.request.body = state.body;
}

void Pipeline::resolve_operation(State& state) const {
  const protocol::Router& router = resolver_.router(*state.target.service);
  auto call = router.resolve(wire_view(state.http, state.target.path, state.body));
  if (!call) {
    state.protocol = call.error().protocol;
    // Strangers are told that they are strangers before they are told what there is.
    if (state.pending.is_anonymous) throw_auth_failure(*state.target.service, AuthFailure::kMissing);
    throw_route_failure(*state.target.service, call.error());
  }
  state.call = std::move(*call);
  state.protocol = state.call.protocol;
  state.request.operation = state.call.operation;
}

const RegisteredOperation& Pipeline::require_implemented(const State& state) const {
  const RegisteredOperation* operation = parts_.table.find(*state.target.service, state.call.operation->name);
  if (operation != nullptr) return *operation;
  if (state.pending.is_anonymous) throw_auth_failure(*state.target.service, AuthFailure::kMissing);
  throw model::NotImplemented(std::string(state.call.operation->name) + " is not implemented by Haneul.");
}

HttpResponse Pipeline::encode(State& state, const Document& output) const {
  protocol::WireResponse wire =
      protocol::encode_output(state.call, output, {state.request.id.str(), state.request.id.str()});
  HttpResponse response;
  response.status = state.exchange.status.value_or(wire.status);
  for (const auto& [name, value] : wire.headers) response.headers.add(name, value);
  for (const auto& [name, value] : state.exchange.headers.entries()) response.headers.set(name, value);
  response.text = std::move(wire.body);
  response.stream = std::move(state.exchange.response_body);
  response.home = state.exchange.home;
  return response;
}

HttpResponse Pipeline::encode_error(State& state, const model::ServiceError& error) const {
  state.fact.error_code = error.shape().code;
  state.fact.error_message = error.message();
  protocol::WireResponse wire =
      protocol::encode_error(state.protocol, *state.target.service,
                             {.shape = &error.shape(),
                              .message = error.message(),
                              .fields = &error.fields(),
                              .ids = {state.request.id.str(), state.request.id.str()},
                              .method = state.http.method,
                              .resource = state.http.path});
  HttpResponse response;
  response.status = wire.status;
  for (const auto& [name, value] : wire.headers) response.headers.add(name, value);
  for (const auto& [name, value] : state.exchange.headers.entries()) response.headers.set(name, value);
  response.text = std::move(wire.body);
  return response;
}

void Pipeline::publish(State& state, const HttpResponse& response) const {
  RequestFact& fact = state.fact;
  const Request& request = state.request;
  fact.id = request.id;
  fact.at = request.now;
  fact.duration =
      std::chrono::duration_cast<std::chrono::microseconds>(parts_.clock.monotonic() - state.started);
  fact.account = request.account;
  fact.region = request.region;
  fact.service = state.target.service->name;
  if (request.operation != nullptr) fact.operation = request.operation->name;
  fact.caller_arn = request.caller.arn;
  fact.access_key_id = request.caller.access_key_id;
  fact.source_ip = request.source_ip;
  fact.user_agent = request.user_agent;
  fact.trace_id = trace_root(request.trace_id);
  const RegisteredOperation* operation =
      request.operation == nullptr ? nullptr
                                   : parts_.table.find(*state.target.service, request.operation->name);
  fact.read_only = operation != nullptr && operation->effect == Effect::kReadOnly;
  fact.status = response.status;
  fact.bytes_in = *state.bytes_in;
  fact.bytes_out = response.stream ? response.stream->length().value_or(0) : response.text.size();
  parts_.facts.publish(fact);
}

HttpResponse Pipeline::reject(int status, std::string_view code, std::string_view message) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/xml");
  response.headers.add("x-amz-request-id", parts_.random.uuid());
  response.text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + std::string(code) +
                  "</Code><Message>" + std::string(message) + "</Message></Error>";
  response.close = true;
  return response;
}

}  // namespace haneul::platform
