// What the implemented operations refuse, for the gap page.
#include <array>

#include "services/logs/service.h"

namespace haneul::logs {

std::span<const platform::FieldGap> field_gaps() {
  static constexpr auto kGaps = std::to_array<platform::FieldGap>({
      {"CreateLogGroup", "kmsKeyId", "NotImplemented", "there is no key service yet"},
      {"CreateLogGroup", "logGroupClass other than STANDARD", "NotImplemented",
       "there is one class of storage"},
      {"DescribeLogGroups", "includeLinkedAccounts", "NotImplemented", "accounts are not linked"},
      {"DescribeLogGroups", "accountIdentifiers of other accounts", "NotImplemented",
       "accounts are not linked"},
      {"PutLogEvents", "entity", "rejectedEntityInfo: UnsupportedLogGroupType",
       "events are stored without their relation to entities"},
      {"FilterLogEvents", "startFromHead=false", "NotImplemented", "events are searched from the oldest on"},
  });
  return kGaps;
}

}  // namespace haneul::logs
