// The Globals section: what is said once for all resources of a type.
// Source: "Globals section of the AWS SAM template"; maps are merged, lists are joined (global items first),
// everything else is replaced by the resource's own.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "services/cloudformation/sam/parts.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation::sam {

namespace {

Document merge(const Document& global, const Document& local) {
  if (as_intrinsic(global) || as_intrinsic(local)) return local;
  if (global.is_array() && local.is_array()) {
    Document out = global;
    for (const Document& item : local.as_array()) out.push(item);
    return out;
  }
  if (!global.is_object() || !local.is_object()) return local;
  Document out = global;
  for (const auto& [name, value] : local.as_object()) {
    const Document* other = global.find(name);
    out.set(name, other == nullptr ? value : merge(*other, value));
  }
  return out;
}

}  // namespace

Document merge_globals(const Document& globals, const Document& properties) {
  return merge(globals, properties);
}

void check_globals(const Document& globals) {
  static constexpr std::array<std::string_view, 6> kSections = {
      "Api", "Function", "HttpApi", "SimpleTable", "StateMachine", "LayerVersion"};
  if (!globals.is_object()) fail_template("Template format error: Globals must be an object.");
  for (const auto& [name, section] : globals.as_object()) {
    const bool is_known = std::ranges::find(kSections, name) != kSections.end();
    if (is_known && section.is_object()) continue;
    fail_template(
        fmt::format("Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application "
                    "Specification document. Number of errors found: 1. 'Globals' section is invalid. "
                    "'{}' is not supported.",
                    name));
  }
}

}  // namespace haneul::cloudformation::sam
