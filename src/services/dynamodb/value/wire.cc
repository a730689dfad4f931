#include "services/dynamodb/value/wire.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
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
    const std::string why = error.what();
    throw ValueRefusal({.newer = text.empty() ? why + ": " : why, .older = why});
  }
}

template <class Item>
bool sort_distinct(std::vector<Item>& items) {
  std::ranges::sort(items);
  return std::ranges::adjacent_find(items) == items.end();
}

// As the newer words list a set with a member twice: what came before the repetition sorted, the rest as
// given.
std::vector<std::string> up_to_repetition(std::vector<std::string> given) {
  auto repeated = given.begin();
  while (std::find(given.begin(), repeated, *repeated) == repeated) ++repeated;
  std::sort(given.begin(), repeated);
  return given;
}

[[noreturn]] void repeats(const std::string& newer, const std::string& older) {
  constexpr const char* kSentence = "One or more parameter values were invalid: Input collection {}";
  throw ValueRefusal({.newer = fmt::format(kSentence, newer), .older = fmt::format(kSentence, older)});
}

void require_no_null(const Document& set, std::string_view kind) {
  if (std::ranges::none_of(set.as_array(), &Document::is_null)) return;
  invalid(fmt::format("An {} set may not have a null {} as a member", kind, kind));
}

std::vector<std::string> texts_from(const Document& wire) {
  std::vector<std::string> out;
  for (const Document& item : wire.as_array())
    out.push_back(item.is_blob() ? item.as_blob() : item.as_string());
  return out;
}

Value string_set_from(const Document& wire) {
  if (wire.as_array().empty()) invalid("An string set  may not be empty");
  require_no_null(wire, "string");
  std::vector<std::string> items = texts_from(wire);
  const std::vector<std::string> given = items;
  if (sort_distinct(items)) return StringSet{std::move(items)};
  repeats(fmt::format("[\"{}\"] contains duplicates.", fmt::join(up_to_repetition(given), "\", \"")),
          fmt::format("[{}] contains duplicates.", fmt::join(given, ", ")));
}

Value number_set_from(const Document& wire) {
  if (wire.as_array().empty()) invalid("An number set  may not be empty");
  require_no_null(wire, "number");
  std::vector<Number> numbers;
  for (const Document& item : wire.as_array()) numbers.push_back(number_from(item.as_string()));
  if (sort_distinct(numbers)) return NumberSet{std::move(numbers)};
  throw ValueRefusal(
      {.newer = "One or more parameter values were invalid: Input collection contains duplicates.",
       .older = "Input collection contains duplicates"});
}

std::vector<std::string> in_base64(const std::vector<std::string>& items) {
  std::vector<std::string> out;
  for (const std::string& bytes : items) out.push_back(base64_encode(bytes));
  return out;
}

Value binary_set_from(const Document& wire) {
  if (wire.as_array().empty()) invalid("Binary sets should not be empty");
  require_no_null(wire, "binary");
  std::vector<std::string> items = texts_from(wire);
  const std::vector<std::string> given = items;
  if (sort_distinct(items)) return BinarySet{std::move(items)};
  repeats(fmt::format("[\"{}\"]of type BS contains duplicates.",
                      fmt::join(in_base64(up_to_repetition(given)), "\",\"")),
          fmt::format("[{}]of type BS contains duplicates.", fmt::join(in_base64(given), ", ")));
}

Value null_from(const Document& wire) {
  if (!wire.as_bool()) invalid("Null attribute value types must have the value of true");
  return Null{};
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
  for (const auto& [name, value] : wire.as_object()) {
    if (name.empty()) refuse("Empty attribute name");
    entries.emplace_back(name, value_from(value));
  }
  return Attributes::of(std::move(entries));
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
  constexpr const char* kEmpty =
      "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
  if (wire.is_null()) refuse(kEmpty);
  std::optional<Value> out;
  bool several = false;
  for (const auto& [code, value] : wire.as_object()) {
    const auto* reader = std::ranges::find(kReaders, code, &TypeReader::code);
    if (reader == std::end(kReaders)) continue;  // members of other versions of the service
    several = out.has_value();
    out = reader->read(value);
    if (several) break;
  }
  if (several) {
    refuse(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
        "datatypes");
  }
  if (!out) refuse(kEmpty);
  return std::move(*out);
}

Attributes attributes_from(const Document& wire) {
  Attributes out = map_from(wire);
  for (const auto& [name, value] : out) {
    if (depth_of(value) > kDepthMax) refuse(kTooDeep);
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
