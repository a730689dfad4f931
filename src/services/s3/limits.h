// Limits of S3. Sources: S3 user guide, "General purpose bucket quotas", "Multipart upload limits", "Object
// tagging", "Working with object metadata".
#pragma once

#include <cstddef>
#include <cstdint>

namespace haneul::s3 {

inline constexpr size_t kKeyBytesMax = 1024;
inline constexpr size_t kMetadataBytesMax = 2048;  // of user metadata, names and values
inline constexpr size_t kObjectTagsMax = 10;
inline constexpr size_t kBucketTagsMax = 50;
inline constexpr size_t kTagKeyCharsMax = 128;
inline constexpr size_t kTagValueCharsMax = 256;
inline constexpr size_t kPolicyBytesMax = 20 * 1024;
inline constexpr uint64_t kPutBytesMax = 5ULL << 30;      // of one PutObject or UploadPart
inline constexpr uint64_t kObjectBytesMax = 50ULL << 40;  // of a whole object
inline constexpr uint64_t kPartBytesMin = 5ULL << 20;     // of every part but the last
inline constexpr int kPartNumberMax = 10'000;
inline constexpr int kListKeysMax = 1000;
inline constexpr size_t kDeleteKeysMax = 1000;
inline constexpr int64_t kListBucketsMax = 10'000;
inline constexpr size_t kBucketsPerAccountMax = 10'000;
inline constexpr size_t kCorsRulesMax = 100;
inline constexpr size_t kPieceBytes = 1 << 20;  // how much of a body is in memory at a time, twice

}  // namespace haneul::s3
