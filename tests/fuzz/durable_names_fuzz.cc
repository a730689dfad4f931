// Names of durable executions come from anybody who may call: an ARN, a callback id, a marker, a function's
// answer. What is read as one is written again as it was.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "services/lambda/durable/arn.h"
#include "services/lambda/durable/envelope.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto execution = haneul::lambda::parse_execution_arn(bytes);
  if (execution && execution->arn() != bytes) std::abort();
  if (const auto callback = haneul::lambda::parse_callback_id(bytes)) {
    if (callback->execution.empty() || callback->operation.empty()) std::abort();
  }
  haneul::lambda::ExecutionRecord head;
  head.ref.id = "i";
  haneul::lambda::open_state_marker(head.ref, bytes);
  haneul::lambda::read_answer(head, bytes);
  haneul::lambda::error_of_function(bytes);
  return 0;
}
