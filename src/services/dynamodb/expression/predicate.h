// Predicate: a parsed ConditionExpression, FilterExpression or the meaning of legacy Expected, QueryFilter
// and ScanFilter. Source: "Condition and filter expressions, operators, and functions in DynamoDB". Thread
// rule: constant once made; any thread.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "services/dynamodb/expression/path.h"
#include "services/dynamodb/expression/placeholders.h"

namespace haneul::dynamodb {

struct PredicateNode;

class Predicate {
 public:
  Predicate() = default;  // holds always
  explicit Predicate(std::shared_ptr<const PredicateNode> root) : root_(std::move(root)) {}

  bool matches(const Attributes& item) const;
  // The top-level attributes it looks at: fine-grained access, and the refusal of key attributes in filters.
  std::set<std::string> attributes() const;
  // Those of them that a path goes into ("a" of a.b and a[0]), which keys cannot be.
  std::set<std::string> entered() const;
  explicit operator bool() const { return root_ != nullptr; }
  const PredicateNode* root() const { return root_.get(); }

 private:
  std::shared_ptr<const PredicateNode> root_;
};

// `parameter` names the request's member in messages: "Invalid ConditionExpression: Syntax error; token:
// ...".
Predicate parse_condition(std::string_view text, std::string_view parameter, Placeholders& placeholders);

}  // namespace haneul::dynamodb
