#include "services/s3/ops/config_ops.h"

#include "aws/policy/policy.h"
#include "services/s3/cors.h"
#include "services/s3/keys.h"
#include "services/s3/ops/body_digest.h"
#include "services/s3/ops/shared.h"
#include "services/s3/policy_status.h"

namespace haneul::s3 {

using platform::Effect;
using platform::OperationTable;
using platform::Request;

void ConfigOps::change(const BucketState& seen, const std::function<void(BucketRecord&)>& change) {
  core_.db.write(keys::bucket_scope(seen.name()), [&](store::Tx& tx) {
    BucketRecord record = core_.require_same(tx, seen)->record;
    change(record);
    core_.buckets.put(tx, record);
  });
}

template <class Op>
void ConfigOps::add_read(OperationTable& table, const char* action,
                         std::function<typename Op::Output(const BucketRecord&)> read) {
  using In = typename Op::Input;
  table.add<Op>({.access = bucket_access<In>(core_, action),
                 .run = Run<Op>([this, read = std::move(read)](const Request& request, const In& in) {
                   return read(core_.require_bucket(request, in.bucket, in.expected_bucket_owner)->record);
                 }),
                 .effect = Effect::kReadOnly});
}

template <class Op>
void ConfigOps::add_write(OperationTable& table, const char* action,
                          std::function<void(BucketRecord&, const typename Op::Input&)> write) {
  using In = typename Op::Input;
  table.add<Op>({.access = bucket_access<In>(core_, action),
                 .run = Run<Op>([this, write = std::move(write)](const Request& request, const In& in) {
                   require_body_digest(request);
                   const BucketPtr seen = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
                   change(*seen, [&](BucketRecord& record) { write(record, in); });
                   return typename Op::Output{};
                 })});
}

void ConfigOps::register_tagging(OperationTable& table) {
  add_read<op::GetBucketTagging>(table, "s3:GetBucketTagging", [](const BucketRecord& record) {
    if (record.tags.empty()) {
      throw NoSuchTagSet("The TagSet does not exist").with("BucketName", record.name);
    }
    return GetBucketTaggingOutput{.tag_set = to_tag_set(record.tags)};
  });
  add_write<op::PutBucketTagging>(table, "s3:PutBucketTagging",
                                  [](BucketRecord& record, const PutBucketTaggingInput& in) {
                                    record.tags = bucket_tags(in.tagging.tag_set);
                                  });
  add_write<op::DeleteBucketTagging>(
      table, "s3:PutBucketTagging",
      [](BucketRecord& record, const DeleteBucketTaggingInput&) { record.tags.clear(); });
}

void ConfigOps::register_versioning(OperationTable& table) {
  add_read<op::GetBucketVersioning>(table, "s3:GetBucketVersioning", [](const BucketRecord& record) {
    GetBucketVersioningOutput out;
    if (record.has_versions()) out.status = record.versioning;
    return out;
  });
  add_write<op::PutBucketVersioning>(
      table, "s3:PutBucketVersioning", [](BucketRecord& record, const PutBucketVersioningInput& in) {
        const std::string status = in.versioning_configuration.status.value_or("");
        if (status != kEnabled && status != kSuspended) throw_malformed_xml();
        if (in.versioning_configuration.mfa_delete == "Enabled")
          throw_unsupported("VersioningConfiguration.MfaDelete");
        record.versioning = status;
      });
}

void ConfigOps::register_public_access(OperationTable& table) {
  add_read<op::GetPublicAccessBlock>(table, "s3:GetBucketPublicAccessBlock", [](const BucketRecord& record) {
    if (!record.public_access) {
      throw NoSuchPublicAccessBlockConfiguration("The public access block configuration was not found")
          .with("BucketName", record.name);
    }
    return GetPublicAccessBlockOutput{.public_access_block_configuration = record.public_access};
  });
  add_write<op::PutPublicAccessBlock>(
      table, "s3:PutBucketPublicAccessBlock", [](BucketRecord& record, const PutPublicAccessBlockInput& in) {
        const PublicAccessBlockConfiguration& given = in.public_access_block_configuration;
        record.public_access = PublicAccessBlockConfiguration{
            .block_public_acls = given.block_public_acls.value_or(false),
            .ignore_public_acls = given.ignore_public_acls.value_or(false),
            .block_public_policy = given.block_public_policy.value_or(false),
            .restrict_public_buckets = given.restrict_public_buckets.value_or(false)};
      });
  add_write<op::DeletePublicAccessBlock>(
      table, "s3:PutBucketPublicAccessBlock",
      [](BucketRecord& record, const DeletePublicAccessBlockInput&) { record.public_access.reset(); });
}

void ConfigOps::register_cors(OperationTable& table) {
  add_read<op::GetBucketCors>(table, "s3:GetBucketCORS", [](const BucketRecord& record) {
    if (!record.cors) {
      throw NoSuchCORSConfiguration("The CORS configuration does not exist").with("BucketName", record.name);
    }
    return GetBucketCorsOutput{.cors_rules = record.cors->cors_rules};
  });
  add_write<op::PutBucketCors>(table, "s3:PutBucketCORS",
                               [](BucketRecord& record, const PutBucketCorsInput& in) {
                                 require_valid_cors(in.cors_configuration);
                                 record.cors = in.cors_configuration;
                               });
  add_write<op::DeleteBucketCors>(
      table, "s3:PutBucketCORS",
      [](BucketRecord& record, const DeleteBucketCorsInput&) { record.cors.reset(); });
}

void ConfigOps::register_ownership(OperationTable& table) {
  add_read<op::GetBucketOwnershipControls>(
      table, "s3:GetBucketOwnershipControls", [](const BucketRecord& record) {
        if (record.ownership.empty()) {
          throw OwnershipControlsNotFoundError("The bucket ownership controls were not found")
              .with("BucketName", record.name);
        }
        GetBucketOwnershipControlsOutput out;
        out.ownership_controls =
            OwnershipControls{.rules = {OwnershipControlsRule{.object_ownership = record.ownership}}};
        return out;
      });
  add_write<op::PutBucketOwnershipControls>(
      table, "s3:PutBucketOwnershipControls",
      [](BucketRecord& record, const PutBucketOwnershipControlsInput& in) {
        if (in.ownership_controls.rules.size() != 1) throw_malformed_xml();
        const std::string& wanted = in.ownership_controls.rules.front().object_ownership;
        if (wanted != "BucketOwnerEnforced") throw_unsupported("ObjectOwnership: " + wanted);
        record.ownership = wanted;
      });
}

void ConfigOps::register_encryption(OperationTable& table) {
  add_read<op::GetBucketEncryption>(table, "s3:GetEncryptionConfiguration", [](const BucketRecord& record) {
    if (record.encryption.empty()) {
      throw ServerSideEncryptionConfigurationNotFoundError(
          "The server side encryption configuration was not found")
          .with("BucketName", record.name);
    }
    ServerSideEncryptionRule rule;
    rule.apply_server_side_encryption_by_default =
        ServerSideEncryptionByDefault{.sse_algorithm = record.encryption};
    rule.bucket_key_enabled = record.bucket_key_enabled;
    GetBucketEncryptionOutput out;
    out.server_side_encryption_configuration = ServerSideEncryptionConfiguration{.rules = {rule}};
    return out;
  });
  add_write<op::PutBucketEncryption>(
      table, "s3:PutEncryptionConfiguration", [](BucketRecord& record, const PutBucketEncryptionInput& in) {
        const auto& rules = in.server_side_encryption_configuration.rules;
        if (rules.size() != 1 || !rules.front().apply_server_side_encryption_by_default)
          throw_malformed_xml();
        const auto& by_default = *rules.front().apply_server_side_encryption_by_default;
        if (by_default.sse_algorithm != "AES256")
          throw_unsupported("SSEAlgorithm: " + by_default.sse_algorithm);
        if (by_default.kms_master_key_id) {
          throw InvalidArgument(
              "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms");
        }
        if (rules.front().blocked_encryption_types) throw_unsupported("BlockedEncryptionTypes");
        record.encryption = by_default.sse_algorithm;
        record.bucket_key_enabled = rules.front().bucket_key_enabled.value_or(false);
      });
  add_write<op::DeleteBucketEncryption>(table, "s3:PutEncryptionConfiguration",
                                        [](BucketRecord& record, const DeleteBucketEncryptionInput&) {
                                          record.encryption.clear();
                                          record.bucket_key_enabled = false;
                                        });
}

void ConfigOps::register_acl(OperationTable& table) {
  add_read<op::GetBucketAcl>(table, "s3:GetBucketAcl", [](const BucketRecord& record) {
    const std::string id = canonical_id(record.owner);
    GetBucketAclOutput out;
    out.owner = Owner{.id = id};
    out.grants = {Grant{.grantee = Grantee{.id = id, .type = "CanonicalUser"}, .permission = "FULL_CONTROL"}};
    return out;
  });
  add_write<op::PutBucketAcl>(table, "s3:PutBucketAcl", [](BucketRecord&, const PutBucketAclInput& in) {
    refuse_acls(in);
    if (in.access_control_policy) throw AccessControlListNotSupported("The bucket does not allow ACLs");
    if (!in.acl) throw InvalidRequest("Your request was missing a required header: x-amz-acl");
  });
}

void ConfigOps::register_notifications(OperationTable& table) {
  add_read<op::GetBucketNotificationConfiguration>(
      table, "s3:GetBucketNotification",
      [](const BucketRecord& record) { return record.notifications.value_or(NotificationConfiguration{}); });
  table.add_parking<op::PutBucketNotificationConfiguration>(
      {.access = bucket_access<PutBucketNotificationConfigurationInput>(core_, "s3:PutBucketNotification"),
       .run = platform::bind_run(this, &ConfigOps::put_notifications)});
}

Task<op::PutBucketNotificationConfiguration::Output> ConfigOps::put_notifications(
    const Request& request, const PutBucketNotificationConfigurationInput& in, platform::Exchange&) {
  require_body_digest(request);
  const BucketPtr seen = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  const NotificationConfiguration valid =
      co_await events_.validated(request, *seen, in.notification_configuration,
                                 in.skip_destination_validation.value_or(false) ? Events::Destinations::kTrust
                                                                                : Events::Destinations::kAsk);
  change(*seen, [&](BucketRecord& record) {
    record.notifications.reset();
    if (valid.lambda_function_configurations) record.notifications = valid;
  });
  co_return op::PutBucketNotificationConfiguration::Output{};
}

void ConfigOps::register_operations(OperationTable& table) {
  register_tagging(table);
  register_versioning(table);
  register_policy(table);
  register_public_access(table);
  register_cors(table);
  register_ownership(table);
  register_encryption(table);
  register_acl(table);
  register_notifications(table);
}

op::PutBucketPolicy::Output ConfigOps::put_bucket_policy(const Request& request,
                                                         const PutBucketPolicyInput& in) {
  require_body_digest(request);
  const BucketPtr seen = core_.require_bucket(request, in.bucket, in.expected_bucket_owner);
  if (in.policy.size() > kPolicyBytesMax) throw MalformedPolicy("Policy document size exceeds 20480 bytes");
  // A caller who would lock himself out has to say that he means it.
  BucketState proposed{.record = seen->record, .policy = parse_bucket_policy(in.policy, seen->name())};
  const auto again = core_.check(request, proposed, {"s3:PutBucketPolicy", seen->arn()});
  const bool is_lockout =
      core_.authorizer != nullptr && core_.authorizer->judge(request, again).explicit_deny;
  if (is_lockout && !in.confirm_remove_self_bucket_access.value_or(false)) {
    throw InvalidRequest(
        "This policy would deny you s3:PutBucketPolicy on the bucket. To confirm, send "
        "x-amz-confirm-remove-self-bucket-access: true.");
  }
  const iam::PinnedPolicy pinned = pin(in.policy);
  const bool is_public = is_public_policy(in.policy);
  change(*seen, [&](BucketRecord& record) {
    const auto& block = record.public_access;
    if (is_public && block && block->block_public_policy.value_or(false)) {
      platform::throw_access_denied(
          request,
          "User: " + request.caller.arn +
              " is not authorized to perform: s3:PutBucketPolicy on resource: \"" + seen->arn() +
              "\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block "
              "Public Access.");
    }
    record.policy = pinned.text;
    record.policy_pins = pinned.pins;
  });
  return {};
}

iam::PinnedPolicy ConfigOps::pin(const std::string& policy) const {
  if (core_.principals == nullptr) return {.text = policy, .pins = {}};
  auto pinned = core_.principals->pin_principals(policy);
  if (!pinned) throw MalformedPolicy("Invalid principal in policy");
  return std::move(*pinned);
}

void ConfigOps::register_policy(OperationTable& table) {
  const auto require_policy = [](const BucketRecord& record) {
    if (!record.policy.empty()) return;
    throw NoSuchBucketPolicy("The bucket policy does not exist").with("BucketName", record.name);
  };
  add_read<op::GetBucketPolicy>(
      table, "s3:GetBucketPolicy", [this, require_policy](const BucketRecord& record) {
        require_policy(record);
        if (core_.principals == nullptr) return GetBucketPolicyOutput{.policy = record.policy};
        return GetBucketPolicyOutput{.policy =
                                         core_.principals->show_pinned({record.policy, record.policy_pins})};
      });
  add_read<op::GetBucketPolicyStatus>(
      table, "s3:GetBucketPolicyStatus", [require_policy](const BucketRecord& record) {
        require_policy(record);
        return GetBucketPolicyStatusOutput{.policy_status =
                                               PolicyStatus{.is_public = is_public_policy(record.policy)}};
      });
  table.add<op::PutBucketPolicy>({.access = bucket_access<PutBucketPolicyInput>(core_, "s3:PutBucketPolicy"),
                                  .run = platform::bind_run(this, &ConfigOps::put_bucket_policy)});
  add_write<op::DeleteBucketPolicy>(table, "s3:DeleteBucketPolicy",
                                    [](BucketRecord& record, const DeleteBucketPolicyInput&) {
                                      record.policy.clear();
                                      record.policy_pins.clear();
                                    });
}

}  // namespace haneul::s3
