#include "protocol/document_codec.h"

#include "base/text.h"
#include "protocol/scalar.h"

namespace haneul::protocol {

using model::ShapeKind;
using model::TimestampFormat;

namespace {

constexpr auto kBadValue = DecodeError::Kind::kBadValue;

std::string_view token_of(const Document& wire) {
  switch (wire.kind()) {
    case Document::Kind::kNull: return "NULL_VALUE";
    case Document::Kind::kBool: return wire.as_bool() ? "TRUE_VALUE" : "FALSE_VALUE";
    case Document::Kind::kInt: return "NUMBER_VALUE";
    case Document::Kind::kDouble: return "DECIMAL_VALUE";
    case Document::Kind::kString: return "STRING_VALUE";
    case Document::Kind::kBlob: return "BLOB_VALUE";
    case Document::Kind::kTimestamp: return "TIMESTAMP_VALUE";
    case Document::Kind::kArray: return "Start of list";
    case Document::Kind::kObject:
    case Document::Kind::kDeferred: return "Start of structure or map";
  }
  return "value";
}

[[noreturn]] void wrong_kind(const model::Shape& shape, const Document& wire, const Place& place) {
  if (wire.is_array() || wire.is_object()) {
    place.fail(kBadValue, fmt::format("{} found where not expected.", token_of(wire)));
  }
  place.fail(kBadValue, fmt::format("{} can not be converted to {}", token_of(wire), kind_word(shape)));
}

}  // namespace

Document DocumentReader::structure(const model::Shape& shape, Document& wire, const Place& place) const {
  if (!wire.is_object()) wrong_kind(shape, wire, place);
  Document out = Document::object();
  for (const model::Member& member : shape.members) {
    const bool by_wire_name = style_.names == DocumentStyle::Names::kWire;
    if (by_wire_name && member.location != model::Location::kBody) continue;
    Document* found = wire.find(by_wire_name ? wire_name(member) : member.name);
    if (found == nullptr || found->is_null()) continue;
    const Place step{.parent = &place, .name = member.name};
    const auto format = time_format(&member, *member.shape, TimestampFormat::kEpochSeconds);
    out.as_object().emplace_back(member.name, value(*member.shape, format, *found, step));
  }
  if (shape.kind == ShapeKind::kUnion && out.as_object().size() != 1) {
    place.fail(kBadValue, fmt::format("a union has exactly one member; {} of {} are set",
                                      out.as_object().size(), shape.members.size()));
  }
  return out;
}

Document DocumentReader::value(const model::Shape& shape, TimestampFormat, Document& wire,
                               const Place& place) const {
  switch (shape.kind) {
    case ShapeKind::kStructure:
    case ShapeKind::kUnion: return structure(shape, wire, place);
    case ShapeKind::kList: return list(shape, wire, place);
    case ShapeKind::kMap: return map(shape, wire, place);
    case ShapeKind::kDocument: return std::move(wire);
    case ShapeKind::kBlob: return blob(shape, wire, place);
    case ShapeKind::kTimestamp: return timestamp(shape, wire, place);
    case ShapeKind::kBoolean:
      if (!wire.is_bool()) wrong_kind(shape, wire, place);
      return wire;
    case ShapeKind::kString:
      if (!wire.is_string()) wrong_kind(shape, wire, place);
      return std::move(wire);
    case ShapeKind::kInteger:
    case ShapeKind::kLong:
    case ShapeKind::kFloat:
    case ShapeKind::kDouble: return number(shape, wire, place);
  }
  wrong_kind(shape, wire, place);
}

Document DocumentReader::list(const model::Shape& shape, Document& wire, const Place& place) const {
  if (!wire.is_array()) wrong_kind(shape, wire, place);
  Document out = Document::array();
  out.as_array().reserve(wire.as_array().size());
  const auto format = time_format(nullptr, *shape.element, TimestampFormat::kEpochSeconds);
  int64_t index = 0;
  for (Document& element : wire.as_array()) {
    const Place step{.parent = &place, .name = {}, .index = index++};
    if (!element.is_null()) {
      out.as_array().push_back(value(*shape.element, format, element, step));
    } else if (shape.sparse) {
      out.as_array().emplace_back();
    }
  }
  return out;
}

Document DocumentReader::map(const model::Shape& shape, Document& wire, const Place& place) const {
  if (!wire.is_object()) wrong_kind(shape, wire, place);
  Document out = Document::object();
  out.as_object().reserve(wire.as_object().size());
  const auto format = time_format(nullptr, *shape.element, TimestampFormat::kEpochSeconds);
  for (auto& [key, entry] : wire.as_object()) {
    const Place step{.parent = &place, .name = key};
    if (!entry.is_null()) {
      Document read = value(*shape.element, format, entry, step);
      out.as_object().emplace_back(key, std::move(read));
    } else if (shape.sparse) {
      out.as_object().emplace_back(key, Document());
    }
  }
  return out;
}

Document DocumentReader::number(const model::Shape& shape, const Document& wire, const Place& place) const {
  const bool wants_whole = shape.kind == ShapeKind::kInteger || shape.kind == ShapeKind::kLong;
  if (wire.is_string() && !wants_whole && style_.values == DocumentStyle::Values::kJson) {
    const std::string& text = wire.as_string();
    if (text == "NaN" || text == "Infinity" || text == "-Infinity") return *float_from_text(text);
  }
  if (!wire.is_number()) wrong_kind(shape, wire, place);
  if (!wants_whole) return wire.as_double();
  const auto whole = wire.is_int() ? std::optional(wire.as_int()) : whole_number(wire.as_double());
  if (!whole) place.fail(kBadValue, "the number is not a whole one");
  if (!fits(shape.kind, *whole))
    place.fail(kBadValue, fmt::format("the number does not fit {}", kind_word(shape)));
  return *whole;
}

Document DocumentReader::blob(const model::Shape& shape, Document& wire, const Place& place) const {
  if (style_.values == DocumentStyle::Values::kCbor) {
    if (!wire.is_blob()) wrong_kind(shape, wire, place);
    return std::move(wire);
  }
  if (!wire.is_string()) wrong_kind(shape, wire, place);
  auto bytes = base64_decode(wire.as_string());
  if (!bytes) place.fail(kBadValue, "the text is not valid base64");
  return Blob{std::move(*bytes)};
}

Document DocumentReader::timestamp(const model::Shape& shape, const Document& wire,
                                   const Place& place) const {
  if (wire.is_timestamp()) return wire;
  if (wire.is_number()) {
    const auto at = time_from_seconds(wire.as_double());
    if (!at) place.fail(kBadValue, "the time is not in the years 0 to 9999");
    return *at;
  }
  if (!wire.is_string() || style_.values == DocumentStyle::Values::kCbor) wrong_kind(shape, wire, place);
  const auto read = scalar_from_text(shape, TimestampFormat::kDefault, wire.as_string());
  if (!read) place.fail(kBadValue, "the text is not a time");
  return *read;
}

// The member's value, null when it is not part of the body.
const Document* DocumentWriter::written(const model::Member& member, const Document& value) const {
  // RPC protocols know no bindings: everything is body.
  if (style_.names == DocumentStyle::Names::kWire && !is_in_answer_body(member)) return nullptr;
  const Document* found = value.find(member.name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

void DocumentWriter::structure(const model::Shape& shape, const Document& value) const {
  size_t count = 0;
  for (const model::Member& member : shape.members) count += written(member, value) == nullptr ? 0 : 1;
  sink_.begin_object(count);
  for (const model::Member& member : shape.members) {
    const Document* found = written(member, value);
    if (found == nullptr) continue;
    const bool by_wire_name = style_.names == DocumentStyle::Names::kWire;
    sink_.key(by_wire_name ? wire_name(member) : member.name);
    const auto format = time_format(&member, *member.shape, TimestampFormat::kEpochSeconds);
    this->value(*member.shape, format, *found);
  }
  sink_.end_object();
}

void DocumentWriter::value(const model::Shape& shape, TimestampFormat format, const Document& value) const {
  if (is_aggregate(shape) && value.is_object()) return structure(shape, value);
  if (shape.kind == ShapeKind::kList && value.is_array()) {
    const auto inner = time_format(nullptr, *shape.element, TimestampFormat::kEpochSeconds);
    sink_.begin_array(value.as_array().size());
    for (const Document& element : value.as_array()) this->value(*shape.element, inner, element);
    return sink_.end_array();
  }
  if (shape.kind == ShapeKind::kMap && value.is_object()) {
    const auto inner = time_format(nullptr, *shape.element, TimestampFormat::kEpochSeconds);
    sink_.begin_object(value.as_object().size());
    for (const auto& [key, entry] : value.as_object()) {
      sink_.key(key);
      this->value(*shape.element, inner, entry);
    }
    return sink_.end_object();
  }
  const bool as_text = value.is_timestamp() && style_.values == DocumentStyle::Values::kJson &&
                       format != TimestampFormat::kEpochSeconds;
  if (as_text) return sink_.text(scalar_to_text(shape, format, value));
  write_to(value, sink_);
}

}  // namespace haneul::protocol
