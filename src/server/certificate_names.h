// Which certificate answers a server name: pure rules over text.
//
// Names of one parent share a wildcard certificate, so buckets and services do not each need one of their
// own. Clients accept a wildcard for exactly one label, and none directly below a top-level name:
// "x.localhost" gets its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace haneul::server {

// For names nobody issues for, and for clients that send none: localhost and the loopback addresses, and what
// one level of amazonaws.com covers.
struct CertificateNames {
  std::string group;  // names with the same group share a certificate; empty: the default one
  std::vector<std::string> dns;
  std::vector<std::string> ip;
};

// extra: further names this server goes by; each counts for itself and all names below it.
CertificateNames certificate_names(std::string_view server_name, const std::vector<std::string>& extra);

}  // namespace haneul::server
