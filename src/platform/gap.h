// FieldGap: an input member, or a value of it, that an implemented operation refuses, as its service declares
// it for the gap page. A service exposes `std::span<const platform::FieldGap> field_gaps()`; every member
// that it does not list is effective.
#pragma once

#include <string_view>

namespace haneul::platform {

struct FieldGap {
  std::string_view operation;  // "CreateFunction", or "*" for all that have the member
  std::string_view member;     // "VpcConfig", or "Runtime=java21"
  std::string_view answer;     // what the client gets: "InvalidParameterValueException"
  std::string_view reason;     // why, in a few words
};

}  // namespace haneul::platform
