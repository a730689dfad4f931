// Change: an item before and after a write. Thread rule: plain values.
#pragma once

#include <optional>

#include "base/clock.h"
#include "services/dynamodb/value/value.h"

namespace haneul::dynamodb {

struct Change {
  std::optional<Attributes> before, after;
};

enum class ChangedBy { kCaller, kExpiry };

struct Author {
  Timestamp now;
  ChangedBy by = ChangedBy::kCaller;
};

}  // namespace haneul::dynamodb
