// Modification: a parsed UpdateExpression, or the meaning of legacy AttributeUpdates.
// Source: "Using update expressions in DynamoDB". Thread rule: constant once made; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "services/dynamodb/expression/path.h"
#include "services/dynamodb/expression/placeholders.h"

namespace haneul::dynamodb {

struct ModificationPlan;

// Of an item that is not there yet, REMOVE of what is nowhere is nothing to refuse.
enum class ItemState : uint8_t { kPresent, kNew };

class Modification {
 public:
  Modification() = default;  // changes nothing
  explicit Modification(std::shared_ptr<const ModificationPlan> plan) : plan_(std::move(plan)) {}

  // Changes the item, all or nothing: every operand is read from the item as it was before. Refuses as
  // DynamoDB does ("The provided expression refers to an attribute that does not exist in the item", "An
  // operand in the update expression has an incorrect data type", "The document path provided in the update
  // expression is invalid for update", numbers out of range, ...).
  void apply(Attributes& item, ItemState state = ItemState::kPresent) const;
  bool is_legacy() const;  // AttributeUpdates
  // Whether it makes an item where there is none: what only takes away does not.
  bool creates() const;
  // What UpdateItem measures of an expression (expression/update_size.cc).
  size_t measured_size() const;
  // The paths it writes, in the order of the expression: UPDATED_OLD and UPDATED_NEW, refusal of keys.
  std::vector<Path> targets() const;
  std::set<std::string> attributes() const;  // top-level ones it reads or writes: fine-grained access
  // Those of them that a path goes into ("a" of a.b and a[0]), which keys cannot be.
  std::set<std::string> entered() const;

 private:
  std::shared_ptr<const ModificationPlan> plan_;
};

Modification parse_update(std::string_view text, Placeholders& placeholders);

}  // namespace haneul::dynamodb
