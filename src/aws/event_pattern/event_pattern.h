// EventPattern: what EventBridge rules and Lambda's filter criteria say about an event: a JSON object of the
// event's shape whose leaves are lists of accepted values and comparisons.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
//
// All fields of the pattern must match; one entry of a field's list is enough; "$or" takes a list of patterns
// of which one must match. A list in the event matches where one of its elements does; the fields of an
// object in a list match together, in one element. Numbers are compared by value.
// Cost of a match: the size of the event times that of the pattern. Thread rule: constant after parse().
#pragma once

#include <memory>
#include <string_view>

#include "base/document.h"

namespace haneul::aws {

// Lambda's filters have no "wildcard" and no "cidr".
enum class PatternDialect { kEventBridge, kLambda };

class EventPattern {
 public:
  // Throws ParseError saying what is wrong with the pattern.
  static EventPattern parse(std::string_view json, PatternDialect dialect);

  bool matches(const Document& event) const;

  // What the pattern says at a key of its own level, alternatives of "$or" included.
  enum class Form { kAbsent, kValues, kObject };
  Form form_of(std::string_view key) const;

  struct Node;

 private:
  explicit EventPattern(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

}  // namespace haneul::aws
