#include "services/iam/check.h"

#include <algorithm>
#include <set>

#include "aws/policy/policy.h"
#include "base/parse_error.h"
#include "base/text.h"
#include "services/iam/aws_managed.h"
#include "services/iam/ids.h"
#include "services/iam/rows.h"

namespace haneul::iam {

namespace {

class AccountCheck {
 public:
  AccountCheck(const View& view, std::vector<std::string>& out) : view_(view), out_(out) {}

  void run() {
    for (const auto& policy : view_.list<record::ManagedPolicy>()) check_versions(policy);
    for (const auto& group : view_.list<record::Group>()) check_entity("group", group);
    for (const auto& role : view_.list<record::Role>()) {
      check_entity("role", role);
      check_document("the trust policy of the role " + role.name, role.trust_policy,
                     aws::policy::PolicyKind::kTrust);
    }
    for (const auto& user : view_.list<record::User>()) check_user(user);
    for (const auto& profile : view_.list<record::InstanceProfile>()) {
      if (profile.role.empty() || view_.find<record::Role>(profile.role)) continue;
      say("the instance profile " + profile.name + " has the role " + profile.role +
          ", which does not exist");
    }
  }

 private:
  void say(const std::string& what) { out_.push_back("iam " + view_.account().str() + ": " + what); }

  void check_document(const std::string& what, const std::string& text, aws::policy::PolicyKind kind) {
    try {
      aws::policy::parse_policy(text, kind);
    } catch (const ParseError& error) {
      say(what + " does not parse: " + error.what());
    }
  }

  void check_versions(const record::ManagedPolicy& policy) {
    const bool has_default = std::ranges::any_of(
        policy.versions, [&](const auto& version) { return version.id == policy.default_version; });
    if (!has_default) say("the policy " + policy.name + " has no default version");
    for (const auto& version : policy.versions) {
      check_document("the policy " + policy.name + " " + version.id, version.document,
                     aws::policy::PolicyKind::kManaged);
    }
  }

  bool policy_exists(const std::string& arn) const {
    if (find_aws_managed_policy(arn) != nullptr) return true;
    const auto name = parse_entity_arn(arn);
    return name && name->account == view_.account().str() && view_.find<record::ManagedPolicy>(name->name);
  }

  void check_entity(const std::string& kind, const record::Entity& entity) {
    const std::string who = "the " + kind + " " + entity.name;
    for (const auto& [name, text] : entity.inline_policies) {
      check_document(who + ", policy " + name + ",", text, aws::policy::PolicyKind::kIdentity);
    }
    for (const std::string& arn : entity.attached_policies) {
      if (!policy_exists(arn)) say(who + " has the policy " + arn + ", which does not exist");
    }
    if (!entity.boundary_arn.empty() && !policy_exists(entity.boundary_arn)) {
      say(who + " has the boundary " + entity.boundary_arn + ", which does not exist");
    }
  }

  void check_user(const record::User& user) {
    check_entity("user", user);
    for (const std::string& group : user.groups) {
      if (!view_.find<record::Group>(group)) {
        say("the user " + user.name + " is in the group " + group + ", which does not exist");
      }
    }
    for (const std::string& id : user.access_keys) {
      const auto key = view_.find_key(id);
      const bool owned = key && key->account == view_.account().str() && key->user == user.name;
      if (!owned) say("the access key " + id + " of the user " + user.name + " has no row of its own");
    }
  }

  const View& view_;
  std::vector<std::string>& out_;
};

// Keys stand in shards of their own, so all of them are looked through.
void check_keys(store::Reader& reader, std::vector<std::string>& out) {
  for (store::Shard shard = 0; shard < store::kShards; ++shard) {
    for (const store::Entry& entry : reader.scan(shard, access_keys_in_shard())) {
      const record::AccessKey key = record::access_key_from(store::decode_record(entry.value));
      if (key.user.empty()) continue;
      const View view(reader, AccountId(key.account));
      const auto user = view.find<record::User>(key.user);
      const bool listed = user && std::ranges::find(user->access_keys, key.id) != user->access_keys.end();
      if (!listed) out.push_back("iam " + key.account + ": the access key " + key.id + " has no owner");
    }
  }
}

}  // namespace

std::vector<std::string> check(store::Db& db) {
  return db.read([](store::ReadTx& tx) {
    std::vector<std::string> out;
    for (const store::Entry& entry : tx.scan(accounts_scope().shard, accounts_range())) {
      const auto account = record::account_from(store::decode_record(entry.value));
      const View view(tx, AccountId(account.id));
      AccountCheck(view, out).run();
      if (account.alias.empty() || tx.contains(alias_key(account.alias))) continue;
      out.push_back("iam " + account.id + ": the alias " + account.alias + " leads nowhere");
    }
    check_keys(tx, out);
    return out;
  });
}

}  // namespace haneul::iam
