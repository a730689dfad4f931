// IAM's records: users, groups, roles, managed policies, instance profiles and access keys as they are
// stored, with their Document forms (store/record.h encodes those). Pure data; no store, no clock. They have
// a namespace of their own, because the API has a User, a Role ... as well.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/document.h"
#include "base/secret.h"

namespace haneul::iam::record {

using Tags = std::map<std::string, std::string>;

// What users, groups and roles have in common: a name, and policies.
struct Entity {
  std::string name;
  std::string path = "/";
  std::string id;  // AIDA..., AGPA..., AROA...
  Timestamp created_at{};
  Tags tags;
  std::map<std::string, std::string> inline_policies;  // name -> JSON document
  std::vector<std::string> attached_policies;          // ARNs, in the order of attachment
  std::string boundary_arn;                            // empty: none; never on groups
};

struct User : Entity {
  std::vector<std::string> groups;
  std::vector<std::string> access_keys;  // ids
  std::optional<Timestamp> password_last_used;
};

struct Group : Entity {};

struct Role : Entity {
  std::string trust_policy;
  std::map<std::string, std::string> trust_pins;  // aws/policy/pins.h
  std::string description;
  Seconds max_session{3600};
  std::string service_linked_by;  // the service, of a service-linked role
};

struct PolicyVersion {
  std::string id;  // v1, v2, ...
  std::string document;
  Timestamp created_at{};
};

struct ManagedPolicy {
  std::string name;
  std::string path = "/";
  std::string id;  // ANPA...
  std::string description;
  Timestamp created_at{};
  Timestamp updated_at{};
  std::vector<PolicyVersion> versions;  // oldest first, at most five
  std::string default_version;
  int64_t next_version = 2;
  Tags tags;
};

struct InstanceProfile {
  std::string name;
  std::string path = "/";
  std::string id;  // AIPA...
  Timestamp created_at{};
  std::string role;  // at most one
  Tags tags;
};

struct AccessKey {
  std::string id;  // AKIA...
  Secret<std::string> secret;
  std::string account;
  std::string user;  // empty: the root of the account
  bool active = true;
  Timestamp created_at{};
};

struct Account {
  std::string id;
  std::string alias;  // empty: none
  Timestamp created_at{};
};

Document to_document(const Account& account);
Account account_from(const Document& document);
Document to_document(const User& user);
Document to_document(const Group& group);
Document to_document(const Role& role);
Document to_document(const ManagedPolicy& policy);
Document to_document(const InstanceProfile& profile);
Document to_document(const AccessKey& key);
User user_from(const Document& document);
Group group_from(const Document& document);
Role role_from(const Document& document);
ManagedPolicy managed_policy_from(const Document& document);
InstanceProfile instance_profile_from(const Document& document);
AccessKey access_key_from(const Document& document);

}  // namespace haneul::iam::record
