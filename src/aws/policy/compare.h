// Typed comparisons of condition operators. What cannot be read as the operator's type compares as false.
#pragma once

#include <string_view>

#include "aws/policy/condition.h"

namespace haneul::aws::policy {

bool compare_numbers(std::string_view value, std::string_view wanted, Operator::Compare compare);
// ISO 8601 (date only, minutes, seconds, fraction) or seconds since 1970.
bool compare_dates(std::string_view value, std::string_view wanted, Operator::Compare compare);
// An address, or a range in CIDR form, of IPv4 or IPv6. An IPv4-mapped IPv6 address counts as IPv4.
bool ip_in_range(std::string_view address, std::string_view range);

// For the parser: whether a value of a policy can be read as what its operator compares.
bool is_readable_value(const Operator& op, std::string_view value);

}  // namespace haneul::aws::policy
