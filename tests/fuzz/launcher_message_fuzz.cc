// The launcher runs with privileges and decodes what the server sends: no bytes may make it read past their
// end, and a request that validates must encode to what was decoded.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sandbox/messages.h"
#include "sandbox/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul::sandbox;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const Request request = decode_request(bytes);
    if (encode(request) != bytes) std::abort();
    if (request.verb == Request::Verb::kStart) validate_spec(request.spec);
  } catch (const SandboxError&) {
    // Refused, which is an answer.
  }
  try {
    decode_reply(bytes);
  } catch (const SandboxError&) {
    // Refused, which is an answer.
  }
  return 0;
}
