#include "services/iam/aws_managed.h"

#include "aws/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "gen/data/managed_policies.h"
#include "services/iam/ids.h"

namespace haneul::iam {

namespace {

// The same on every machine, and stable while the name is.
std::string id_of(std::string_view name) {
  const std::string digest = to_upper(aws::sha256_hex("aws managed policy " + std::string(name)));
  std::string out(kPolicyPrefix);
  for (const char c : digest.substr(0, 17)) {
    // Base32 has no 0, 1, 8 and 9.
    out += c >= '0' && c <= '9' ? static_cast<char>('G' + (c - '0')) : c;
  }
  return out;
}

AwsManagedPolicy read_policy(const Document& entry) {
  AwsManagedPolicy out;
  record::ManagedPolicy& policy = out.record;
  policy.name = entry.string_or("name", "");
  policy.path = entry.string_or("path", "/");
  policy.description = entry.string_or("description", "");
  policy.id = id_of(policy.name);
  policy.created_at = parse_iso8601(entry.string_or("created", "")).value_or(Timestamp{});
  policy.updated_at = policy.created_at;
  policy.default_version = "v1";
  const std::string document = write_json_pretty(*entry.find("document"));
  policy.versions = {{.id = "v1", .document = document, .created_at = policy.created_at}};
  out.arn = entity_arn("aws", "policy", policy.path, policy.name);
  out.policy = aws::policy::parse_policy(document, aws::policy::PolicyKind::kManaged);
  return out;
}

std::map<std::string, AwsManagedPolicy, std::less<>> read_all() {
  std::map<std::string, AwsManagedPolicy, std::less<>> out;
  const Document all = parse_json(data::managed_policies());
  for (const Document& entry : all.find("policies")->as_array()) {
    AwsManagedPolicy policy = read_policy(entry);
    std::string arn = policy.arn;
    out.emplace(std::move(arn), std::move(policy));
  }
  return out;
}

}  // namespace

const std::map<std::string, AwsManagedPolicy, std::less<>>& aws_managed_policies() {
  static const auto all = read_all();
  return all;
}

const AwsManagedPolicy* find_aws_managed_policy(std::string_view arn) {
  const auto found = aws_managed_policies().find(arn);
  return found == aws_managed_policies().end() ? nullptr : &found->second;
}

}  // namespace haneul::iam
