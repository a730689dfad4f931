// Limits, each as "Quotas in Amazon DynamoDB" states it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace haneul::dynamodb {

inline constexpr size_t kItemBytesMax = 400 * 1024;  // names and values
inline constexpr size_t kHashKeyBytesMax = 2048;
inline constexpr size_t kRangeKeyBytesMax = 1024;
inline constexpr size_t kPageBytesMax = 1 << 20;  // of Query and Scan, before the filter
inline constexpr size_t kBatchGetKeysMax = 100;
inline constexpr size_t kBatchGetBytesMax = 16 << 20;
inline constexpr size_t kBatchWriteRequestsMax = 25;
inline constexpr size_t kTransactionBytesMax = 4 << 20;
inline constexpr size_t kLocalIndexesMax = 5;
inline constexpr size_t kGlobalIndexesMax = 20;
inline constexpr size_t kProjectedNamesMax = 100;  // of all indexes of a table
inline constexpr size_t kTablesMax = 2500;         // of an account in a region
inline constexpr size_t kTagsMax = 50;
inline constexpr size_t kPolicyBytesMax = 20 * 1024;
inline constexpr int64_t kThroughputMax = 1'000'000'000'000;
inline constexpr int32_t kListTablesMax = 100;
inline constexpr int32_t kListBackupsMax = 100;
inline constexpr int32_t kListExportsMax = 25;
inline constexpr size_t kListImportsDefault = 10;
inline constexpr size_t kRunningImportsMax = 50;
inline constexpr int64_t kRecoveryDaysMax = 35;
inline constexpr int64_t kSystemBackupDays = 35;

}  // namespace haneul::dynamodb
