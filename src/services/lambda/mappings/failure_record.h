// The record of a batch that was given up, for the mapping's destination, and its delivery as a job.
// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-errors.html
#pragma once

#include <span>

#include "platform/jobs.h"
#include "services/lambda/mappings/batch_run.h"
#include "services/lambda/mappings/events.h"

namespace haneul::lambda {

struct GivenUpBatch {
  const MappingRecord& mapping;
  std::string shard;
  std::span<const Item> items;
  std::string condition;  // RetryAttemptsExhausted, RecordAgeExpired
  int64_t attempts = 0;
  const BatchResult& result;  // of the last attempt
  Timestamp at{};
};

std::string failure_record(const GivenUpBatch& batch);
// In the transaction that moves the checkpoint over the batch.
void enqueue_failure(Core& core, store::Tx& tx, const GivenUpBatch& batch);
void register_failure_delivery(Core& core);  // before Jobs::start

}  // namespace haneul::lambda
