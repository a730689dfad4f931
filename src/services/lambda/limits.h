// Limits of Lambda, as "Lambda quotas" states them:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace haneul::lambda {

inline constexpr size_t kNameCharactersMax = 64;
inline constexpr int kTimeoutSecondsMax = 900;
inline constexpr uint64_t kZippedBytesMax = 52'428'800;      // given in the request itself
inline constexpr uint64_t kUnzippedBytesMax = 262'144'000;   // function and layers together
inline constexpr uint64_t kStoredBytesMax = 80'530'636'800;  // all packages of an account and region
inline constexpr size_t kZipEntriesMax = 100'000;            // ours: a bound for what unpacking may cost
inline constexpr size_t kCodeRequestBytesMax = 70'167'211;
inline constexpr size_t kSyncPayloadBytesMax = 6'291'456;
inline constexpr size_t kAsyncPayloadBytesMax = 1'048'576;
inline constexpr size_t kStreamedBytesFree = 6'291'456;  // of a streamed answer; what follows is billed
inline constexpr size_t kEnvironmentBytesMax = 4096;
inline constexpr size_t kLayersMax = 5;
inline constexpr size_t kTagsMax = 50;
inline constexpr size_t kPolicyBytesMax = 20'480;
inline constexpr uint32_t kAccountConcurrency = 1000;
inline constexpr uint32_t kUnreservedConcurrencyMin = 100;
// "approximately 16 times in the same chain of requests"
inline constexpr int64_t kChainInvocationsMax = 16;
inline constexpr size_t kLineageLinksMax = 24;  // ours: a trace header has at most 512 bytes
inline constexpr int kListItemsMax = 50;  // ListFunctions and the others return no more, whatever is asked

inline constexpr int kAsyncRetriesMax = 2;
inline constexpr Seconds kAsyncAgeMax{21'600};
inline constexpr Milliseconds kFirstRetryDelay{60'000};
inline constexpr Milliseconds kSecondRetryDelay{120'000};
inline constexpr Milliseconds kBackoffMin{1'000};
inline constexpr Milliseconds kBackoffMax{300'000};

inline constexpr int64_t kQueueBatchWithoutWindow = 10;
inline constexpr int64_t kStreamBatchDefault = 100;
inline constexpr int64_t kMappingConcurrencyMin = 2;
inline constexpr int64_t kMappingConcurrencyMax = 1000;
inline constexpr int64_t kMappingConcurrencyStart = 5;
inline constexpr int64_t kMappingConcurrencyPerMinute = 300;  // more batches at once, while there is work
inline constexpr int64_t kRecordAgeMin = 60;
inline constexpr size_t kFiltersMax = 10;  // five on AWS until one asks for more
inline constexpr size_t kWindowStateBytesMax = 1'048'576;

// Ours: how long a request waits for a function that is being made ready, before it is told of the conflict.
inline constexpr Milliseconds kPreparationPatience{30'000};
inline constexpr Seconds kCredentialsDuration{43'200};
inline constexpr Seconds kCodeUrlDuration{600};
// Longer than any invocation runs: what still executes keeps its files.
inline constexpr Milliseconds kCollectDelay{20 * 60'000};

}  // namespace haneul::lambda
