#include "services/iam/records.h"

namespace haneul::iam::record {

namespace {

Document strings(const std::vector<std::string>& values) {
  Document out = Document::array();
  for (const std::string& value : values) out.push(value);
  return out;
}

Document map_of(const std::map<std::string, std::string>& values) {
  Document out = Document::object();
  for (const auto& [key, value] : values) out.as_object().emplace_back(key, value);
  return out;
}

std::vector<std::string> strings_from(const Document& document, std::string_view key) {
  std::vector<std::string> out;
  const Document* list = document.find(key);
  if (list == nullptr || !list->is_array()) return out;
  for (const Document& value : list->as_array()) out.push_back(value.as_string());
  return out;
}

std::map<std::string, std::string> map_from(const Document& document, std::string_view key) {
  std::map<std::string, std::string> out;
  const Document* map = document.find(key);
  if (map == nullptr || !map->is_object()) return out;
  for (const auto& [name, value] : map->as_object()) out.emplace(name, value.as_string());
  return out;
}

int64_t millis(Timestamp at) { return at.time_since_epoch().count(); }

int64_t int_from(const Document& document, std::string_view key, int64_t fallback = 0) {
  const Document* value = document.find(key);
  return value != nullptr && value->is_number() ? value->as_int() : fallback;
}

Timestamp time_from(const Document& document, std::string_view key) {
  return Timestamp(Milliseconds(int_from(document, key)));
}

std::optional<Timestamp> optional_time_from(const Document& document, std::string_view key) {
  if (document.find(key) == nullptr) return std::nullopt;
  return time_from(document, key);
}

Document entity_document(const Entity& entity) {
  return Document::Object{{"name", entity.name},
                          {"path", entity.path},
                          {"id", entity.id},
                          {"created", millis(entity.created_at)},
                          {"tags", map_of(entity.tags)},
                          {"inline", map_of(entity.inline_policies)},
                          {"attached", strings(entity.attached_policies)},
                          {"boundary", entity.boundary_arn}};
}

void read_entity(const Document& document, Entity& entity) {
  entity.name = document.string_or("name", "");
  entity.path = document.string_or("path", "/");
  entity.id = document.string_or("id", "");
  entity.created_at = time_from(document, "created");
  entity.tags = map_from(document, "tags");
  entity.inline_policies = map_from(document, "inline");
  entity.attached_policies = strings_from(document, "attached");
  entity.boundary_arn = document.string_or("boundary", "");
}

}  // namespace

Document to_document(const Account& account) {
  return Document::Object{
      {"id", account.id}, {"alias", account.alias}, {"created", millis(account.created_at)}};
}

Account account_from(const Document& document) {
  return {.id = document.string_or("id", ""),
          .alias = document.string_or("alias", ""),
          .created_at = time_from(document, "created")};
}

Document to_document(const User& user) {
  Document out = entity_document(user);
  out.set("groups", strings(user.groups));
  out.set("keys", strings(user.access_keys));
  if (user.password_last_used) out.set("passwordLastUsed", millis(*user.password_last_used));
  return out;
}

Document to_document(const Group& group) { return entity_document(group); }

Document to_document(const Role& role) {
  Document out = entity_document(role);
  out.set("trust", role.trust_policy);
  if (!role.trust_pins.empty()) out.set("trustPins", map_of(role.trust_pins));
  out.set("description", role.description);
  out.set("maxSession", static_cast<int64_t>(role.max_session.count()));
  out.set("serviceLinkedBy", role.service_linked_by);
  return out;
}

Document to_document(const ManagedPolicy& policy) {
  Document versions = Document::array();
  for (const PolicyVersion& version : policy.versions) {
    versions.push(Document::Object{
        {"id", version.id}, {"document", version.document}, {"created", millis(version.created_at)}});
  }
  return Document::Object{{"name", policy.name},
                          {"path", policy.path},
                          {"id", policy.id},
                          {"description", policy.description},
                          {"created", millis(policy.created_at)},
                          {"updated", millis(policy.updated_at)},
                          {"versions", std::move(versions)},
                          {"default", policy.default_version},
                          {"nextVersion", policy.next_version},
                          {"tags", map_of(policy.tags)}};
}

Document to_document(const InstanceProfile& profile) {
  return Document::Object{{"name", profile.name}, {"path", profile.path},
                          {"id", profile.id},     {"created", millis(profile.created_at)},
                          {"role", profile.role}, {"tags", map_of(profile.tags)}};
}

Document to_document(const AccessKey& key) {
  return Document::Object{{"id", key.id},           {"secret", key.secret.reveal()},
                          {"account", key.account}, {"user", key.user},
                          {"active", key.active},   {"created", millis(key.created_at)}};
}

User user_from(const Document& document) {
  User user;
  read_entity(document, user);
  user.groups = strings_from(document, "groups");
  user.access_keys = strings_from(document, "keys");
  user.password_last_used = optional_time_from(document, "passwordLastUsed");
  return user;
}

Group group_from(const Document& document) {
  Group group;
  read_entity(document, group);
  return group;
}

Role role_from(const Document& document) {
  Role role;
  read_entity(document, role);
  role.trust_policy = document.string_or("trust", "");
  role.trust_pins = map_from(document, "trustPins");
  role.description = document.string_or("description", "");
  role.max_session = Seconds(int_from(document, "maxSession", 3600));
  role.service_linked_by = document.string_or("serviceLinkedBy", "");
  return role;
}

ManagedPolicy managed_policy_from(const Document& document) {
  ManagedPolicy policy;
  policy.name = document.string_or("name", "");
  policy.path = document.string_or("path", "/");
  policy.id = document.string_or("id", "");
  policy.description = document.string_or("description", "");
  policy.created_at = time_from(document, "created");
  policy.updated_at = time_from(document, "updated");
  policy.default_version = document.string_or("default", "");
  policy.next_version = int_from(document, "nextVersion", 2);
  policy.tags = map_from(document, "tags");
  if (const Document* versions = document.find("versions")) {
    for (const Document& version : versions->as_array()) {
      policy.versions.push_back(
          {version.string_or("id", ""), version.string_or("document", ""), time_from(version, "created")});
    }
  }
  return policy;
}

InstanceProfile instance_profile_from(const Document& document) {
  InstanceProfile profile;
  profile.name = document.string_or("name", "");
  profile.path = document.string_or("path", "/");
  profile.id = document.string_or("id", "");
  profile.created_at = time_from(document, "created");
  profile.role = document.string_or("role", "");
  profile.tags = map_from(document, "tags");
  return profile;
}

AccessKey access_key_from(const Document& document) {
  AccessKey key;
  key.id = document.string_or("id", "");
  key.secret = Secret<std::string>(document.string_or("secret", ""));
  key.account = document.string_or("account", "");
  key.user = document.string_or("user", "");
  const Document* active = document.find("active");
  key.active = active != nullptr && active->is_bool() && active->as_bool();
  key.created_at = time_from(document, "created");
  return key;
}

}  // namespace haneul::iam::record
