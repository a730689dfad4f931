#include "services/cloudformation/template/text.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/json.h"
#include "base/text.h"
#include "model/common_errors.h"

namespace haneul::cloudformation {

void fail_template(const std::string& message) { throw model::ValidationError(message); }

bool is_scalar(const Document& value) { return value.is_string() || value.is_bool() || value.is_number(); }

std::string scalar_text(const Document& value) {
  if (value.is_string()) return value.as_string();
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  if (value.is_int()) return std::to_string(value.as_int());
  if (value.is_double()) return write_json(value);
  return {};
}

bool same_value(const Document& a, const Document& b) {
  if (is_scalar(a) && is_scalar(b)) return scalar_text(a) == scalar_text(b);
  if (a.is_array() && b.is_array()) {
    return std::ranges::equal(a.as_array(), b.as_array(), same_value);
  }
  if (a.is_object() && b.is_object()) {
    if (a.as_object().size() != b.as_object().size()) return false;
    return std::ranges::all_of(a.as_object(), [&](const Document::Entry& entry) {
      const Document* other = b.find(entry.first);
      return other != nullptr && same_value(entry.second, *other);
    });
  }
  return a == b;
}

std::optional<Intrinsic> as_intrinsic(const Document& value) {
  if (!value.is_object() || value.as_object().size() != 1) return std::nullopt;
  const auto& [name, argument] = value.as_object().front();
  if (name != "Ref" && name != "Condition" && !name.starts_with("Fn::")) return std::nullopt;
  return Intrinsic{name, &argument};
}

std::vector<SubPiece> split_sub(std::string_view text) {
  std::vector<SubPiece> pieces;
  std::string literal;
  while (!text.empty()) {
    const size_t open = text.find("${");
    const size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    literal += text.substr(0, open);
    const std::string_view name = text.substr(open + 2, close - open - 2);
    if (name.starts_with('!')) {
      literal += "${" + std::string(name.substr(1)) + "}";
    } else {
      if (!literal.empty()) pieces.push_back({false, std::move(literal)});
      literal.clear();
      pieces.push_back({true, std::string(trim(name))});
    }
    text.remove_prefix(close + 1);
  }
  literal += text;
  if (!literal.empty() || pieces.empty()) pieces.push_back({false, std::move(literal)});
  return pieces;
}

bool is_pseudo_parameter(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition",
      "AWS::Region",    "AWS::StackId", "AWS::StackName",        "AWS::URLSuffix"};
  return std::ranges::find(kNames, name) != kNames.end();
}

bool is_alphanumeric(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0; });
}

}  // namespace haneul::cloudformation
