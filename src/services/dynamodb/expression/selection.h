// Selection: which parts of an item are answered (ProjectionExpression, AttributesToGet).
// Source: "Using projection expressions in DynamoDB". Thread rule: constant once made; any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "services/dynamodb/expression/path.h"
#include "services/dynamodb/expression/placeholders.h"

namespace haneul::dynamodb {

class Selection {
 public:
  Selection() = default;                        // everything
  explicit Selection(std::vector<Path> paths);  // refuses paths that overlap

  bool everything() const { return paths_.empty(); }
  // What the paths name, in the item's own structure; of lists the named elements, without gaps.
  Attributes apply(Attributes item) const;
  std::set<std::string> attributes() const;
  // Those of them that a path goes into ("a" of a.b and a[0]), which keys cannot be.
  std::set<std::string> entered() const;

 private:
  std::vector<Path> paths_;
};

Selection parse_projection(std::string_view text, Placeholders& placeholders);

}  // namespace haneul::dynamodb
