// Addresses of function URLs: https://ID.lambda-url.REGION.on.aws/ on AWS, and as functions see them here;
// ID.lambda-url.REGION.localhost with this server's port for everybody else on the machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/request.h"

namespace haneul::lambda {

struct UrlHost {
  std::string id;
  std::string region;
};
std::optional<UrlHost> parse_url_host(std::string_view host);  // without port, lower case

struct UrlPlace {
  const platform::Request& request;  // that asks for the address: its host tells how the caller reaches us
  std::string_view region;
  uint16_t port;  // of this server, for calls made inside the process
};
std::string make_function_url(std::string_view id, const UrlPlace& place);

}  // namespace haneul::lambda
