// The ZipFile property of AWS::Lambda::Function is the text of one file, index.py or index.js; the Lambda
// service takes archives. Pure.
#pragma once

#include <string>
#include <string_view>

namespace haneul::cloudformation {

std::string zip_inline_code(std::string_view runtime, std::string_view code);

}  // namespace haneul::cloudformation
