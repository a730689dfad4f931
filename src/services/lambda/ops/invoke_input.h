// What the invoking operations take and refuse alike.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
#pragma once

#include <optional>
#include <string>

#include "base/document.h"
#include "compute/invocation.h"
#include "services/lambda/invoker.h"

namespace haneul::lambda {

// The event as a JSON text; throws RequestTooLargeException and InvalidRequestContentException.
std::string require_payload(const std::optional<Blob>& payload, size_t bytes_max);
std::string require_client_context(const MaybeText& encoded);  // decoded
// Throws what the caller is told when nothing ran: TooManyRequests, AccessDenied or ServiceException.
void require_run(const compute::InvokeResult& result);
TraceDecision trace_decision(const platform::Request& request);

}  // namespace haneul::lambda
