// Configurations of buckets: tags, versioning, policy, public access, CORS, ownership, encryption,
// notifications, and the one access list there is. S3 API reference, the pages of the same names.
#pragma once

#include <functional>

#include "gen/s3/operations.h"
#include "platform/operation_table.h"
#include "services/s3/core.h"
#include "services/s3/events.h"

namespace haneul::s3 {

class ConfigOps {
 public:
  ConfigOps(Core& core, const Events& events) : core_(core), events_(events) {}
  void register_operations(platform::OperationTable& table);

 private:
  template <class Op>
  using Run = std::function<typename Op::Output(const platform::Request&, const typename Op::Input&)>;
  template <class Op>
  void add_read(platform::OperationTable& table, const char* action,
                std::function<typename Op::Output(const BucketRecord&)> read);
  template <class Op>
  void add_write(platform::OperationTable& table, const char* action,
                 std::function<void(BucketRecord&, const typename Op::Input&)> change);
  void register_tagging(platform::OperationTable& table);
  void register_versioning(platform::OperationTable& table);
  void register_policy(platform::OperationTable& table);
  void register_public_access(platform::OperationTable& table);
  void register_cors(platform::OperationTable& table);
  void register_ownership(platform::OperationTable& table);
  void register_encryption(platform::OperationTable& table);
  void register_acl(platform::OperationTable& table);
  void register_notifications(platform::OperationTable& table);

  op::PutBucketPolicy::Output put_bucket_policy(const platform::Request&, const PutBucketPolicyInput&);
  // Throws MalformedPolicy when it names a user or role that does not exist.
  iam::PinnedPolicy pin(const std::string& policy) const;
  Task<op::PutBucketNotificationConfiguration::Output> put_notifications(
      const platform::Request&, const PutBucketNotificationConfigurationInput&, platform::Exchange&);
  void change(const BucketState& seen, const std::function<void(BucketRecord&)>& change);

  Core& core_;
  const Events& events_;
};

}  // namespace haneul::s3
