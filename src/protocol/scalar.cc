#include "protocol/scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace haneul::protocol {

using model::ShapeKind;
using model::TimestampFormat;

namespace {

std::optional<Document> whole_from_text(ShapeKind kind, std::string_view text) {
  const auto value = parse_int(text);
  if (!value || !fits(kind, *value)) return std::nullopt;
  return Document(*value);
}

// The stated form first; then any other, as AWS's services take them.
std::optional<Document> time_from_text(std::string_view text) {
  if (const auto at = parse_iso8601(text)) return Document(*at);
  if (const auto at = parse_http_date(text)) return Document(*at);
  if (const auto seconds = float_from_text(text)) {
    if (const auto at = time_from_seconds(*seconds)) return Document(*at);
  }
  return std::nullopt;
}

std::string seconds_text(Timestamp at) { return write_json(at); }

std::string float_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return fmt::format("{}", value);
}

std::string time_text(TimestampFormat format, Timestamp at) {
  switch (format) {
    case TimestampFormat::kEpochSeconds: return seconds_text(at);
    case TimestampFormat::kHttpDate: return format_http_date(at);
    case TimestampFormat::kIso8601:
    case TimestampFormat::kDefault: break;
  }
  return format_iso8601(at);
}

}  // namespace

TimestampFormat time_format(const model::Member* member, const model::Shape& shape,
                            TimestampFormat fallback) {
  if (member != nullptr && member->timestamp_format != TimestampFormat::kDefault)
    return member->timestamp_format;
  if (shape.timestamp_format != TimestampFormat::kDefault) return shape.timestamp_format;
  return fallback;
}

bool fits(ShapeKind kind, int64_t value) {
  if (kind == ShapeKind::kLong) return true;
  return value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
}

std::optional<int64_t> whole_number(double value) {
  constexpr double kLimit =
      9'007'199'254'740'992.0;  // beyond 2^53 a double no longer says which integer it means
  if (!(std::abs(value) <= kLimit) || std::floor(value) != value) return std::nullopt;
  return static_cast<int64_t>(value);
}

std::optional<Timestamp> time_from_seconds(double seconds) {
  constexpr double kLast = 253'402'300'799.999;  // 9999-12-31T23:59:59.999Z
  constexpr double kFirst = -62'167'219'200.0;   // 0000-01-01T00:00:00Z
  if (!(seconds >= kFirst && seconds <= kLast)) return std::nullopt;
  return Timestamp(Milliseconds(std::llround(seconds * 1000)));
}

std::optional<double> float_from_text(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos)
    return std::nullopt;  // no "inf", no "nan"
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Document> scalar_from_text(const model::Shape& shape, TimestampFormat, std::string_view text) {
  switch (shape.kind) {
    case ShapeKind::kString:
      if (!is_valid_utf8(text)) return std::nullopt;
      return Document(text);
    case ShapeKind::kDocument: return Document(text);
    case ShapeKind::kBoolean:
      if (equals_ignore_case(trim(text), "true")) return Document(true);
      if (equals_ignore_case(trim(text), "false")) return Document(false);
      return std::nullopt;
    case ShapeKind::kInteger:
    case ShapeKind::kLong: return whole_from_text(shape.kind, trim(text));
    case ShapeKind::kFloat:
    case ShapeKind::kDouble: {
      const auto value = float_from_text(trim(text));
      return value ? std::optional<Document>(*value) : std::nullopt;
    }
    case ShapeKind::kBlob: {
      auto bytes = base64_decode(trim(text));
      return bytes ? std::optional<Document>(Blob{std::move(*bytes)}) : std::nullopt;
    }
    case ShapeKind::kTimestamp: return time_from_text(trim(text));
    default: return std::nullopt;
  }
}

std::string scalar_to_text(const model::Shape& shape, TimestampFormat format, const Document& value) {
  switch (value.kind()) {
    case Document::Kind::kNull: return {};
    case Document::Kind::kBool: return value.as_bool() ? "true" : "false";
    case Document::Kind::kInt:
      if (shape.kind == ShapeKind::kFloat || shape.kind == ShapeKind::kDouble)
        return float_text(value.as_double());
      return fmt::format("{}", value.as_int());
    case Document::Kind::kDouble: return float_text(value.as_double());
    case Document::Kind::kString: return value.as_string();
    case Document::Kind::kBlob: return base64_encode(value.as_blob());
    case Document::Kind::kTimestamp: return time_text(format, value.as_timestamp());
    default: return write_json(value);
  }
}

bool is_aggregate(const model::Shape& shape) {
  return shape.kind == ShapeKind::kStructure || shape.kind == ShapeKind::kUnion;
}

bool is_scalar(const model::Shape& shape) {
  return !is_aggregate(shape) && shape.kind != ShapeKind::kList && shape.kind != ShapeKind::kMap &&
         shape.kind != ShapeKind::kDocument;
}

std::string_view kind_word(const model::Shape& shape) {
  switch (shape.kind) {
    case ShapeKind::kBoolean: return "Boolean";
    case ShapeKind::kInteger: return "Integer";
    case ShapeKind::kLong: return "Long";
    case ShapeKind::kFloat: return "Float";
    case ShapeKind::kDouble: return "Double";
    case ShapeKind::kString: return "String";
    case ShapeKind::kBlob: return "Blob";
    case ShapeKind::kTimestamp: return "Timestamp";
    case ShapeKind::kList: return "List";
    case ShapeKind::kMap: return "Map";
    case ShapeKind::kStructure: return "Structure";
    case ShapeKind::kUnion: return "Union";
    case ShapeKind::kDocument: return "Document";
  }
  return "value";
}

bool is_in_answer_body(const model::Member& member) {
  using model::Location;
  const bool is_bound = member.location == Location::kHeader || member.location == Location::kHeaders ||
                        member.location == Location::kStatus;
  return !is_bound && !member.streaming;
}

bool has_answer_body(const model::Shape& shape) {
  return std::ranges::any_of(shape.members, is_in_answer_body);
}

std::string_view wire_name(const model::Member& member) {
  return member.wire_name.empty() ? member.name : member.wire_name;
}

bool is_flattened(const model::Member& member) { return member.flattened || member.shape->flattened; }

std::string_view container_name(const model::Member& member) {
  if (!member.wire_name.empty()) return member.wire_name;
  const model::Shape& shape = *member.shape;
  if (shape.flattened && shape.kind == ShapeKind::kList && !shape.element_wire_name.empty()) {
    return shape.element_wire_name;
  }
  if (shape.flattened && shape.kind == ShapeKind::kMap && !shape.xml_name.empty()) return shape.xml_name;
  return member.name;
}

}  // namespace haneul::protocol
