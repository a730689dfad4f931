// Values between the API's documents ({"S": "text"}, {"N": "1.5"}, ...) and Value. What is no value is
// refused as ValidationException with DynamoDB's sentences. Source: API reference, AttributeValue. Thread
// rule: pure functions.
#pragma once

#include "base/document.h"
#include "services/dynamodb/value/value.h"

namespace haneul::dynamodb {

inline constexpr size_t kDepthMax = 32;
inline constexpr const char* kTooDeep =
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
    "supported "
    "limit";

Value value_from(const Document& wire);
Attributes attributes_from(const Document& wire);  // of an object; depth is checked as of an item

Document document_of(const Value& value);
Document document_of(const Attributes& attributes);

}  // namespace haneul::dynamodb
