#include "model/validate.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "model/constraint_text.h"
#include "model/pattern_cache.h"

namespace haneul::model {
namespace {

using Kind = Violation::Kind;

size_t code_points(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_whole(const Document& value, double least, double most) {
  if (value.is_int()) {
    const auto held = value.as_int();
    return static_cast<double>(held) >= least && static_cast<double>(held) <= most;
  }
  if (!value.is_double()) return false;
  const double held = value.as_double();
  return held >= least && held < most && static_cast<double>(static_cast<int64_t>(held)) == held;
}

bool has_kind(const Shape& shape, const Document& value) {
  switch (shape.kind) {
    case ShapeKind::kBoolean: return value.is_bool();
    case ShapeKind::kInteger:
      return is_whole(value, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max());
    case ShapeKind::kLong: return is_whole(value, -0x1p63, 0x1p63);
    case ShapeKind::kFloat:
    case ShapeKind::kDouble: return value.is_number();
    case ShapeKind::kString: return value.is_string();
    case ShapeKind::kBlob: return value.is_blob();
    case ShapeKind::kTimestamp: return value.is_timestamp();
    case ShapeKind::kList: return value.is_array();
    case ShapeKind::kMap:
    case ShapeKind::kStructure:
    case ShapeKind::kUnion: return value.is_object();
    case ShapeKind::kDocument: return true;
  }
  return false;
}

std::string_view kind_text(ShapeKind kind) {
  switch (kind) {
    case ShapeKind::kBoolean: return "boolean";
    case ShapeKind::kInteger: return "integer";
    case ShapeKind::kLong: return "long";
    case ShapeKind::kFloat: return "float";
    case ShapeKind::kDouble: return "double";
    case ShapeKind::kString: return "string";
    case ShapeKind::kBlob: return "blob";
    case ShapeKind::kTimestamp: return "timestamp";
    case ShapeKind::kList: return "list";
    case ShapeKind::kMap: return "map";
    case ShapeKind::kStructure: return "structure";
    case ShapeKind::kUnion: return "union";
    case ShapeKind::kDocument: return "document";
  }
  return {};
}

// What the limits of a shape are about: the length of texts and containers, the value of numbers.
struct Measure {
  bool is_length = false;
  double value = 0;
};

std::optional<Measure> measure(const Shape& shape, const Document& value) {
  switch (shape.kind) {
    case ShapeKind::kString: return Measure{true, static_cast<double>(code_points(value.as_string()))};
    case ShapeKind::kBlob: return Measure{true, static_cast<double>(value.as_blob().size())};
    case ShapeKind::kList: return Measure{true, static_cast<double>(value.as_array().size())};
    case ShapeKind::kMap: return Measure{true, static_cast<double>(value.as_object().size())};
    case ShapeKind::kInteger:
    case ShapeKind::kLong:
    case ShapeKind::kFloat:
    case ShapeKind::kDouble: return Measure{false, value.as_double()};
    default: return std::nullopt;
  }
}

struct Failure {
  Kind kind;
  std::string clause;
};

void check_bounds(const Shape& shape, const Document& value, std::vector<Failure>& out) {
  if (!shape.min && !shape.max) return;
  const std::optional<Measure> held = measure(shape, value);
  if (!held) return;
  const Kind kind = held->is_length ? Kind::kLength : Kind::kRange;
  const auto clause = held->is_length ? length_clause : range_clause;
  if (shape.max && held->value > *shape.max) out.push_back({kind, clause(shape, Bound::kUpper)});
  if (shape.min && held->value < *shape.min) out.push_back({kind, clause(shape, Bound::kLower)});
}

// The constraints on the value itself, without what it contains.
std::vector<Failure> own_failures(const Shape& shape, const Document& value) {
  std::vector<Failure> out;
  if (value.is_null() && shape.kind != ShapeKind::kDocument)
    return {{Kind::kMissing, "Member must not be null"}};
  if (!has_kind(shape, value)) {
    return {{Kind::kType, fmt::format("Member must be of type {}", kind_text(shape.kind))}};
  }
  check_bounds(shape, value, out);
  if (shape.kind != ShapeKind::kString) return out;
  const std::string& text = value.as_string();
  const std::string_view pattern = shape.pattern_re2.empty() ? shape.pattern : shape.pattern_re2;
  if (!pattern.empty() && !matches_pattern(pattern, text))
    out.push_back({Kind::kPattern, pattern_clause(shape)});
  if (!shape.enum_open && !shape.enums.empty() && std::ranges::find(shape.enums, text) == shape.enums.end()) {
    out.push_back({Kind::kEnum, enum_clause(shape)});
  }
  return out;
}

// Where a value stands. The text of a place is made when it is complained of.
struct Place {
  enum class Kind { kInput, kMember, kItem, kEntry };
  Kind kind = Kind::kInput;
  const Place* parent = nullptr;
  std::string_view name;  // of a member or an entry
  size_t number = 0;      // of an item, from 1

  std::string text() const {
    if (kind == Kind::kInput) return {};
    std::string out = parent->text();
    if (kind == Kind::kItem) return fmt::format("{}.{}.member", out, number);
    if (kind == Kind::kEntry) return fmt::format("{}.{}.member", out, name);
    if (!out.empty()) out += '.';
    return out + lower_camel(name);
  }
};

class Walk {
 public:
  explicit Walk(std::vector<Violation>& out) : out_(out) {}

  void value(const Shape& shape, const Document& held, const Place& place) {
    const std::vector<Failure> failures = own_failures(shape, held);
    for (const Failure& failure : failures) add(shape, held, place, failure);
    const bool unusable =
        !failures.empty() && (failures[0].kind == Kind::kType || failures[0].kind == Kind::kMissing);
    if (!unusable) inside(shape, held, place);
  }

  void structure(const Shape& shape, const Document& held, const Place& place) {
    size_t set = 0;
    for (const Member& member : shape.members) {
      if (member.streaming) continue;
      const Document* found = held.find(member.name);
      const Place at{.kind = Place::Kind::kMember, .parent = &place, .name = member.name};
      if (found != nullptr && !found->is_null()) {
        ++set;
        value(*member.shape, *found, at);
      } else if (member.required) {
        add(*member.shape, Document(), at, {Kind::kMissing, "Member must not be null"});
      }
    }
    if (shape.kind == ShapeKind::kUnion && set != 1) {
      add(shape, held, place, {Kind::kType, "Member must have exactly one of its members set"});
    }
  }

 private:
  void inside(const Shape& shape, const Document& held, const Place& place) {
    switch (shape.kind) {
      case ShapeKind::kStructure:
      case ShapeKind::kUnion: return structure(shape, held, place);
      case ShapeKind::kList: return list(shape, held, place);
      case ShapeKind::kMap: return map(shape, held, place);
      default: return;
    }
  }

  // Items that are no structures are reported with the container, which says all that is asked of them.
  void list(const Shape& shape, const Document& held, const Place& place) {
    bool reported = false;
    for (size_t i = 0; i < held.as_array().size(); ++i) {
      const Document& one = held.as_array()[i];
      if (one.is_null() && shape.sparse) continue;
      const Place at{.kind = Place::Kind::kItem, .parent = &place, .number = i + 1};
      if (is_structure(*shape.element)) {
        value(*shape.element, one, at);
      } else if (!contained(shape, held, one, place, "Member must", reported)) {
        inside(*shape.element, one, at);
      }
    }
  }

  void map(const Shape& shape, const Document& held, const Place& place) {
    bool keys_reported = false;
    bool values_reported = false;
    for (const auto& [key, one] : held.as_object()) {
      for (const Failure& failure : own_failures(*shape.key, Document(key))) {
        if (keys_reported) break;
        keys_reported = true;
        add(shape, held, place,
            {failure.kind, "Map keys must satisfy constraint: " + all_clauses(*shape.key)});
      }
      if (one.is_null() && shape.sparse) continue;
      const Place at{.kind = Place::Kind::kEntry, .parent = &place, .name = key};
      if (is_structure(*shape.element)) {
        value(*shape.element, one, at);
      } else if (!contained(shape, held, one, place, "Map value must", values_reported)) {
        inside(*shape.element, one, at);
      }
    }
  }

  static bool is_structure(const Shape& shape) {
    return shape.kind == ShapeKind::kStructure || shape.kind == ShapeKind::kUnion;
  }

  // Whether `one` fails a constraint of its own; the first in a container is reported for all.
  bool contained(const Shape& shape, const Document& held, const Document& one, const Place& place,
                 std::string_view who, bool& reported) {
    const std::vector<Failure> failures = own_failures(*shape.element, one);
    if (failures.empty()) return false;
    const Failure& first = failures[0];
    const bool about_kind = first.kind == Kind::kType || first.kind == Kind::kMissing;
    const std::string wanted = about_kind ? "[" + first.clause + "]" : all_clauses(*shape.element);
    if (!reported)
      add(shape, held, place, {first.kind, fmt::format("{} satisfy constraint: {}", who, wanted)});
    reported = true;
    return true;
  }

  void add(const Shape& shape, const Document& held, const Place& place, const Failure& failure) {
    std::string shown = "Value";
    if (held.is_null()) {
      shown += " null";
    } else if (!shape.sensitive) {
      shown += fmt::format(" '{}'", show_value(shape, held));
    }
    std::string path = place.text();
    std::string message =
        fmt::format("{} at '{}' failed to satisfy constraint: {}", shown, path, failure.clause);
    out_.push_back({failure.kind, std::move(path), std::move(message)});
  }

  std::vector<Violation>& out_;
};

}  // namespace

std::vector<Violation> validate(const Shape& shape, const Document& input) {
  std::vector<Violation> out;
  static const Document kEmpty = Document::object();
  const Document& held =
      input.is_null() ? kEmpty : input;  // an operation without a body has all members missing
  Walk(out).value(shape, held, Place{});
  return out;
}

std::string violations_message(const std::vector<Violation>& violations) {
  std::string out =
      fmt::format("{} validation error{} detected: ", violations.size(), violations.size() == 1 ? "" : "s");
  for (const Violation& violation : violations) {
    if (&violation != &violations.front()) out += "; ";
    out += violation.message;
  }
  return out;
}

}  // namespace haneul::model
