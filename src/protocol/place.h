// Where in a request a value stands, for messages: a chain of steps on the stack, spelled out only when
// something is wrong.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "protocol/codec.h"

namespace haneul::protocol {

struct Place {
  const Place* parent = nullptr;
  std::string_view name;
  int64_t index = -1;  // of a list element, from 0; then the name is empty

  std::string describe() const {
    const std::string before = parent == nullptr ? std::string() : parent->describe();
    if (index >= 0) return fmt::format("{}[{}]", before, index);
    return before.empty() || name.empty() ? before + std::string(name) : fmt::format("{}.{}", before, name);
  }

  [[noreturn]] void fail(DecodeError::Kind kind, std::string_view reason) const {
    const std::string where = describe();
    throw DecodeError(kind, where.empty() ? std::string(reason) : fmt::format("{} (at '{}')", reason, where));
  }
};

}  // namespace haneul::protocol
