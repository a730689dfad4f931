// TypeOps of the C++ types that generated structs are made of. Included by generated schema sources only;
// they are the one place where these templates are instantiated, and the loops behind them are not templates.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/binding.h"

namespace haneul::model {

// One value of any shape: structures member by member, everything else through the shape's ops.
void bind_value(const Shape& shape, const Document& from, void* out);
Document unbind_value(const Shape& shape, const void* in);

// Consecutive values `stride` bytes apart; `out` has room for all of them.
void bind_items(const Shape& element, const Document::Array& from, void* out, size_t stride);
Document unbind_items(const Shape& element, const void* in, size_t count, size_t stride);

extern const TypeOps kBoolOps, kInt32Ops, kInt64Ops, kFloatOps, kDoubleOps, kStringOps, kBlobOps,
    kTimestampOps, kDocumentOps;

template <class T>
void* emplace_optional(void* field) {
  return &static_cast<std::optional<T>*>(field)->emplace();
}

template <class T>
const void* get_optional(const void* field) {
  const auto& held = *static_cast<const std::optional<T>*>(field);
  return held ? &*held : nullptr;
}

template <class T>
void* emplace_boxed(void* field) {
  return &*static_cast<std::optional<Box<T>>*>(field)->emplace();
}

template <class T>
const void* get_boxed(const void* field) {
  const auto& held = *static_cast<const std::optional<Box<T>>*>(field);
  return held ? &**held : nullptr;
}

template <class T>
void list_from_document(const Shape& shape, const Document& from, void* out) {
  auto& list = *static_cast<std::vector<T>*>(out);
  list.clear();
  list.resize(from.as_array().size());
  bind_items(*shape.element, from.as_array(), list.data(), sizeof(T));
}

template <class T>
Document list_to_document(const Shape& shape, const void* in) {
  const auto& list = *static_cast<const std::vector<T>*>(in);
  return unbind_items(*shape.element, list.data(), list.size(), sizeof(T));
}

template <class T>
void map_from_document(const Shape& shape, const Document& from, void* out) {
  auto& map = *static_cast<std::map<std::string, T>*>(out);
  map.clear();
  for (const auto& [key, value] : from.as_object()) bind_value(*shape.element, value, &map[key]);
}

template <class T>
Document map_to_document(const Shape& shape, const void* in) {
  Document::Object out;
  for (const auto& [key, value] : *static_cast<const std::map<std::string, T>*>(in)) {
    out.emplace_back(key, unbind_value(*shape.element, &value));
  }
  return Document(std::move(out));
}

template <class T>
inline constexpr TypeOps kStructOps{.emplace_optional = emplace_optional<T>, .get_optional = get_optional<T>};

// For a structure that can contain itself: its optional members are std::optional<Box<T>>.
template <class T>
inline constexpr TypeOps kBoxedOps{.emplace_optional = emplace_boxed<T>, .get_optional = get_boxed<T>};

template <class T>
inline constexpr TypeOps kListOps{.from_document = list_from_document<T>,
                                  .to_document = list_to_document<T>,
                                  .emplace_optional = emplace_optional<std::vector<T>>,
                                  .get_optional = get_optional<std::vector<T>>};

template <class T>
inline constexpr TypeOps kMapOps{.from_document = map_from_document<T>,
                                 .to_document = map_to_document<T>,
                                 .emplace_optional = emplace_optional<std::map<std::string, T>>,
                                 .get_optional = get_optional<std::map<std::string, T>>};

}  // namespace haneul::model
