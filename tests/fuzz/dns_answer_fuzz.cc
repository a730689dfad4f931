// The resolver inside an execution environment reads packets of hostile code: whatever comes, no crash, and
// no answer that is larger than a UDP answer without extensions or that asks something itself.
#include <cstdint>
#include <cstdlib>

#include "compute/dns_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto answer = haneul::compute::answer_dns({reinterpret_cast<const char*>(data), size});
  if (answer && !answer->empty() && (answer->size() < 12 || ((*answer)[2] & 0x80) == 0)) abort();
  return 0;
}
