// Looks up the placeholders of a parsed expression, and refuses what they stand for when it cannot be.
// Thread rule: one request's thread.
#pragma once

#include <string_view>
#include <vector>

#include "services/dynamodb/expression/path.h"
#include "services/dynamodb/expression/placeholders.h"
#include "services/dynamodb/expression/syntax.h"

namespace haneul::dynamodb {

struct Resolver {
  std::string_view parameter;
  Placeholders& placeholders;

  Path path(const Syntax& syntax) const;
  const Value& value(const Syntax& syntax) const;
  [[noreturn]] void invalid(std::string_view what) const { invalid_expression(parameter, what); }
};

// "Two document paths overlap with each other; ..." and "... conflict with each other; ...".
void refuse_clashes(const std::vector<Path>& paths, std::string_view parameter);

}  // namespace haneul::dynamodb
