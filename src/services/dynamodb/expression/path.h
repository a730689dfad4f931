// Path: where in an item something is, such as a.b[3].c. Thread rule: plain values.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "services/dynamodb/value/value.h"

namespace haneul::dynamodb {

struct Path {
  using Step = std::variant<std::string, size_t>;  // a member of a map, an element of a list
  std::string root;                                // a top-level attribute
  std::vector<Step> rest;
  friend bool operator==(const Path&, const Path&) = default;
};

std::string text_of(const Path& path);  // for messages: "[a, b, [3], c]", as DynamoDB shows paths
const Value* find(const Value& value, const Path::Step& step);
const Value* find(const Attributes& item, const Path& path);
Value* find(Attributes& item, const Path& path);

}  // namespace haneul::dynamodb
