#include "services/lambda/urls/address.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace haneul::lambda {

namespace {

constexpr std::string_view kLabel = "lambda-url";

bool is_plain(std::string_view label) {
  return !label.empty() && std::ranges::all_of(label, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// ":4566", or nothing when the host has no port.
std::string_view port_of(std::string_view host) {
  const size_t colon = host.rfind(':');
  if (colon == std::string_view::npos || host.ends_with(']')) return {};
  return parse_int(host.substr(colon + 1)) ? host.substr(colon) : std::string_view();
}

bool is_aws_name(std::string_view host) {
  return host.ends_with(".amazonaws.com") || host.ends_with(".api.aws") || host.ends_with(".on.aws");
}

}  // namespace

std::optional<UrlHost> parse_url_host(std::string_view host) {
  const auto labels = split(host, '.');
  const bool is_local = labels.size() == 4 && labels[3] == "localhost";
  const bool is_aws = labels.size() == 5 && labels[3] == "on" && labels[4] == "aws";
  if ((!is_local && !is_aws) || labels[1] != kLabel || !is_plain(labels[0]) || !is_plain(labels[2]))
    return std::nullopt;
  return UrlHost{std::string(labels[0]), std::string(labels[2])};
}

std::string make_function_url(std::string_view id, const UrlPlace& place) {
  const std::string_view host = place.request.host;
  const std::string_view port = port_of(host);
  if (is_aws_name(host.substr(0, host.size() - port.size())))
    return fmt::format("https://{}.{}.{}.on.aws/", id, kLabel, place.region);
  const std::string own = fmt::format(":{}", place.port);
  return fmt::format("{}://{}.{}.{}.localhost{}/", place.request.over_tls ? "https" : "http", id, kLabel,
                     place.region, host.empty() ? std::string_view(own) : port);
}

}  // namespace haneul::lambda
