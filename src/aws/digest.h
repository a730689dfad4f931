// Digests the AWS protocols need: MD5, SHA-1, SHA-256 and HMAC-SHA256 (OpenSSL behind them) and the three
// CRCs of S3 (CRC-32, CRC-32C, CRC-64/NVME) with the combination that a multipart upload's full-object
// checksum is made of. Source: S3 user guide, "Checking object integrity". All digests are raw bytes; hex and
// base64 are base/text.h's. Thread rule: functions from anywhere; a Hasher belongs to one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace haneul::aws {

enum class HashKind { kMd5, kSha1, kSha256 };

std::string hash(HashKind kind, std::string_view data);  // 16, 20 or 32 bytes
std::string md5(std::string_view data);
std::string sha1(std::string_view data);
std::string sha256(std::string_view data);
std::string sha256_hex(std::string_view data);

using HmacSha256 = std::array<char, 32>;
HmacSha256 hmac_sha256(std::string_view key, std::string_view data);
inline std::string_view view(const HmacSha256& digest) { return {digest.data(), digest.size()}; }

// A hash over bytes that arrive in pieces. finish() may be called once; after it the hasher starts anew.
class Hasher {
 public:
  explicit Hasher(HashKind kind);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  void update(std::string_view data);
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// CRCs in the usual reflected form. Streaming: pass the value so far as `crc` (0 at the start).
uint32_t crc32(std::string_view data, uint32_t crc = 0);
uint32_t crc32c(std::string_view data, uint32_t crc = 0);
uint64_t crc64nvme(std::string_view data, uint64_t crc = 0);

// The CRC of A followed by B, from the CRCs of both and the length of B.
uint32_t crc32_combine(uint32_t a, uint32_t b, uint64_t length_of_b);
uint32_t crc32c_combine(uint32_t a, uint32_t b, uint64_t length_of_b);
uint64_t crc64nvme_combine(uint64_t a, uint64_t b, uint64_t length_of_b);

// Big-endian bytes, as checksum headers carry a CRC (before base64).
std::string crc_bytes(uint32_t crc);
std::string crc_bytes(uint64_t crc);

// Equality whose time depends on the lengths only: for signatures and tokens.
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace haneul::aws
