#include "aws/policy/public_access.h"

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace haneul::aws::policy {
namespace {

std::vector<const Document*> items(const Document* value) {
  std::vector<const Document*> out;
  if (value == nullptr) return out;
  if (!value->is_array()) return {value};
  for (const Document& item : value->as_array()) out.push_back(&item);
  return out;
}

bool names_everyone(const Document& statement) {
  if (statement.find("NotPrincipal") != nullptr) return true;
  const Document* principal = statement.find("Principal");
  if (principal == nullptr) return false;
  if (principal->is_string()) return principal->as_string() == "*";
  return std::ranges::any_of(items(principal->find("AWS")), [](const Document* value) {
    return value->is_string() && value->as_string() == "*";
  });
}

bool is_pinning_key(std::string_view key, std::span<const std::string_view> pinning) {
  return std::ranges::find(pinning, to_lower(key)) != pinning.end();
}

bool is_narrow_address(std::string_view value) {
  const size_t slash = value.find('/');
  if (slash == std::string_view::npos) return true;
  const auto bits = parse_int(value.substr(slash + 1));
  const bool is_v6 = value.find(':') != std::string_view::npos;
  return bits && *bits >= (is_v6 ? 32 : 8);
}

bool is_fixed_value(std::string_view key, const Document& value) {
  if (!value.is_string()) return false;
  const std::string& text = value.as_string();
  if (text.find_first_of("*?") != std::string::npos || text.find("${") != std::string::npos) return false;
  return !equals_ignore_case(key, "aws:SourceIp") || is_narrow_address(text);
}

bool is_equality(std::string_view op) {
  const std::string name = to_lower(op);
  return name == "stringequals" || name == "stringequalsignorecase" || name == "stringlike" ||
         name == "arnequals" || name == "arnlike" || name == "ipaddress";
}

bool is_pinned(const Document& statement, std::span<const std::string_view> pinning) {
  const Document* condition = statement.find("Condition");
  if (condition == nullptr || !condition->is_object()) return false;
  for (const auto& [op, keys] : condition->as_object()) {
    if (!is_equality(op) || !keys.is_object()) continue;
    for (const auto& [key, value] : keys.as_object()) {
      const auto values = items(&value);
      const std::string_view name = key;
      const auto is_fixed = [name](const Document* one) { return is_fixed_value(name, *one); };
      if (is_pinning_key(key, pinning) && !values.empty() && std::ranges::all_of(values, is_fixed))
        return true;
    }
  }
  return false;
}

}  // namespace

bool is_public(std::string_view json, std::span<const std::string_view> pinning_keys) {
  const Document policy = parse_json(json);
  return std::ranges::any_of(items(policy.find("Statement")), [&](const Document* statement) {
    return statement->string_or("Effect", "") == "Allow" && names_everyone(*statement) &&
           !is_pinned(*statement, pinning_keys);
  });
}

}  // namespace haneul::aws::policy
