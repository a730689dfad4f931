// The bootstrap file: accounts with chosen ids, users and fixed keys, for CI and migrations. YAML:
//
//   accounts:
//     - id: "111122223333"
//       alias: team
//       root_keys: [{access_key_id: AKIA..., secret_access_key: ...}]
//       users:
//         - name: ci
//           keys: [{access_key_id: AKIA..., secret_access_key: ...}]
//           managed_policy_arns: [arn:aws:iam::aws:policy/AdministratorAccess]
//           inline_policies: {deploy: {Version: "2012-10-17", Statement: [...]}}
//
// Every key of the file has a meaning: an unknown one is an error, so a typing mistake does not pass for a
// setting.
#pragma once

#include <string_view>
#include <vector>

#include "services/iam/port.h"

namespace haneul::app {

std::vector<iam::AccountSeed> parse_bootstrap(std::string_view yaml);  // throws ParseError naming the place

}  // namespace haneul::app
