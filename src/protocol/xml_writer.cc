// Documents to XML answer bodies. See xml_codec.h; members stand in the model's order, attributes before
// elements.
#include "base/text.h"
#include "protocol/scalar.h"
#include "protocol/xml_codec.h"

namespace haneul::protocol {

using model::ShapeKind;
using model::TimestampFormat;

namespace {

std::string_view or_default(std::string_view name, std::string_view fallback) {
  return name.empty() ? fallback : name;
}

}  // namespace

void write_namespace(XmlWriter& out, std::string_view uri, std::string_view prefix) {
  if (uri.empty()) return;
  out.attribute(prefix.empty() ? std::string("xmlns") : "xmlns:" + std::string(prefix), uri);
}

std::string XmlShapeWriter::text(const model::Member* member, const model::Shape& shape,
                                 const Document& value) const {
  const TimestampFormat format = time_format(member, shape, TimestampFormat::kIso8601);
  if (style_.millis && value.is_timestamp() && format == TimestampFormat::kIso8601) {
    return format_iso8601_millis(value.as_timestamp());
  }
  return scalar_to_text(shape, format, value);
}

std::string_view XmlShapeWriter::name_of(const model::Member& member) const {
  if (style_.query_names && !member.query_name.empty()) return member.query_name;
  const bool is_container = member.shape->kind == ShapeKind::kList || member.shape->kind == ShapeKind::kMap;
  return is_container && is_flattened(member) ? container_name(member) : wire_name(member);
}

void XmlShapeWriter::open(std::string_view name, const model::Member* member, const model::Shape& shape) {
  out_.open(name);
  if (member != nullptr && !member->xml_namespace.empty()) {
    write_namespace(out_, member->xml_namespace, member->xml_namespace_prefix);
  } else {
    write_namespace(out_, shape.xml_namespace, shape.xml_namespace_prefix);
  }
}

void XmlShapeWriter::members(const model::Shape& shape, const Document& value) {
  const auto present = [&](const model::Member& member) -> const Document* {
    if (!is_in_answer_body(member)) return nullptr;
    const Document* found = value.find(member.name);
    return found == nullptr || found->is_null() ? nullptr : found;
  };
  for (const model::Member& member : shape.members) {
    const Document* found = member.xml_attribute ? present(member) : nullptr;
    if (found != nullptr) out_.attribute(wire_name(member), text(&member, *member.shape, *found));
  }
  for (const model::Member& one : shape.members) {
    const Document* found = one.xml_attribute ? nullptr : present(one);
    if (found != nullptr) member(one, *found);
  }
}

void XmlShapeWriter::member(const model::Member& member, const Document& value) {
  const model::Shape& shape = *member.shape;
  const std::string_view name = name_of(member);
  if (is_flattened(member) && shape.kind == ShapeKind::kList && value.is_array()) {
    return list_items(name, shape, value, &member);
  }
  if (is_flattened(member) && shape.kind == ShapeKind::kMap && value.is_object()) {
    return map_entries(name, shape, value, &member);
  }
  open(name, &member, shape);
  if (is_scalar(shape)) {
    out_.text(text(&member, shape, value));
  } else {
    content(shape, value);
  }
  out_.close();
}

void XmlShapeWriter::content(const model::Shape& shape, const Document& value) {
  if (is_aggregate(shape) && value.is_object()) return members(shape, value);
  if (shape.kind == ShapeKind::kList && value.is_array()) {
    return list_items(or_default(shape.element_wire_name, "member"), shape, value, nullptr);
  }
  if (shape.kind == ShapeKind::kMap && value.is_object()) return map_entries("entry", shape, value, nullptr);
  out_.text(text(nullptr, shape, value));
}

void XmlShapeWriter::list_items(std::string_view item_name, const model::Shape& shape, const Document& value,
                                const model::Member* member) {
  for (const Document& element : value.as_array()) {
    open(item_name, member, *shape.element);
    if (!element.is_null()) content(*shape.element, element);
    out_.close();
  }
}

void XmlShapeWriter::map_entries(std::string_view entry_name, const model::Shape& shape,
                                 const Document& value, const model::Member* member) {
  for (const auto& [key, entry] : value.as_object()) {
    out_.open(entry_name);
    if (member != nullptr) write_namespace(out_, member->xml_namespace, member->xml_namespace_prefix);
    open(or_default(shape.key_wire_name, "key"), nullptr, *shape.key);
    out_.text(key);
    out_.close();
    open(or_default(shape.element_wire_name, "value"), nullptr, *shape.element);
    if (!entry.is_null()) content(*shape.element, entry);
    out_.close();
    out_.close();
  }
}

}  // namespace haneul::protocol
