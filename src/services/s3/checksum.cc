#include "services/s3/checksum.h"

#include <fmt/format.h>

#include "base/text.h"

namespace haneul::s3 {

namespace {

constexpr std::string_view kNames[] = {"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"};
constexpr size_t kSizes[] = {4, 4, 8, 20, 32};

std::optional<aws::Hasher> make_hasher(ChecksumAlgorithm algorithm) {
  if (algorithm == ChecksumAlgorithm::kSha1) return aws::Hasher(aws::HashKind::kSha1);
  if (algorithm == ChecksumAlgorithm::kSha256) return aws::Hasher(aws::HashKind::kSha256);
  return std::nullopt;
}

uint64_t crc_value(std::string_view base64) {
  uint64_t value = 0;
  for (const char c : base64_decode(base64).value_or("")) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string crc_text(ChecksumAlgorithm algorithm, uint64_t crc) {
  if (algorithm == ChecksumAlgorithm::kCrc64Nvme) return base64_encode(aws::crc_bytes(crc));
  return base64_encode(aws::crc_bytes(static_cast<uint32_t>(crc)));
}

}  // namespace

std::string_view name_of(ChecksumAlgorithm algorithm) { return kNames[static_cast<size_t>(algorithm)]; }
std::string_view name_of(ChecksumType type) {
  return type == ChecksumType::kComposite ? "COMPOSITE" : "FULL_OBJECT";
}

std::optional<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view name) {
  for (const ChecksumAlgorithm algorithm : kAllAlgorithms) {
    if (equals_ignore_case(name, name_of(algorithm))) return algorithm;
  }
  return std::nullopt;
}

std::optional<ChecksumType> parse_checksum_type(std::string_view name) {
  if (name == name_of(ChecksumType::kComposite)) return ChecksumType::kComposite;
  if (name == name_of(ChecksumType::kFullObject)) return ChecksumType::kFullObject;
  return std::nullopt;
}

std::string header_of(ChecksumAlgorithm algorithm) {
  return "x-amz-checksum-" + to_lower(name_of(algorithm));
}

bool is_crc(ChecksumAlgorithm algorithm) {
  return algorithm != ChecksumAlgorithm::kSha1 && algorithm != ChecksumAlgorithm::kSha256;
}

bool is_checksum_value(ChecksumAlgorithm algorithm, std::string_view base64) {
  const auto bytes = base64_decode(base64);
  return bytes && bytes->size() == kSizes[static_cast<size_t>(algorithm)];
}

ChecksumHasher::ChecksumHasher(ChecksumAlgorithm algorithm)
    : algorithm_(algorithm), hasher_(make_hasher(algorithm)) {}

void ChecksumHasher::update(std::string_view data) {
  switch (algorithm_) {
    case ChecksumAlgorithm::kCrc32: crc_ = aws::crc32(data, static_cast<uint32_t>(crc_)); break;
    case ChecksumAlgorithm::kCrc32c: crc_ = aws::crc32c(data, static_cast<uint32_t>(crc_)); break;
    case ChecksumAlgorithm::kCrc64Nvme: crc_ = aws::crc64nvme(data, crc_); break;
    case ChecksumAlgorithm::kSha1:
    case ChecksumAlgorithm::kSha256: hasher_->update(data); break;
  }
}

std::string ChecksumHasher::finish() {
  return hasher_ ? base64_encode(hasher_->finish()) : crc_text(algorithm_, crc_);
}

std::string checksum_of_bytes(ChecksumAlgorithm algorithm, std::string_view data) {
  ChecksumHasher hasher(algorithm);
  hasher.update(data);
  return hasher.finish();
}

std::string composite_checksum(ChecksumAlgorithm algorithm, const std::vector<PartChecksum>& parts) {
  ChecksumHasher hasher(algorithm);
  for (const PartChecksum& part : parts) hasher.update(base64_decode(part.value).value_or(""));
  return fmt::format("{}-{}", hasher.finish(), parts.size());
}

std::string combined_crc(ChecksumAlgorithm algorithm, const std::vector<PartChecksum>& parts) {
  uint64_t crc = 0;
  for (const PartChecksum& part : parts) {
    const uint64_t next = crc_value(part.value);
    switch (algorithm) {
      case ChecksumAlgorithm::kCrc32:
        crc = aws::crc32_combine(static_cast<uint32_t>(crc), static_cast<uint32_t>(next), part.size);
        break;
      case ChecksumAlgorithm::kCrc32c:
        crc = aws::crc32c_combine(static_cast<uint32_t>(crc), static_cast<uint32_t>(next), part.size);
        break;
      default: crc = aws::crc64nvme_combine(crc, next, part.size);
    }
  }
  return crc_text(algorithm, crc);
}

}  // namespace haneul::s3
