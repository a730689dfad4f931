#include "aws/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/check.h"
#include "base/text.h"

namespace haneul::aws {
namespace {

// Fetched once: OpenSSL 3 looks algorithms up by name at each use otherwise, which costs more than a short
// hash.
const EVP_MD* algorithm(HashKind kind) {
  static const EVP_MD* const md5_algorithm = EVP_MD_fetch(nullptr, "MD5", nullptr);
  static const EVP_MD* const sha1_algorithm = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  static const EVP_MD* const sha256_algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  switch (kind) {
    case HashKind::kMd5: return md5_algorithm;
    case HashKind::kSha1: return sha1_algorithm;
    case HashKind::kSha256: break;
  }
  return sha256_algorithm;
}

// A keyless HMAC context set to SHA-256; each thread copies nothing and only re-keys its own.
EVP_MAC_CTX* thread_hmac_context() {
  struct Context {
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    EVP_MAC_CTX* context = EVP_MAC_CTX_new(mac);
    Context() {
      char name[] = "SHA256";
      const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                   OSSL_PARAM_construct_end()};
      HANEUL_CHECK(EVP_MAC_CTX_set_params(context, params) == 1, "HMAC-SHA256 is available");
    }
    ~Context() {
      EVP_MAC_CTX_free(context);
      EVP_MAC_free(mac);
    }
  };
  thread_local Context context;
  return context.context;
}

const unsigned char* bytes_of(std::string_view data) {
  return reinterpret_cast<const unsigned char*>(data.data());
}

}  // namespace

struct Hasher::State {
  explicit State(HashKind which) : kind(which), context(EVP_MD_CTX_new()) {}
  ~State() { EVP_MD_CTX_free(context); }
  void start() { HANEUL_CHECK(EVP_DigestInit_ex(context, algorithm(kind), nullptr) == 1, "hash starts"); }

  HashKind kind;
  EVP_MD_CTX* context;
};

Hasher::Hasher(HashKind kind) : state_(std::make_unique<State>(kind)) { state_->start(); }
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(std::string_view data) {
  HANEUL_CHECK(EVP_DigestUpdate(state_->context, data.data(), data.size()) == 1, "hash goes on");
}

std::string Hasher::finish() {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HANEUL_CHECK(EVP_DigestFinal_ex(state_->context, out, &size) == 1, "hash ends");
  state_->start();
  return std::string(reinterpret_cast<char*>(out), size);
}

std::string hash(HashKind kind, std::string_view data) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HANEUL_CHECK(EVP_Digest(data.data(), data.size(), out, &size, algorithm(kind), nullptr) == 1,
               "hash is computed");
  return std::string(reinterpret_cast<char*>(out), size);
}

std::string md5(std::string_view data) { return hash(HashKind::kMd5, data); }
std::string sha1(std::string_view data) { return hash(HashKind::kSha1, data); }
std::string sha256(std::string_view data) { return hash(HashKind::kSha256, data); }
std::string sha256_hex(std::string_view data) { return hex_encode(sha256(data)); }

HmacSha256 hmac_sha256(std::string_view key, std::string_view data) {
  HmacSha256 out{};
  size_t size = 0;
  EVP_MAC_CTX* context = thread_hmac_context();
  // A null key pointer would mean "keep the previous key".
  const unsigned char* key_bytes = key.empty() ? reinterpret_cast<const unsigned char*>("") : bytes_of(key);
  const bool ok =
      EVP_MAC_init(context, key_bytes, key.size(), nullptr) == 1 &&
      EVP_MAC_update(context, bytes_of(data), data.size()) == 1 &&
      EVP_MAC_final(context, reinterpret_cast<unsigned char*>(out.data()), &size, out.size()) == 1;
  HANEUL_CHECK(ok && size == out.size(), "HMAC-SHA256 is computed");
  return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace haneul::aws
