// Judgements on bucket policies beside their evaluation: whether a policy is public ("The meaning of public",
// S3 user guide, "Blocking public access"), and whether it may stand on a bucket at all (PutBucketPolicy).
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "platform/identity.h"

namespace haneul::s3 {

// Some statement allows something to everyone, and no condition pins it to fixed callers.
bool is_public_policy(std::string_view json);

// The parsed policy; throws MalformedPolicy in AWS's words when the text is no policy for this bucket.
platform::PolicyPtr parse_bucket_policy(std::string_view json, std::string_view bucket);

}  // namespace haneul::s3
