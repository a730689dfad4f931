// Small readers of template values: scalars as the text CloudFormation makes of them, objects that are
// intrinsic functions, and the errors that templates end with. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"

namespace haneul::cloudformation {

// What a template's author did wrong, as a ValidationError of the service.
[[noreturn]] void fail_template(const std::string& message);

bool is_scalar(const Document& value);
// The text of a scalar: true, 14, 0.5, or the string itself; empty for anything else.
std::string scalar_text(const Document& value);
// Equal as CloudFormation sees it: 14 and "14" are the same value, objects are equal in any order.
bool same_value(const Document& a, const Document& b);

struct Intrinsic {
  std::string_view name;  // "Ref", "Fn::Sub", "Condition" ...
  const Document* argument = nullptr;
};
// An object with one member that is Ref, Condition or begins with Fn::; empty for all others.
std::optional<Intrinsic> as_intrinsic(const Document& value);

// The pieces of a Fn::Sub text: literal text, and names that stood in ${}; ${!name} is literal.
struct SubPiece {
  bool is_name = false;
  std::string text;
};
std::vector<SubPiece> split_sub(std::string_view text);

bool is_pseudo_parameter(std::string_view name);
bool is_alphanumeric(std::string_view text);

}  // namespace haneul::cloudformation
