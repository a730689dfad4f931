// CORS: what browsers of other origins may do with a bucket. S3 user guide, "Using cross-origin resource
// sharing"; Fetch standard. Preflights are answered before authentication; other answers get the headers of
// the first rule that fits. Thread rule: any thread.
#pragma once

#include "platform/pipeline.h"
#include "services/s3/core.h"

namespace haneul::s3 {

void require_valid_cors(const CORSConfiguration& configuration);  // throws InvalidRequest, MalformedXML

// The first rule for this origin and method that allows all these headers; null when there is none.
const CORSRule* find_cors_rule(const CORSConfiguration& configuration, std::string_view origin,
                               std::string_view method, const std::vector<std::string_view>& headers);

class CorsHook final : public platform::HttpHook {
 public:
  explicit CorsHook(const Core& core) : core_(core) {}
  std::optional<platform::HttpResponse> intercept(const platform::HttpRequest& http,
                                                  const platform::Resolver::Target& target) override;
  // Also names the bucket's region where a client asked another one.
  void decorate(const platform::HttpRequest& http, const platform::Resolver::Target& target,
                platform::HttpResponse& response) override;

 private:
  BucketPtr bucket_of(const platform::Resolver::Target& target) const;
  const Core& core_;
};

}  // namespace haneul::s3
