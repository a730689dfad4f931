// CloudFormation's key space; the only file that knows it.
//
//   scope (account, region, cloudformation, "stacks"); all keys begin with "cloudformation", the kind,
//   account and region:
//     ("name", stack name)                 -> uuid of the stack that has the name now
//     ("stack", uuid)                      -> Stack
//     ("spec", uuid, "current|previous")   -> Spec: template, parameters, tags
//     ("resource", uuid, logical id)       -> Resource
//     ("event", uuid, ~number)             -> Event, newest first
//     ("change-set", uuid, name)           -> ChangeSet
//     ("export", name)                     -> the value and the uuid of the stack that exports it
//     ("import", name, uuid)               -> that stack uses the export
//
// All of an account's stacks of a region share a scope: names and exports are unique in it, and stack
// operations are few.
#pragma once

#include "base/strong.h"
#include "store/key.h"

namespace haneul::cloudformation {

struct Place {
  AccountId account;
  Region region;
  store::Scope scope() const;
};

store::Key name_key(const Place& place, std::string_view stack_name);
store::KeyRange name_range(const Place& place);
store::Key stack_key(const Place& place, std::string_view uuid);
store::KeyRange stack_range(const Place& place);
store::Key spec_key(const Place& place, std::string_view uuid, std::string_view which);
store::KeyRange spec_range(const Place& place, std::string_view uuid);
store::Key resource_key(const Place& place, std::string_view uuid, std::string_view logical_id);
store::KeyRange resource_range(const Place& place, std::string_view uuid);
store::Key event_key(const Place& place, std::string_view uuid, uint64_t number);
store::KeyRange event_range(const Place& place, std::string_view uuid);
store::Key change_set_key(const Place& place, std::string_view uuid, std::string_view name);
store::KeyRange change_set_range(const Place& place, std::string_view uuid);
store::Key export_key(const Place& place, std::string_view name);
store::KeyRange export_range(const Place& place);
store::Key import_key(const Place& place, std::string_view name, std::string_view uuid);
store::KeyRange import_range(const Place& place, std::string_view name);

store::KeyRange all_stacks_in(store::Shard shard);  // of every account and region

// What the key of a row says, of rows whose keys end in one or two texts.
struct RowName {
  Place place;
  std::string first;
  std::string second;
};
RowName name_of(std::string_view key);

}  // namespace haneul::cloudformation
