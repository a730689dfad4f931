#include "platform/resolve.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "base/text.h"

namespace haneul::platform {

namespace {

constexpr std::string_view kDefaultRegion = "us-east-1";

bool is_address(std::string_view host) {
  return host.starts_with('[') ||
         std::ranges::all_of(host, [](unsigned char c) { return std::isdigit(c) != 0 || c == '.'; });
}

std::string join_labels(const std::vector<std::string_view>& labels, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) out += '.';
    out += labels[i];
  }
  return out;
}

// "bucket.s3", "s3", "bucket": the labels before the domain.
HostMeaning read_local(const std::vector<std::string_view>& labels) {
  HostMeaning meaning;
  if (labels.empty()) return meaning;
  const size_t last = labels.size() - 1;
  if (labels[last] == "s3") {
    meaning.service = "s3";
    meaning.bucket = join_labels(labels, last);
  } else {
    meaning.service = "s3";
    meaning.bucket = join_labels(labels, labels.size());
  }
  return meaning;
}

// The labels before "amazonaws.com": service, region, and what stands before them.
HostMeaning read_amazon(const std::vector<std::string_view>& labels) {
  HostMeaning meaning;
  if (labels.empty()) return meaning;
  const auto s3 = std::ranges::find(labels, "s3");
  if (s3 != labels.end()) {
    meaning.service = "s3";
    meaning.bucket = join_labels(labels, static_cast<size_t>(s3 - labels.begin()));
    if (s3 + 1 != labels.end()) meaning.region = std::string(labels.back());
    return meaning;
  }
  meaning.service = std::string(labels.front());
  if (labels.size() > 1) meaning.region = std::string(labels.back());
  return meaning;
}

}  // namespace

HostMeaning read_host(std::string_view host) {
  if (host.empty() || is_address(host)) return {};
  std::vector<std::string_view> labels = split(host, '.');
  if (labels.back() == "localhost") {
    labels.pop_back();
    return read_local(labels);
  }
  if (labels.size() >= 2 && labels.back() == "com" && labels[labels.size() - 2] == "amazonaws") {
    labels.resize(labels.size() - 2);
    return read_amazon(labels);
  }
  return {};
}

Resolver::Resolver(const OperationTable& table) : table_(table) {
  for (const model::ServiceModel* service : table.services()) {
    routers_.emplace(service->name, protocol::Router(*service));
  }
}

const protocol::Router& Resolver::router(const model::ServiceModel& service) const {
  const auto found = routers_.find(service.name);
  HANEUL_CHECK(found != routers_.end(), "every service of the table has a router");
  return found->second;
}

const model::ServiceModel* Resolver::by_signing_name(std::string_view name) const {
  const auto found = std::ranges::find(table_.services(), name, &model::ServiceModel::signing_name);
  return found == table_.services().end() ? nullptr : *found;
}

const model::ServiceModel* Resolver::by_target(std::string_view target) const {
  const size_t dot = target.rfind('.');
  if (dot == std::string_view::npos) return nullptr;
  const auto found =
      std::ranges::find(table_.services(), target.substr(0, dot), &model::ServiceModel::target_prefix);
  return found == table_.services().end() ? nullptr : *found;
}

const model::ServiceModel* Resolver::by_rpc_path(std::string_view path) const {
  const protocol::RpcPath rpc = protocol::parse_rpc_path(path);
  if (rpc.service.empty()) return nullptr;
  const auto found = std::ranges::find(table_.services(), rpc.service, &model::ServiceModel::rpc_name);
  return found == table_.services().end() ? nullptr : *found;
}

const model::ServiceModel* Resolver::by_operation(const HttpRequest& http) const {
  const std::string* target = http.headers.find("X-Amz-Target");
  return target != nullptr ? by_target(*target) : by_rpc_path(http.path);
}

// An unsigned request to a bare address: the versioned paths of REST-JSON services tell whose they are.
const model::ServiceModel* Resolver::by_rest_path(const HttpRequest& http) const {
  const protocol::WireRequest wire{
      http.method, http.path, http.query, protocol::HeaderView(http.headers.entries()), {}};
  for (const model::ServiceModel* service : table_.services()) {
    if (service->protocols.empty() || service->protocols.front() != model::Protocol::kRestJson) continue;
    if (router(*service).resolve(wire)) return service;
  }
  return nullptr;
}

const model::ServiceModel* Resolver::by_endpoint(std::string_view prefix) const {
  if (prefix.empty()) return nullptr;
  const auto found = std::ranges::find(table_.services(), prefix, &model::ServiceModel::endpoint_prefix);
  return found == table_.services().end() ? nullptr : *found;
}

Resolver::Target Resolver::resolve(const HttpRequest& http, SignedScope scope) const {
  const HostMeaning host = read_host(http.host);
  Target target;
  target.path = http.path;
  target.region = scope.region.empty() ? host.region : std::string(scope.region);
  if (target.region.empty()) target.region = kDefaultRegion;
  if (!scope.service.empty()) {
    target.service = by_signing_name(scope.service);
    // Two APIs may be signed for one name (a database's and its streams'): the operation's name tells which.
    const model::ServiceModel* named = by_operation(http);
    if (named != nullptr && named->signing_name == scope.service) target.service = named;
  } else if (const std::string* name = http.headers.find("X-Amz-Target")) {
    target.service = by_target(*name);
  } else {
    target.service = by_rpc_path(http.path);
    if (target.service == nullptr) target.service = by_endpoint(host.service);
    const bool is_form = http.headers.get("Content-Type").starts_with("application/x-www-form-urlencoded");
    if (target.service == nullptr) target.service = by_rest_path(http);
    // A form without any hint of its service is an unsigned call of a query service: refused later for want
    // of a signature.
    if (target.service == nullptr) target.service = by_signing_name(is_form ? "iam" : "s3");
  }
  const bool is_s3 = target.service != nullptr && target.service->name == "s3";
  if (is_s3 && !host.bucket.empty()) target.path = "/" + host.bucket + http.path;
  return target;
}

}  // namespace haneul::platform
