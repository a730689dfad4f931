// One invocation of a mapping's function with a batch.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html Thread rule: on an
// executor's thread.
#pragma once

#include "services/lambda/core.h"
#include "services/lambda/mappings/record.h"

namespace haneul::lambda {

struct BatchResult {
  enum class Kind {
    kOk,
    kFailed,  // the function said so, or broke
    kNotRun,  // throttled, or no place to run it, or the function is gone: nothing of the batch was seen
  };
  Kind kind = Kind::kNotRun;
  std::string payload, error, version, request_id;
};

// Never throws for what an invocation can meet.
Task<BatchResult> run_batch(const Core& core, const MappingRecord& mapping, std::string payload);

}  // namespace haneul::lambda
