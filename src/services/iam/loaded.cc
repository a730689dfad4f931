#include "services/iam/loaded.h"

#include "aws/policy/pins.h"
#include "base/log.h"
#include "services/iam/aws_managed.h"
#include "services/iam/ids.h"

namespace haneul::iam {

namespace {

using aws::policy::PolicyKind;

platform::PolicyPtr read_policy(const std::string& text, PolicyKind kind) {
  try {
    return aws::policy::parse_policy(text, kind);
  } catch (const aws::policy::MalformedPolicy& error) {
    log_error("a stored policy cannot be read and denies everything", {{"reason", error.what()}});
    return deny_all();
  }
}

std::vector<platform::NamedPolicy> read_inline(const record::Entity& entity) {
  std::vector<platform::NamedPolicy> out;
  for (const auto& [name, text] : entity.inline_policies) {
    out.push_back({name, read_policy(text, PolicyKind::kIdentity)});
  }
  return out;
}

std::shared_ptr<const LoadedUser> load(record::User record) {
  auto policies = read_inline(record);
  return std::make_shared<const LoadedUser>(LoadedUser{std::move(record), std::move(policies)});
}

std::shared_ptr<const LoadedGroup> load(record::Group record) {
  auto policies = read_inline(record);
  return std::make_shared<const LoadedGroup>(LoadedGroup{std::move(record), std::move(policies)});
}

std::shared_ptr<const LoadedRole> load(record::Role record) {
  auto policies = read_inline(record);
  // Whom it trusts is told by ids, so that a new user or role under an old name is not trusted.
  auto trust = read_policy(aws::policy::replace_principals(record.trust_policy, record.trust_pins),
                           PolicyKind::kTrust);
  return std::make_shared<const LoadedRole>(
      LoadedRole{std::move(record), std::move(policies), std::move(trust)});
}

std::shared_ptr<const LoadedPolicy> load(record::ManagedPolicy record) {
  std::string document = default_document(record);
  auto policy = read_policy(document, PolicyKind::kManaged);
  return std::make_shared<const LoadedPolicy>(
      LoadedPolicy{std::move(record), std::move(document), std::move(policy)});
}

template <class Loaded, class Record>
std::shared_ptr<const Loaded> through_cache(const Directory& directory, const AccountId& account,
                                            std::string_view name) {
  const store::Key key = entity_key(account, RowOf<Record>::kKind, name);
  return directory.cache().get<Loaded>(key, [&]() -> std::shared_ptr<const Loaded> {
    auto record = directory.read(account, [&](const View& view) { return view.template find<Record>(name); });
    return record ? load(std::move(*record)) : nullptr;
  });
}

}  // namespace

std::string_view deny_all_text() {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]})";
}

platform::PolicyPtr deny_all() {
  static const platform::PolicyPtr policy = aws::policy::parse_policy(deny_all_text(), PolicyKind::kIdentity);
  return policy;
}

const std::string& default_document(const record::ManagedPolicy& policy) {
  static const std::string none;
  for (const record::PolicyVersion& version : policy.versions) {
    if (version.id == policy.default_version) return version.document;
  }
  return none;
}

std::shared_ptr<const LoadedUser> Loader::user(const AccountId& account, std::string_view name) const {
  return through_cache<LoadedUser, record::User>(directory_, account, name);
}

std::shared_ptr<const LoadedGroup> Loader::group(const AccountId& account, std::string_view name) const {
  return through_cache<LoadedGroup, record::Group>(directory_, account, name);
}

std::shared_ptr<const LoadedRole> Loader::role(const AccountId& account, std::string_view name) const {
  return through_cache<LoadedRole, record::Role>(directory_, account, name);
}

std::shared_ptr<const LoadedRole> Loader::role(std::string_view role_arn) const {
  const auto name = parse_entity_arn(role_arn);
  if (!name || name->kind != "role") return nullptr;
  auto found = role(AccountId(name->account), name->name);
  // An ARN is compared exactly, unlike a name.
  const bool same = found && found->record.path == name->path && found->record.name == name->name;
  return same ? found : nullptr;
}

std::shared_ptr<const LoadedPolicy> Loader::policy(const AccountId& account, std::string_view name) const {
  return through_cache<LoadedPolicy, record::ManagedPolicy>(directory_, account, name);
}

std::shared_ptr<const record::AccessKey> Loader::key(std::string_view access_key_id) const {
  return directory_.cache().get<record::AccessKey>(
      access_key_key(access_key_id), [&]() -> std::shared_ptr<const record::AccessKey> {
        auto found =
            directory_.read(AccountId(), [&](const View& view) { return view.find_key(access_key_id); });
        return found ? std::make_shared<const record::AccessKey>(std::move(*found)) : nullptr;
      });
}

platform::PolicyPtr Loader::managed(std::string_view arn) const {
  if (const AwsManagedPolicy* known = find_aws_managed_policy(arn)) return known->policy;
  const auto name = parse_entity_arn(arn);
  if (!name || name->kind != "policy") return deny_all();
  const auto found = policy(AccountId(name->account), name->name);
  const bool same = found && found->record.path == name->path && found->record.name == name->name;
  return same ? found->policy : deny_all();
}

std::string Loader::managed_document(std::string_view arn) const {
  if (const AwsManagedPolicy* known = find_aws_managed_policy(arn)) return default_document(known->record);
  const auto name = parse_entity_arn(arn);
  if (!name || name->kind != "policy") return {};
  const auto found = policy(AccountId(name->account), name->name);
  const bool same = found && found->record.path == name->path && found->record.name == name->name;
  return same ? found->document : std::string();
}

}  // namespace haneul::iam
