// Limits of durable executions: "Lambda quotas", "DurableConfig" and "CheckpointDurableExecution".
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace haneul::lambda {

inline constexpr int64_t kRetentionDaysDefault = 14;
inline constexpr int64_t kSyncTimeoutSecondsMax = 900;  // of executions that a caller waits for
inline constexpr int64_t kSyncResultBytesMax = 6'291'456;
inline constexpr int64_t kAsyncResultBytesMax = 1'048'576;
inline constexpr size_t kOperationPayloadBytesMax = 262'144;
inline constexpr size_t kChainedPayloadBytesMax = 1'048'576;
inline constexpr size_t kCallbackPayloadBytesMax = 1'048'576;
inline constexpr size_t kErrorBytesMax = 32'768;
inline constexpr int64_t kOperationsMax = 3'000;          // of one execution
inline constexpr int64_t kWrittenBytesMax = 104'857'600;  // of one execution, checkpoints together
inline constexpr int kExecutionItemsDefault = 100;        // of a page
inline constexpr int kExecutionItemsMax = 1'000;
// Ours: a page of operations ends after so many bytes, so that it fits into an event or an answer.
inline constexpr size_t kOperationPageBytes = 3'145'728;

}  // namespace haneul::lambda
