#include "services/dynamodb/items/key_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/dynamodb/limits.h"
#include "services/dynamodb/refusal.h"

namespace haneul::dynamodb {
namespace {

enum class Part { kHash, kRange };

template <class Visit>
void each_key(const KeySchema& keys, Visit&& visit) {
  visit(keys.hash, Part::kHash);
  if (keys.range) visit(*keys.range, Part::kRange);
}

size_t key_bytes(const Value& value) {
  return value.number() != nullptr ? value.number()->size() : size_of(value);
}

bool is_too_big(const Value& value, Part part) {
  return key_bytes(value) > (part == Part::kHash ? kHashKeyBytesMax : kRangeKeyBytesMax);
}

void require_size(const Value& value, Part part) {
  if (!is_too_big(value, part)) return;
  if (part == Part::kHash) {
    refuse(
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit "
        "of2048 "
        "bytes");
  }
  refuse(
      "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size "
      "limit of 1024 bytes");
}

std::string_view kind_of_empty(const Value& value) {
  if (value.string() != nullptr && value.string()->empty()) return "string";
  if (value.binary() != nullptr && value.binary()->empty()) return "binary";
  return {};
}

struct IndexKey {
  const Index& index;
  const std::string& name;
  const Value& value;
  Part part;
};

void require_type(const IndexKey& key, ValueType wanted) {
  if (key.value.is(wanted)) return;
  refuse(
      fmt::format("One or more parameter values were invalid: Type mismatch for Index Key {} Expected: {} "
                  "Actual: {} IndexName: {}",
                  key.name, type_code(wanted), type_code(key.value.type()), key.index.name));
}

void require_in_item(const IndexKey& key, ValueType wanted) {
  const auto& [index, name, value, part] = key;
  require_type(key, wanted);
  if (const std::string_view kind = kind_of_empty(value); !kind.empty()) {
    refuse_request(
        fmt::format("One or more parameter values are not valid. A value specified for a secondary index key "
                    "is not supported. The AttributeValue for a key attribute cannot contain an empty {} "
                    "value. IndexName: {}, IndexKey: {}",
                    kind, index.name, name));
  }
  require_size(value, part);
}

void require_of_expression(const IndexKey& key, ValueType wanted) {
  if (!key.value.is(wanted)) {
    refuse("The update expression attempted to update the secondary index key to unsupported type");
  }
  if (const std::string_view kind = kind_of_empty(key.value); !kind.empty()) {
    refuse_request(
        fmt::format("One or more parameter values are not valid. The update expression attempted to update a "
                    "secondary index key to a value that is not supported. The AttributeValue for a key "
                    "attribute cannot contain an empty {} value.",
                    kind));
  }
  if (is_too_big(key.value, key.part)) {
    refuse("The update expression attempted to update the secondary index key beyond allowed size limits");
  }
}

bool fits(const IndexKey& key, ValueType wanted) {
  return key.value.is(wanted) && kind_of_empty(key.value).empty() && !is_too_big(key.value, key.part);
}

template <class Visit>
void each_index_key(const Index& index, const Attributes& item, Visit&& visit) {
  each_key(index.keys, [&](const std::string& name, Part part) {
    if (const Value* value = item.find(name)) visit(IndexKey{index, name, *value, part});
  });
}

}  // namespace

void require_not_empty(const std::string& name, const Value& value) {
  const std::string_view kind = kind_of_empty(value);
  if (kind.empty()) return;
  refuse_request(
      fmt::format("One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
                  "contain an empty {} value. Key: {}",
                  kind, name));
}

void require_index_keys(const Table& table, const IndexedItem& written) {
  const auto is_new = [&](const IndexKey& key) {
    const Value* before = written.before == nullptr ? nullptr : written.before->find(key.name);
    return before == nullptr || *before != key.value;
  };
  const Index* first = nullptr;
  for (const Index& index : table.indexes) {
    each_index_key(index, written.item, [&](const IndexKey& key) {
      if (fits(key, table.attributes.at(key.name)) || !is_new(key)) return;
      if (first == nullptr || index.name < first->name) first = &index;
    });
  }
  if (first == nullptr) return;
  each_index_key(*first, written.item, [&](const IndexKey& key) {
    if (!is_new(key)) return;
    const ValueType wanted = table.attributes.at(key.name);
    if (written.by == WrittenBy::kItem) return require_in_item(key, wanted);
    if (written.by == WrittenBy::kTransactedUpdate) require_type(key, wanted);
    require_of_expression(key, wanted);
  });
}

bool suits(const Table& table, const Index& index, const Attributes& item) {
  size_t found = 0;
  each_index_key(index, item, [&](const IndexKey& key) {
    if (fits(key, table.attributes.at(key.name))) ++found;
  });
  return found == (index.keys.range ? 2u : 1u);
}

void require_item_size(const Attributes& item) {
  if (size_of(item) > kItemBytesMax) refuse_request("Item size has exceeded the maximum allowed size");
}

void require_item(const Table& table, const Attributes& item) {
  each_key(table.keys, [&](const std::string& name, Part part) {
    const Value* value = item.find(name);
    if (value == nullptr) {
      refuse(fmt::format("One or more parameter values were invalid: Missing the key {} in the item", name));
    }
    const ValueType wanted = table.attributes.at(name);
    if (!value->is(wanted)) {
      refuse(
          fmt::format("One or more parameter values were invalid: Type mismatch for key {} expected: {} "
                      "actual: {}",
                      name, type_code(wanted), type_code(value->type())));
    }
    require_not_empty(name, *value);
    require_size(*value, part);
  });
  require_index_keys(table, {.item = item});
  require_item_size(item);
}

void require_key(const Table& table, const Attributes& key) {
  constexpr const char* kMismatch = "The provided key element does not match the schema";
  if (key.count() != (table.keys.range ? 2u : 1u)) refuse(kMismatch);
  each_key(table.keys, [&](const std::string& name, Part part) {
    const Value* value = key.find(name);
    if (value == nullptr || !value->is(table.attributes.at(name))) refuse(kMismatch);
    require_not_empty(name, *value);
    require_size(*value, part);
  });
}

void require_not_entered(const KeySchema& keys, const std::set<std::string>& entered) {
  each_key(keys, [&](const std::string& name, Part) {
    if (!entered.contains(name)) return;
    refuse(fmt::format(
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: {}",
        name));
  });
}

void require_not_entered(const Table& table, const std::set<std::string>& entered) {
  if (entered.empty()) return;
  require_not_entered(table.keys, entered);
  for (const Index& index : table.indexes) {
    each_key(index.keys, [&](const std::string& name, Part) {
      if (!entered.contains(name)) return;
      refuse(
          fmt::format("Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
                      "allowed: IndexKey: {}",
                      name));
    });
  }
}

void require_start_key(const Table& table, const Index* index, const Attributes& start) {
  constexpr const char* kInvalid = "The provided starting key is invalid";
  std::set<std::string> names = {table.keys.hash};
  const auto add = [&](const KeySchema& keys) {
    names.insert(keys.hash);
    if (keys.range) names.insert(*keys.range);
  };
  add(table.keys);
  if (index != nullptr) add(index->keys);
  const bool complete =
      names.size() == start.count() && std::ranges::all_of(names, [&](const std::string& name) {
        const Value* value = start.find(name);
        return value != nullptr && value->is(table.attributes.at(name));
      });
  if (complete) return;
  if (index != nullptr) refuse(kInvalid);
  refuse(fmt::format("{}: The provided key element does not match the schema", kInvalid));
}

Attributes key_of(const KeySchema& keys, const Attributes& item) {
  Attributes out;
  each_key(keys, [&](const std::string& name, Part) {
    if (const Value* value = item.find(name)) out.set(name, *value);
  });
  return out;
}

}  // namespace haneul::dynamodb
