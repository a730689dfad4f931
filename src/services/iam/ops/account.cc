// The account itself: its alias and its summary.
#include "services/iam/limits.h"
#include "services/iam/ops/ops.h"

namespace haneul::iam {

namespace {

template <class Input>
Asked ask(const Deps&, const Request&, const Input&) {
  return ask_account();
}

record::Account account_or_new(const View& view, const Request& request) {
  auto account = view.find_account();
  if (!account)
    account = record::Account{.id = request.account.str(), .alias = {}, .created_at = request.now};
  return std::move(*account);
}

void set_alias(Rows& rows, record::Account account, const std::string& alias) {
  if (!account.alias.empty()) rows.tx().del(alias_key(account.alias));
  if (!alias.empty()) {
    rows.tx().put(alias_key(alias), store::encode_record(Document::Object{{"account", account.id}}));
  }
  account.alias = alias;
  rows.put_account(account);
}

CreateAccountAliasOutput create_alias(const Deps& deps, const Request& request,
                                      const CreateAccountAliasInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    const auto account = account_or_new(rows, request);
    if (account.alias == input.account_alias) return;
    if (rows.reader().contains(alias_key(input.account_alias))) {
      throw EntityAlreadyExistsException("The account alias " + input.account_alias + " already exists.");
    }
    set_alias(rows, account, input.account_alias);
  });
  return {};
}

DeleteAccountAliasOutput delete_alias(const Deps& deps, const Request& request,
                                      const DeleteAccountAliasInput& input) {
  deps.directory.write(request.account, [&](Rows& rows) {
    const auto account = account_or_new(rows, request);
    if (account.alias.empty() || account.alias != input.account_alias) {
      throw NoSuchEntityException("The account alias " + input.account_alias + " cannot be found.");
    }
    set_alias(rows, account, "");
  });
  return {};
}

ListAccountAliasesOutput list_aliases(const Deps& deps, const Request& request,
                                      const ListAccountAliasesInput& input) {
  return deps.directory.read(request.account, [&](const View& view) {
    const auto account = view.find_account();
    std::vector<std::string> aliases;
    if (account && !account->alias.empty()) aliases.push_back(account->alias);
    auto page = paginate(request, input, std::move(aliases), [](const std::string& alias) { return alias; });
    return ListAccountAliasesOutput{
        .account_aliases = std::move(page.items), .is_truncated = page.is_truncated, .marker = page.marker};
  });
}

GetAccountSummaryOutput get_summary(const Deps& deps, const Request& request, const GetAccountSummaryInput&) {
  return deps.directory.read(request.account, [&](const View& view) {
    const auto number = [](size_t value) { return static_cast<int32_t>(value); };
    const auto policies = view.list<record::ManagedPolicy>();
    size_t versions = 0;
    for (const auto& policy : policies) versions += policy.versions.size();
    std::map<std::string, int32_t> summary = {
        {"Users", number(view.list<record::User>().size())},
        {"Groups", number(view.list<record::Group>().size())},
        {"Roles", number(view.list<record::Role>().size())},
        {"Policies", number(policies.size())},
        {"PolicyVersionsInUse", number(versions)},
        {"InstanceProfiles", number(view.list<record::InstanceProfile>().size())},
        {"AccessKeysPerUserQuota", number(kAccessKeysPerUser)},
        {"AttachedPoliciesPerUserQuota", number(kAttachedPoliciesMax)},
        {"AttachedPoliciesPerGroupQuota", number(kAttachedPoliciesMax)},
        {"AttachedPoliciesPerRoleQuota", number(kAttachedPoliciesMax)},
        {"GroupsPerUserQuota", number(kGroupsPerUser)},
        {"VersionsPerPolicyQuota", number(kVersionsPerPolicy)},
        {"PolicySizeQuota", number(kManagedPolicySize)},
        {"UserPolicySizeQuota", number(kUserInlinePolicies)},
        {"GroupPolicySizeQuota", number(kGroupInlinePolicies)},
        {"RolePolicySizeQuota", number(kRoleInlinePolicies)},
        {"AssumeRolePolicySizeQuota", number(kTrustPolicySize)},
        {"AccountMFAEnabled", 0},
        {"MFADevices", 0},
        {"MFADevicesInUse", 0},
        {"Providers", 0},
        {"ServerCertificates", 0},
    };
    return GetAccountSummaryOutput{.summary_map = std::move(summary)};
  });
}

}  // namespace

void register_account(platform::OperationTable& table, const Deps& deps) {
  add<op::CreateAccountAlias>(table, deps, Effect::kWrite, ask<CreateAccountAliasInput>, create_alias);
  add<op::DeleteAccountAlias>(table, deps, Effect::kWrite, ask<DeleteAccountAliasInput>, delete_alias);
  add<op::ListAccountAliases>(table, deps, Effect::kReadOnly, ask<ListAccountAliasesInput>, list_aliases);
  add<op::GetAccountSummary>(table, deps, Effect::kReadOnly, ask<GetAccountSummaryInput>, get_summary);
}

}  // namespace haneul::iam
