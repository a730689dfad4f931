#include "services/s3/service.h"

namespace haneul::s3 {

S3Service::S3Service(const Parts& parts)
    : core_(parts),
      events_(core_),
      cors_(core_),
      bucket_ops_(core_),
      config_ops_(core_, events_),
      object_ops_(core_, events_),
      list_ops_(core_),
      multipart_ops_(core_, events_) {
  events_.start();
}

void S3Service::register_operations(platform::OperationTable& table) {
  bucket_ops_.register_operations(table);
  config_ops_.register_operations(table);
  object_ops_.register_operations(table);
  list_ops_.register_operations(table);
  multipart_ops_.register_operations(table);
}

void S3Service::connect(platform::Dispatcher& dispatcher, const platform::Authorizer& authorizer) {
  core_.dispatcher = &dispatcher;
  core_.authorizer = &authorizer;
}

std::span<const platform::FieldGap> field_gaps() {
  static constexpr std::string_view kAnswer = "NotImplemented";
  static constexpr std::string_view kKeys = "needs a key service; Haneul does not encrypt objects itself";
  static constexpr std::string_view kLock = "object lock is not supported";
  static constexpr std::string_view kDigests = "checksums are CRC32, CRC32C, CRC64NVME, SHA1 and SHA256";
  static constexpr std::string_view kOwner = "buckets own their objects; access is by policy";
  static constexpr std::string_view kAcl = "AccessControlListNotSupported";
  static constexpr platform::FieldGap kGaps[] = {
      {"*", "SSECustomerAlgorithm", kAnswer, kKeys},
      {"*", "SSECustomerKey", kAnswer, kKeys},
      {"*", "SSECustomerKeyMD5", kAnswer, kKeys},
      {"*", "CopySourceSSECustomerAlgorithm", kAnswer, kKeys},
      {"*", "CopySourceSSECustomerKey", kAnswer, kKeys},
      {"*", "CopySourceSSECustomerKeyMD5", kAnswer, kKeys},
      {"*", "SSEKMSKeyId", kAnswer, kKeys},
      {"*", "SSEKMSEncryptionContext", kAnswer, kKeys},
      {"PutObject", "BucketKeyEnabled", kAnswer, kKeys},
      {"CopyObject", "BucketKeyEnabled", kAnswer, kKeys},
      {"CreateMultipartUpload", "BucketKeyEnabled", kAnswer, kKeys},
      {"*", "ServerSideEncryption=aws:kms", kAnswer, kKeys},
      {"PutBucketEncryption", "SSEAlgorithm=aws:kms", kAnswer, kKeys},
      {"PutBucketEncryption", "BlockedEncryptionTypes", kAnswer, kKeys},
      {"*", "ObjectLockMode", kAnswer, kLock},
      {"*", "ObjectLockRetainUntilDate", kAnswer, kLock},
      {"*", "ObjectLockLegalHoldStatus", kAnswer, kLock},
      {"*", "ObjectLockEventHold", kAnswer, kLock},
      {"*", "ObjectLockEventHoldDurationDays", kAnswer, kLock},
      {"*", "ObjectLockEventHoldDurationYears", kAnswer, kLock},
      {"CreateBucket", "ObjectLockEnabledForBucket", kAnswer, kLock},
      {"*", "BypassGovernanceRetention", "InvalidArgument", kLock},
      {"PutBucketVersioning", "MFADelete=Enabled", kAnswer, "there are no MFA devices"},
      {"*", "WebsiteRedirectLocation", kAnswer, "website hosting is not supported"},
      {"*", "StorageClass=GLACIER", kAnswer,
       "objects are always readable; there is no archive to restore from"},
      {"*", "StorageClass=DEEP_ARCHIVE", kAnswer, "objects are always readable"},
      {"*", "ChecksumSHA512", kAnswer, kDigests},
      {"*", "ChecksumMD5", kAnswer, kDigests},
      {"*", "ChecksumXXHASH64", kAnswer, kDigests},
      {"*", "ChecksumXXHASH3", kAnswer, kDigests},
      {"*", "ChecksumXXHASH128", kAnswer, kDigests},
      {"*", "OptionalObjectAttributes", kAnswer, "there is nothing to restore"},
      {"PutObject", "WriteOffsetBytes", kAnswer, "for directory buckets only"},
      {"CopyObject", "AnnotationDirective", kAnswer, "annotations are not supported"},
      {"AbortMultipartUpload", "IfMatchInitiatedTime", kAnswer, "for directory buckets only"},
      {"CreateBucket", "BucketNamespace", kAnswer, "bucket names are unique over the installation"},
      {"CreateBucket", "CreateBucketConfiguration.Location", kAnswer, "for directory buckets only"},
      {"CreateBucket", "CreateBucketConfiguration.Bucket", kAnswer, "for directory buckets only"},
      {"CreateBucket", "ObjectOwnership=ObjectWriter", kAnswer, kOwner},
      {"CreateBucket", "ObjectOwnership=BucketOwnerPreferred", kAnswer, kOwner},
      {"PutBucketOwnershipControls", "ObjectOwnership=ObjectWriter", kAnswer, kOwner},
      {"PutBucketOwnershipControls", "ObjectOwnership=BucketOwnerPreferred", kAnswer, kOwner},
      {"*", "ACL", kAcl, "other than private and bucket-owner-full-control: buckets own their objects"},
      {"*", "GrantFullControl", kAcl, kOwner},
      {"*", "GrantRead", kAcl, kOwner},
      {"*", "GrantReadACP", kAcl, kOwner},
      {"*", "GrantWrite", kAcl, kOwner},
      {"*", "GrantWriteACP", kAcl, kOwner},
      {"PutBucketAcl", "AccessControlPolicy", kAcl, kOwner},
      {"PutBucketNotificationConfiguration", "TopicConfigurations", "InvalidArgument",
       "there are no topics yet"},
      {"PutBucketNotificationConfiguration", "QueueConfigurations", "InvalidArgument",
       "there are no queues yet"},
      {"PutBucketNotificationConfiguration", "EventBridgeConfiguration", "InvalidArgument",
       "there are no event buses yet"},
  };
  return kGaps;
}

}  // namespace haneul::s3
