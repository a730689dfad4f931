// The server side of TLS: settings and certificates behind one OpenSSL context. Thread rule: any thread.
#pragma once

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace haneul::server {

class TlsContext {
 public:
  virtual ~TlsContext() = default;
  virtual ssl_ctx_st* native() = 0;
};

}  // namespace haneul::server
