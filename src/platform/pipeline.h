// Pipeline: one request from its head to its answer. answer() in pipeline.cc lists the steps in order, each
// with the reason why it stands there. It authenticates and authorises everything, is the only place where
// errors become answers, and publishes one fact per request. It is also the Dispatcher: calls made inside the
// process enter after authentication and leave before encoding. Thread rule: any executor's thread; constant
// after construction.
#pragma once

#include <atomic>
#include <memory>

#include "base/random.h"
#include "model/error.h"
#include "platform/authenticate.h"
#include "platform/dispatcher.h"
#include "platform/facts.h"
#include "platform/resolve.h"
#include "platform/route.h"
#include "platform/runner.h"

namespace haneul::platform {

// What a service may do with requests before they are resolved, and with answers before they leave: S3's CORS
// preflight and headers.
class HttpHook {
 public:
  virtual ~HttpHook() = default;
  virtual std::optional<HttpResponse> intercept(const HttpRequest& http, const Resolver::Target& target) = 0;
  virtual void decorate(const HttpRequest& http, const Resolver::Target& target, HttpResponse& response) = 0;
};

struct PipelineParts {
  const OperationTable& table;
  store::Db& db;
  const IdentitySource& identities;
  const Clock& clock;
  Random& random;
  const FactBus& facts;
  CredentialUseSink* credential_uses = nullptr;
  // Which caller speaks when a request comes through a function's own door without further proof: nobody;
  // doors only route.
};

class Pipeline final : public HttpHandler, public Dispatcher {
 public:
  explicit Pipeline(const PipelineParts& parts);
  void add_hook(HttpHook& hook) { hooks_.push_back(&hook); }       // before the first request
  void add_route(HttpRoute& route) { routes_.push_back(&route); }  // likewise

  Task<HttpResponse> handle(HttpRequest& http) override;
  HttpResponse reject(int status, std::string_view code, std::string_view message) override;
  Task<Document> call(const CallContext& context, std::string_view service, std::string_view operation,
                      Document input) override;

  const Authorizer& authorizer() const { return authorizer_; }
  size_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  struct State;  // of one request on its way
  Task<HttpResponse> answer(State& state);
  HttpRoute* find_route(const HttpRequest& http) const;
  Task<HttpResponse> answer_route(HttpRoute& route, State& state);
  Task<std::string> read_signed_body(State& state, size_t bytes_max) const;
  void read_head(State& state) const;
  void resolve_service(State& state) const;
  Task<void> authenticate(State& state) const;
  Task<void> read_whole_body(State& state, size_t bytes_max) const;
  void resolve_operation(State& state) const;
  const RegisteredOperation& require_implemented(const State& state) const;
  HttpResponse encode(State& state, const Document& output) const;
  HttpResponse encode_error(State& state, const model::ServiceError& error) const;
  void publish(State& state, const HttpResponse& response) const;

  PipelineParts parts_;
  Authorizer authorizer_;
  Resolver resolver_;
  Runner runner_;
  mutable aws::SigningKeyCache keys_;
  std::vector<HttpHook*> hooks_;
  std::vector<HttpRoute*> routes_;
  std::atomic<size_t> in_flight_{0};
};

}  // namespace haneul::platform
