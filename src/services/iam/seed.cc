#include "services/iam/seed.h"

#include <algorithm>

#include "aws/arn.h"
#include "aws/policy/policy.h"
#include "base/parse_error.h"
#include "services/iam/aws_managed.h"
#include "services/iam/ids.h"

namespace haneul::iam {

namespace {

class Seeding {
 public:
  Seeding(Rows& rows, Timestamp now, Random& random) : rows_(rows), now_(now), random_(random) {}

  void apply(const AccountSeed& seed) {
    apply_account(seed);
    for (const KeySeed& key : seed.root_keys) apply_key(key, "");
    for (const UserSeed& user : seed.users) apply_user(user);
  }

 private:
  void apply_account(const AccountSeed& seed) {
    auto account = rows_.find_account();
    if (account && (seed.alias.empty() || account->alias == seed.alias)) return;
    if (!account) account = record::Account{.id = seed.id.str(), .created_at = now_};
    if (!seed.alias.empty() && account->alias.empty()) {
      const auto owner = rows_.reader().get(alias_key(seed.alias));
      if (owner && store::decode_record(*owner).string_or("account", "") != seed.id.str()) {
        throw ParseError("the alias " + seed.alias + " belongs to another account");
      }
      rows_.tx().put(alias_key(seed.alias),
                     store::encode_record(Document::Object{{"account", seed.id.str()}}));
      account->alias = seed.alias;
    }
    rows_.put_account(*account);
  }

  void apply_key(const KeySeed& seed, const std::string& user) {
    if (seed.access_key_id.empty() || seed.secret_access_key.reveal().empty()) {
      throw ParseError("an access key needs an id and a secret");
    }
    if (seed.access_key_id.starts_with(kTemporaryKeyPrefix)) {
      throw ParseError("the access key id " + seed.access_key_id +
                       " begins with ASIA, which is for temporary credentials");
    }
    if (const auto known = rows_.find_key(seed.access_key_id)) {
      const bool same_owner = known->account == rows_.account().str() && known->user == user;
      if (!same_owner)
        throw ParseError("the access key " + seed.access_key_id + " belongs to another identity");
      if (known->secret.reveal() != seed.secret_access_key.reveal()) {
        throw ParseError("the access key " + seed.access_key_id + " exists with another secret");
      }
      return;
    }
    rows_.put_key({.id = seed.access_key_id,
                   .secret = seed.secret_access_key,
                   .account = rows_.account().str(),
                   .user = user,
                   .active = true,
                   .created_at = now_});
  }

  void apply_user(const UserSeed& seed) {
    auto user = rows_.find<record::User>(seed.name);
    if (!user) user = make_user(seed.name);
    const record::User before = *user;
    for (const KeySeed& key : seed.keys) {
      apply_key(key, user->name);
      if (std::ranges::find(user->access_keys, key.access_key_id) == user->access_keys.end()) {
        user->access_keys.push_back(key.access_key_id);
      }
    }
    for (const std::string& arn : seed.managed_policy_arns) {
      require_policy(arn);
      if (std::ranges::find(user->attached_policies, arn) == user->attached_policies.end()) {
        user->attached_policies.push_back(arn);
      }
    }
    for (const auto& [name, document] : seed.inline_policies) {
      aws::policy::parse_policy(document, aws::policy::PolicyKind::kIdentity);
      user->inline_policies.emplace(name, document);
    }
    if (to_document(*user) != to_document(before) || !rows_.find<record::User>(seed.name)) rows_.put(*user);
  }

  record::User make_user(const std::string& name) {
    static constexpr std::string_view kLetters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-";
    if (name.empty() || name.size() > 64 || name.find_first_not_of(kLetters) != std::string::npos) {
      throw ParseError("\"" + name + "\" cannot be the name of a user");
    }
    record::User user;
    user.name = name;
    user.id = make_unique_id(kUserPrefix, random_);
    user.created_at = now_;
    return user;
  }

  void require_policy(const std::string& arn) const {
    if (find_aws_managed_policy(arn) != nullptr) return;
    const auto name = parse_entity_arn(arn);
    const bool own = name && name->kind == "policy" && name->account == rows_.account().str() &&
                     rows_.find<record::ManagedPolicy>(name->name);
    if (!own) throw ParseError("the policy " + arn + " does not exist");
  }

  Rows& rows_;
  Timestamp now_;
  Random& random_;
};

}  // namespace

void apply_seed(const Directory& directory, const AccountSeed& seed, Timestamp now, Random& random) {
  if (!aws::is_account_id(seed.id.str())) {
    throw ParseError("\"" + seed.id.str() + "\" is no account id: it must be 12 digits");
  }
  directory.write(seed.id, [&](Rows& rows) { Seeding(rows, now, random).apply(seed); });
}

}  // namespace haneul::iam
