// Applying a plan: every value is made from the item as it was, everything is judged, and only then is the
// item changed; so that a refusal leaves it as it was. Of lists the indexes are those before the update.
#include "services/dynamodb/expression/modification.h"

#include <algorithm>
#include <map>
#include <optional>

#include "services/dynamodb/expression/arithmetic.h"
#include "services/dynamodb/expression/modification_plan.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {
namespace {

using Kind = UpdateAction::Kind;
using Rules = ModificationPlan::Rules;

constexpr const char* kWrongPath =
    "The document path provided in the update expression is invalid for update";
constexpr const char* kWrongType = "An operand in the update expression has an incorrect data type";
constexpr const char* kLegacyWrongType = "Type mismatch for attribute to update";
constexpr const char* kMissing =
    "The provided expression refers to an attribute that does not exist in the item";

// What an operand is, as far as it is: nothing where it names an attribute that the item does not have.
class Evaluator {
 public:
  explicit Evaluator(const Attributes& item) : item_(item) {}

  std::optional<Value> value(const UpdateOperand& operand) const {
    using OperandKind = UpdateOperand::Kind;
    switch (operand.kind) {
      case OperandKind::kValue: return operand.value;
      case OperandKind::kPath: return held(operand.path);
      case OperandKind::kIfNotExists: {
        if (auto out = held(operand.parts[0].path)) return out;
        return value(operand.parts[1]);
      }
      case OperandKind::kListAppend:
        return of_two<List>(operand, [](const List& a, const List& b) { return appended(a, b); });
      case OperandKind::kPlus: return of_two<Number>(operand, sum_of);
      case OperandKind::kMinus: return of_two<Number>(operand, difference_of);
    }
    return {};
  }

 private:
  std::optional<Value> held(const Path& path) const {
    const Value* found = find(item_, path);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }

  template <class Held, class Combine>
  std::optional<Value> of_two(const UpdateOperand& operand, Combine&& combine) const {
    const auto a = value(operand.parts[0]);
    const auto b = value(operand.parts[1]);
    if ((a && a->as<Held>() == nullptr) || (b && b->as<Held>() == nullptr)) refuse(kWrongType);
    if (!a || !b) return {};
    return combine(*a->as<Held>(), *b->as<Held>());
  }

  const Attributes& item_;
};

struct Write {
  const Path* path;
  std::optional<Value> value;  // nothing: what is there goes
};

class Application {
 public:
  Application(const ModificationPlan& plan, Attributes& item, ItemState state)
      : plan_(plan), item_(item), state_(state) {}

  void run() {
    for (const UpdateAction& action : plan_.actions) {
      const Value* parent = parent_of(action.path);
      if (parent != nullptr && !fits(*parent, action.path)) refuse(kWrongPath);
    }
    for (const UpdateAction& action : plan_.actions) judge(action);
    refuse_missing();
    for (const Write& write : writes_) {
      if (write.value && write.path->rest.size() + depth_of(*write.value) > kDepthMax) refuse(kTooDeep);
    }
    write();
  }

 private:
  // The map or list that a nested path ends in; null when there is none.
  const Value* parent_of(const Path& path) const {
    if (path.rest.empty()) return nullptr;
    const Value* at = item_.find(path.root);
    for (size_t i = 0; i + 1 < path.rest.size() && at != nullptr; ++i) at = find(*at, path.rest[i]);
    return at;
  }

  static bool fits(const Value& parent, const Path& path) {
    return parent.is(std::holds_alternative<size_t>(path.rest.back()) ? ValueType::kList : ValueType::kMap);
  }

  void judge(const UpdateAction& action) {
    switch (action.kind) {
      case Kind::kSet: {
        auto value = Evaluator(item_).value(action.operand);
        if (!value) missing_.push_back(&action);
        writes_.push_back({.path = &action.path, .value = std::move(value)});
        return;
      }
      case Kind::kRemove:
        if (find(std::as_const(item_), action.path) == nullptr) return;
        writes_.push_back({.path = &action.path, .value = {}});
        return;
      case Kind::kAdd: return add(action);
      case Kind::kDelete: return take(action);
    }
  }

  void add(const UpdateAction& action) {
    const Value& value = action.operand.value;
    const Value* held = find(std::as_const(item_), action.path);
    if (held == nullptr) {
      writes_.push_back({.path = &action.path, .value = value});
      return;
    }
    if (held->type() != value.type()) wrong_type();
    const Number* number = value.number();
    const List* list = value.as<List>();
    Value out = number != nullptr ? sum_of(*held->number(), *number)
                : list != nullptr ? appended(*held->as<List>(), *list)
                                  : union_of(*held, value);
    writes_.push_back({.path = &action.path, .value = std::move(out)});
  }

  void take(const UpdateAction& action) {
    const Value* held = find(std::as_const(item_), action.path);
    if (held == nullptr) return;
    if (held->type() != action.operand.value.type()) wrong_type();
    writes_.push_back({.path = &action.path, .value = without(*held, action.operand.value)});
  }

