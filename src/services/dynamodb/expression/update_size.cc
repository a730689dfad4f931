// How UpdateItem measures an update expression: by what the request says, whatever the item is. Each action
// costs an amount, its path and its operands; what an operand reads from the item, and what REMOVE and DELETE
// take away, are free. So neither the key nor what the expression leaves alone is counted, and an item with a
// short key ends a few bytes below 400 KB.
// Source: published measurements of the service; its documentation does not tell it. Some of its regions
// look at the item alone.
#include <string>

#include "services/dynamodb/expression/modification.h"
#include "services/dynamodb/expression/modification_plan.h"

namespace haneul::dynamodb {
namespace {

constexpr size_t kUpdateBytes = 3;
constexpr size_t kWriteBytes = 19;  // SET, ADD
constexpr size_t kTakeBytes = 1;    // REMOVE, DELETE
constexpr size_t kTargetStepBytes = 4;
constexpr size_t kReadBytes = 1;
constexpr size_t kReadStepBytes = 14;
constexpr size_t kPlusBytes = 34;
constexpr size_t kMinusBytes = 37;
constexpr size_t kListAppendBytes = 37;
constexpr size_t kIfNotExistsBytes = 39;

size_t size_of_step(const Path::Step& step) {
  const auto* name = std::get_if<std::string>(&step);
  return name != nullptr ? name->size() : std::to_string(std::get<size_t>(step)).size();
}

size_t size_of_target(const Path& path) {
  size_t bytes = path.root.size();
  for (const Path::Step& step : path.rest) bytes += kTargetStepBytes + size_of_step(step);
  return bytes;
}

size_t size_of_read(const Path& path) {
  size_t bytes = kReadBytes + kReadStepBytes + path.root.size();
  for (const Path::Step& step : path.rest) bytes += kReadStepBytes + size_of_step(step);
  return bytes;
}

size_t size_of_operand(const UpdateOperand& operand) {
  using Kind = UpdateOperand::Kind;
  size_t bytes = 0;
  switch (operand.kind) {
    case Kind::kValue: return size_of(operand.value);
    case Kind::kPath: return size_of_read(operand.path);
    case Kind::kIfNotExists: bytes = kIfNotExistsBytes; break;
    case Kind::kListAppend: bytes = kListAppendBytes; break;
    case Kind::kPlus: bytes = kPlusBytes; break;
    case Kind::kMinus: bytes = kMinusBytes; break;
  }
  for (const UpdateOperand& part : operand.parts) bytes += size_of_operand(part);
  return bytes;
}

size_t size_of_action(const UpdateAction& action) {
  const size_t target = size_of_target(action.path);
  const bool takes = action.kind == UpdateAction::Kind::kRemove || action.kind == UpdateAction::Kind::kDelete;
  return takes ? kTakeBytes + target : kWriteBytes + target + size_of_operand(action.operand);
}

}  // namespace

size_t Modification::measured_size() const {
  if (plan_ == nullptr || is_legacy()) return 0;
  size_t bytes = kUpdateBytes;
  for (const UpdateAction& action : plan_->actions) bytes += size_of_action(action);
  return bytes;
}

}  // namespace haneul::dynamodb
