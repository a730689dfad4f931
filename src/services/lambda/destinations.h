// Destinations: where the record of an event, or of a batch that was given up, goes: a function or, for what
// failed, a bucket. A record is given in the name of the function's role, so that a role without
// lambda:InvokeFunction or s3:PutObject on the destination delivers nothing.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-errors.html
// Thread rule: any thread.
#pragma once

#include <string>

#include "services/lambda/core.h"

namespace haneul::lambda {

enum class Destination { kFunction, kBucket };
// Throws NotImplemented for what is neither.
Destination destination_kind(const std::string& arn);

struct RecordDelivery {
  FunctionRef source;
  std::string trace_id;
  std::string destination;
  std::string record;  // JSON with a timestamp
  std::string folder;  // of a bucket: "aws/lambda/async/NAME/"
  std::string id;      // the same for the same record, so that it is one object however often it is given
};

// Throws what the destination answers.
Task<void> deliver_record(const Core& core, RecordDelivery delivery);

}  // namespace haneul::lambda
