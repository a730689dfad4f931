#include "services/s3/ops/bucket_ops.h"

#include "platform/pagination.h"
#include "services/s3/keys.h"
#include "services/s3/ops/shared.h"
#include "store/record.h"

namespace haneul::s3 {

using platform::Effect;
using platform::Request;

namespace {

constexpr std::string_view kHomeRegion = "us-east-1";

// Every region but us-east-1 names itself in the request.
Region region_of(const Request& request, const CreateBucketInput& in) {
  std::string wanted;
  if (in.create_bucket_configuration) {
    wanted = in.create_bucket_configuration->location_constraint.value_or("");
  }
  if (wanted == "EU") wanted = "eu-west-1";
  const std::string& asked = request.region.str();
  if (wanted.empty() && asked != kHomeRegion) {
    throw IllegalLocationConstraintException(
        "The unspecified location constraint is incompatible for the region specific endpoint this request "
        "was "
        "sent to.");
  }
  if (wanted == kHomeRegion) {
    InvalidLocationConstraint error("The specified location-constraint is not valid");
    error.with("LocationConstraint", wanted);
    throw error;
  }
  if (wanted.empty() || wanted == asked) return request.region;
  if (asked == kHomeRegion) return Region(wanted);  // as the endpoint without a region does
  throw IllegalLocationConstraintException("The " + wanted +
                                           " location constraint is incompatible for the region specific "
                                           "endpoint this request was sent to.");
}

void refuse_unsupported_bucket(const CreateBucketInput& in) {
  refuse_acls(in);
  if (in.object_lock_enabled_for_bucket.value_or(false))
    throw_unsupported("x-amz-bucket-object-lock-enabled");
  if (in.bucket_namespace) throw_unsupported("x-amz-bucket-namespace");
  if (in.object_ownership && *in.object_ownership != "BucketOwnerEnforced") {
    throw_unsupported("x-amz-object-ownership");
  }
  if (!in.create_bucket_configuration) return;
  if (in.create_bucket_configuration->location || in.create_bucket_configuration->bucket) {
    throw_unsupported("CreateBucketConfiguration.Bucket (directory buckets)");
  }
}

BucketRecord new_bucket(const Request& request, const CreateBucketInput& in) {
  BucketRecord record;
  record.name = in.bucket;
  record.owner = request.account;
  record.region = region_of(request, in);
  record.created_at = request.now;
  record.ownership = "BucketOwnerEnforced";
  // The default of every new bucket since April 2023.
  record.public_access = PublicAccessBlockConfiguration{.block_public_acls = true,
                                                        .ignore_public_acls = true,
                                                        .block_public_policy = true,
                                                        .restrict_public_buckets = true};
  if (in.create_bucket_configuration && in.create_bucket_configuration->tags) {
    record.tags = bucket_tags(*in.create_bucket_configuration->tags);
  }
  return record;
}

std::string location_of(const BucketRecord& record) {
  return record.region.str() == kHomeRegion ? "/" + record.name
                                            : "http://" + record.name + ".s3.amazonaws.com/";
}

Document owned_row(const BucketRecord& record) {
  Document row = Document::object();
  row.set("created", static_cast<int64_t>(record.created_at.time_since_epoch().count()));
  row.set("region", record.region.str());
  return row;
}

}  // namespace

CreateBucketOutput BucketOps::create_bucket(const Request& request, const CreateBucketInput& in) {
  if (!is_bucket_name(in.bucket)) {
    InvalidBucketName error("The specified bucket is not valid.");
    error.with("BucketName", in.bucket);
    throw error;
  }
  refuse_unsupported_bucket(in);
  const BucketRecord record = new_bucket(request, in);
  core_.db.write(keys::bucket_scope(in.bucket), [&](store::Tx& tx) {
    if (const BucketPtr there = core_.buckets.find(tx, in.bucket)) {
      const bool is_ours = there->record.owner == record.owner;
      // us-east-1 alone answers a second creation with success, and changes nothing.
      if (is_ours && record.region.str() == kHomeRegion && there->record.region == record.region) return;
      if (is_ours) {
        BucketAlreadyOwnedByYou error(
            "Your previous request to create the named bucket succeeded and you already own it.");
        error.with("BucketName", in.bucket);
        throw error;
      }
      BucketAlreadyExists error(
          "The requested bucket name is not available. The bucket namespace is shared by all users of the "
          "system. "
          "Please select a different name and try again.");
      error.with("BucketName", in.bucket);
      throw error;
    }
    const auto owned = keys::owned_by(record.owner);
    const auto scope = keys::account_scope(record.owner);
    const auto rows =
        tx.scan(scope.shard, owned, {.limit = kBucketsPerAccountMax, .values = store::Values::kSkip});
    if (rows.size() >= kBucketsPerAccountMax) {
      throw TooManyBuckets("You have attempted to create more buckets than allowed");
    }
    core_.buckets.put(tx, record);
    tx.put(keys::owned(record.owner, record.name), store::encode_record(owned_row(record)));
    tx.put(keys::directory(record.name), store::encode_record(Document::object()));
  });
  return {.location = location_of(record), .bucket_arn = "arn:aws:s3:::" + record.name};
}

HeadBucketOutput BucketOps::head_bucket(const Request& request, const HeadBucketInput& in) {
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  HeadBucketOutput out;
  out.bucket_region = bucket->record.region.str();
  out.bucket_arn = bucket->arn();
  out.access_point_alias = false;
  return out;
}

GetBucketLocationOutput BucketOps::get_bucket_location(const Request& request,
                                                       const GetBucketLocationInput& in) {
  const BucketPtr bucket = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  GetBucketLocationOutput out;
  if (bucket->record.region.str() != kHomeRegion) out.location_constraint = bucket->record.region.str();
  return out;
}

ListBucketsOutput BucketOps::list_buckets(const Request& request, const ListBucketsInput& in) {
  const int64_t max = std::min(in.max_buckets.value_or(kListBucketsMax), kListBucketsMax);
  std::string after;
  if (in.continuation_token) {
    const auto position = platform::open_page_token("ListBuckets", request.account, *in.continuation_token);
    if (!position) {
      InvalidArgument error("The continuation token provided is incorrect");
      error.with("ArgumentName", "continuation-token");
      throw error;
    }
    after = *position;
  }
  const std::string prefix = in.prefix.value_or("");
  const auto scope = keys::account_scope(request.account);
  const auto rows =
      core_.db.read([&](store::ReadTx& tx) { return tx.scan(scope.shard, keys::owned_by(request.account)); });
  ListBucketsOutput out;
  out.owner = Owner{.id = canonical_id(request.account)};
  out.prefix = in.prefix;
  out.buckets.emplace();
  for (const store::Entry& row : rows) {
    const std::string name = keys::owned_name(row.key);
    const Document fields = store::decode_record(row.value);
    const std::string region = fields.string_or("region", "");
    if (name <= after || !name.starts_with(prefix) || (in.bucket_region && *in.bucket_region != region))
      continue;
    if (static_cast<int64_t>(out.buckets->size()) == max) {
      out.continuation_token =
          platform::make_page_token("ListBuckets", request.account, *out.buckets->back().name);
      break;
    }
    ::haneul::s3::Bucket& told = out.buckets->emplace_back();
    told.name = name;
    told.creation_date = Timestamp(Milliseconds(fields.find("created")->as_int()));
    // Told to those who ask by page or filter, as AWS does.
    if (in.max_buckets || in.prefix || in.bucket_region || in.continuation_token) told.bucket_region = region;
  }
  return out;
}

op::DeleteBucket::Output BucketOps::delete_bucket(const Request& request, const DeleteBucketInput& in) {
  const BucketPtr seen = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  const store::Scope scope = keys::bucket_scope(seen->name());
  core_.db.write(scope, [&](store::Tx& tx) {
    const BucketPtr bucket = core_.require_same(tx, *seen);
    const store::ScanOptions one{.limit = 1, .values = store::Values::kSkip};
    const bool has_objects = !tx.scan(scope.shard, keys::objects(bucket->name()), one).empty();
    const bool has_versions = !tx.scan(scope.shard, keys::versions(bucket->name()), one).empty();
    if (has_objects || has_versions) {
      BucketNotEmpty error(
          has_versions ? "The bucket you tried to delete is not empty. You must delete all versions in "
                         "the bucket."
                       : "The bucket you tried to delete is not empty");
      error.with("BucketName", bucket->name());
      throw error;
    }
    // Uploads that nobody finished go with their bucket.
    for (const store::Entry& row : tx.scan(scope.shard, keys::all_parts(bucket->name()))) {
      core_.garbage->drop(tx, bucket->name(), part_from(store::decode_record(row.value)).payload);
      tx.del({scope.shard, row.key});
    }
    tx.del_range(scope.shard, keys::uploads(bucket->name()));
    tx.del(keys::bucket_row(bucket->name()));
    tx.del(keys::owned(bucket->record.owner, bucket->name()));
    tx.del(keys::directory(bucket->name()));
  });
  return {};
}

void BucketOps::register_operations(platform::OperationTable& table) {
  table.add<op::CreateBucket>({.access =
                                   [](const Request&, const CreateBucketInput& in) {
                                     return platform::check("s3:CreateBucket", "arn:aws:s3:::" + in.bucket);
                                   },
                               .run = platform::bind_run(this, &BucketOps::create_bucket)});
  table.add<op::ListBuckets>(
      {.access = [](const Request&,
                    const ListBucketsInput&) { return platform::check("s3:ListAllMyBuckets", "*"); },
       .run = platform::bind_run(this, &BucketOps::list_buckets),
       .effect = Effect::kReadOnly});
  table.add<op::HeadBucket>({.access = bucket_access<HeadBucketInput>(core_, "s3:ListBucket"),
                             .run = platform::bind_run(this, &BucketOps::head_bucket),
                             .effect = Effect::kReadOnly,
                             .unsigned_requests = platform::Unsigned::kByResourcePolicy});
  table.add<op::GetBucketLocation>(
      {.access = bucket_access<GetBucketLocationInput>(core_, "s3:GetBucketLocation"),
       .run = platform::bind_run(this, &BucketOps::get_bucket_location),
       .effect = Effect::kReadOnly});
  table.add<op::DeleteBucket>({.access = bucket_access<DeleteBucketInput>(core_, "s3:DeleteBucket"),
                               .run = platform::bind_run(this, &BucketOps::delete_bucket)});
}

}  // namespace haneul::s3
