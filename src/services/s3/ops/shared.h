// What the inputs of several operations have in common, by the names of their members: what is refused
// because it is not supported, what describes an object, what asks for access. Templates over the generated
// structures.
#pragma once

#include <algorithm>

#include "base/text.h"
#include "gen/s3/errors.h"
#include "gen/s3/shapes.h"
#include "model/common_errors.h"
#include "services/s3/conditions.h"
#include "services/s3/core.h"
#include "services/s3/limits.h"
#include "services/s3/tags.h"

namespace haneul::s3 {

[[noreturn]] inline void throw_unsupported(std::string_view field) {
  model::NotImplemented error("A header you provided implies functionality that is not implemented: " +
                              std::string(field));
  error.with("Header", field);
  throw error;
}

#define HANEUL_REFUSE(member, field)         \
  if constexpr (requires { in.member; }) {   \
    if (in.member) throw_unsupported(field); \
  }

// Encryption with keys, object lock, website redirects, and checksums that are not kept: see README.md.
template <class In>
void refuse_unsupported(const In& in) {
  HANEUL_REFUSE(sse_customer_algorithm, "x-amz-server-side-encryption-customer-algorithm")
  HANEUL_REFUSE(sse_customer_key, "x-amz-server-side-encryption-customer-key")
  HANEUL_REFUSE(sse_customer_key_md5, "x-amz-server-side-encryption-customer-key-MD5")
  HANEUL_REFUSE(copy_source_sse_customer_algorithm,
                "x-amz-copy-source-server-side-encryption-customer-algorithm")
  HANEUL_REFUSE(copy_source_sse_customer_key, "x-amz-copy-source-server-side-encryption-customer-key")
  HANEUL_REFUSE(copy_source_sse_customer_key_md5, "x-amz-copy-source-server-side-encryption-customer-key-MD5")
  HANEUL_REFUSE(sse_kms_key_id, "x-amz-server-side-encryption-aws-kms-key-id")
  HANEUL_REFUSE(sse_kms_encryption_context, "x-amz-server-side-encryption-context")
  HANEUL_REFUSE(bucket_key_enabled, "x-amz-server-side-encryption-bucket-key-enabled")
  HANEUL_REFUSE(object_lock_mode, "x-amz-object-lock-mode")
  HANEUL_REFUSE(object_lock_retain_until_date, "x-amz-object-lock-retain-until-date")
  HANEUL_REFUSE(object_lock_legal_hold_status, "x-amz-object-lock-legal-hold")
  HANEUL_REFUSE(object_lock_event_hold, "x-amz-object-lock-event-hold")
  HANEUL_REFUSE(object_lock_event_hold_duration_days, "x-amz-object-lock-event-hold-duration-days")
  HANEUL_REFUSE(object_lock_event_hold_duration_years, "x-amz-object-lock-event-hold-duration-years")
  HANEUL_REFUSE(website_redirect_location, "x-amz-website-redirect-location")
  HANEUL_REFUSE(write_offset_bytes, "x-amz-write-offset-bytes")
  HANEUL_REFUSE(annotation_directive, "x-amz-annotation-directive")
  HANEUL_REFUSE(checksum_sha512, "x-amz-checksum-sha512")
  HANEUL_REFUSE(checksum_md5, "x-amz-checksum-md5")
  HANEUL_REFUSE(checksum_xxhash64, "x-amz-checksum-xxhash64")
  HANEUL_REFUSE(checksum_xxhash3, "x-amz-checksum-xxhash3")
  HANEUL_REFUSE(checksum_xxhash128, "x-amz-checksum-xxhash128")
  HANEUL_REFUSE(optional_object_attributes, "x-amz-optional-object-attributes")
  if constexpr (requires { in.server_side_encryption; }) {
    if (in.server_side_encryption && *in.server_side_encryption != "AES256") {
      throw_unsupported("x-amz-server-side-encryption");
    }
  }
}
#undef HANEUL_REFUSE

// Buckets own their objects here, so access lists other than the owner's own are refused as AWS does.
template <class In>
void refuse_acls(const In& in) {
  const auto is_owners = [](const std::string& acl) {
    return acl == "private" || acl == "bucket-owner-full-control";
  };
  bool has_grant = in.grant_full_control || in.grant_read || in.grant_read_acp || in.grant_write_acp;
  if constexpr (requires { in.grant_write; }) has_grant = has_grant || in.grant_write;
  if (has_grant || (in.acl && !is_owners(*in.acl))) {
    throw AccessControlListNotSupported("The bucket does not allow ACLs");
  }
}

void require_key(const std::string& key);             // KeyTooLongError
void require_storage_class(const std::string& name);  // InvalidStorageClass
std::string strip_aws_chunked(const std::string& encoding);
std::map<std::string, std::string> checked_metadata(const std::map<std::string, std::string>& given);

template <class In>
Description describe(const In& in) {
  Description out;
  out.content_type = in.content_type.value_or("binary/octet-stream");
  out.cache_control = in.cache_control.value_or("");
  out.content_disposition = in.content_disposition.value_or("");
  out.content_encoding = strip_aws_chunked(in.content_encoding.value_or(""));
  out.content_language = in.content_language.value_or("");
  out.expires = in.expires.value_or("");
  if (in.metadata) out.metadata = checked_metadata(*in.metadata);
  out.storage_class = in.storage_class.value_or("STANDARD");
  out.encryption = in.server_side_encryption.value_or("");
  require_storage_class(out.storage_class);
  return out;
}

// s3:x-amz-... condition keys of a request that writes an object.
template <class In>
ConditionKeys write_keys(const In& in) {
  ConditionKeys keys;
  if (in.acl) keys["s3:x-amz-acl"] = {*in.acl};
  if (in.storage_class) keys["s3:x-amz-storage-class"] = {*in.storage_class};
  if (in.server_side_encryption) keys["s3:x-amz-server-side-encryption"] = {*in.server_side_encryption};
  if constexpr (requires { in.if_none_match; }) {
    if (in.if_none_match) keys["s3:if-none-match"] = {*in.if_none_match};
    if (in.if_match) keys["s3:if-match"] = {*in.if_match};
  }
  return keys;
}

// A copy's source: "bucket/key?versionId=id", percent-encoded, with or without a leading slash.
struct CopySource {
  std::string bucket, key;
  std::optional<std::string> version_id;
};
CopySource parse_copy_source(const std::string& header);

std::optional<ObjectRecord> find_object(store::Reader& tx, std::string_view bucket, const std::string& key,
                                        const std::optional<std::string>& version_id);
std::string quoted_etag(const std::string& etag);
// What answers tell as the version: nothing for buckets that never had versions.
std::optional<std::string> told_version(const BucketState& bucket, const ObjectRecord& record);
// AES256 is told where it was asked for (README.md says what that means).
std::optional<std::string> told_encryption(const BucketState& bucket, const Description& description);

}  // namespace haneul::s3
