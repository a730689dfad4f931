// The additional checksums of S3 (user guide, "Checking object integrity in Amazon S3"): CRC32, CRC32C,
// CRC64NVME, SHA1 and SHA256, over a whole object or, for uploads in parts, over the checksums of the parts.
// Values are base64 of the big-endian bytes, as headers carry them; a composite one has "-<number of parts>"
// behind it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/digest.h"

namespace haneul::s3 {

enum class ChecksumAlgorithm { kCrc32, kCrc32c, kCrc64Nvme, kSha1, kSha256 };
enum class ChecksumType { kFullObject, kComposite };

struct ChecksumValue {
  ChecksumAlgorithm algorithm = ChecksumAlgorithm::kCrc64Nvme;
  std::string value;  // empty: none
  ChecksumType type = ChecksumType::kFullObject;
};

inline constexpr ChecksumAlgorithm kAllAlgorithms[] = {ChecksumAlgorithm::kCrc32, ChecksumAlgorithm::kCrc32c,
                                                       ChecksumAlgorithm::kCrc64Nvme,
                                                       ChecksumAlgorithm::kSha1, ChecksumAlgorithm::kSha256};

std::string_view name_of(ChecksumAlgorithm algorithm);  // "CRC64NVME"
std::string_view name_of(ChecksumType type);            // "FULL_OBJECT"
std::optional<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view name);
std::optional<ChecksumType> parse_checksum_type(std::string_view name);
std::string header_of(ChecksumAlgorithm algorithm);  // "x-amz-checksum-crc64nvme"
bool is_crc(ChecksumAlgorithm algorithm);
bool is_checksum_value(ChecksumAlgorithm algorithm, std::string_view base64);  // of the right length

// A checksum over bytes that arrive in pieces. Thread rule: one thread at a time.
class ChecksumHasher {
 public:
  explicit ChecksumHasher(ChecksumAlgorithm algorithm);
  void update(std::string_view data);
  std::string finish();  // base64
  ChecksumAlgorithm algorithm() const { return algorithm_; }

 private:
  ChecksumAlgorithm algorithm_;
  uint64_t crc_ = 0;
  std::optional<aws::Hasher> hasher_;
};

std::string checksum_of_bytes(ChecksumAlgorithm algorithm, std::string_view data);  // base64

// The checksum of an object from those of its parts. All are of one algorithm and whole parts.
struct PartChecksum {
  std::string value;
  uint64_t size = 0;
};
std::string composite_checksum(ChecksumAlgorithm algorithm, const std::vector<PartChecksum>& parts);
std::string combined_crc(ChecksumAlgorithm algorithm, const std::vector<PartChecksum>& parts);

// Any generated structure with the five checksum members.
template <class T>
void set_checksum(T& out, const ChecksumValue& checksum) {
  if (checksum.value.empty()) return;
  switch (checksum.algorithm) {
    case ChecksumAlgorithm::kCrc32: out.checksum_crc32 = checksum.value; break;
    case ChecksumAlgorithm::kCrc32c: out.checksum_crc32c = checksum.value; break;
    case ChecksumAlgorithm::kCrc64Nvme: out.checksum_crc64nvme = checksum.value; break;
    case ChecksumAlgorithm::kSha1: out.checksum_sha1 = checksum.value; break;
    case ChecksumAlgorithm::kSha256: out.checksum_sha256 = checksum.value; break;
  }
  if constexpr (requires { out.checksum_type; }) out.checksum_type = std::string(name_of(checksum.type));
}

// Those that a request carries, in the order of kAllAlgorithms.
template <class T>
std::vector<ChecksumValue> given_checksums(const T& in) {
  std::vector<ChecksumValue> out;
  const std::pair<ChecksumAlgorithm, const std::optional<std::string>*> members[] = {
      {ChecksumAlgorithm::kCrc32, &in.checksum_crc32},
      {ChecksumAlgorithm::kCrc32c, &in.checksum_crc32c},
      {ChecksumAlgorithm::kCrc64Nvme, &in.checksum_crc64nvme},
      {ChecksumAlgorithm::kSha1, &in.checksum_sha1},
      {ChecksumAlgorithm::kSha256, &in.checksum_sha256}};
  for (const auto& [algorithm, member] : members) {
    if (*member) out.push_back({.algorithm = algorithm, .value = **member});
  }
  return out;
}

}  // namespace haneul::s3
