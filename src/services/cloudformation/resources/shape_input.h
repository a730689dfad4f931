// Template values take the kinds that an operation's model asks for: CloudFormation accepts "14" for a number
// and 14 for a string, the services do not. Members that the operation does not know are refused: a property
// that no operation takes would have no effect.
#pragma once

#include <string_view>

#include "base/document.h"
#include "model/schema.h"

namespace haneul::cloudformation {

Document shape_input(std::string_view service, std::string_view operation, Document input);
Document shape_value(const model::Shape& shape, Document value);

}  // namespace haneul::cloudformation
