// SigV4 reads headers and queries of strangers. Input: method, path, query and headers, one per line. A
// request that is signed by nobody must never verify, and whatever is read must not crash.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "aws/sigv4.h"
#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul;
  using namespace haneul::aws;
  const auto lines = split(std::string_view(reinterpret_cast<const char*>(data), size), '\n');
  SigningRequest request;
  std::vector<HeaderEntry> headers;
  if (lines.size() > 0) request.method = lines[0];
  if (lines.size() > 1) request.path = lines[1];
  if (lines.size() > 2) request.query = lines[2];
  for (size_t i = 3; i < lines.size(); ++i) {
    const size_t colon = std::min(lines[i].find(':'), lines[i].size());
    headers.emplace_back(lines[i].substr(0, colon), lines[i].substr(std::min(colon + 1, lines[i].size())));
  }
  request.headers = headers;
  const auto authorization = parse_authorization(request);
  if (!authorization) return 0;
  const VerifyOptions options{.secret = "a secret that the fuzzer does not know",
                              .now = authorization->signed_at};
  if (verify_signature(request, *authorization, options)) std::abort();
  return 0;
}
