// Access: what an operation needs to be allowed, declared where the operation is registered. An operation
// cannot be registered without it: Access has no default constructor.
//
//   .access = [this](const Request& r, const Input& in) { return check("s3:PutObject", object_arn(in)); }
//   .access = access_free("returns who the caller is; AWS asks for no permission")
//
// Each check names one action on one resource; all must be allowed. Where the resource carries a policy of
// its own the check carries it, with the account that owns the resource.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/identity.h"
#include "platform/request.h"

namespace haneul::platform {

struct AccessCheck {
  std::string action;    // "s3:PutObject"
  std::string resource;  // ARN, or "*" where the service has no resource for the action
  PolicyPtr resource_policy = nullptr;
  std::optional<AccountId> resource_account;  // when it is not the request's account
  std::map<std::string, std::vector<std::string>>
      context;  // the service's condition keys: s3:prefix, iam:PassedToService ...
  // How the resource's policy weighs for a caller of the same account: grant by itself (most), or must agree
  // (trust policies, KMS).
  enum class PolicyRule { kEither, kResourceMustAllow };
  PolicyRule rule = PolicyRule::kEither;
};

using AccessChecks = std::vector<AccessCheck>;

inline AccessChecks check(std::string action, std::string resource) {
  return {AccessCheck{.action = std::move(action), .resource = std::move(resource)}};
}

struct AccessFree {
  const char* reason;
};
constexpr AccessFree access_free(const char* reason) { return {reason}; }

template <class Input>
class Access {
 public:
  template <class F>
    requires std::is_invocable_r_v<AccessChecks, F, const Request&, const Input&>
  Access(F checks) : checks_(std::move(checks)) {}
  Access(AccessFree free) : free_reason_(free.reason) {}

  AccessChecks operator()(const Request& request, const Input& input) const {
    return checks_ ? checks_(request, input) : AccessChecks{};
  }
  const char* free_reason() const { return free_reason_; }

 private:
  std::function<AccessChecks(const Request&, const Input&)> checks_;
  const char* free_reason_ = nullptr;
};

}  // namespace haneul::platform
