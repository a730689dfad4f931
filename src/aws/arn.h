// ARN: the name of a resource, "arn:aws:service:region:account:resource" (AWS General Reference, "Amazon
// Resource Names"). The partition is always aws. Region and account may be empty (S3, IAM); the resource may
// contain colons.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace haneul::aws {

struct Arn {
  std::string service;
  std::string region;
  std::string account;
  std::string resource;

  std::string str() const;
  // The resource split at its first ':' or '/': "function:name" and "user/path/name" have a type; "bucket"
  // has none.
  std::string_view resource_type() const;  // empty when the resource has no separator
  std::string_view resource_id() const;    // what follows the separator, or the whole resource
  friend bool operator==(const Arn&, const Arn&) = default;
};

// Empty unless the text has six parts, the partition aws, a service, a resource, and an account that is
// empty, 12 digits or the word "aws" (AWS's own managed policies).
std::optional<Arn> parse_arn(std::string_view text);
std::string make_arn(std::string_view service, std::string_view region, std::string_view account,
                     std::string_view resource);
bool is_account_id(std::string_view text);  // 12 decimal digits

}  // namespace haneul::aws
