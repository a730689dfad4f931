// Tags of buckets and objects: S3 user guide, "Categorizing your objects using tags". Pure; throws InvalidTag
// and its kin in AWS's words.
#pragma once

#include <string_view>
#include <vector>

#include "services/s3/core.h"
#include "services/s3/records.h"

namespace haneul::s3 {

Tags parse_tag_header(const std::string& header);  // x-amz-tagging: "a=1&b=2"
Tags object_tags(const std::vector<Tag>& tag_set);
Tags bucket_tags(const std::vector<Tag>& tag_set);
std::vector<Tag> to_tag_set(const Tags& tags);

// Condition keys: s3:RequestObjectTag/<k> and s3:RequestObjectTagKeys; s3:ExistingObjectTag/<k>.
void add_request_tags(const Tags& tags, ConditionKeys& keys);
void add_existing_tags(const Tags& tags, ConditionKeys& keys);

}  // namespace haneul::s3
