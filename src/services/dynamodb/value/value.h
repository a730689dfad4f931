// Value: one attribute value, and Attributes: an item or a map, by name. Values are normal: numbers exact,
// sets sorted and without duplicates, so that equal values compare equal and have the same record bytes.
//
// Source: "Amazon DynamoDB low-level API", data type descriptors; "DynamoDB item sizes and formats".
// Thread rule: plain values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "services/dynamodb/value/number.h"

namespace haneul::dynamodb {

class Value;

// Name and value pairs in the order of names, each name once.
class Attributes {
 public:
  using Entry = std::pair<std::string, Value>;
  using Entries = std::vector<Entry>;

  Attributes() = default;
  // Of entries in any order; of a repeated name the last one stands.
  static Attributes of(Entries entries);

  const Value* find(std::string_view name) const;
  Value* find(std::string_view name);
  Value& set(std::string_view name, Value value);
  bool erase(std::string_view name);
  size_t count() const;
  bool empty() const { return count() == 0; }
  Entries::const_iterator begin() const;
  Entries::const_iterator end() const;
  Entries::iterator begin();
  Entries::iterator end();

  friend bool operator==(const Attributes& a, const Attributes& b);

 private:
  Entries entries_;
};

enum class ValueType : uint8_t {
  kString,
  kNumber,
  kBinary,
  kStringSet,
  kNumberSet,
  kBinarySet,
  kMap,
  kList,
  kNull,
  kBool,
};
inline constexpr size_t kValueTypes = 10;

std::string_view type_code(ValueType type);  // "S", "N", "B", "SS", ...
// The type of a code as attribute_type() takes it; false for any other text.
bool type_of_code(std::string_view code, ValueType& out);

struct Binary {
  std::string bytes;
  friend auto operator<=>(const Binary&, const Binary&) = default;
};
template <ValueType>
struct SetOfTexts {  // sorted, distinct, never empty
  std::vector<std::string> items;
  friend bool operator==(const SetOfTexts&, const SetOfTexts&) = default;
};
using StringSet = SetOfTexts<ValueType::kStringSet>;
using BinarySet = SetOfTexts<ValueType::kBinarySet>;
struct NumberSet {  // sorted, distinct, never empty
  std::vector<Number> items;
  friend bool operator==(const NumberSet&, const NumberSet&) = default;
};
using List = std::vector<Value>;
struct Null {
  friend bool operator==(Null, Null) = default;
};

class Value {
 public:
  Value() : held_(Null{}) {}
  Value(std::string text) : held_(std::move(text)) {}
  Value(const char* text) : held_(std::string(text)) {}
  Value(Number number) : held_(number) {}
  Value(Binary binary) : held_(std::move(binary)) {}
  Value(StringSet set) : held_(std::move(set)) {}
  Value(NumberSet set) : held_(std::move(set)) {}
  Value(BinarySet set) : held_(std::move(set)) {}
  Value(Attributes map) : held_(std::move(map)) {}
  Value(List list) : held_(std::move(list)) {}
  Value(Null) : held_(Null{}) {}
  explicit Value(bool truth) : held_(truth) {}

  ValueType type() const { return static_cast<ValueType>(held_.index()); }
  bool is(ValueType type) const { return this->type() == type; }
  bool is_set() const {
    return is(ValueType::kStringSet) || is(ValueType::kNumberSet) || is(ValueType::kBinarySet);
  }

  // The value as the named type; null when it is of another one.
  template <class T>
  const T* as() const {
    return std::get_if<T>(&held_);
  }
  template <class T>
  T* as() {
    return std::get_if<T>(&held_);
  }
  const std::string* string() const { return as<std::string>(); }
  const Number* number() const { return as<Number>(); }
  const std::string* binary() const {
    const Binary* held = as<Binary>();
    return held == nullptr ? nullptr : &held->bytes;
  }

  template <class Visitor>
  decltype(auto) visit(Visitor&& visitor) const {
    return std::visit(std::forward<Visitor>(visitor), held_);
  }

  friend bool operator==(const Value&, const Value&) = default;

 private:
  // In the order of ValueType.
  std::variant<std::string, Number, Binary, StringSet, NumberSet, BinarySet, Attributes, List, Null, bool>
      held_;
};

inline size_t Attributes::count() const { return entries_.size(); }
inline Attributes::Entries::const_iterator Attributes::begin() const { return entries_.begin(); }
inline Attributes::Entries::const_iterator Attributes::end() const { return entries_.end(); }
inline Attributes::Entries::iterator Attributes::begin() { return entries_.begin(); }
inline Attributes::Entries::iterator Attributes::end() { return entries_.end(); }

// The bytes that DynamoDB counts for a value, and for an item: names and values.
size_t size_of(const Value& value);
size_t size_of(const Attributes& item);
size_t size_of(const std::string& stored) = delete;  // an item in its stored form: size_of_stored()

// Levels: 1 for a scalar and for an empty list, one more for each list or map around them.
size_t depth_of(const Value& value);

}  // namespace haneul::dynamodb
