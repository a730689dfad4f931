// Limits of CloudWatch Logs. Sources: API reference of PutLogEvents, GetLogEvents, FilterLogEvents and
// DescribeLogGroups; CloudWatch Logs user guide, "CloudWatch Logs quotas". The last group is our own and
// bounds what one row and one call may cost.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace haneul::logs {

inline constexpr size_t kBatchBytesMax = 1'048'576;
inline constexpr size_t kEventBytesMax = 1'048'576;
inline constexpr size_t kEventOverheadBytes = 26;  // counted for each event beside its message
inline constexpr Milliseconds kBatchSpanMax = std::chrono::hours(24);
inline constexpr Milliseconds kEventAgeMax = std::chrono::days(14);
inline constexpr Milliseconds kEventAheadMax = std::chrono::hours(2);
inline constexpr size_t kPageEventsMax = 10'000;
inline constexpr size_t kPageBytesMax = 1'048'576;
inline constexpr size_t kDescribeMax = 50;
inline constexpr size_t kTagsMax = 50;
inline constexpr std::array<int32_t, 22> kRetentionDays = {
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

// A row holds events of at most this span, so that a reader who looks for a time goes back no further.
inline constexpr Milliseconds kRowSpanMax = std::chrono::minutes(1);
inline constexpr size_t kRowBytesMax = 128 << 10;  // of messages; a larger event has a row of its own
// What one FilterLogEvents call looks at before it answers with what it has and a token.
inline constexpr size_t kScanBytesMax = 32 << 20;
inline constexpr size_t kPurgeRowsMax = 500;  // deleted by one step of a worker

}  // namespace haneul::logs
