// What a function URL makes of a function's answer: the HTTP response it describes, or one inferred from it.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload
// Pure functions; the function is not trusted: whatever it answers, the response is well-formed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "compute/invocation.h"
#include "platform/http.h"

namespace haneul::lambda {

inline constexpr std::string_view kPreludeType = "application/vnd.awslambda.http-integration-response";
inline constexpr std::string_view kPreludeEnd{"\0\0\0\0\0\0\0\0", 8};
inline constexpr size_t kPreludeBytesMax = size_t{64} * 1024;

platform::HttpResponse url_error(int status, std::string_view message);  // {"Message": ...}
platform::HttpResponse bad_gateway();                                    // the function failed

// Of an invocation that was not streamed.
platform::HttpResponse answer_buffered(compute::InvokeResult result);
// Of one whose URL streams: the payload is the body as it is.
platform::HttpResponse answer_raw(compute::InvokeResult result);
// Status, headers and cookies of a streamed answer; nothing when they do not make a response.
std::optional<platform::HttpResponse> answer_prelude(std::string_view prelude);

}  // namespace haneul::lambda
