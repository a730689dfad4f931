// Digests of XML bodies: operations whose request must carry a checksum or a Content-MD5 are held to it.
// S3 API reference, "Common request headers"; the model's httpChecksum trait.
#pragma once

#include "platform/request.h"

namespace haneul::s3 {

// Compares the raw body with Content-MD5 and x-amz-checksum-*; throws InvalidDigest, BadDigest, or
// InvalidRequest when the operation demands one and none was sent. Calls made inside the process have no body
// on the wire.
void require_body_digest(const platform::Request& request);
[[noreturn]] void throw_malformed_xml();

}  // namespace haneul::s3
