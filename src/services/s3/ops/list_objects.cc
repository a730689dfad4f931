// ListObjects and ListObjectsV2.
#include "gen/s3/operations.h"
#include "platform/pagination.h"
#include "services/s3/cursor.h"
#include "services/s3/keys.h"
#include "services/s3/ops/list_ops.h"
#include "services/s3/ops/shared.h"
#include "store/record.h"

namespace haneul::s3 {

using platform::AccessChecks;
using platform::Request;

namespace {

template <class In>
ConditionKeys list_keys(const In& in) {
  ConditionKeys keys;
  if (in.prefix) keys["s3:prefix"] = {*in.prefix};
  if (in.delimiter) keys["s3:delimiter"] = {*in.delimiter};
  if (in.max_keys) keys["s3:max-keys"] = {std::to_string(*in.max_keys)};
  return keys;
}

Object told_object(const std::string& key, const ObjectRecord& record) {
  Object out;
  out.key = key;
  out.last_modified = record.modified_at;
  out.etag = quoted_etag(record.etag);
  out.size = static_cast<int64_t>(record.size);
  out.storage_class = record.description.storage_class;
  if (!record.checksum.value.empty()) {
    out.checksum_algorithm = {std::string(name_of(record.checksum.algorithm))};
    out.checksum_type = std::string(name_of(record.checksum.type));
  }
  return out;
}

std::vector<CommonPrefix> told_prefixes(const std::vector<std::string>& prefixes,
                                        const NameEncoding& encode) {
  std::vector<CommonPrefix> out;
  for (const std::string& prefix : prefixes) out.push_back({.prefix = encode(prefix)});
  return out;
}

}  // namespace

void ListOps::register_operations(platform::OperationTable& table) {
  const auto access = [this](const char* action) {
    return [this, action](const Request& request, const auto& in) -> AccessChecks {
      const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
      return {core_.check(request, *bucket, {action, bucket->arn(), list_keys(in)})};
    };
  };
  table.add<op::ListObjects>({.access = access("s3:ListBucket"),
                              .run = platform::bind_run(this, &ListOps::list_objects),
                              .effect = platform::Effect::kReadOnly,
                              .unsigned_requests = platform::Unsigned::kByResourcePolicy});
  table.add<op::ListObjectsV2>({.access = access("s3:ListBucket"),
                                .run = platform::bind_run(this, &ListOps::list_objects_v2),
                                .effect = platform::Effect::kReadOnly,
                                .unsigned_requests = platform::Unsigned::kByResourcePolicy});
  table.add<op::ListObjectVersions>({.access = access("s3:ListBucketVersions"),
                                     .run = platform::bind_run(this, &ListOps::list_object_versions),
                                     .effect = platform::Effect::kReadOnly,
                                     .unsigned_requests = platform::Unsigned::kByResourcePolicy});
}

ListOps::Page ListOps::walk(store::Reader& tx, const BucketState& bucket, const Wanted& wanted) const {
  Page page;
  if (wanted.max == 0) return page;
  const store::Scope scope = keys::bucket_scope(bucket.name());
  Cursor rows(tx, scope.shard, keys::objects_with_prefix(bucket.name(), wanted.prefix),
              static_cast<size_t>(wanted.max) + 1);
  if (!wanted.after.empty()) {
    rows.seek(store::key_after(keys::object(bucket.name(), wanted.after).bytes));
    const std::string group = group_of(wanted.after, wanted.prefix, wanted.delimiter);
    if (!group.empty() && wanted.groups == Wanted::Groups::kSkipCurrent) {
      rows.seek(keys::objects_with_prefix(bucket.name(), group).to);
    }
  }
  while (const store::Entry* row = rows.peek()) {
    if (page.size() == static_cast<size_t>(wanted.max)) {
      page.is_truncated = true;
      break;
    }
    const std::string key = keys::object_of(row->key);
    const std::string group = group_of(key, wanted.prefix, wanted.delimiter);
    if (group.empty()) {
      page.objects.push_back(told_object(key, object_from(store::decode_record(row->value))));
      page.last = key;
      rows.next();
    } else {
      page.prefixes.push_back(group);
      page.last = group;
      rows.seek(keys::objects_with_prefix(bucket.name(), group).to);
    }
  }
  return page;
}

ListObjectsOutput ListOps::list_objects(const Request& request, const ListObjectsInput& in) {
  refuse_unsupported(in);
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  const NameEncoding encode(in.encoding_type);
  const int max = page_size(in.max_keys, "max-keys");
  Page page = core_.db.read([&](store::ReadTx& tx) {
    return walk(tx, *bucket,
                {.prefix = in.prefix.value_or(""),
                 .delimiter = in.delimiter.value_or(""),
                 .after = in.marker.value_or(""),
                 .groups = Wanted::Groups::kSkipCurrent,
                 .max = max});
  });
  ListObjectsOutput out;
  out.name = bucket->name();
  out.prefix = encode(in.prefix.value_or(""));
  out.marker = encode(in.marker.value_or(""));
  out.delimiter = encode(in.delimiter);
  out.encoding_type = in.encoding_type;
  out.max_keys = max;
  out.is_truncated = page.is_truncated;
  if (page.is_truncated && in.delimiter) out.next_marker = encode(page.last);
  for (Object& object : page.objects) {
    object.key = encode(*object.key);
    object.owner = Owner{.id = canonical_id(bucket->record.owner)};
  }
  out.contents = std::move(page.objects);
  out.common_prefixes = told_prefixes(page.prefixes, encode);
  return out;
}

ListObjectsV2Output ListOps::list_objects_v2(const Request& request, const ListObjectsV2Input& in) {
  refuse_unsupported(in);
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  const NameEncoding encode(in.encoding_type);
  const int max = page_size(in.max_keys, "max-keys");
  const std::string place = "ListObjectsV2 " + bucket->name();
  Wanted wanted{.prefix = in.prefix.value_or(""),
                .delimiter = in.delimiter.value_or(""),
                .after = in.start_after.value_or(""),
                .max = max};
  if (in.continuation_token) {
    const auto position = platform::open_page_token(place, bucket->record.owner, *in.continuation_token);
    if (!position) {
      InvalidArgument error("The continuation token provided is incorrect");
      error.with("ArgumentName", "continuation-token");
      throw error;
    }
    wanted.after = *position;
    wanted.groups = Wanted::Groups::kSkipCurrent;
  }
  Page page = core_.db.read([&](store::ReadTx& tx) { return walk(tx, *bucket, wanted); });
  ListObjectsV2Output out;
  out.name = bucket->name();
  out.prefix = encode(in.prefix.value_or(""));
  out.delimiter = encode(in.delimiter);
  out.start_after = encode(in.start_after);
  out.continuation_token = in.continuation_token;
  out.encoding_type = in.encoding_type;
  out.max_keys = max;
  out.key_count = static_cast<int32_t>(page.size());
  out.is_truncated = page.is_truncated;
  if (page.is_truncated) {
    out.next_continuation_token = platform::make_page_token(place, bucket->record.owner, page.last);
  }
  for (Object& object : page.objects) {
    object.key = encode(*object.key);
    if (in.fetch_owner.value_or(false)) object.owner = Owner{.id = canonical_id(bucket->record.owner)};
  }
  out.contents = std::move(page.objects);
  out.common_prefixes = told_prefixes(page.prefixes, encode);
  return out;
}

}  // namespace haneul::s3
