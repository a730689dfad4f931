// Reading and writing record fields; a field that is absent has its type's empty value, so that later
// versions may add some.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/document.h"

namespace haneul::cloudformation {

inline Document list_of(const std::vector<std::string>& texts) {
  Document out = Document::array();
  for (const std::string& text : texts) out.push(text);
  return out;
}

inline std::vector<std::string> texts_of(const Document& from, std::string_view name) {
  std::vector<std::string> out;
  const Document* list = from.find(name);
  if (list == nullptr || !list->is_array()) return out;
  for (const Document& item : list->as_array()) out.push_back(item.as_string());
  return out;
}

inline Document map_of(const std::map<std::string, std::string>& values) {
  Document out = Document::object();
  for (const auto& [key, value] : values) out.set(key, value);
  return out;
}

inline std::map<std::string, std::string> map_from(const Document& from, std::string_view name) {
  std::map<std::string, std::string> out;
  const Document* object = from.find(name);
  if (object == nullptr || !object->is_object()) return out;
  for (const auto& [key, value] : object->as_object()) out[key] = value.as_string();
  return out;
}

inline int64_t number_of(const Document& from, std::string_view name) {
  const Document* value = from.find(name);
  return value != nullptr && value->is_int() ? value->as_int() : 0;
}

inline bool flag_of(const Document& from, std::string_view name) {
  const Document* value = from.find(name);
  return value != nullptr && value->is_bool() && value->as_bool();
}

inline Document value_of(const Document& from, std::string_view name, Document fallback = {}) {
  const Document* value = from.find(name);
  return value == nullptr ? std::move(fallback) : *value;
}

inline Document time_of(Timestamp at) { return static_cast<int64_t>(at.time_since_epoch().count()); }
inline Timestamp time_from(const Document& from, std::string_view name) {
  return Timestamp(Milliseconds(number_of(from, name)));
}
inline Document time_of(const std::optional<Timestamp>& at) { return at ? time_of(*at) : Document(); }
inline std::optional<Timestamp> optional_time_from(const Document& from, std::string_view name) {
  const Document* value = from.find(name);
  if (value == nullptr || !value->is_int()) return std::nullopt;
  return Timestamp(Milliseconds(value->as_int()));
}

}  // namespace haneul::cloudformation
