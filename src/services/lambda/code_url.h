// CodeUrl: the addresses under which GetFunction and GetLayerVersion give a package away for ten minutes. AWS
// gives a presigned S3 address; ours leads to a path of Haneul that carries its own signature.
// Invariant: without a valid signature nothing is served, and nothing said about whether the package exists.
#pragma once

#include "platform/pipeline.h"
#include "services/lambda/core.h"

namespace haneul::lambda {

std::string make_code_url(const Core& core, const platform::Request& request, const PackageRef& package);

class CodeUrlHook final : public platform::HttpHook {
 public:
  explicit CodeUrlHook(const Core& core) : core_(core) {}
  std::optional<platform::HttpResponse> intercept(const platform::HttpRequest& http,
                                                  const platform::Resolver::Target& target) override;
  void decorate(const platform::HttpRequest&, const platform::Resolver::Target&,
                platform::HttpResponse&) override {}

 private:
  const Core& core_;
};

}  // namespace haneul::lambda
