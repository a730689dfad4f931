// HttpRoute: hosts that are no endpoint of the AWS API but a way into something of an account's own, such as
// function URLs. The pipeline asks its routes before it resolves a service: what a route takes is answered by
// it as a whole, without operation, model and codec. Facts are published for it as for any request.
//
// Invariant: a route authorises by itself; the request's caller is anonymous until read_signed_body()
// returned. Thread rule: that of the pipeline; constant after the first request.
#pragma once

#include <functional>
#include <string>

#include "platform/facts.h"
#include "platform/http.h"
#include "platform/request.h"

namespace haneul::platform {

struct RoutedRequest {
  HttpRequest& http;
  Request& request;   // the route sets account and region once it knows whose the host is
  RequestFact& fact;  // the route sets operation, resource and why it denied
  // Reads the body whole and checks the signature over it: for the route's service and the request's
  // region, by a known and active key. Without a signature the caller stays anonymous and nothing is read.
  // Throws model::ServiceError and BodyError.
  std::function<Task<std::string>(size_t bytes_max)> read_signed_body;
};

class HttpRoute {
 public:
  virtual ~HttpRoute() = default;
  virtual const model::ServiceModel& service() const = 0;  // that signs, counts and words errors
  virtual bool takes(const HttpRequest& http) const = 0;
  virtual Task<HttpResponse> serve(RoutedRequest& routed) = 0;
};

}  // namespace haneul::platform
