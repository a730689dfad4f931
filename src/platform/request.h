// Request: the facts of one call, passed to every operation. Facts only: dependencies come to a service by
// its constructor. Lives as long as the call; operations that hand work to later keep copies of what they
// need.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/strong.h"
#include "model/schema.h"
#include "platform/caller.h"
#include "platform/http.h"

namespace haneul::platform {

struct Request {
  RequestId id;
  const model::ServiceModel* service = nullptr;
  const model::OperationModel* operation = nullptr;
  AccountId account;  // that owns what the call is about: the caller's, where the service knows no other
  Region region;
  Caller caller;
  Timestamp now;         // one time for the whole call
  std::string trace_id;  // X-Amzn-Trace-Id as given or made: "Root=1-...;Parent=...;Sampled=0"
  std::string source_ip;
  std::string user_agent;
  std::string host;      // as the client named us: SQS and S3 answers carry addresses
  std::string listener;  // which door (HttpRequest::listener); empty for calls made inside the process
  bool over_tls = false;
  const Headers* headers = nullptr;  // of the wire request; null for calls made inside the process
  std::string_view body;  // raw, of a wire request that is not streamed: what digests of XML bodies cover
};

// What a parking operation may read and set beside its input and output.
struct Exchange {
  BodyReader* body =
      nullptr;  // the streaming payload; already verified as it is read (hash, chunk signatures)
  const Headers* trailers = nullptr;          // of an aws-chunked body, complete once body->read() returned 0
  std::unique_ptr<BodyReader> response_body;  // the streaming payload of the answer
  std::optional<int> status;                  // when it is not the model's (206, 304)
  Headers headers;                            // answer headers that the model does not know
  Executor* home = nullptr;                   // HttpResponse::home
};

}  // namespace haneul::platform
