// How a statement of a resource policy reaches a principal. The order matters: a grant to the principal
// itself goes furthest, one to its account only lets the account's own policies decide.
#pragma once

#include "aws/policy/evaluate.h"

namespace haneul::aws::policy {

enum class Reach {
  kNone,
  kAccount,   // names the account: the account's identity policies decide
  kIssuer,    // names the role (or user) that the session was made from: boundary and session policies still
              // limit it
  kEveryone,  // names "*": likewise
  kDirect,    // names this user, session or service: nothing but a deny limits it
};
Reach principal_reach(const Statement& statement, const Principal& principal);

}  // namespace haneul::aws::policy
