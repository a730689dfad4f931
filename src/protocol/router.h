// Routers: which operation of a service does a request ask for, and in which protocol?
//
// REST protocols by method, path and fixed query literals: the most specific template wins (more literal
// segments, then no greedy label, then more query literals). A literal `x-id=...` in a template is never
// required. RPC protocols by X-Amz-Target, Action, or /service/{rpc_name}/operation/{name}. Thread rule:
// constant after construction.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/schema.h"
#include "protocol/wire.h"

namespace haneul::protocol {

struct RouteFailure {
  enum class Kind {
    kUnknownOperation,  // no operation of that name, or no template fits the path
    kMethodNotAllowed,  // the path fits, the method does not
    kMissingAction,     // a query request without Action
    kBadVersion,        // a query request for another Version
    kMalformed          // bad percent-encoding
  };
  Kind kind;
  std::string detail;        // the operation or path asked for
  model::Protocol protocol;  // to answer in
};

class Router {
 public:
  explicit Router(const model::ServiceModel& service);

  // The protocol by Content-Type, smithy-protocol, X-Amz-Target and Action, among those the service speaks;
  // the service's first where the request leaves a choice.
  model::Protocol protocol_of(const WireRequest& request) const;

  // For the query and ec2 protocols the body must be there, as Action stands in it.
  std::expected<Call, RouteFailure> resolve(const WireRequest& request) const;

  const model::OperationModel* find_operation(std::string_view name) const;
  const model::ServiceModel& service() const { return *service_; }

 private:
  struct Segment {
    enum class Kind { kLiteral, kLabel, kGreedy };
    Kind kind;
    std::string_view text;  // literal text or label name
  };
  struct Route {
    const model::OperationModel* operation = nullptr;
    std::vector<Segment> segments;
    QueryPairs literals;
    std::vector<int> weight;  // greater is more specific
  };
  using Resolved = std::expected<Call, RouteFailure>;

  static Route make_route(const model::OperationModel& operation);
  static bool match_path(const Route& route, std::string_view path, UriLabels& labels);
  Resolved resolve_rest(model::Protocol protocol, const WireRequest& request) const;
  Resolved resolve_target(model::Protocol protocol, const WireRequest& request) const;
  Resolved resolve_action(model::Protocol protocol, const WireRequest& request) const;
  Resolved resolve_rpc(const WireRequest& request) const;
  Resolved call_named(model::Protocol protocol, std::string_view name) const;

  const model::ServiceModel* service_;
  std::map<std::string_view, const model::OperationModel*> by_name_;
  std::vector<Route> routes_;  // most specific first
};

// The service and operation segments of a /service/{service}/operation/{operation} path, as rpc-v2 has them;
// any prefix is allowed before. Empty views when the path is no such path.
struct RpcPath {
  std::string_view service, operation;
};
RpcPath parse_rpc_path(std::string_view path);

}  // namespace haneul::protocol
