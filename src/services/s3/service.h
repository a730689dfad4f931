// S3Service: Amazon S3's general purpose buckets. S3 API reference (2006-03-01). Holds the parts of the
// service and connects them; what it does is in the files around it (README.md). Thread rule: built and
// connected before the first request, then any thread.
#pragma once

#include <span>

#include "platform/gap.h"
#include "platform/pipeline.h"
#include "services/s3/core.h"
#include "services/s3/cors.h"
#include "services/s3/events.h"
#include "services/s3/ops/bucket_ops.h"
#include "services/s3/ops/config_ops.h"
#include "services/s3/ops/list_ops.h"
#include "services/s3/ops/multipart_ops.h"
#include "services/s3/ops/object_ops.h"

namespace haneul::s3 {

class S3Service {
 public:
  explicit S3Service(const Parts& parts);
  S3Service(const S3Service&) = delete;
  S3Service& operator=(const S3Service&) = delete;

  void register_operations(platform::OperationTable& table);
  // What exists only after the services: judge and dispatcher. Before the first request.
  void connect(platform::Dispatcher& dispatcher, const platform::Authorizer& authorizer);
  platform::HttpHook& http_hook() { return cors_; }

 private:
  Core core_;
  Events events_;
  CorsHook cors_;
  BucketOps bucket_ops_;
  ConfigOps config_ops_;
  ObjectOps object_ops_;
  ListOps list_ops_;
  MultipartOps multipart_ops_;
};

std::span<const platform::FieldGap> field_gaps();

}  // namespace haneul::s3
