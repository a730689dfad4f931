// Constraint checks, once for all services: required members, kinds, lengths, ranges, patterns, closed enums,
// with AWS's message forms, for example:
//   1 validation error detected: Value 'x' at 'functionName' failed to satisfy constraint: Member must have
//   length less than or equal to 64
// Every failure is reported, in the order of the model, as AWS does ("3 validation errors detected: ...; ...;
// ..."). Source: the messages as AWS's JSON services answer them. Values of sensitive shapes are never shown.
#pragma once

#include <string>
#include <vector>

#include "base/document.h"
#include "model/schema.h"

namespace haneul::model {

struct Violation {
  enum class Kind { kMissing, kType, kLength, kRange, kPattern, kEnum };
  Kind kind;
  std::string path;     // "tags.1.member.key", lower camel case at each step as AWS writes it
  std::string message;  // the clause for this member alone
};

std::vector<Violation> validate(const Shape& shape, const Document& input);
std::string violations_message(const std::vector<Violation>& violations);  // the sentence above

}  // namespace haneul::model
