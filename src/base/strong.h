// Strong<Tag> is a string with a meaning: an AccountId cannot be passed where a Region is wanted.
// Construction is explicit, reading is by str(); ordering and hashing are those of the text.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace haneul {

template <class Tag>
class Strong {
 public:
  Strong() = default;
  explicit Strong(std::string value) : value_(std::move(value)) {}
  const std::string& str() const { return value_; }
  bool empty() const { return value_.empty(); }
  friend bool operator==(const Strong&, const Strong&) = default;
  friend auto operator<=>(const Strong&, const Strong&) = default;

 private:
  std::string value_;
};

using AccountId = Strong<struct AccountIdTag>;  // 12 decimal digits
using Region = Strong<struct RegionTag>;        // for example us-east-1; any name of the AWS form is served
using RequestId = Strong<struct RequestIdTag>;  // a version 4 UUID in text form

}  // namespace haneul

template <class Tag>
struct std::hash<haneul::Strong<Tag>> {
  size_t operator()(const haneul::Strong<Tag>& value) const { return std::hash<std::string>{}(value.str()); }
};
