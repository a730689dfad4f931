#include "services/dynamodb/items/item_writer.h"

#include <algorithm>
#include <cmath>

#include "services/dynamodb/items/capacity.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/items/throttle.h"
#include "services/dynamodb/items/undo.h"
#include "services/dynamodb/value/record.h"

namespace haneul::dynamodb {
namespace {

Attributes projected(const Table& table, const Index& index, const Attributes& item) {
  if (index.projection == "ALL") return item;
  Attributes out = key_of(table.keys, item);
  for (const auto& [name, value] : key_of(index.keys, item)) out.set(name, value);
  for (const std::string& name : index.included) {
    if (const Value* value = item.find(name)) out.set(name, *value);
  }
  return out;
}

Amount amount_of(const std::optional<Attributes>& held) {
  return held ? Amount{.items = 1, .bytes = static_cast<int64_t>(size_of(*held))} : Amount{};
}

void replace_amount(Amount& amount, const Amount& before, const Amount& after) {
  amount.items += after.items - before.items;
  amount.bytes += after.bytes - before.bytes;
}

}  // namespace

std::optional<IndexEntry> entry_of(const Table& table, const Index& index, const Attributes& item) {
  if (!suits(table, index, item)) return std::nullopt;
  return IndexEntry{.key = item_key(index.keys, item), .held = projected(table, index, item)};
}

std::optional<Attributes> ItemWriter::read(const ItemKey& key) {
  context_.catalog.require_current(tx_, table_, partition_of(key.digest));
  const auto bytes = tx_.get(Rows::items(table_).item(key));
  if (!bytes) return std::nullopt;
  return decode_item(*bytes);
}

WriteCost ItemWriter::replace(const ItemKey& key, const Change& change) {
  WriteCost cost{.table_units = write_units(change), .index_units = {}};
  if (change.before == change.after) return cost;
  const store::Key row = Rows::items(table_).item(key);
  if (change.after) {
    tx_.put(row, encode_item(*change.after));
  } else {
    tx_.del(row);
  }
  if (table_.keeps_undo()) keep_undo(tx_, table_, key, {change.before, context_.author.now});
  const size_t partition = partition_of(key.digest);
  Usage usage = Usage::read(tx_, table_, partition);
  replace_amount(usage.of_table(), amount_of(change.before), amount_of(change.after));
  for (const Index& index : table_.indexes) {
    const double units = change_index(index, key, change, usage.of_index(index));
    if (units > 0) cost.index_units[index.name] = units;
  }
  usage.store(tx_, table_, partition);
  if (table_.stream) context_.changes.append(tx_, table_, change, context_.author);
  return cost;
}

double ItemWriter::change_index(const Index& index, const ItemKey& key, const Change& change,
                                Amount& amount) {
  std::optional<IndexEntry> before, after;
  if (change.before) before = entry_of(table_, index, *change.before);
  if (change.after) after = entry_of(table_, index, *change.after);
  if (!before && !after) return 0;
  const bool same_place = before && after && before->key == after->key;
  if (same_place && before->held == after->held) return 0;
  const Rows rows = Rows::entries(table_, index);
  Change entries;
  if (before) entries.before = std::move(before->held);
  if (after) entries.after = std::move(after->held);
  // While an index is being filled, what it holds of older items is counted when they are added.
  const bool counted =
      !before || index.state == Index::State::kActive || tx_.contains(rows.entry(before->key, key));
  if (before && !same_place) tx_.del(rows.entry(before->key, key));
  if (after) tx_.put(rows.entry(after->key, key), encode_item(*entries.after));
  replace_amount(amount, counted ? amount_of(entries.before) : Amount{}, amount_of(entries.after));
  if (same_place) return write_units(entries);
  return (entries.before ? write_units({.before = entries.before, .after = {}}) : 0) +
         (entries.after ? write_units({.before = {}, .after = entries.after}) : 0);
}

void ItemWriter::admit() const {
  if (context_.throttle != nullptr) context_.throttle->admit(table_, nullptr, Direction::kWrite);
}

void ItemWriter::charge(const WriteCost& cost) {
  if (context_.throttle == nullptr) return;
  Units used{.table = cost.table_units * context_.charge_factor, .indexes = cost.index_units};
  for (auto& [name, units] : used.indexes) units *= context_.charge_factor;
  context_.throttle->admit_indexes(table_, used);
  tx_.on_commit([throttle = context_.throttle, table = table_, used = std::move(used)] {
    throttle->charge(table, used, Direction::kWrite);
  });
}

void ItemWriter::charge_failure(const std::optional<Attributes>& item) const {
  if (context_.throttle == nullptr) return;
  const double units = write_units(item ? size_of(*item) : 0) * context_.charge_factor;
  context_.throttle->charge(table_, {.table = units, .indexes = {}}, Direction::kWrite);
}

void ItemWriter::backfill(const Index& index, const ItemKey& key, const Attributes& item) {
  const std::optional<IndexEntry> entry = entry_of(table_, index, item);
  if (!entry) return;
  const store::Key row = Rows::entries(table_, index).entry(entry->key, key);
  if (tx_.contains(row)) return;  // a write since the index was made has brought it
  tx_.put(row, encode_item(entry->held));
  const size_t partition = partition_of(key.digest);
  Usage usage = Usage::read(tx_, table_, partition);
  usage.of_index(index).add(amount_of(entry->held));
  usage.store(tx_, table_, partition);
}

store::Scope write_scope(const Table& table, const ItemKey& key) {
  // Numbers of a stream's records are drawn one after the other: its scope first, so that nobody retries.
  if (table.stream) return StreamRows(table).scope();
  return Rows::items(table).scope_of(key.digest);
}

}  // namespace haneul::dynamodb
