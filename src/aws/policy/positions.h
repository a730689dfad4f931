// Where the statements of a policy stand in its text: what SimulatePrincipalPolicy answers as StartPosition
// and EndPosition. Lines and columns count from 1; the end is one past the closing brace.
#pragma once

#include <string_view>
#include <vector>

namespace haneul::aws::policy {

struct TextPosition {
  int line = 1;
  int column = 1;
  friend bool operator==(const TextPosition&, const TextPosition&) = default;
};
struct StatementSpan {
  TextPosition start;
  TextPosition end;
};
// In the order of Policy::statements(); `json` is a text that parse_policy() accepts.
std::vector<StatementSpan> statement_positions(std::string_view json);

}  // namespace haneul::aws::policy
