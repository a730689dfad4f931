// Buckets: create, find, list, delete, and where they are. S3 API reference, the pages of the same names.
#pragma once

#include "gen/s3/operations.h"
#include "platform/operation_table.h"
#include "services/s3/core.h"

namespace haneul::s3 {

class BucketOps {
 public:
  explicit BucketOps(Core& core) : core_(core) {}
  void register_operations(platform::OperationTable& table);

  CreateBucketOutput create_bucket(const platform::Request&, const CreateBucketInput&);
  HeadBucketOutput head_bucket(const platform::Request&, const HeadBucketInput&);
  ListBucketsOutput list_buckets(const platform::Request&, const ListBucketsInput&);
  op::DeleteBucket::Output delete_bucket(const platform::Request&, const DeleteBucketInput&);
  GetBucketLocationOutput get_bucket_location(const platform::Request&, const GetBucketLocationInput&);

 private:
  Core& core_;
};

}  // namespace haneul::s3
