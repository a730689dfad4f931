#include "services/dynamodb/value/wire.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "services/dynamodb/refusal.h"

namespace haneul::dynamodb {
namespace {

[[noreturn]] void invalid(std::string_view what) {
  refuse(fmt::format("One or more parameter values were invalid: {}", what));
}

Number number_from(const std::string& text) {
  try {
    return Number::parse(text);
  } catch (const NumberError& error) {
    refuse(error.what());
  }
}

// Elements as they were given, for the message about duplicates.
template <class Item, class Text>
std::vector<Item> set_of(std::vector<Item> items, Text&& text) {
  std::vector<Item> given = items;
  std::ranges::sort(items);
  if (std::ranges::adjacent_find(items) == items.end()) return items;
  std::vector<std::string> words;
  for (const Item& item : given) words.push_back(text(item));
  invalid(fmt::format("Input collection [{}] contains duplicates.", fmt::join(words, ", ")));
}

std::vector<std::string> texts_from(const Document& wire) {
  std::vector<std::string> out;
  for (const Document& item : wire.as_array())
    out.push_back(item.is_blob() ? item.as_blob() : item.as_string());
  return out;
}

Value string_set_from(const Document& wire) {
  if (wire.as_array().empty()) invalid("An string set  may not be empty");
  return StringSet{set_of(texts_from(wire), [](const std::string& text) { return text; })};
}

Value number_set_from(const Document& wire) {
  if (wire.as_array().empty()) invalid("An number set  may not be empty");
  std::vector<Number> numbers;
  for (const Document& item : wire.as_array()) numbers.push_back(number_from(item.as_string()));
  return NumberSet{set_of(std::move(numbers), [](const Number& number) { return number.text(); })};
}

Value binary_set_from(const Document& wire) {
  if (wire.as_array().empty()) invalid("Binary sets should not be empty");
  return BinarySet{set_of(texts_from(wire), [](const std::string&) { return "binary"; })};
}

Value list_from(const Document& wire) {
  List out;
  out.reserve(wire.as_array().size());
  for (const Document& item : wire.as_array()) out.push_back(value_from(item));
  return out;
}

Attributes map_from(const Document& wire) {
  Attributes::Entries entries;
  entries.reserve(wire.as_object().size());
  for (const auto& [name, value] : wire.as_object()) entries.emplace_back(name, value_from(value));
  return Attributes::of(std::move(entries));
}

Value null_from(const Document& wire) {
  if (!wire.as_bool()) invalid("Null attribute value types must have the value of true");
  return Null{};
}

using Read = Value (*)(const Document&);
struct TypeReader {
  std::string_view code;
  Read read;
};
constexpr TypeReader kReaders[] = {
    {"S", [](const Document& wire) { return Value(wire.as_string()); }},
    {"N", [](const Document& wire) { return Value(number_from(wire.as_string())); }},
    {"B", [](const Document& wire) { return Value(Binary{wire.as_blob()}); }},
    {"SS", string_set_from},
    {"NS", number_set_from},
    {"BS", binary_set_from},
    {"M", [](const Document& wire) { return Value(map_from(wire)); }},
    {"L", list_from},
    {"NULL", null_from},
    {"BOOL", [](const Document& wire) { return Value(wire.as_bool()); }},
};

template <class Items, class Make>
Document array_of(const Items& items, Make&& make) {
  Document::Array out;
  out.reserve(items.size());
  for (const auto& item : items) out.push_back(make(item));
  return out;
}

struct Write {
  Document operator()(const std::string& text) const { return Document(text); }
  Document operator()(const Number& number) const { return Document(number.text()); }
  Document operator()(const Binary& binary) const { return Blob{binary.bytes}; }
  Document operator()(const StringSet& set) const {
    return array_of(set.items, [](const std::string& text) { return Document(text); });
  }
  Document operator()(const NumberSet& set) const {
    return array_of(set.items, [](const Number& number) { return Document(number.text()); });
  }
  Document operator()(const BinarySet& set) const {
    return array_of(set.items, [](const std::string& bytes) { return Document(Blob{bytes}); });
  }
  Document operator()(const Attributes& map) const { return document_of(map); }
  Document operator()(const List& list) const {
    return array_of(list, [](const Value& value) { return document_of(value); });
  }
  Document operator()(Null) const { return Document(true); }
  Document operator()(bool truth) const { return Document(truth); }
};

}  // namespace

Value value_from(const Document& wire) {
  const Document::Object& members = wire.as_object();
  if (members.empty()) {
    refuse("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  }
  if (members.size() > 1) {
    refuse(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
        "datatypes");
  }
  const auto* reader = std::ranges::find(kReaders, members[0].first, &TypeReader::code);
  if (reader == std::end(kReaders)) {
    refuse("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  }
  return reader->read(members[0].second);
}

Attributes attributes_from(const Document& wire) {
  Attributes out = map_from(wire);
  for (const auto& [name, value] : out) {
    if (depth_of(value) > kDepthMax) {
      refuse(
          "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
          "supported limit");
    }
  }
  return out;
}

Document document_of(const Value& value) {
  Document::Object out;
  out.emplace_back(std::string(type_code(value.type())), value.visit(Write{}));
  return out;
}

Document document_of(const Attributes& attributes) {
  Document::Object out;
  out.reserve(attributes.count());
  for (const auto& [name, value] : attributes) out.emplace_back(name, document_of(value));
  return out;
}

}  // namespace haneul::dynamodb
