// Keys and X.509 certificates by OpenSSL: EC P-256 and SHA-256, with the extensions strict verifiers ask for
// (RFC 5280). Thread rule: plain values; share const only.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/clock.h"
#include "server/certificate_names.h"

namespace haneul::server {

class CertificateError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct CertificateFree {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;
using Certificate = std::unique_ptr<X509, CertificateFree>;

struct Validity {
  Timestamp from;
  Timestamp until;
};

Key make_key();
Certificate make_ca_certificate(EVP_PKEY* key, Validity validity);
struct Issuer {
  X509* certificate;
  EVP_PKEY* key;
};
Certificate make_leaf_certificate(Issuer issuer, EVP_PKEY* leaf_key, const CertificateNames& names,
                                  Validity validity);

std::string to_pem(const EVP_PKEY* key);
std::string to_pem(X509* certificate);
Key key_from_pem(const std::string& pem);                  // throws CertificateError
Certificate certificate_from_pem(const std::string& pem);  // throws CertificateError
Timestamp expiry_of(const X509* certificate);
bool belong_together(X509* certificate, EVP_PKEY* key);

}  // namespace haneul::server
