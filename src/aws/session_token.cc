#include "aws/session_token.h"

#include <algorithm>
#include <memory>

#include <openssl/evp.h>

#include "base/check.h"
#include "base/text.h"

namespace haneul::aws {
namespace {

constexpr char kVersion = 1;
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kHeadBytes = 1 + kNonceBytes;
constexpr size_t kTokenMax = 64 * 1024;

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

CipherContext make_context() { return {EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free}; }

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string url_encode(std::string_view bytes) {
  std::string out = base64_encode(bytes);
  while (out.ends_with('=')) out.pop_back();
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

std::optional<std::string> url_decode(std::string_view text) {
  std::string standard(text);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  standard.append((4 - standard.size() % 4) % 4, '=');
  auto out = base64_decode(standard);
  // Unused bits at the end would give one token several spellings.
  if (!out || url_encode(*out) != text) return std::nullopt;
  return out;
}

}  // namespace

std::string seal_token(std::string_view key, std::string_view content, Random& random) {
  HANEUL_CHECK(key.size() == kTokenKeyBytes, "a token key has 32 bytes");
  std::string out(1, kVersion);
  out += random.bytes(kNonceBytes);
  out.resize(kHeadBytes + content.size() + kTagBytes);
  unsigned char* const bytes = bytes_of(out);
  const CipherContext context = make_context();
  int size = 0;
  const bool ok =
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes + 1) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, bytes, 1) == 1 &&
      EVP_EncryptUpdate(context.get(), bytes + kHeadBytes, &size, bytes_of(content),
                        static_cast<int>(content.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), bytes + kHeadBytes + content.size(), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                          bytes + kHeadBytes + content.size()) == 1;
  HANEUL_CHECK(ok, "AES-256-GCM seals");
  return url_encode(out);
}

std::optional<std::string> open_token(std::string_view key, std::string_view token) {
  HANEUL_CHECK(key.size() == kTokenKeyBytes, "a token key has 32 bytes");
  if (token.size() > kTokenMax) return std::nullopt;
  auto sealed = url_decode(token);
  if (!sealed || sealed->size() < kHeadBytes + kTagBytes || sealed->front() != kVersion) return std::nullopt;
  const size_t content_size = sealed->size() - kHeadBytes - kTagBytes;
  unsigned char* const bytes = bytes_of(*sealed);
  std::string out(content_size + 1, '\0');
  const CipherContext context = make_context();
  int size = 0;
  const bool ok =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes + 1) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, bytes, 1) == 1 &&
      EVP_DecryptUpdate(context.get(), bytes_of(out), &size, bytes + kHeadBytes,
                        static_cast<int>(content_size)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes,
                          bytes + kHeadBytes + content_size) == 1 &&
      EVP_DecryptFinal_ex(context.get(), bytes_of(out) + content_size, &size) == 1;
  if (!ok) return std::nullopt;
  out.resize(content_size);
  return out;
}

}  // namespace haneul::aws
