// UrlDoor: HTTP requests to function URLs. Whose URL it is, who may call it, the event, the invocation, the
// answer. https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
//
// Both lambda:InvokeFunctionUrl and lambda:InvokeFunction (with lambda:InvokedViaFunctionUrl) must be
// allowed: to everybody by the function's policy for AuthType NONE, to the signer for AWS_IAM. Invariant:
// nobody makes us read a body, or runs a function, before he is allowed to.
#pragma once

#include "platform/authorizer.h"
#include "platform/route.h"
#include "services/lambda/core.h"
#include "services/lambda/urls/record.h"

namespace haneul::lambda {

class UrlDoor final : public platform::HttpRoute {
 public:
  explicit UrlDoor(const Core& core) : core_(core) {}
  void connect(const platform::Authorizer& authorizer) { authorizer_ = &authorizer; }

  const model::ServiceModel& service() const override;
  bool takes(const platform::HttpRequest& http) const override;
  Task<platform::HttpResponse> serve(platform::RoutedRequest& routed) override;

 private:
  struct Url {
    FunctionRef owner;
    UrlRecord record;
  };
  std::optional<Url> find(std::string_view host) const;
  Task<platform::HttpResponse> invoke(platform::RoutedRequest& routed, const Url& url) const;
  bool may_invoke(platform::RoutedRequest& routed, const Url& url) const;
  Task<platform::HttpResponse> answer_streamed(Resolved resolved, compute::Invocation invocation) const;

  const Core& core_;
  const platform::Authorizer* authorizer_ = nullptr;
};

}  // namespace haneul::lambda
