// The private certificate authority of a data directory, and the TLS it gives the listeners.
//
// Directory: ca.key (0600), ca.pem for users to trust, ca-bundle.pem (the system's authorities and ours)
// for sandboxes. Leaf certificates live in memory only: issued when a client names a host, shared by
// wildcard, renewed before they expire. A key that is there is never overwritten. TLS 1.2 and newer; sessions
// resume by ticket. Thread rule: any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "server/tls_context.h"

namespace haneul::server {

class PrivateCa final : public TlsContext {
 public:
  struct Options {
    std::filesystem::path directory;
    std::vector<std::string> extra_names;  // hosts and addresses besides loopback and AWS's names
    std::filesystem::path system_bundle = "/etc/ssl/certs/ca-certificates.crt";  // left out when not there
  };
  // Throws CertificateError (server/certificates.h), with the file's name, when the directory's content
  // cannot be used.
  PrivateCa(Options options, const Clock& clock);
  ~PrivateCa() override;

  ssl_ctx_st* native() override;
  std::filesystem::path certificate_path() const;  // ca.pem
  std::filesystem::path bundle_path() const;       // ca-bundle.pem

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace haneul::server
