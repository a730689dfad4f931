#include "services/dynamodb/value/value.h"

#include <algorithm>
#include <array>

namespace haneul::dynamodb {
namespace {

constexpr std::array<std::string_view, kValueTypes> kCodes = {"S",  "N", "B", "SS",   "NS",
                                                              "BS", "M", "L", "NULL", "BOOL"};
constexpr size_t kContainerBytes = 3;
constexpr size_t kElementBytes = 1;

template <class Entries>
auto place_of(Entries& entries, std::string_view name) {
  return std::lower_bound(entries.begin(), entries.end(), name,
                          [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
}

template <class Texts>
size_t size_of_texts(const Texts& texts) {
  size_t out = 0;
  for (const std::string& text : texts) out += text.size();
  return out;
}

struct Size {
  size_t operator()(const std::string& text) const { return text.size(); }
  size_t operator()(const Number& number) const { return number.size(); }
  size_t operator()(const Binary& binary) const { return binary.bytes.size(); }
  size_t operator()(const StringSet& set) const { return size_of_texts(set.items); }
  size_t operator()(const BinarySet& set) const { return size_of_texts(set.items); }
  size_t operator()(const NumberSet& set) const {
    size_t out = 0;
    for (const Number& number : set.items) out += number.size();
    return out;
  }
  size_t operator()(const Attributes& map) const {
    return kContainerBytes + size_of(map) + kElementBytes * map.count();
  }
  size_t operator()(const List& list) const {
    size_t out = kContainerBytes;
    for (const Value& value : list) out += kElementBytes + size_of(value);
    return out;
  }
  size_t operator()(Null) const { return 1; }
  size_t operator()(bool) const { return 1; }
};

}  // namespace

Attributes Attributes::of(Entries entries) {
  Attributes out;
  const auto before = [](const Entry& a, const Entry& b) { return a.first < b.first; };
  if (!std::ranges::is_sorted(entries, before)) std::ranges::stable_sort(entries, before);
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i + 1 < entries.size() && entries[i].first == entries[i + 1].first) continue;
    out.entries_.push_back(std::move(entries[i]));
  }
  return out;
}

const Value* Attributes::find(std::string_view name) const {
  const auto at = place_of(entries_, name);
  return at != entries_.end() && at->first == name ? &at->second : nullptr;
}

Value* Attributes::find(std::string_view name) { return const_cast<Value*>(std::as_const(*this).find(name)); }

Value& Attributes::set(std::string_view name, Value value) {
  auto at = place_of(entries_, name);
  if (at != entries_.end() && at->first == name) {
    at->second = std::move(value);
  } else {
    at = entries_.emplace(at, std::string(name), std::move(value));
  }
  return at->second;
}

bool Attributes::erase(std::string_view name) {
  const auto at = place_of(entries_, name);
  if (at == entries_.end() || at->first != name) return false;
  entries_.erase(at);
  return true;
}

bool operator==(const Attributes& a, const Attributes& b) { return a.entries_ == b.entries_; }

std::string_view type_code(ValueType type) { return kCodes[static_cast<size_t>(type)]; }

bool type_of_code(std::string_view code, ValueType& out) {
  const auto at = std::ranges::find(kCodes, code);
  if (at == kCodes.end()) return false;
  out = static_cast<ValueType>(at - kCodes.begin());
  return true;
}

size_t size_of(const Value& value) { return value.visit(Size{}); }

size_t size_of(const Attributes& item) {
  size_t out = 0;
  for (const auto& [name, value] : item) out += name.size() + size_of(value);
  return out;
}

size_t depth_of(const Value& value) {
  size_t inside = 0;
  if (const auto* list = value.as<List>()) {
    for (const Value& element : *list) inside = std::max(inside, depth_of(element));
    return inside + 1;
  }
  if (const auto* map = value.as<Attributes>()) {
    for (const auto& [name, element] : *map) inside = std::max(inside, depth_of(element));
    return inside + 1;
  }
  return 1;
}

}  // namespace haneul::dynamodb
