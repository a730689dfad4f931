// Recursion: stops a function that its own doings invoke again and again. The trace header tells how often
// each function was invoked in the same chain of requests; every invocation hands it on with itself counted,
// and the SDKs, S3's notifications and destinations carry it. After sixteen the next one does not take place.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
//
//   Lineage=<invocations in all>:<function>:<its invocations before this one>|<function>:...
//
// Thread rule: pure functions.
#pragma once

#include "services/lambda/lookup.h"

namespace haneul::lambda {

// The header as the function is given it: with this invocation counted.
std::string with_lineage(const std::string& trace_header, const FunctionRef& ref);
// Whether one more would be one too many, and the function does not allow it.
bool is_runaway(const std::string& trace_header, const Resolved& resolved);
[[noreturn]] void refuse_recursion();  // RecursiveInvocationException

}  // namespace haneul::lambda
