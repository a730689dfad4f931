#include "protocol/router.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "protocol/codec.h"

namespace haneul::protocol {

using model::Protocol;

namespace {

constexpr int kNamed =
    1000;  // more than any count of required parameters: the client says which operation it means

bool is_rest(Protocol protocol) { return protocol == Protocol::kRestJson || protocol == Protocol::kRestXml; }
bool is_form(Protocol protocol) { return protocol == Protocol::kQuery || protocol == Protocol::kEc2; }
bool is_json_rpc(Protocol protocol) { return protocol == Protocol::kJson10 || protocol == Protocol::kJson11; }

std::optional<std::string> find_pair(const QueryPairs& pairs, std::string_view key) {
  for (const auto& [name, value] : pairs) {
    if (name == key) return value;
  }
  return std::nullopt;
}

bool has_literals(const QueryPairs& literals, const QueryPairs& query) {
  return std::ranges::all_of(literals, [&](const auto& literal) {
    return std::ranges::any_of(query, [&](const auto& pair) {
      return pair.first == literal.first && (literal.second.empty() || pair.second == literal.second);
    });
  });
}

// How many of the operation's required headers and query parameters the request has; -1 when one is missing.
// This tells operations apart that share method and template (S3: PutObject, CopyObject, UploadPart,
// UploadPartCopy).
int required_bindings(const model::OperationModel& operation, const QueryPairs& query,
                      const HeaderView& headers) {
  int found = 0;
  if (operation.input == nullptr) return found;
  for (const model::Member& member : operation.input->members) {
    if (!member.required) continue;
    const std::string_view name = member.wire_name.empty() ? member.name : member.wire_name;
    const bool in_query = member.location == model::Location::kQuery;
    if (!in_query && member.location != model::Location::kHeader) continue;
    const bool present = in_query ? find_pair(query, name).has_value() : headers.find(name) != nullptr;
    if (!present) return -1;
    ++found;
  }
  return found;
}

// Between operations that nothing else tells apart: by name, but a longer name before the one it begins with.
// S3 keeps the outdated GetBucketNotification beside GetBucketNotificationConfiguration.
bool stands_before(std::string_view a, std::string_view b) {
  const bool extends = a.size() > b.size() && a.starts_with(b);
  const bool is_extended = b.size() > a.size() && b.starts_with(a);
  return extends || (!is_extended && a < b);
}

std::string_view media_type(std::string_view content_type) {
  return trim(content_type.substr(0, content_type.find(';')));
}

}  // namespace

Router::Router(const model::ServiceModel& service) : service_(&service) {
  const bool has_rest = std::ranges::any_of(service.protocols, is_rest);
  for (const model::OperationModel* operation : service.operations) {
    by_name_.emplace(operation->name, operation);
    if (has_rest) routes_.push_back(make_route(*operation));
  }
  std::ranges::stable_sort(routes_, [](const Route& a, const Route& b) {
    if (a.weight != b.weight) return a.weight > b.weight;
    return stands_before(a.operation->name, b.operation->name);
  });
}

Router::Route Router::make_route(const model::OperationModel& operation) {
  Route route{.operation = &operation, .segments = {}, .literals = {}, .weight = {}};
  const size_t mark = operation.http_path.find('?');
  if (mark != std::string_view::npos) {
    route.literals = parse_query(operation.http_path.substr(mark + 1));
    std::erase_if(route.literals, [](const auto& literal) { return literal.first == "x-id"; });
  }
  int literal_segments = 0, greedy = 0;
  for (std::string_view text : split(operation.http_path.substr(0, mark), '/')) {
    if (text.empty()) continue;
    const bool is_label = text.size() > 2 && text.front() == '{' && text.back() == '}';
    const bool is_greedy = is_label && text[text.size() - 2] == '+';
    if (is_label) text = text.substr(1, text.size() - (is_greedy ? 3 : 2));
    literal_segments += is_label ? 0 : 1;
    greedy += is_greedy ? 1 : 0;
    route.segments.push_back({is_greedy  ? Segment::Kind::kGreedy
                              : is_label ? Segment::Kind::kLabel
                                         : Segment::Kind::kLiteral,
                              text});
  }
  route.weight = {literal_segments, -greedy, static_cast<int>(route.literals.size())};
  return route;
}

// A trailing slash beyond the template is no difference, except within a greedy label.
bool Router::match_path(const Route& route, std::string_view path, UriLabels& labels) {
  if (path.starts_with('/')) path.remove_prefix(1);
  for (size_t i = 0; i < route.segments.size(); ++i) {
    const Segment& segment = route.segments[i];
    size_t length = std::min(path.find('/'), path.size());
    if (segment.kind == Segment::Kind::kGreedy) {
      length = path.size();
      for (size_t after = route.segments.size(); after > i + 1;
           --after) {  // leave one segment for each that follows
        const size_t slash = path.substr(0, length).rfind('/');
        if (slash == std::string_view::npos) return false;
        length = slash;
      }
    }
    const std::string_view text = path.substr(0, length);
    if (text.empty() || (segment.kind == Segment::Kind::kLiteral && text != segment.text)) return false;
    if (segment.kind != Segment::Kind::kLiteral) {
      auto decoded = uri_decode(text);
      if (!decoded) return false;
      labels.emplace_back(segment.text, std::move(*decoded));
    }
    path.remove_prefix(length);
    if (path.starts_with('/')) path.remove_prefix(1);
  }
  return path.empty();
}

const model::OperationModel* Router::find_operation(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

Protocol Router::protocol_of(const WireRequest& request) const {
  const std::string_view type = media_type(request.headers.get("Content-Type"));
  const bool has_target = request.headers.find("X-Amz-Target") != nullptr;
  for (const Protocol protocol : service_->protocols) {
    if (protocol == Protocol::kRpcV2Cbor &&
        equals_ignore_case(request.headers.get("smithy-protocol"), "rpc-v2-cbor")) {
      return protocol;
    }
    if (protocol == Protocol::kJson10 && equals_ignore_case(type, "application/x-amz-json-1.0"))
      return protocol;
    if (protocol == Protocol::kJson11 && equals_ignore_case(type, "application/x-amz-json-1.1"))
      return protocol;
    if (is_form(protocol) && !has_target && equals_ignore_case(type, "application/x-www-form-urlencoded"))
      return protocol;
    if (is_form(protocol) && !has_target && request.query.find("Action=") != std::string_view::npos)
      return protocol;
  }
  for (const Protocol protocol : service_->protocols) {
    if (is_json_rpc(protocol) && has_target) return protocol;
  }
  return service_->protocols.empty() ? Protocol::kJson11 : service_->protocols.front();
}

Router::Resolved Router::resolve(const WireRequest& request) const {
  const Protocol protocol = protocol_of(request);
  try {
    if (is_rest(protocol)) return resolve_rest(protocol, request);
    if (is_form(protocol)) return resolve_action(protocol, request);
    if (protocol == Protocol::kRpcV2Cbor) return resolve_rpc(request);
    return resolve_target(protocol, request);
  } catch (const DecodeError& error) {
    return std::unexpected(RouteFailure{RouteFailure::Kind::kMalformed, error.what(), protocol});
  }
}

Router::Resolved Router::resolve_rest(Protocol protocol, const WireRequest& request) const {
  const QueryPairs query = parse_query(request.query);
  const Route* best = nullptr;
  UriLabels best_labels;
  int best_bindings = -2;
  bool path_known = false;
  for (const Route& route : routes_) {
    UriLabels labels;
    if (best != nullptr && route.weight != best->weight) break;
    if (!match_path(route, request.path, labels)) continue;
    path_known = true;
    if (route.operation->http_method != request.method || !has_literals(route.literals, query)) continue;
    const bool is_named = find_pair(query, "x-id") == route.operation->name;
    const int bindings = is_named ? kNamed : required_bindings(*route.operation, query, request.headers);
    if (bindings <= best_bindings) continue;
    best = &route;
    best_labels = std::move(labels);
    best_bindings = bindings;
  }
  if (best != nullptr) {
    return Call{.protocol = protocol,
                .service = service_,
                .operation = best->operation,
                .labels = std::move(best_labels)};
  }
  const auto kind =
      path_known ? RouteFailure::Kind::kMethodNotAllowed : RouteFailure::Kind::kUnknownOperation;
  return std::unexpected(RouteFailure{kind, std::string(request.path), protocol});
}

Router::Resolved Router::call_named(Protocol protocol, std::string_view name) const {
  const model::OperationModel* operation = find_operation(name);
  if (operation == nullptr) {
    return std::unexpected(RouteFailure{RouteFailure::Kind::kUnknownOperation, std::string(name), protocol});
  }
  return Call{.protocol = protocol, .service = service_, .operation = operation, .labels = {}};
}

Router::Resolved Router::resolve_target(Protocol protocol, const WireRequest& request) const {
  const std::string_view target = request.headers.get("X-Amz-Target");
  const size_t dot = target.rfind('.');
  const bool fits = dot != std::string_view::npos && target.substr(0, dot) == service_->target_prefix;
  if (!fits) {
    return std::unexpected(
        RouteFailure{RouteFailure::Kind::kUnknownOperation, std::string(target), protocol});
  }
  return call_named(protocol, target.substr(dot + 1));
}

Router::Resolved Router::resolve_action(Protocol protocol, const WireRequest& request) const {
  QueryPairs pairs = parse_query(request.query);
  for (auto& pair : parse_query(request.body)) pairs.push_back(std::move(pair));
  const auto action = find_pair(pairs, "Action");
  if (!action || action->empty()) {
    return std::unexpected(RouteFailure{RouteFailure::Kind::kMissingAction, {}, protocol});
  }
  const auto version = find_pair(pairs, "Version");
  if (version && *version != service_->api_version) {
    return std::unexpected(RouteFailure{RouteFailure::Kind::kBadVersion, *version, protocol});
  }
  return call_named(protocol, *action);
}

Router::Resolved Router::resolve_rpc(const WireRequest& request) const {
  const RpcPath path = parse_rpc_path(request.path);
  if (path.service != service_->rpc_name) {
    return std::unexpected(
        RouteFailure{RouteFailure::Kind::kUnknownOperation, std::string(request.path), Protocol::kRpcV2Cbor});
  }
  return call_named(Protocol::kRpcV2Cbor, path.operation);
}

RpcPath parse_rpc_path(std::string_view path) {
  const std::vector<std::string_view> segments = split(path, '/');
  const size_t count = segments.size();
  if (count < 5 || segments[count - 4] != "service" || segments[count - 2] != "operation") return {};
  return {.service = segments[count - 3], .operation = segments[count - 1]};
}

}  // namespace haneul::protocol
