#include "services/dynamodb/items/item_change.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/dynamodb/expression/selection.h"
#include "services/dynamodb/items/capacity.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {
namespace {

void require_no_key_target(const Table& table, const Modification& update) {
  for (const Path& path : update.targets()) {
    if (path.root == table.keys.hash || path.root == table.keys.range) {
      refuse(fmt::format(
          "One or more parameter values were invalid: Cannot update attribute {}. This attribute is "
          "part of the key",
          path.root));
    }
  }
}

WrittenBy writer_of(const ItemChange& change) {
  if (change.update.is_legacy()) return WrittenBy::kItem;
  return change.through == ItemChange::Through::kTransaction ? WrittenBy::kTransactedUpdate
                                                             : WrittenBy::kUpdateExpression;
}

void require_update_size(size_t bytes) {
  if (bytes > kItemBytesMax) refuse("Item size to update has exceeded the maximum allowed size");
}

void require_update_result(const Table& table, const IndexedItem& written) {
  const Attributes& item = written.item;
  require_index_keys(table, written);
  require_update_size(size_of(item));
  const bool deep =
      std::ranges::any_of(item, [](const auto& entry) { return depth_of(entry.second) > kDepthMax; });
  if (deep) refuse(kTooDeep);
}

std::optional<Attributes> updated(const Table& table, const ItemChange& change,
                                  const std::optional<Attributes>& before) {
  Attributes out = before ? *before : change.given;
  change.update.apply(out, before ? ItemState::kPresent : ItemState::kNew);
  if (!before && !change.update.creates()) return std::nullopt;
  require_update_result(table, {.item = out, .before = before ? &*before : nullptr, .by = writer_of(change)});
  return out;
}

}  // namespace

ItemKey prepare(const Table& table, const ItemChange& change) {
  if (change.kind == ItemChange::Kind::kPut) {
    require_item(table, change.given);
  } else {
    require_key(table, change.given);
  }
  require_not_entered(table, change.condition.entered());
  if (change.kind == ItemChange::Kind::kUpdate) {
    require_not_entered(table, change.update.entered());
    require_no_key_target(table, change.update);
    if (change.through == ItemChange::Through::kOperation) require_update_size(change.update.measured_size());
  }
  return item_key(table.keys, change.given);
}

Applied apply(ItemWriter& writer, const Table& table, const ItemKey& key, const ItemChange& change) {
  static const Attributes kNothing;
  Applied out;
  writer.admit();
  out.change.before = writer.read(key);
  const Attributes& before = out.change.before ? *out.change.before : kNothing;
  if (change.condition && !change.condition.matches(before)) {
    writer.charge_failure(out.change.before);
    throw ConditionFailed{out.change.before};
  }
  switch (change.kind) {
    case ItemChange::Kind::kCheck:
      out.change.after = out.change.before;
      out.cost.table_units = write_units(out.change);
      writer.charge(out.cost);
      return out;
    case ItemChange::Kind::kPut: out.change.after = change.given; break;
    case ItemChange::Kind::kUpdate: out.change.after = updated(table, change, out.change.before); break;
    case ItemChange::Kind::kDelete: break;
  }
  out.cost = writer.replace(key, out.change);
  writer.charge(out.cost);
  return out;
}

std::optional<Attributes> written_part(const Attributes& item, const Modification& update) {
  std::vector<Path> paths;
  for (Path& path : update.targets()) {
    if (find(item, path) != nullptr) paths.push_back(std::move(path));
  }
  if (paths.empty()) return std::nullopt;
  return Selection(std::move(paths)).apply(item);
}

}  // namespace haneul::dynamodb
