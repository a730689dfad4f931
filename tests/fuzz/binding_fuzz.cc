// Validation and binding together: whatever a document holds, what validation passes must bind without ending
// the process, and bind to the same again after a round trip. DynamoDB's values are bound as documents;
// Lambda's inputs have every kind.
#include <cstdlib>

#include "base/json.h"
#include "gen/dynamodb/operations.h"
#include "gen/lambda/operations.h"
#include "model/binding.h"
#include "model/validate.h"

namespace {

template <class Op>
void check(const haneul::Document& input) {
  using haneul::model::bind;
  using haneul::model::unbind;
  const auto violations = haneul::model::validate(*Op::model().input, input);
  if (!violations.empty()) {
    if (haneul::model::violations_message(violations).empty()) std::abort();
    return;
  }
  const haneul::Document once = unbind(bind<typename Op::Input>(input));
  const haneul::Document twice = unbind(bind<typename Op::Input>(once));
  if (!(once == twice)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  haneul::Document input;
  try {
    input = haneul::parse_json({reinterpret_cast<const char*>(data), size});
  } catch (const haneul::ParseError&) {
    return 0;
  }
  check<haneul::dynamodb::op::PutItem>(input);
  check<haneul::lambda::op::CreateFunction>(input);
  check<haneul::lambda::op::CreateEventSourceMapping>(input);
  return 0;
}
