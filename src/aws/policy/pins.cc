#include "aws/policy/pins.h"

#include "aws/arn.h"
#include "base/json.h"

namespace haneul::aws::policy {

namespace {

using Names = std::map<std::string, std::string>;
enum class Changed { kNo, kYes };

Changed replace_name(Document& name, const Names& by) {
  if (!name.is_string()) return Changed::kNo;
  const auto found = by.find(name.as_string());
  if (found == by.end()) return Changed::kNo;
  name = found->second;
  return Changed::kYes;
}

Changed replace_in(Document* principal, const Names& by) {
  Document* names = principal == nullptr ? nullptr : principal->find("AWS");
  if (names == nullptr) return Changed::kNo;
  if (!names->is_array()) return replace_name(*names, by);
  Changed out = Changed::kNo;
  for (Document& name : names->as_array()) {
    if (replace_name(name, by) == Changed::kYes) out = Changed::kYes;
  }
  return out;
}

Changed replace_in_statement(Document& statement, const Names& by) {
  const Changed positive = replace_in(statement.find("Principal"), by);
  const Changed negative = replace_in(statement.find("NotPrincipal"), by);
  return positive == Changed::kYes ? positive : negative;
}

}  // namespace

NamedPrincipals named_principals(const Policy& policy) {
  NamedPrincipals out;
  for (const Statement& statement : policy.statements()) {
    for (const PrincipalEntry& entry : statement.principals) {
      if (entry.kind == PrincipalEntry::Kind::kUniqueId) out.unique_ids.push_back(entry.value);
      if (entry.kind != PrincipalEntry::Kind::kArn) continue;
      const auto arn = parse_arn(entry.value);
      if (arn && arn->service == "iam") out.arns.push_back(entry.value);
    }
  }
  return out;
}

std::string replace_principals(std::string_view json, const Names& by) {
  if (by.empty()) return std::string(json);
  Document document = parse_json(json);
  Document* statements = document.find("Statement");
  if (statements == nullptr) return std::string(json);
  Changed changed = Changed::kNo;
  if (statements->is_array()) {
    for (Document& statement : statements->as_array()) {
      if (replace_in_statement(statement, by) == Changed::kYes) changed = Changed::kYes;
    }
  } else {
    changed = replace_in_statement(*statements, by);
  }
  return changed == Changed::kYes ? write_json(document) : std::string(json);
}

}  // namespace haneul::aws::policy
