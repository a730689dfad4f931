// AnswerHook: what answers of DynamoDB and its streams carry beside their bodies: the checksum of the body,
// and for browsers that any origin may read them. Preflights are answered before anybody is asked who they
// are. Sources: DynamoDB low-level API, "HTTP response" (x-amz-crc32); Fetch standard, "HTTP CORS protocol".
// Thread rule: any thread.
#pragma once

#include "platform/pipeline.h"

namespace haneul::dynamodb {

class AnswerHook final : public platform::HttpHook {
 public:
  std::optional<platform::HttpResponse> intercept(const platform::HttpRequest& http,
                                                  const platform::Resolver::Target& target) override;
  void decorate(const platform::HttpRequest& http, const platform::Resolver::Target& target,
                platform::HttpResponse& response) override;
};

}  // namespace haneul::dynamodb