  [[noreturn]] void wrong_type() const {
    refuse(plan_.rules == Rules::kLegacy ? kLegacyWrongType : kWrongType);
  }

  // By section from the last: paths that lead nowhere, then attributes that are read and are not there.
  void refuse_missing() const {
    size_t sections = 0;
    for (const UpdateAction& action : plan_.actions) sections = std::max(sections, action.section + 1);
    for (size_t section = sections; section-- > 0;) {
      for (const UpdateAction& action : plan_.actions) {
        if (state_ == ItemState::kNew && action.kind == Kind::kRemove) continue;
        const bool nested = action.section == section && !action.path.rest.empty();
        if (nested && parent_of(action.path) == nullptr) refuse(kWrongPath);
      }
      for (const UpdateAction* action : missing_) {
        if (action->section == section) refuse(kMissing);
      }
    }
  }

  // Members of maps first; then lists from the deepest, whose paths no change of an outer list has moved yet.
  void write() {
    std::map<std::pair<size_t, const Value*>, std::vector<Write*>, std::greater<>> lists;
    for (Write& write : writes_) {
      const Value* parent = parent_of(*write.path);
      if (parent != nullptr && parent->is(ValueType::kList)) {
        lists[{write.path->rest.size(), parent}].push_back(&write);
      }
    }
    for (Write& write : writes_) {
      const Value* parent = parent_of(*write.path);
      if (parent == nullptr) {
        put(item_, write.path->root, write);
      } else if (parent->is(ValueType::kMap)) {
        put(*const_cast<Value*>(parent)->as<Attributes>(), std::get<std::string>(write.path->rest.back()),
            write);
      }
    }
    for (auto& [place, writes] : lists) change_list(writes);
  }

  static void put(Attributes& map, const std::string& name, Write& write) {
    if (write.value) {
      map.set(name, std::move(*write.value));
    } else {
      map.erase(name);
    }
  }

  void change_list(std::vector<Write*>& writes) {
    List& list = *const_cast<Value*>(parent_of(*writes[0]->path))->as<List>();
    const auto index_of = [](const Write* write) { return std::get<size_t>(write->path->rest.back()); };
    std::ranges::sort(writes, {}, index_of);
    const size_t before = list.size();
    std::vector<size_t> removed;
    for (Write* write : writes) {
      const size_t index = index_of(write);
      if (!write->value) {
        if (index < before) removed.push_back(index);
      } else if (index < before) {
        list[index] = std::move(*write->value);
      } else {
        list.push_back(std::move(*write->value));
      }
    }
    erase(list, removed);
  }

  // `indexes` in rising order.
  static void erase(List& list, const std::vector<size_t>& indexes) {
    if (indexes.empty()) return;
    size_t kept = indexes[0], gone = 0;
    for (size_t i = kept; i < list.size(); ++i) {
      if (gone < indexes.size() && indexes[gone] == i) {
        ++gone;
      } else {
        list[kept++] = std::move(list[i]);
      }
    }
    list.resize(kept);
  }

  const ModificationPlan& plan_;
  Attributes& item_;
  ItemState state_;
  std::vector<Write> writes_;
  std::vector<const UpdateAction*> missing_;
};

template <class Visit>
void each_path(const UpdateOperand& operand, Visit&& visit) {
  if (operand.kind == UpdateOperand::Kind::kPath) visit(operand.path);
  for (const UpdateOperand& part : operand.parts) each_path(part, visit);
}

template <class Visit>
void each_path(const ModificationPlan* plan, Visit&& visit) {
  if (plan == nullptr) return;
  for (const UpdateAction& action : plan->actions) {
    visit(action.path);
    each_path(action.operand, visit);
  }
}

}  // namespace

void Modification::apply(Attributes& item, ItemState state) const {
  if (plan_ != nullptr) Application(*plan_, item, state).run();
}

bool Modification::is_legacy() const { return plan_ != nullptr && plan_->rules == Rules::kLegacy; }

bool Modification::creates() const {
  if (plan_ == nullptr || plan_->actions.empty()) return true;
  return std::ranges::any_of(plan_->actions, [](const UpdateAction& action) {
    return action.kind == Kind::kSet || action.kind == Kind::kAdd;
  });
}

std::vector<Path> Modification::targets() const {
  std::vector<Path> out;
  if (plan_ == nullptr) return out;
  for (const UpdateAction& action : plan_->actions) out.push_back(action.path);
  return out;
}

std::set<std::string> Modification::attributes() const {
  std::set<std::string> out;
  each_path(plan_.get(), [&out](const Path& path) { out.insert(path.root); });
  return out;
}

std::set<std::string> Modification::entered() const {
  std::set<std::string> out;
  each_path(plan_.get(), [&out](const Path& path) {
    if (!path.rest.empty()) out.insert(path.root);
  });
  return out;
}

}  // namespace haneul::dynamodb
