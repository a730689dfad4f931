// Resource policies of tables and streams: what may be put, how it is kept, and the parsed policy that
// requests are judged with. The policy of a table holds for its indexes too; a stream has its own. The
// principals that a policy names are kept with their ids (aws/policy/pins.h).
//
// Source: "Using resource-based policies for DynamoDB", its considerations, supported API operations, and
// "Blocking public access". Thread rule: plain values.
#pragma once

#include <string>
#include <string_view>

#include "aws/policy/pins.h"
#include "base/document.h"
#include "platform/identity.h"

namespace haneul::dynamodb {

struct ResourcePolicy {
  std::string text;  // as it was put
  aws::policy::PrincipalPins pins;
  std::string revision;
  platform::PolicyPtr parsed;
};

Document policy_document(const ResourcePolicy& policy);
ResourcePolicy policy_of(const Document& record);

struct PolicyOwner {
  enum class Kind { kTable, kStream } kind = Kind::kTable;
  std::string arn;
};
// Refuses what is no policy for this table or stream, and policies that let everybody in.
void require_policy(std::string_view text, const PolicyOwner& owner);
[[noreturn]] void refuse_policy(std::string_view why);

}  // namespace haneul::dynamodb
