// XML request bodies to Documents. See xml_codec.h; elements that no member names are ignored.
#include "base/unique_keys.h"
#include "protocol/scalar.h"
#include "protocol/xml_codec.h"

namespace haneul::protocol {

using model::ShapeKind;

namespace {

constexpr auto kBadValue = DecodeError::Kind::kBadValue;

std::string_view local_name(std::string_view name) {
  const size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::vector<const XmlElement*> children_named(const XmlElement& parent, std::string_view name) {
  std::vector<const XmlElement*> out;
  for (const XmlElement& child : parent.children) {
    if (child.name == name) out.push_back(&child);
  }
  return out;
}

std::string_view or_default(std::string_view name, std::string_view fallback) {
  return local_name(name.empty() ? fallback : name);
}

}  // namespace

Document XmlReader::structure(const model::Shape& shape, const XmlElement& element,
                              const Place& place) const {
  Document out = Document::object();
  for (const model::Member& one : shape.members) {
    if (one.location != model::Location::kBody) continue;
    const Place step{.parent = &place, .name = one.name};
    if (auto read = member(one, element, step)) out.as_object().emplace_back(one.name, std::move(*read));
  }
  if (shape.kind == ShapeKind::kUnion && out.as_object().size() != 1) {
    place.fail(kBadValue, "a union has exactly one member");
  }
  return out;
}

std::optional<Document> XmlReader::member(const model::Member& member, const XmlElement& parent,
                                          const Place& place) const {
  const model::Shape& shape = *member.shape;
  if (member.xml_attribute) {
    const std::string* text = parent.attribute(wire_name(member));
    if (text == nullptr) return std::nullopt;
    return scalar(shape, *text, place);
  }
  const bool is_container = shape.kind == ShapeKind::kList || shape.kind == ShapeKind::kMap;
  if (is_container && is_flattened(member)) {
    const auto found = children_named(parent, local_name(container_name(member)));
    if (found.empty()) return std::nullopt;
    return shape.kind == ShapeKind::kList ? list(shape, found, place) : map(shape, found, place);
  }
  const XmlElement* found = parent.find(local_name(wire_name(member)));
  if (found == nullptr) return std::nullopt;
  return value(shape, *found, place);
}

Document XmlReader::value(const model::Shape& shape, const XmlElement& element, const Place& place) const {
  if (is_aggregate(shape)) return structure(shape, element, place);
  if (shape.kind == ShapeKind::kList) {
    return list(shape, children_named(element, or_default(shape.element_wire_name, "member")), place);
  }
  if (shape.kind == ShapeKind::kMap) return map(shape, children_named(element, "entry"), place);
  if (!element.children.empty())
    place.fail(kBadValue, fmt::format("elements where a {} is expected", kind_word(shape)));
  return scalar(shape, element.text, place);
}

Document XmlReader::list(const model::Shape& shape, const std::vector<const XmlElement*>& items,
                         const Place& place) const {
  Document out = Document::array();
  for (const XmlElement* item : items) {
    const Place step{.parent = &place, .name = {}, .index = static_cast<int64_t>(out.as_array().size())};
    out.as_array().push_back(value(*shape.element, *item, step));
  }
  return out;
}

Document XmlReader::map(const model::Shape& shape, const std::vector<const XmlElement*>& entries,
                        const Place& place) const {
  Document out = Document::object();
  for (const XmlElement* entry : entries) {
    const XmlElement* key = entry->find(or_default(shape.key_wire_name, "key"));
    const XmlElement* content = entry->find(or_default(shape.element_wire_name, "value"));
    if (key == nullptr || content == nullptr) place.fail(kBadValue, "a map entry without key or value");
    const Place step{.parent = &place, .name = key->text};
    out.as_object().emplace_back(key->text, value(*shape.element, *content, step));
  }
  merge_repeated_keys(out.as_object());
  return out;
}

Document XmlReader::scalar(const model::Shape& shape, std::string_view text, const Place& place) const {
  auto read = scalar_from_text(shape, model::TimestampFormat::kDefault, text);
  if (!read)
    place.fail(kBadValue, fmt::format("\"{}\" is not a valid {}", text.substr(0, 128), kind_word(shape)));
  return std::move(*read);
}

}  // namespace haneul::protocol
