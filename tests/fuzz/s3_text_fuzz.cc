// The texts that S3 takes from headers and XML and reads itself: ranges, copy sources, tags, bucket policies,
// ETag lists. Whatever they hold, they are read or refused with an error of the service, and what is read is
// in bounds.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "model/error.h"
#include "services/s3/conditions.h"
#include "services/s3/listing.h"
#include "services/s3/ops/shared.h"
#include "services/s3/policy_status.h"

namespace {

template <class F>
void refuse_or(F read) {
  try {
    read();
  } catch (const haneul::model::ServiceError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul::s3;
  const std::string text(reinterpret_cast<const char*>(data), size);
  constexpr uint64_t kObjectBytes = 1000;
  refuse_or([&] {
    const auto range = parse_range(text, kObjectBytes);
    if (range && (range->from >= range->to || range->to > kObjectBytes)) std::abort();
  });
  refuse_or([&] {
    const ByteRange range = parse_copy_range(text, kObjectBytes);
    if (range.from >= range.to || range.to > kObjectBytes) std::abort();
  });
  refuse_or([&] {
    const CopySource source = parse_copy_source(text);
    if (source.bucket.empty() || source.key.empty()) std::abort();
  });
  refuse_or([&] { parse_tag_header(text); });
  refuse_or([&] {
    parse_bucket_policy(text, "bucket");
    is_public_policy(text);
  });
  etag_matches(text, "abc");
  group_of(text, "a", "/");
  is_bucket_name(text);
  order_of_version(text);
  return 0;
}
