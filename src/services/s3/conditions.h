// Conditions of requests on what is there: If-Match and its kin (RFC 9110, section 13; S3 API reference,
// GetObject and CopyObject), byte ranges, conditional writes. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/s3/payload_stream.h"
#include "services/s3/records.h"

namespace haneul::s3 {

struct ReadConditions {
  std::optional<std::string> if_match, if_none_match;
  std::optional<Timestamp> if_modified_since, if_unmodified_since;
  Timestamp now;  // times that are still to come are no condition
};
enum class ReadVerdict { kGo, kNotModified };
// Throws PreconditionFailed.
ReadVerdict judge_read(const ReadConditions& conditions, const ObjectRecord& object);
// Of the source of a copy: what a read calls unmodified is a failed precondition here.
void require_copy_source(const ReadConditions& conditions, const ObjectRecord& object);

// If-Match and If-None-Match: * of a write, judged against what is current.
struct WriteConditions {
  std::optional<std::string> if_match, if_none_match;
};
void require_write(const WriteConditions& conditions, const std::optional<ObjectRecord>& current,
                   const std::string& key);

bool etag_matches(std::string_view header, std::string_view etag);  // a list of tags, or *

// "bytes=a-b" of an object of this size. Empty: the header is to be ignored (other units, several ranges).
// Throws InvalidRange when nothing of the object is meant.
std::optional<ByteRange> parse_range(std::string_view header, uint64_t size);
// x-amz-copy-source-range: both ends are required and inside the object.
ByteRange parse_copy_range(const std::string& header, uint64_t size);

}  // namespace haneul::s3
