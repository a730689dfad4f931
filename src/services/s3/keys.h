// S3's key space; the only file that knows it. Everything of a bucket lives in the bucket's own scope, so a
// put reads its bucket and writes its object under one lock, and a listing is one ordered scan.
//
//   scope (s3, "bucket/<name>"):  ("s3.bucket", name)                  the bucket: names are unique because
//   this is
//                                 ("s3.object", name, key)             the current version, unless it is a
//                                 marker
//                                 ("s3.version", name, key, ~order)    versions behind it and delete markers,
//                                 newest first
//                                 ("s3.null", name, key)               order of the null version among those
//                                 ("s3.data", name, id)                payload of at most 32 KiB
//                                 ("s3.manifest", name, id)            the parts that an object is made of
//                                 ("s3.upload", name, key, upload)     an upload in parts
//                                 ("s3.part", name, upload, number)    one of its parts
//   scope (account, s3, "buckets"): ("s3.owned", bucket)               what ListBuckets shows
//   scope (s3, "directory"):        ("s3.name", bucket)                every bucket there is, for sweep and
//   check
#pragma once

#include <string_view>

#include "base/strong.h"
#include "store/key.h"

namespace haneul::s3::keys {

store::Scope bucket_scope(std::string_view bucket);
store::Key bucket_row(std::string_view bucket);

store::Key object(std::string_view bucket, std::string_view key);
store::KeyRange objects(std::string_view bucket);
store::KeyRange objects_with_prefix(std::string_view bucket, std::string_view prefix);
std::string object_of(std::string_view row_key);  // the key back from an object's or version's row

store::Key version(std::string_view bucket, std::string_view key, uint64_t order);
store::KeyRange versions_of(std::string_view bucket, std::string_view key);
store::KeyRange versions(std::string_view bucket);
store::KeyRange versions_with_prefix(std::string_view bucket, std::string_view prefix);
store::Key null_version(std::string_view bucket, std::string_view key);

store::Key data(std::string_view bucket, std::string_view id);
store::KeyRange all_data(std::string_view bucket);
store::Key manifest(std::string_view bucket, std::string_view id);
store::KeyRange manifests(std::string_view bucket);

store::Key upload(std::string_view bucket, std::string_view key, std::string_view upload_id);
store::KeyRange uploads(std::string_view bucket);
store::KeyRange uploads_with_prefix(std::string_view bucket, std::string_view prefix);
struct UploadName {
  std::string key, upload_id;
};
UploadName upload_of(std::string_view row_key);
store::Key part(std::string_view bucket, std::string_view upload_id, uint64_t number);
store::KeyRange parts(std::string_view bucket, std::string_view upload_id);
store::KeyRange all_parts(std::string_view bucket);
struct PartName {
  std::string upload_id;
  uint64_t number;
};
PartName part_of(std::string_view row_key);

store::Scope account_scope(const AccountId& account);
store::Key owned(const AccountId& account, std::string_view bucket);
store::KeyRange owned_by(const AccountId& account);
std::string owned_name(std::string_view row_key);
store::Scope directory_scope();
store::Key directory(std::string_view bucket);
store::KeyRange directory_range();

}  // namespace haneul::s3::keys
