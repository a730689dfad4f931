#include "server/certificate_names.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace haneul::server {

namespace {

constexpr std::array<std::string_view, 4> kZones{"localhost", "amazonaws.com", "api.aws", "on.aws"};

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (const std::string_view label : split(name, '.')) {
    if (label.empty() || label.size() > 63) return false;
    const bool plain = std::ranges::all_of(label, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (!plain) return false;
  }
  return true;
}

bool is_in(std::string_view name, std::string_view zone) {
  if (name == zone) return true;
  return name.size() > zone.size() && name.ends_with(zone) && name[name.size() - zone.size() - 1] == '.';
}

CertificateNames default_names(const std::vector<std::string>& extra) {
  CertificateNames names{.dns = {"localhost", "*.localhost", "*.amazonaws.com", "*.api.aws"},
                         .ip = {"127.0.0.1", "::1"}};
  for (const std::string& name : extra) {
    // An address listened on is a name too, for clients that go by it.
    const bool is_address =
        name.find(':') != std::string::npos || name.find_first_not_of("0123456789.") == std::string::npos;
    (is_address ? names.ip : names.dns).push_back(name);
  }
  return names;
}

}  // namespace

CertificateNames certificate_names(std::string_view server_name, const std::vector<std::string>& extra) {
  const std::string name = to_lower(server_name);
  const auto covers = [&](std::string_view zone) { return is_in(name, zone); };
  const bool ours = std::ranges::any_of(kZones, covers) || std::ranges::any_of(extra, covers);
  if (!ours || !is_host_name(name) || name == "localhost") return default_names(extra);
  const std::string parent = name.substr(std::min(name.find('.'), name.size() - 1) + 1);
  const bool parent_is_top = parent.find('.') == std::string::npos;
  const std::string group = parent_is_top ? name : parent;
  return {.group = group, .dns = {group, "*." + group}, .ip = {}};
}

}  // namespace haneul::server
