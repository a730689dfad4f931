#include "services/iam/service.h"

#include <array>

#include "aws/policy/evaluate.h"
#include "services/iam/ids.h"
#include "services/iam/pins.h"
#include "services/iam/seed.h"

namespace haneul::iam {

namespace {

std::string arn_of(const AccountId& account, const record::Role& role) {
  return entity_arn(account.str(), "role", role.path, role.name);
}

}  // namespace

Iam::Iam(store::Db& db, const Clock& clock, Random& random, Secret<std::string> token_key)
    : clock_(clock),
      random_(random),
      directory_(db),
      identities_(directory_, std::move(token_key)),
      key_uses_(directory_),
      deps_{directory_, identities_, key_uses_, random} {}

void Iam::register_operations(platform::OperationTable& table) {
  register_users(table, deps_);
  register_groups(table, deps_);
  register_roles(table, deps_);
  register_access_keys(table, deps_);
  register_policies(table, deps_);
  register_policy_versions(table, deps_);
  register_attachments(table, deps_);
  register_inline_policies(table, deps_);
  register_boundaries(table, deps_);
  register_tags(table, deps_);
  register_profiles(table, deps_);
  register_account(table, deps_);
  register_details(table, deps_);
  register_simulation(table, deps_);
}

std::span<const platform::FieldGap> field_gaps() {
  static constexpr std::array<platform::FieldGap, 6> kGaps{{
      {"*", "ResourceHandlingOption", "NotImplemented", "scenarios of EC2"},
      {"SimulatePrincipalPolicy", "PolicyExclusionList", "NotImplemented", "not yet simulated"},
      {"SimulateCustomPolicy", "OrderedOrganizationPolicyInputList", "NotImplemented",
       "there are no organizations"},
      {"CreateServiceLinkedRole", "AWSServiceName", "InvalidInput", "no service here needs such a role"},
      {"CreateServiceLinkedRole", "Description", "InvalidInput", "no service here needs such a role"},
      {"CreateServiceLinkedRole", "CustomSuffix", "InvalidInput", "no service here needs such a role"},
  }};
  return kGaps;
}

void Iam::ensure_account(const AccountSeed& seed) { apply_seed(directory_, seed, clock_.now(), random_); }

std::optional<RoleFacts> Iam::find_role(std::string_view role_arn) {
  const auto role = identities_.loader().role(role_arn);
  if (!role) return std::nullopt;
  const AccountId account(parse_entity_arn(role_arn)->account);
  return RoleFacts{.arn = arn_of(account, role->record),
                   .id = role->record.id,
                   .name = role->record.name,
                   .account = account,
                   .trust = role->trust,
                   .max_session = role->record.max_session,
                   .tags = role->record.tags};
}

std::string Iam::managed_policy_document(std::string_view policy_arn) {
  return identities_.loader().managed_document(policy_arn);
}

SessionCredentials Iam::issue(const SessionGrant& grant) {
  Session session{.kind = static_cast<Session::Kind>(grant.kind),
                  .access_key_id = make_access_key_id(kTemporaryKeyPrefix, grant.account, random_),
                  .secret = Secret(make_secret_access_key(random_)),
                  .account = grant.account.str(),
                  .principal_id = grant.principal_id,
                  .name = grant.name,
                  .session_name = grant.session_name,
                  .policies = grant.policies,
                  .policy_arns = grant.policy_arns,
                  .tags = grant.tags,
                  .transitive_tags = grant.transitive_tags,
                  .source_identity = grant.source_identity};
  // Whole seconds, as STS says when credentials expire.
  session.issued_at = std::chrono::floor<Seconds>(clock_.now());
  session.expires_at = session.issued_at + grant.duration;
  SessionCredentials out{
      .access_key_id = session.access_key_id,
      .secret_access_key = session.secret,
      .session_token = Secret(seal_session(session, identities_.token_key().reveal(), random_)),
      .expires_at = session.expires_at};
  out.caller = identities_.caller_of(session).value_or(platform::Caller::anonymous());
  out.caller.access_key_id = session.access_key_id;
  return out;
}

std::optional<SessionCredentials> Iam::issue_for_service(const SessionRequest& request) {
  const auto role = find_role(request.role_arn);
  if (!role) return std::nullopt;
  return issue({.kind = SessionGrant::Kind::kRole,
                .account = role->account,
                .principal_id = role->id,
                .name = role->name,
                .session_name = request.session_name,
                .policies = request.session_policies,
                .duration = request.duration});
}

bool Iam::may_assume(std::string_view role_arn, std::string_view service_principal) {
  const auto role = find_role(role_arn);
  if (!role) return false;
  const aws::policy::Principal principal{.kind = aws::policy::Principal::Kind::kService,
                                         .service = service_principal};
  aws::policy::Context context;
  add_principal_keys(principal, context);
  // A service acts for resources of the role's own account.
  context.set("aws:SourceAccount", role->account.str());
  return aws::policy::evaluate(
             {.principal = principal,
              .action = "sts:AssumeRole",
              .resource = role->arn,
              .resource_account = role->account.str(),
              .context = &context,
              .resource_policy = role->trust.get(),
              .resource_rule = aws::policy::AuthorizationRequest::ResourceRule::kResourceMustAllow})
      .allowed();
}

std::optional<AccountId> Iam::account_of_key(std::string_view access_key_id) {
  if (const auto key = identities_.loader().key(access_key_id)) return AccountId(key->account);
  return account_of_key_id(access_key_id);
}

std::expected<PinnedPolicy, std::string> Iam::pin_principals(const std::string& document) {
  return directory_.db().read([&](store::ReadTx& tx) {
    return iam::pin_principals(tx, document, aws::policy::PolicyKind::kResource);
  });
}

std::string Iam::show_pinned(const PinnedPolicy& policy) {
  return directory_.db().read([&](store::ReadTx& tx) { return iam::show_pinned(tx, policy); });
}

}  // namespace haneul::iam
