// Policy: a parsed IAM policy document, immutable and shared (std::shared_ptr<const Policy>). IAM User Guide,
// "IAM JSON policy reference". parse_policy() refuses what AWS refuses, in AWS's words (the message of the
// MalformedPolicyDocument error): identity policies in the words of IAM, resource and trust policies in those
// of the access policy language. Thread rule: a Policy is constant; share it freely.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/policy/condition.h"
#include "aws/policy/pattern.h"
#include "base/parse_error.h"

namespace haneul::aws::policy {

enum class PolicyKind {
  kIdentity,  // inline policies of users, groups and roles, boundaries, session policies: no principal
  kManaged,   // the same as a managed policy: the version must be 2012-10-17
  kResource,  // bucket, function, queue policies: a principal is required
  kTrust,     // assume-role policies: a principal, sts actions, no resource
};

class MalformedPolicy : public ParseError {
 public:
  using ParseError::ParseError;
};

// One entry of Principal or NotPrincipal.
struct PrincipalEntry {
  enum class Kind { kEveryone, kAccount, kArn, kUniqueId, kService, kFederated, kCanonicalUser } kind;
  std::string value;  // account id, ARN, unique id, service name, provider, or canonical id
};

struct Statement {
  enum class Effect { kAllow, kDeny };
  enum class Sense { kAbsent, kPositive, kNegative };  // Principal / NotPrincipal and so on

  std::string sid;
  Effect effect = Effect::kAllow;
  Sense principal_sense = Sense::kAbsent;
  std::vector<PrincipalEntry> principals;
  Sense action_sense = Sense::kPositive;
  std::vector<Pattern> actions;
  Sense resource_sense = Sense::kAbsent;
  std::vector<Pattern> resources;
  std::vector<Condition> conditions;
};

class Policy {
 public:
  Policy(std::string version, std::string id, std::vector<Statement> statements)
      : version_(std::move(version)), id_(std::move(id)), statements_(std::move(statements)) {}
  const std::string& version() const { return version_; }
  const std::string& id() const { return id_; }
  const std::vector<Statement>& statements() const { return statements_; }

 private:
  std::string version_;
  std::string id_;
  std::vector<Statement> statements_;
};

using PolicyPtr = std::shared_ptr<const Policy>;

PolicyPtr parse_policy(std::string_view json, PolicyKind kind);  // throws MalformedPolicy

}  // namespace haneul::aws::policy
