#include "server/certificates.h"

#include <array>
#include <ctime>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/text.h"

namespace haneul::server {

namespace {

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, BioFree>;

[[noreturn]] void fail(const char* what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  throw CertificateError(fmt::format("{}: {}", what, text.data()));
}

// OpenSSL's calls answer positive numbers when they succeed.
void require(int result, const char* what) {
  if (result <= 0) fail(what);
}

std::string bio_text(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  require(extension != nullptr, "certificate extension");
  const int added = X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  require(added == 1, "certificate extension");
}

void set_time(ASN1_TIME* field, Timestamp at) {
  require(
      ASN1_TIME_set(field, std::chrono::system_clock::to_time_t(std::chrono::floor<Seconds>(at))) != nullptr,
      "certificate time");
}

Certificate make_unsigned(EVP_PKEY* key, const std::string& common_name, Validity validity) {
  Certificate certificate(X509_new());
  require(certificate != nullptr, "certificate");
  X509_set_version(certificate.get(), X509_VERSION_3);
  std::array<unsigned char, 16> serial{};
  require(RAND_bytes(serial.data(), serial.size()) == 1, "certificate serial");
  serial[0] &= 0x7f;  // serial numbers are positive
  BIGNUM* number = BN_bin2bn(serial.data(), serial.size(), nullptr);
  require(number != nullptr, "certificate serial");
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
  BN_free(number);
  set_time(X509_getm_notBefore(certificate.get()), validity.from);
  set_time(X509_getm_notAfter(certificate.get()), validity.until);
  require(X509_set_pubkey(certificate.get(), key) == 1, "certificate key");
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const auto add = [&](const char* field, const std::string& value) {
    X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0);
  };
  add("O", "Haneul");
  add("CN", common_name);
  return certificate;
}

}  // namespace

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  require(key != nullptr, "making a key");
  return key;
}

Certificate make_ca_certificate(EVP_PKEY* key, Validity validity) {
  // Two of these may stand in one trust store; a name of its own keeps verifiers from trying the wrong one.
  std::array<char, 4> mark{};
  require(RAND_bytes(reinterpret_cast<unsigned char*>(mark.data()), mark.size()) == 1, "certificate name");
  const std::string name = "Haneul private CA " + hex_encode({mark.data(), mark.size()});
  Certificate certificate = make_unsigned(key, name, validity);
  X509* self = certificate.get();
  require(X509_set_issuer_name(self, X509_get_subject_name(self)) == 1, "certificate issuer");
  add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(self, self, NID_subject_key_identifier, "hash");
  require(X509_sign(self, key, EVP_sha256()) > 0, "signing a certificate");
  return certificate;
}

Certificate make_leaf_certificate(Issuer issuer, EVP_PKEY* leaf_key, const CertificateNames& names,
                                  Validity validity) {
  Certificate certificate = make_unsigned(leaf_key, "Haneul", validity);
  X509* self = certificate.get();
  require(X509_set_issuer_name(self, X509_get_subject_name(issuer.certificate)) == 1, "certificate issuer");
  std::vector<std::string> alternatives;
  for (const std::string& name : names.dns) alternatives.push_back("DNS:" + name);
  for (const std::string& address : names.ip) alternatives.push_back("IP:" + address);
  add_extension(self, issuer.certificate, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(self, issuer.certificate, NID_key_usage, "critical,digitalSignature");
  add_extension(self, issuer.certificate, NID_ext_key_usage, "serverAuth");
  add_extension(self, issuer.certificate, NID_subject_key_identifier, "hash");
  add_extension(self, issuer.certificate, NID_authority_key_identifier, "keyid:always");
  add_extension(self, issuer.certificate, NID_subject_alt_name, join(alternatives, ","));
  require(X509_sign(self, issuer.key, EVP_sha256()) > 0, "signing a certificate");
  return certificate;
}

std::string to_pem(const EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "writing a key");
  return bio_text(bio.get());
}

std::string to_pem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(bio.get(), certificate) == 1, "writing a certificate");
  return bio_text(bio.get());
}

Key key_from_pem(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  require(key != nullptr, "not a private key in PEM form");
  return key;
}

Certificate certificate_from_pem(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  require(certificate != nullptr, "not a certificate in PEM form");
  return certificate;
}

Timestamp expiry_of(const X509* certificate) {
  std::tm parts{};
  require(ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) == 1, "certificate time");
  return Timestamp(Seconds(timegm(&parts)));
}

bool belong_together(X509* certificate, EVP_PKEY* key) {
  const bool match = X509_check_private_key(certificate, key) == 1;
  ERR_clear_error();
  return match;
}

}  // namespace haneul::server
