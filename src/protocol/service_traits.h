// What distinguishes services within one protocol.
#pragma once

#include "model/schema.h"

namespace haneul::protocol {

// S3 alone answers with x-amz-request-id and x-amz-id-2, bare <Error> elements, and times with milliseconds.
inline bool is_s3(const model::ServiceModel& service) { return service.id == "S3"; }

}  // namespace haneul::protocol
