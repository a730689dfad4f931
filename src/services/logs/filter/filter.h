// Filter: the pattern language of FilterLogEvents, TestMetricFilter and of whatever else selects log events.
// Source: CloudWatch Logs user guide, "Filter pattern syntax for metric filters, subscription filters, filter
// log events, and Live Tail".
//
//   ERROR -"health check"            terms: all must be there, those with '-' must not
//   ?WARN ?%E[Rr]+or%                 any of them; regular expressions stand between percent signs
//   [ip, ..., status=4*, bytes>0]    fields of a line that blanks separate
//   { $.code >= 500 && $.path = "/pay*" }   properties of a JSON message
//
// An empty pattern matches everything. A pattern that cannot be read is an InvalidParameterException.
// Thread rule: constant after parsing.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace haneul::logs {

class Filter {
 public:
  virtual ~Filter() = default;
  virtual bool matches(std::string_view message) const = 0;
  // Of a message that matches: what the fields ("$status", "$3") or properties ("$.code") of the pattern
  // hold.
  virtual std::map<std::string, std::string> extract(std::string_view message) const = 0;
};
using FilterPtr = std::shared_ptr<const Filter>;

FilterPtr parse_filter(std::string_view pattern);

}  // namespace haneul::logs
