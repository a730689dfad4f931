// The reader that holds a streamed body to its signature: a declared hash, or aws-chunked framing with signed
// chunks or trailers.
#pragma once

#include <memory>

#include "platform/authenticate.h"
#include "platform/http.h"
#include "platform/request.h"

namespace haneul::platform {

// Also takes Content-Length of the decoded body from x-amz-decoded-content-length and lets the trailers
// appear in the exchange.
std::unique_ptr<BodyReader> checked_body(std::unique_ptr<BodyReader> body, const Headers& headers,
                                         const PendingSignature& pending, Exchange& exchange);

}  // namespace haneul::platform
