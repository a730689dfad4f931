// AttributeUpdates and AttributesToGet, turned into what expressions become.
#include <algorithm>

#include <fmt/format.h>

#include "services/dynamodb/expression/legacy.h"
#include "services/dynamodb/expression/modification_plan.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {
namespace {

using Kind = UpdateAction::Kind;

[[noreturn]] void invalid(std::string_view what) {
  refuse(fmt::format("One or more parameter values were invalid: {}", what));
}

void check_type(Kind kind, const Value& value) {
  if (kind == Kind::kSet || value.is_set()) return;
  if (kind == Kind::kAdd && (value.is(ValueType::kNumber) || value.is(ValueType::kList))) return;
  const std::string_view code = type_code(value.type());
  if (kind == Kind::kAdd) invalid(fmt::format("ADD action is not supported for the type {}", code));
  invalid(fmt::format("DELETE action with value is not supported for the type {}", code));
}

UpdateAction action_of(const std::string& attribute, const AttributeValueUpdate& update) {
  const std::string name = update.action.value_or("PUT");
  UpdateAction out;
  out.path.root = attribute;
  out.kind = name == "ADD" ? Kind::kAdd : name == "DELETE" ? Kind::kDelete : Kind::kSet;
  if (!update.value) {
    if (out.kind != Kind::kDelete)
      invalid("Only DELETE action is allowed when no attribute value is specified");
    out.kind = Kind::kRemove;
    return out;
  }
  out.operand.value = value_from(*update.value);
  check_type(out.kind, out.operand.value);
  return out;
}

}  // namespace

Modification update_of_legacy(const std::map<std::string, AttributeValueUpdate>& updates) {
  ModificationPlan plan;
  plan.rules = ModificationPlan::Rules::kLegacy;
  for (const auto& [attribute, update] : updates) plan.actions.push_back(action_of(attribute, update));
  return Modification(std::make_shared<const ModificationPlan>(std::move(plan)));
}

Selection projection_of(const std::vector<std::string>& attributes_to_get) {
  std::vector<Path> paths;
  for (const std::string& name : attributes_to_get) {
    if (std::ranges::find(paths, name, &Path::root) != paths.end()) {
      invalid(fmt::format("Duplicate value in attribute name: {}", name));
    }
    paths.push_back({.root = name, .rest = {}});
  }
  return Selection(std::move(paths));
}

}  // namespace haneul::dynamodb
