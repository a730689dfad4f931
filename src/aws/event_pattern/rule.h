// PatternRule: one entry of the list at a leaf of an event pattern: a value or a comparison, or the absence
// of them ("anything-but"). Pure data; matches() looks at one scalar of the event.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aws/event_pattern/event_pattern.h"

namespace haneul::aws {

struct NumericRange {
  std::optional<double> low, high;
  bool low_included = false, high_included = false;
  bool holds(double value) const;
};

struct AddressRange {
  std::string bytes;  // 4 or 16
  int prefix_bits = 0;
  bool holds(const std::string& address) const;
};

struct PatternRule {
  enum class Op { kEquals, kExists, kPrefix, kSuffix, kWildcard, kNumeric, kCidr };
  enum class Case { kExact, kIgnore };
  enum class Sense { kAnyOf, kNoneOf };
  enum class Presence { kThere, kAbsent };

  Op op = Op::kEquals;
  Case letter_case = Case::kExact;
  Sense sense = Sense::kAnyOf;
  Presence presence = Presence::kThere;  // of kExists
  std::vector<Document> operands;        // of which one is enough
  NumericRange range;
  AddressRange addresses;

  bool matches(const Document& scalar) const;  // not of kExists
};

// One entry of a leaf's list. Throws ParseError.
PatternRule parse_rule(const Document& entry, PatternDialect dialect);

}  // namespace haneul::aws
