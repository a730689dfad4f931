// What functions answer is not trusted: whatever it is, a function URL makes a response of it whose head is
// well-formed. The same bytes are tried as the name of a host.
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "services/lambda/urls/address.h"
#include "services/lambda/urls/answer.h"

namespace {

void check(const haneul::platform::HttpResponse& response) {
  if (response.status < 200 || response.status > 599) std::abort();
  for (const auto& [name, value] : response.headers.entries()) {
    if (name.empty()) std::abort();
    for (const unsigned char c : name) {
      if (std::isgraph(c) == 0 || c == ':') std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  haneul::compute::InvokeResult result;
  result.payload = bytes;
  check(haneul::lambda::answer_buffered(result));
  check(haneul::lambda::answer_raw(result));
  if (const auto response = haneul::lambda::answer_prelude(bytes)) check(*response);
  const auto host = haneul::lambda::parse_url_host(bytes);
  if (host && (host->id.empty() || host->region.empty())) std::abort();
  return 0;
}
