// The identifiers and ARNs of IAM. Unique ids are a prefix of four letters that tells the kind and 17
// letters; access key ids are 20 long and, as at AWS, carry the number of their account, so that it can be
// told of a temporary key as well, of which nothing is stored. IAM User Guide, "IAM identifiers". Pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/strong.h"

namespace haneul::iam {

inline constexpr std::string_view kUserPrefix = "AIDA";
inline constexpr std::string_view kGroupPrefix = "AGPA";
inline constexpr std::string_view kRolePrefix = "AROA";
inline constexpr std::string_view kPolicyPrefix = "ANPA";
inline constexpr std::string_view kProfilePrefix = "AIPA";
inline constexpr std::string_view kLongTermKeyPrefix = "AKIA";
inline constexpr std::string_view kTemporaryKeyPrefix = "ASIA";

std::string make_unique_id(std::string_view prefix, Random& random);
std::string make_access_key_id(std::string_view prefix, const AccountId& account, Random& random);
std::string make_secret_access_key(Random& random);  // 40 characters
// The account inside a key id that make_access_key_id() could have made.
std::optional<AccountId> account_of_key_id(std::string_view access_key_id);

// "arn:aws:iam::ACCOUNT:kind/path/name"; the path begins and ends with a slash.
std::string entity_arn(std::string_view account, std::string_view kind, std::string_view path,
                       std::string_view name);
std::string root_arn(std::string_view account);

struct EntityName {  // an entity's ARN taken apart
  std::string account;
  std::string kind;  // "user", "role", "policy" ...
  std::string path;
  std::string name;
};
std::optional<EntityName> parse_entity_arn(std::string_view arn);

}  // namespace haneul::iam
