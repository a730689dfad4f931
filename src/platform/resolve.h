// Resolve: which service, in which region, is this request for? In the order of trust: the scope of the
// signature, X-Amz-Target, the rpc-v2 path, the Host header, the Action of a form. What is left is S3's, as
// at AWS's own S3 endpoints.
//
// Virtual-host buckets (bucket.localhost, bucket.s3.localhost, bucket.s3.REGION.amazonaws.com,
// bucket.s3.amazonaws.com) are moved into the path here; signatures are checked over the path as it was sent.
// Thread rule: constant after construction.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "platform/http.h"
#include "platform/operation_table.h"
#include "protocol/router.h"

namespace haneul::platform {

struct HostMeaning {
  std::string service;  // endpoint prefix, or empty
  std::string region;   // or empty
  std::string bucket;   // of a virtual host, or empty
};
HostMeaning read_host(std::string_view host);

struct SignedScope {
  std::string_view service, region;  // empty when the request is not signed
};

class Resolver {
 public:
  explicit Resolver(const OperationTable& table);

  struct Target {
    const model::ServiceModel* service = nullptr;  // null: no service of ours is meant
    std::string region;
    std::string path;  // with the bucket of a virtual host in front
  };
  Target resolve(const HttpRequest& http, SignedScope scope) const;
  const protocol::Router& router(const model::ServiceModel& service) const;

 private:
  const model::ServiceModel* by_signing_name(std::string_view name) const;
  const model::ServiceModel* by_target(std::string_view target) const;
  const model::ServiceModel* by_rpc_path(std::string_view path) const;
  const model::ServiceModel* by_operation(const HttpRequest& http) const;  // that its header or path names
  const model::ServiceModel* by_rest_path(const HttpRequest& http) const;
  const model::ServiceModel* by_endpoint(std::string_view prefix) const;

  const OperationTable& table_;
  std::map<std::string_view, protocol::Router> routers_;
};

}  // namespace haneul::platform
