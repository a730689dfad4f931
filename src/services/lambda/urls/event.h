// The event that a function URL makes of an HTTP request: payload format version 2.0.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
// Pure.
#pragma once

#include <string>

#include "platform/request.h"

namespace haneul::lambda {

struct UrlCall {
  const platform::HttpRequest& http;
  const platform::Request& request;  // account: the function's; caller: anonymous, or who signed
  std::string_view url_id;
  std::string_view body;
};
std::string make_url_event(const UrlCall& call);

}  // namespace haneul::lambda
