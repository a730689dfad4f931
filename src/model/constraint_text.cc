#include "model/constraint_text.h"

#include <cmath>

#include <fmt/format.h>

#include "base/text.h"

namespace haneul::model {
namespace {

constexpr size_t kShownMax = 4096;  // an answer must not grow with a hostile request

std::string number_text(double value) {
  if (std::trunc(value) == value && std::abs(value) < 1e15)
    return fmt::format("{}", static_cast<int64_t>(value));
  return fmt::format("{}", value);
}

std::string bound_clause(std::string_view what, Bound bound, double limit) {
  const std::string_view relation = bound == Bound::kUpper ? "less" : "greater";
  return fmt::format("Member must have {} {} than or equal to {}", what, relation, number_text(limit));
}

void show(const Shape& shape, const Document& value, std::string& out);

void show_list(const Shape& shape, const Document& value, std::string& out) {
  out += '[';
  for (const Document& item : value.as_array()) {
    if (out.size() > kShownMax) break;
    if (&item != &value.as_array().front()) out += ", ";
    show(*shape.element, item, out);
  }
  out += ']';
}

void show_map(const Shape& shape, const Document& value, std::string& out) {
  out += '{';
  for (const auto& entry : value.as_object()) {
    if (out.size() > kShownMax) break;
    if (&entry != &value.as_object().front()) out += ", ";
    out += entry.first;
    out += '=';
    show(*shape.element, entry.second, out);
  }
  out += '}';
}

void show_structure(const Shape& shape, const Document& value, std::string& out) {
  out += shape.name;
  out += '(';
  bool first = true;
  for (const Member& member : shape.members) {
    const Document* held = value.find(member.name);
    if (held == nullptr || held->is_null() || out.size() > kShownMax) continue;
    if (!first) out += ", ";
    first = false;
    out += lower_camel(member.name) + "=";
    show(*member.shape, *held, out);
  }
  out += ')';
}

std::string scalar_text(const Document& value) {
  switch (value.kind()) {
    case Document::Kind::kNull: return "null";
    case Document::Kind::kBool: return value.as_bool() ? "true" : "false";
    case Document::Kind::kInt: return fmt::format("{}", value.as_int());
    case Document::Kind::kDouble: return fmt::format("{}", value.as_double());
    case Document::Kind::kString: return value.as_string();
    case Document::Kind::kBlob:
      return fmt::format("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", value.as_blob().size());
    case Document::Kind::kTimestamp: return format_iso8601(value.as_timestamp());
    case Document::Kind::kArray: return "[...]";
    case Document::Kind::kObject:
    case Document::Kind::kDeferred: return "{...}";
  }
  return {};
}

void show(const Shape& shape, const Document& value, std::string& out) {
  if (shape.sensitive) {
    out += "*** Sensitive Data Redacted ***";
  } else if (shape.kind == ShapeKind::kList && value.is_array()) {
    show_list(shape, value, out);
  } else if (shape.kind == ShapeKind::kMap && value.is_object()) {
    show_map(shape, value, out);
  } else if (!shape.members.empty() && value.is_object()) {
    show_structure(shape, value, out);
  } else {
    out += scalar_text(value);
  }
}

}  // namespace

std::string lower_camel(std::string_view member_name) {
  std::string out(member_name);
  if (!out.empty() && out[0] >= 'A' && out[0] <= 'Z') out[0] = static_cast<char>(out[0] - 'A' + 'a');
  return out;
}

std::string show_value(const Shape& shape, const Document& value) {
  std::string out;
  show(shape, value, out);
  if (out.size() <= kShownMax) return out;
  size_t end = kShownMax;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;  // not inside a code point
  const bool is_closed = value.is_array() || value.is_object();
  return out.substr(0, end) + "..." + (is_closed ? out.substr(out.size() - 1) : "");
}

std::string length_clause(const Shape& shape, Bound bound) {
  return bound_clause("length", bound,
                      bound == Bound::kUpper ? shape.max.value_or(0) : shape.min.value_or(0));
}

std::string range_clause(const Shape& shape, Bound bound) {
  return bound_clause("value", bound, bound == Bound::kUpper ? shape.max.value_or(0) : shape.min.value_or(0));
}

std::string pattern_clause(const Shape& shape) {
  return fmt::format("Member must satisfy regular expression pattern: {}", shape.pattern);
}

std::string enum_clause(const Shape& shape) {
  return fmt::format("Member must satisfy enum value set: [{}]", fmt::join(shape.enums, ", "));
}

std::string all_clauses(const Shape& shape) {
  const bool is_number = shape.kind == ShapeKind::kInteger || shape.kind == ShapeKind::kLong ||
                         shape.kind == ShapeKind::kFloat || shape.kind == ShapeKind::kDouble;
  std::vector<std::string> clauses;
  for (const Bound bound : {Bound::kUpper, Bound::kLower}) {
    if (!(bound == Bound::kUpper ? shape.max : shape.min)) continue;
    clauses.push_back(is_number ? range_clause(shape, bound) : length_clause(shape, bound));
  }
  if (!shape.pattern.empty()) clauses.push_back(pattern_clause(shape));
  if (!shape.enums.empty() && !shape.enum_open) clauses.push_back(enum_clause(shape));
  return fmt::format("[{}]", fmt::join(clauses, ", "));
}

}  // namespace haneul::model
