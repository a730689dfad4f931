// evaluate() decides one request by all policies that apply: IAM User Guide, "Policy evaluation logic" (one
// account, across accounts, explicit and implicit denies, and how far a resource policy's grant reaches past
// a boundary or a session policy). Nothing is allowed that no policy allows; an explicit deny anywhere wins.
// Thread rule: pure; all inputs are read only. Spans and views must outlive the call.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/policy/context.h"
#include "aws/policy/policy.h"

namespace haneul::aws::policy {

struct Principal {
  enum class Kind { kAnonymous, kRoot, kUser, kRoleSession, kFederatedUser, kWebIdentity, kService };
  Kind kind = Kind::kAnonymous;
  std::string_view account;  // empty for anonymous, web identities and services
  std::string_view
      arn;  // arn:aws:iam::1:user/x, arn:aws:sts::1:assumed-role/r/s, arn:aws:sts::1:federated-user/f
  std::string_view
      issuer_arn;  // of a session: the role's (or the federating user's) ARN, arn:aws:iam::1:role/path/r
  std::string_view unique_id;  // AIDA..., AROA...:session
  std::string_view service;    // lambda.amazonaws.com
  std::string_view provider;   // of a web identity: what Federated names
  std::string_view canonical_id = {};
  std::string_view issuer_id = {};  // AIDA... of the user that a federated session was made from
};

struct PolicyRef {
  std::string_view id;
  const Policy* policy = nullptr;
};

enum class PolicyType { kIdentity, kResource, kBoundary, kSession, kServiceControl };

struct AuthorizationRequest {
  Principal principal;
  std::string_view action;            // "s3:PutObject"
  std::string_view resource;          // ARN, or "*"
  std::string_view resource_account;  // empty: the principal's own
  const Context* context = nullptr;
  std::span<const PolicyRef> identity = {};
  const Policy* boundary = nullptr;
  std::span<const PolicyRef> session = {};  // when not empty, one of them must allow
  const Policy* resource_policy = nullptr;
  std::span<const PolicyRef> service_control = {};  // when not empty, one of them must allow
  // Whether the resource's policy has to allow even what the identity's policies allow (trust policies, KMS
  // keys).
  enum class ResourceRule { kEither, kResourceMustAllow } resource_rule = ResourceRule::kEither;
};

struct Decision {
  enum class Reason { kAllowed, kExplicitDeny, kNotAllowed };
  Reason reason = Reason::kNotAllowed;
  PolicyType by =
      PolicyType::kIdentity;  // of a denial: the type of policy that denies, or that fails to allow
  bool allowed() const { return reason == Reason::kAllowed; }
};

// What SimulatePrincipalPolicy reports besides the decision.
struct MatchedStatement {
  PolicyType type;
  std::string policy_id;
  size_t index;  // of the statement in its policy
  Statement::Effect effect;
};
struct TypeVerdict {
  PolicyType type;
  bool allows = false;
  bool denies = false;
};
struct Trace {
  std::vector<TypeVerdict> verdicts;  // of each type of policy that the request has
  std::vector<MatchedStatement> matched;
  std::set<std::string, LessIgnoringCase>
      missing_context;  // keys that statements asked for and the request lacks
};

std::string_view decision_word(const Decision& decision);  // "allowed", "explicitDeny", "implicitDeny"

Decision evaluate(const AuthorizationRequest& request, Trace* trace = nullptr);

// "User: ARN is not authorized to perform: s3:PutObject on resource: ARN because no identity-based policy
// allows the s3:PutObject action". S3 puts the resource in double quotes, the others do not.
enum class ResourceQuotes { kNone, kDouble };
std::string denial_message(const AuthorizationRequest& request, const Decision& decision,
                           ResourceQuotes quotes = ResourceQuotes::kNone);

// The condition keys that follow from the principal: aws:PrincipalArn, aws:PrincipalAccount,
// aws:PrincipalType, aws:userid, aws:username, aws:PrincipalIsAWSService, aws:PrincipalServiceName.
void add_principal_keys(const Principal& principal, Context& context);

}  // namespace haneul::aws::policy
