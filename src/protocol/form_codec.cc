#include "protocol/form_codec.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "base/unique_keys.h"
#include "protocol/scalar.h"

namespace haneul::protocol {

using model::ShapeKind;

namespace {

constexpr auto kBadValue = DecodeError::Kind::kBadValue;
constexpr size_t kSegmentsMax = 64;
constexpr size_t kNodesMax = 200'000;

const FormNode& empty_node() {
  static const FormNode kEmpty;
  return kEmpty;
}

// Children whose names are numbers, in that order.
std::vector<const FormNode*> numbered_children(const FormNode& node) {
  std::vector<std::pair<int64_t, const FormNode*>> found;
  for (const auto& [name, child] : node.children) {
    const auto number = parse_int(name);
    if (number && *number >= 0) found.emplace_back(*number, &child);
  }
  std::ranges::sort(found, {}, [](const auto& entry) { return entry.first; });
  std::vector<const FormNode*> out;
  out.reserve(found.size());
  for (const auto& [number, child] : found) out.push_back(child);
  return out;
}

}  // namespace

const FormNode* FormNode::find(std::string_view name) const {
  const auto found = children.find(name);
  return found == children.end() ? nullptr : &found->second;
}

FormNode grow_form(QueryPairs pairs) {
  FormNode root;
  size_t nodes = 0;
  for (auto& [key, value] : pairs) {
    const std::vector<std::string_view> segments = split(key, '.');
    nodes += segments.size();
    if (segments.size() > kSegmentsMax || nodes > kNodesMax) {
      throw DecodeError(DecodeError::Kind::kMalformedBody,
                        "The request has too many or too deeply nested parameters.");
    }
    FormNode* at = &root;
    for (const std::string_view segment : segments) at = &at->children[std::string(segment)];
    at->value = std::move(value);
  }
  return root;
}

bool FormReader::flat(const model::Member& member) const {
  return style_ == FormStyle::kEc2 || is_flattened(member);
}

std::string FormReader::name_of(const model::Member& member) const {
  if (!member.query_name.empty()) return std::string(member.query_name);
  if (style_ == FormStyle::kQuery) {
    const bool is_container = member.shape->kind == ShapeKind::kList || member.shape->kind == ShapeKind::kMap;
    return std::string(is_container && flat(member) ? container_name(member) : wire_name(member));
  }
  std::string name(wire_name(member));
  if (!name.empty()) name[0] = to_upper(name.substr(0, 1))[0];
  return name;
}

Document FormReader::structure(const model::Shape& shape, const FormNode& node, const Place& place) const {
  Document out = Document::object();
  for (const model::Member& one : shape.members) {
    const FormNode* found = node.find(name_of(one));
    if (found == nullptr) continue;
    const Place step{.parent = &place, .name = one.name};
    out.as_object().emplace_back(one.name, member(one, *found, step));
  }
  if (shape.kind == ShapeKind::kUnion && out.as_object().size() != 1) {
    place.fail(kBadValue, "a union has exactly one member");
  }
  return out;
}

Document FormReader::member(const model::Member& member, const FormNode& node, const Place& place) const {
  const model::Shape& shape = *member.shape;
  if (flat(member) && shape.kind == ShapeKind::kList) return list(shape, node, place);
  if (flat(member) && shape.kind == ShapeKind::kMap) return map(shape, node, place);
  return value(shape, node, place);
}

Document FormReader::value(const model::Shape& shape, const FormNode& node, const Place& place) const {
  if (is_aggregate(shape)) return structure(shape, node, place);
  if (shape.kind == ShapeKind::kList) {
    if (style_ == FormStyle::kEc2) return list(shape, node, place);
    const FormNode* items = node.find(shape.element_wire_name.empty() ? "member" : shape.element_wire_name);
    if (items == nullptr) items = node.find("member");
    return list(shape, items == nullptr ? empty_node() : *items, place);
  }
  if (shape.kind == ShapeKind::kMap) {
    const FormNode* entries = node.find("entry");
    return map(shape, entries == nullptr ? empty_node() : *entries, place);
  }
  if (!node.value)
    place.fail(kBadValue, fmt::format("nested parameters where a {} is expected", kind_word(shape)));
  auto read = scalar_from_text(shape, model::TimestampFormat::kDefault, *node.value);
  if (!read) {
    place.fail(kBadValue,
               fmt::format("\"{}\" is not a valid {}", node.value->substr(0, 128), kind_word(shape)));
  }
  return std::move(*read);
}

Document FormReader::list(const model::Shape& shape, const FormNode& numbered, const Place& place) const {
  Document out = Document::array();
  for (const FormNode* item : numbered_children(numbered)) {
    const Place step{.parent = &place, .name = {}, .index = static_cast<int64_t>(out.as_array().size())};
    out.as_array().push_back(value(*shape.element, *item, step));
  }
  return out;
}

Document FormReader::map(const model::Shape& shape, const FormNode& numbered, const Place& place) const {
  Document out = Document::object();
  for (const FormNode* entry : numbered_children(numbered)) {
    const FormNode* key = entry->find(shape.key_wire_name.empty() ? "key" : shape.key_wire_name);
    const FormNode* content =
        entry->find(shape.element_wire_name.empty() ? "value" : shape.element_wire_name);
    if (key == nullptr || !key->value || content == nullptr)
      place.fail(kBadValue, "a map entry without key or value");
    const Place step{.parent = &place, .name = *key->value};
    out.as_object().emplace_back(*key->value, value(*shape.element, *content, step));
  }
  merge_repeated_keys(out.as_object());
  return out;
}

}  // namespace haneul::protocol
