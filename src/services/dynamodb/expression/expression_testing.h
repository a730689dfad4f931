// What the tests of expressions share: items and placeholders written as JSON, and the sentence of a refusal.
// Tests only.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/json.h"
#include "model/common_errors.h"
#include "services/dynamodb/expression/placeholders.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {

// As the API's JSON, binary values as plain text.
inline Document wire_of(const Document& json) {
  Document::Object out;
  for (const auto& [code, value] : json.as_object()) {
    if (code == "B") {
      out.emplace_back(code, Blob{value.as_string()});
    } else if (code == "M") {
      Document map = Document::object();
      for (const auto& [name, member] : value.as_object()) map.set(name, wire_of(member));
      out.emplace_back(code, std::move(map));
    } else if (code == "L" || code == "BS") {
      Document list = Document::array();
      for (const Document& element : value.as_array()) {
        list.push(code == "L" ? wire_of(element) : Document(Blob{element.as_string()}));
      }
      out.emplace_back(code, std::move(list));
    } else {
      out.emplace_back(code, value);
    }
  }
  return out;
}

inline Document values_wire(std::string_view json) {
  Document out = Document::object();
  for (const auto& [name, value] : parse_json(json).as_object()) out.set(name, wire_of(value));
  return out;
}

inline Attributes item_of(std::string_view json) { return attributes_from(values_wire(json)); }
inline Value value_of(std::string_view json) { return value_from(wire_of(parse_json(json))); }

// Names and values as JSON objects; empty texts stand for members that are absent.
inline Placeholders placeholders_of(std::string_view names, std::string_view values) {
  std::optional<Placeholders::Names> some_names;
  std::optional<Document> some_values;
  if (!names.empty()) {
    some_names.emplace();
    for (const auto& [key, name] : parse_json(names).as_object()) some_names->emplace(key, name.as_string());
  }
  if (!values.empty()) some_values = values_wire(values);
  return Placeholders(some_names, some_values);
}

// The message of the ValidationException that `body` is refused with; "" when it is not refused.
template <class Body>
std::string refusal_of(Body&& body) {
  try {
    std::forward<Body>(body)();
  } catch (const model::ServiceError& refusal) {
    return refusal.message();
  }
  return "";
}

}  // namespace haneul::dynamodb
