// Bindings of answers: members to headers and status. See rest_binding.h; no value can break out of its
// header line.
#include "base/text.h"
#include "protocol/rest_binding.h"
#include "protocol/scalar.h"

namespace haneul::protocol {

using model::Location;
using model::ShapeKind;
using model::TimestampFormat;

namespace {

std::string header_text(const model::Member& member, const Document& value) {
  const model::Shape& shape = *member.shape;
  if (shape.media_json) return base64_encode(scalar_to_text(shape, TimestampFormat::kDefault, value));
  if (shape.kind != ShapeKind::kList || !value.is_array()) {
    return scalar_to_text(shape, time_format(&member, shape, TimestampFormat::kHttpDate), value);
  }
  std::vector<std::string> items;
  const TimestampFormat format = time_format(nullptr, *shape.element, TimestampFormat::kHttpDate);
  for (const Document& element : value.as_array()) {
    const std::string text = scalar_to_text(*shape.element, format, element);
    items.push_back(element.is_string() ? quote_header_item(text) : text);
  }
  return join(items, ", ");
}

}  // namespace

std::string quote_header_item(std::string_view item) {
  const bool plain =
      !item.empty() && item.find_first_of(",\"") == std::string_view::npos && trim(item) == item;
  if (plain) return std::string(item);
  std::string out = "\"";
  for (const char c : item) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string header_safe(std::string_view value) {
  std::string out(value);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return out;
}

void write_bindings(const model::Shape& shape, const Document& value, WireResponse& response) {
  for (const model::Member& member : shape.members) {
    const Document* found = value.find(member.name);
    if (found == nullptr || found->is_null()) continue;
    if (member.location == Location::kStatus && found->is_number()) {
      response.status = static_cast<int>(found->as_int());
    } else if (member.location == Location::kHeader) {
      response.headers.emplace_back(wire_name(member), header_safe(header_text(member, *found)));
    } else if (member.location == Location::kHeaders && found->is_object()) {
      for (const auto& [key, text] : found->as_object()) {
        const std::string name = std::string(member.wire_name) + key;
        response.headers.emplace_back(
            header_safe(name),
            header_safe(scalar_to_text(*member.shape->element, TimestampFormat::kDefault, text)));
      }
    }
  }
}

}  // namespace haneul::protocol
