// An event source mapping as it is stored, and how it is shown.
// https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gen/lambda/types.h"
#include "services/lambda/names.h"
#include "services/lambda/records.h"

namespace haneul::lambda {

enum class SourceKind { kQueue, kDataStream, kTableStream };  // SQS, Kinesis, DynamoDB

struct MappingRecord {
  enum class Wanted { kEnabled, kDisabled, kGone };

  std::string uuid;
  FunctionRef function;  // as it was named: with the qualifier, if one was given
  std::string source_arn;
  std::string state;  // Creating, Enabling, Enabled, Disabling, Disabled, Updating, Deleting
  Wanted wanted = Wanted::kEnabled;
  int64_t generation = 1;  // grows with every change; a poller of an earlier one may not write
  Timestamp created_at{};
  Timestamp modified_at{};

  int64_t batch_size = 0;
  int64_t window_seconds = 0;
  std::vector<std::string> filters;
  bool reports_failures = false;  // ReportBatchItemFailures
  TextMap tags;
  // Queues.
  std::optional<int64_t> concurrency_max;
  // Streams.
  std::string starting_position;
  std::optional<Timestamp> starting_at;  // of AT_TIMESTAMP
  bool bisects = false;
  int64_t retries_max = -1;
  int64_t age_seconds_max = -1;
  int64_t factor = 1;  // ParallelizationFactor
  int64_t tumbling_seconds = 0;
  std::string on_failure;  // ARN

  SourceKind kind() const;
  std::string arn() const;
  std::string source_region() const;
};

std::string encode(const MappingRecord& record);
MappingRecord mapping_from(std::string_view bytes);

// The service of an ARN as a kind; nothing for services that no mapping can read.
std::optional<SourceKind> source_kind(std::string_view service);
std::string_view source_name(SourceKind kind);  // "SQS", "Kinesis", "DynamoDB"

// `last_result` is not shown of queues.
EventSourceMappingConfiguration describe(const MappingRecord& record, const std::string& last_result);

}  // namespace haneul::lambda
