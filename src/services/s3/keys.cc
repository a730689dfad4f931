#include "services/s3/keys.h"

namespace haneul::s3::keys {

using store::Key;
using store::KeyRange;
using store::KeyReader;
using store::KeyWriter;
using store::Scope;

namespace {

KeyWriter writer(std::string_view table, std::string_view bucket) {
  KeyWriter out(bucket_scope(bucket));
  out.text(table).text(bucket);
  return out;
}

}  // namespace

Scope bucket_scope(std::string_view bucket) {
  return store::make_scope(AccountId(), Region(), "s3", "bucket/" + std::string(bucket));
}
Key bucket_row(std::string_view bucket) { return writer("s3.bucket", bucket).key(); }

Key object(std::string_view bucket, std::string_view key) {
  return writer("s3.object", bucket).text(key).key();
}
KeyRange objects(std::string_view bucket) { return writer("s3.object", bucket).range(); }
KeyRange objects_with_prefix(std::string_view bucket, std::string_view prefix) {
  return writer("s3.object", bucket).text_prefix(prefix).range();
}
std::string object_of(std::string_view row_key) {
  KeyReader reader(row_key);
  reader.text();
  reader.text();
  return reader.text();
}

// Orders grow, so their complement puts the newest version first.
Key version(std::string_view bucket, std::string_view key, uint64_t order) {
  return writer("s3.version", bucket).text(key).u64(~order).key();
}
KeyRange versions_of(std::string_view bucket, std::string_view key) {
  return writer("s3.version", bucket).text(key).range();
}
KeyRange versions(std::string_view bucket) { return writer("s3.version", bucket).range(); }
KeyRange versions_with_prefix(std::string_view bucket, std::string_view prefix) {
  return writer("s3.version", bucket).text_prefix(prefix).range();
}
Key null_version(std::string_view bucket, std::string_view key) {
  return writer("s3.null", bucket).text(key).key();
}

Key data(std::string_view bucket, std::string_view id) { return writer("s3.data", bucket).text(id).key(); }
KeyRange all_data(std::string_view bucket) { return writer("s3.data", bucket).range(); }
Key manifest(std::string_view bucket, std::string_view id) {
  return writer("s3.manifest", bucket).text(id).key();
}
KeyRange manifests(std::string_view bucket) { return writer("s3.manifest", bucket).range(); }

Key upload(std::string_view bucket, std::string_view key, std::string_view upload_id) {
  return writer("s3.upload", bucket).text(key).text(upload_id).key();
}
KeyRange uploads(std::string_view bucket) { return writer("s3.upload", bucket).range(); }
KeyRange uploads_with_prefix(std::string_view bucket, std::string_view prefix) {
  return writer("s3.upload", bucket).text_prefix(prefix).range();
}
UploadName upload_of(std::string_view row_key) {
  KeyReader reader(row_key);
  reader.text();
  reader.text();
  std::string key = reader.text();
  return {std::move(key), reader.text()};
}
Key part(std::string_view bucket, std::string_view upload_id, uint64_t number) {
  return writer("s3.part", bucket).text(upload_id).u64(number).key();
}
KeyRange parts(std::string_view bucket, std::string_view upload_id) {
  return writer("s3.part", bucket).text(upload_id).range();
}
KeyRange all_parts(std::string_view bucket) { return writer("s3.part", bucket).range(); }
PartName part_of(std::string_view row_key) {
  KeyReader reader(row_key);
  reader.text();
  reader.text();
  std::string upload_id = reader.text();
  return {std::move(upload_id), reader.u64()};
}

Scope account_scope(const AccountId& account) {
  return store::make_scope(account, Region(), "s3", "buckets");
}
Key owned(const AccountId& account, std::string_view bucket) {
  return KeyWriter(account_scope(account)).text("s3.owned").text(account.str()).text(bucket).key();
}
KeyRange owned_by(const AccountId& account) {
  return KeyWriter(account_scope(account)).text("s3.owned").text(account.str()).range();
}
std::string owned_name(std::string_view row_key) { return object_of(row_key); }

Scope directory_scope() { return store::make_scope(AccountId(), Region(), "s3", "directory"); }
Key directory(std::string_view bucket) {
  return KeyWriter(directory_scope()).text("s3.name").text(bucket).key();
}
KeyRange directory_range() { return KeyWriter(directory_scope()).text("s3.name").range(); }

}  // namespace haneul::s3::keys
