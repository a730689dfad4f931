#include "bootstrap.h"

#include <algorithm>
#include <initializer_list>

#include "aws/arn.h"
#include "base/json.h"
#include "base/yaml.h"

namespace haneul::app {

namespace {

void allow_only(const Document& object, std::initializer_list<std::string_view> names,
                const std::string& place) {
  if (!object.is_object()) throw ParseError(place + " must be a map");
  for (const auto& [name, value] : object.as_object()) {
    if (std::ranges::find(names, name) == names.end())
      throw ParseError(place + " has no setting named " + name);
  }
}

std::string require_text(const Document& object, std::string_view name, const std::string& place) {
  const Document* value = object.find(name);
  if (value != nullptr && value->is_string() && !value->as_string().empty()) return value->as_string();
  const bool is_number = value != nullptr && value->is_number();
  throw ParseError(place + " needs " + std::string(name) + " as text" +
                   (is_number ? " (write it in quotes)" : ""));
}

const Document::Array& list_of(const Document& object, std::string_view name, const std::string& place) {
  static const Document::Array kNone;
  const Document* value = object.find(name);
  if (value == nullptr || value->is_null()) return kNone;
  if (!value->is_array()) throw ParseError(place + ": " + std::string(name) + " must be a list");
  return value->as_array();
}

std::vector<iam::KeySeed> read_keys(const Document& object, std::string_view name, const std::string& place) {
  std::vector<iam::KeySeed> keys;
  for (const Document& entry : list_of(object, name, place)) {
    const std::string at = place + ": a key of " + std::string(name);
    allow_only(entry, {"access_key_id", "secret_access_key"}, at);
    keys.push_back({.access_key_id = require_text(entry, "access_key_id", at),
                    .secret_access_key = Secret<std::string>(require_text(entry, "secret_access_key", at))});
  }
  return keys;
}

iam::UserSeed read_user(const Document& entry, const std::string& account) {
  allow_only(entry, {"name", "keys", "managed_policy_arns", "inline_policies"}, account + ": a user");
  iam::UserSeed user{.name = require_text(entry, "name", account + ": a user"),
                     .keys = {},
                     .managed_policy_arns = {},
                     .inline_policies = {}};
  const std::string place = account + ": user " + user.name;
  user.keys = read_keys(entry, "keys", place);
  for (const Document& arn : list_of(entry, "managed_policy_arns", place)) {
    if (!arn.is_string()) throw ParseError(place + ": managed_policy_arns holds policy ARNs");
    user.managed_policy_arns.push_back(arn.as_string());
  }
  if (const Document* policies = entry.find("inline_policies"); policies != nullptr && !policies->is_null()) {
    if (!policies->is_object()) throw ParseError(place + ": inline_policies maps names to policy documents");
    for (const auto& [name, document] : policies->as_object()) {
      user.inline_policies.emplace_back(name,
                                        document.is_string() ? document.as_string() : write_json(document));
    }
  }
  return user;
}

iam::AccountSeed read_account(const Document& entry) {
  allow_only(entry, {"id", "alias", "root_keys", "users"}, "an account");
  iam::AccountSeed seed;
  seed.id = AccountId(require_text(entry, "id", "an account"));
  const std::string place = "account " + seed.id.str();
  if (!aws::is_account_id(seed.id.str())) throw ParseError(place + ": an id has 12 digits");
  seed.alias = entry.string_or("alias", "");
  seed.root_keys = read_keys(entry, "root_keys", place);
  for (const Document& user : list_of(entry, "users", place)) seed.users.push_back(read_user(user, place));
  return seed;
}

}  // namespace

std::vector<iam::AccountSeed> parse_bootstrap(std::string_view yaml) {
  const Document document = parse_yaml(yaml);
  allow_only(document, {"accounts"}, "the bootstrap file");
  std::vector<iam::AccountSeed> seeds;
  for (const Document& entry : list_of(document, "accounts", "the bootstrap file")) {
    seeds.push_back(read_account(entry));
  }
  return seeds;
}

}  // namespace haneul::app
