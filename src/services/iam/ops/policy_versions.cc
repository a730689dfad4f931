// Versions of managed policies: at most five, one of them the default.
#include "base/text.h"
#include "services/iam/limits.h"
#include "services/iam/ops/ops.h"

namespace haneul::iam {

namespace {

Asked ask_named(const Deps& deps, const Request&, const auto& input) {
  return ask_policy(deps, input.policy_arn);
}

const record::PolicyVersion& require_version(const record::ManagedPolicy& policy, const std::string& arn,
                                             const std::string& id) {
  for (const record::PolicyVersion& version : policy.versions) {
    if (version.id == id) return version;
  }
  throw NoSuchEntityException("Policy " + arn + " version " + id + " does not exist or is not attachable.");
}

CreatePolicyVersionOutput create_policy_version(const Deps& deps, const Request& request,
                                                const CreatePolicyVersionInput& input) {
  check_policy(input.policy_document, aws::policy::PolicyKind::kManaged);
  if (policy_size(input.policy_document) > kManagedPolicySize) {
    throw LimitExceededException("Cannot exceed quota for PolicySize: " + std::to_string(kManagedPolicySize));
  }
  return deps.directory.write(request.account, [&](Rows& rows) -> CreatePolicyVersionOutput {
    require_own_policy(rows, input.policy_arn);
    auto policy = require_policy(rows, input.policy_arn);
    if (policy.versions.size() >= kVersionsPerPolicy) {
      throw LimitExceededException(
          "A managed policy can have up to 5 versions. Before you create a new version, you must delete an "
          "existing version.");
    }
    const Timestamp now = in_seconds(request.now);
    policy.versions.push_back({.id = "v" + std::to_string(policy.next_version++),
                               .document = input.policy_document,
                               .created_at = now});
    policy.updated_at = now;
    if (input.set_as_default.value_or(false)) policy.default_version = policy.versions.back().id;
    rows.put(policy);
    PolicyVersion shown = to_api(policy, policy.versions.back());
    shown.document.reset();
    return {.policy_version = std::move(shown)};
  });
}

GetPolicyVersionOutput get_policy_version(const Deps& deps, const Request& request,
                                          const GetPolicyVersionInput& input) {
  return deps.directory.read(request.account, [&](const View& view) -> GetPolicyVersionOutput {
    const auto policy = require_policy(view, input.policy_arn);
    return {.policy_version = to_api(policy, require_version(policy, input.policy_arn, input.version_id))};
  });
}

ListPolicyVersionsOutput list_policy_versions(const Deps& deps, const Request& request,
                                              const ListPolicyVersionsInput& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    const auto policy = require_policy(view, input.policy_arn);
    auto versions = policy.versions;
    std::ranges::reverse(versions);  // newest first
    const auto key = [](const record::PolicyVersion& version) {
      const int64_t number = parse_int(std::string_view(version.id).substr(1)).value_or(0);
      return std::to_string(1'000'000'000 - number);
    };
    auto page = paginate(request, input, std::move(versions), key);
    ListPolicyVersionsOutput out{
        .versions = std::vector<PolicyVersion>(), .is_truncated = page.is_truncated, .marker = page.marker};
    for (const auto& version : page.items) {
      PolicyVersion shown = to_api(policy, version);
      shown.document.reset();
      out.versions->push_back(std::move(shown));
    }
    return out;
  });
}

SetDefaultPolicyVersionOutput set_default_policy_version(const Deps& deps, const Request& request,
                                                         const SetDefaultPolicyVersionInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    require_own_policy(rows, input.policy_arn);
    auto policy = require_policy(rows, input.policy_arn);
    policy.default_version = require_version(policy, input.policy_arn, input.version_id).id;
    policy.updated_at = in_seconds(request.now);
    rows.put(policy);
  });
  return {};
}

DeletePolicyVersionOutput delete_policy_version(const Deps& deps, const Request& request,
                                                const DeletePolicyVersionInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    require_own_policy(rows, input.policy_arn);
    auto policy = require_policy(rows, input.policy_arn);
    require_version(policy, input.policy_arn, input.version_id);
    if (policy.default_version == input.version_id) {
      throw DeleteConflictException("Cannot delete the default version of a policy.");
    }
    std::erase_if(policy.versions, [&](const auto& version) { return version.id == input.version_id; });
    rows.put(policy);
  });
  return {};
}

}  // namespace

void register_policy_versions(platform::OperationTable& table, const Deps& deps) {
  add<op::CreatePolicyVersion>(table, deps, Effect::kWrite, ask_named<CreatePolicyVersionInput>,
                               create_policy_version);
  add<op::GetPolicyVersion>(table, deps, Effect::kReadOnly, ask_named<GetPolicyVersionInput>,
                            get_policy_version);
  add<op::ListPolicyVersions>(table, deps, Effect::kReadOnly, ask_named<ListPolicyVersionsInput>,
                              list_policy_versions);
  add<op::SetDefaultPolicyVersion>(table, deps, Effect::kWrite, ask_named<SetDefaultPolicyVersionInput>,
                                   set_default_policy_version);
  add<op::DeletePolicyVersion>(table, deps, Effect::kWrite, ask_named<DeletePolicyVersionInput>,
                               delete_policy_version);
}

}  // namespace haneul::iam
