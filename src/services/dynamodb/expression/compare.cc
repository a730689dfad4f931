#include "services/dynamodb/expression/compare.h"

#include <algorithm>

namespace haneul::dynamodb {
namespace {

size_t utf16_units(std::string_view text) {
  size_t out = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;
    out += byte >= 0xF0 ? 2 : 1;  // beyond the basic plane: a pair of surrogates
  }
  return out;
}

template <class Item>
bool in_sorted(const std::vector<Item>& items, const Item* wanted) {
  return wanted != nullptr && std::ranges::binary_search(items, *wanted);
}

struct Count {
  std::optional<size_t> operator()(const std::string& text) const { return utf16_units(text); }
  std::optional<size_t> operator()(const Binary& binary) const { return binary.bytes.size(); }
  template <ValueType type>
  std::optional<size_t> operator()(const SetOfTexts<type>& set) const {
    return set.items.size();
  }
  std::optional<size_t> operator()(const NumberSet& set) const { return set.items.size(); }
  std::optional<size_t> operator()(const Attributes& map) const { return map.count(); }
  std::optional<size_t> operator()(const List& list) const { return list.size(); }
  std::optional<size_t> operator()(const Number&) const { return {}; }
  std::optional<size_t> operator()(Null) const { return {}; }
  std::optional<size_t> operator()(bool) const { return {}; }
};

}  // namespace

bool is_ordered(ValueType type) {
  return type == ValueType::kString || type == ValueType::kNumber || type == ValueType::kBinary;
}

std::optional<std::strong_ordering> order_of(const Value& a, const Value& b) {
  if (a.type() != b.type()) return {};
  switch (a.type()) {
    case ValueType::kString: return a.string()->compare(*b.string()) <=> 0;
    case ValueType::kNumber: return *a.number() <=> *b.number();
    case ValueType::kBinary: return a.binary()->compare(*b.binary()) <=> 0;
    default: return {};
  }
}

bool begins_with(const Value& value, const Value& prefix) {
  if (value.type() != prefix.type()) return false;
  if (const std::string* text = value.string()) return text->starts_with(*prefix.string());
  if (const std::string* bytes = value.binary()) return bytes->starts_with(*prefix.binary());
  return false;
}

bool contains(const Value& value, const Value& part) {
  const auto within = [](const std::string* text, const std::string* wanted) {
    return wanted != nullptr && text->find(*wanted) != std::string::npos;
  };
  switch (value.type()) {
    case ValueType::kString: return within(value.string(), part.string());
    case ValueType::kBinary: return within(value.binary(), part.binary());
    case ValueType::kStringSet: return in_sorted(value.as<StringSet>()->items, part.string());
    case ValueType::kNumberSet: return in_sorted(value.as<NumberSet>()->items, part.number());
    case ValueType::kBinarySet: return in_sorted(value.as<BinarySet>()->items, part.binary());
    case ValueType::kList: return std::ranges::find(*value.as<List>(), part) != value.as<List>()->end();
    default: return false;
  }
}

std::optional<size_t> counted_size(const Value& value) { return value.visit(Count{}); }

}  // namespace haneul::dynamodb
