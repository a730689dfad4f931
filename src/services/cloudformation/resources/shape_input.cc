#include "services/cloudformation/resources/shape_input.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"
#include "gen/models.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

using model::ShapeKind;

Document to_number(const model::Shape& shape, const Document& value) {
  if (!value.is_string()) return value;
  if (shape.kind == ShapeKind::kInteger || shape.kind == ShapeKind::kLong) {
    const auto number = parse_int(trim(value.as_string()));
    if (!number) fail_template(fmt::format("{} is not a whole number.", value.as_string()));
    return *number;
  }
  char* end = nullptr;
  const double number = std::strtod(value.as_string().c_str(), &end);
  if (end == nullptr || *end != '\0' || value.as_string().empty()) {
    fail_template(fmt::format("{} is not a number.", value.as_string()));
  }
  return number;
}

Document to_bool(const Document& value) {
  if (!value.is_string()) return value;
  if (equals_ignore_case(value.as_string(), "true")) return true;
  if (equals_ignore_case(value.as_string(), "false")) return false;
  fail_template(fmt::format("{} is neither true nor false.", value.as_string()));
}

Document shape_members(const model::Shape& shape, Document value) {
  Document out = Document::object();
  for (auto& [name, member_value] : value.as_object()) {
    const model::Member* found = nullptr;
    for (const model::Member& member : shape.members) {
      if (member.name == name) found = &member;
    }
    if (found == nullptr) fail_template(fmt::format("Encountered unsupported property {}", name));
    out.as_object().emplace_back(name, shape_value(*found->shape, std::move(member_value)));
  }
  return out;
}

Document shape_items(const model::Shape& shape, Document value) {
  if (shape.kind == ShapeKind::kMap) {
    for (auto& [key, item] : value.as_object()) item = shape_value(*shape.element, std::move(item));
    return value;
  }
  for (Document& item : value.as_array()) item = shape_value(*shape.element, std::move(item));
  return value;
}

}  // namespace

Document shape_value(const model::Shape& shape, Document value) {
  switch (shape.kind) {
    case ShapeKind::kInteger:
    case ShapeKind::kLong:
    case ShapeKind::kFloat:
    case ShapeKind::kDouble: return to_number(shape, value);
    case ShapeKind::kBoolean: return to_bool(value);
    case ShapeKind::kString:
      return value.is_bool() || value.is_number() ? Document(scalar_text(value)) : value;
    case ShapeKind::kStructure:
    case ShapeKind::kUnion: return value.is_object() ? shape_members(shape, std::move(value)) : value;
    case ShapeKind::kMap: return value.is_object() ? shape_items(shape, std::move(value)) : value;
    case ShapeKind::kList: return value.is_array() ? shape_items(shape, std::move(value)) : value;
    default: return value;
  }
}

Document shape_input(std::string_view service, std::string_view operation, Document input) {
  for (const model::ServiceModel* model : service_models()) {
    if (model->name != service) continue;
    for (const model::OperationModel* candidate : model->operations) {
      if (candidate->name != operation) continue;
      if (candidate->input == nullptr) return input;
      return shape_value(*candidate->input, std::move(input));
    }
  }
  HANEUL_CHECK(false, "a resource handler calls an operation of a model there is");
}

}  // namespace haneul::cloudformation
