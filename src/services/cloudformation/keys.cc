#include "services/cloudformation/keys.h"

namespace haneul::cloudformation {

namespace {

// Shards are shared with other accounts and services: every key says whose it is.
store::KeyWriter under(const Place& place, std::string_view kind) {
  store::KeyWriter writer(place.scope());
  writer.text("cloudformation").text(kind).text(place.account.str()).text(place.region.str());
  return writer;
}

store::KeyWriter under(const Place& place, std::string_view kind, std::string_view first) {
  store::KeyWriter writer = under(place, kind);
  writer.text(first);
  return writer;
}

}  // namespace

store::Scope Place::scope() const { return store::make_scope(account, region, "cloudformation", "stacks"); }

store::Key name_key(const Place& place, std::string_view stack_name) {
  return under(place, "name", stack_name).key();
}
store::KeyRange name_range(const Place& place) { return under(place, "name").range(); }
store::Key stack_key(const Place& place, std::string_view uuid) { return under(place, "stack", uuid).key(); }
store::KeyRange stack_range(const Place& place) { return under(place, "stack").range(); }
store::Key spec_key(const Place& place, std::string_view uuid, std::string_view which) {
  return under(place, "spec", uuid).text(which).key();
}
store::KeyRange spec_range(const Place& place, std::string_view uuid) {
  return under(place, "spec", uuid).range();
}
store::Key resource_key(const Place& place, std::string_view uuid, std::string_view logical_id) {
  return under(place, "resource", uuid).text(logical_id).key();
}
store::KeyRange resource_range(const Place& place, std::string_view uuid) {
  return under(place, "resource", uuid).range();
}
store::Key event_key(const Place& place, std::string_view uuid, uint64_t number) {
  return under(place, "event", uuid).u64(~number).key();
}
store::KeyRange event_range(const Place& place, std::string_view uuid) {
  return under(place, "event", uuid).range();
}
store::Key change_set_key(const Place& place, std::string_view uuid, std::string_view name) {
  return under(place, "change-set", uuid).text(name).key();
}
store::KeyRange change_set_range(const Place& place, std::string_view uuid) {
  return under(place, "change-set", uuid).range();
}
store::Key export_key(const Place& place, std::string_view name) {
  return under(place, "export", name).key();
}
store::KeyRange export_range(const Place& place) { return under(place, "export").range(); }
store::Key import_key(const Place& place, std::string_view name, std::string_view uuid) {
  return under(place, "import", name).text(uuid).key();
}
store::KeyRange import_range(const Place& place, std::string_view name) {
  return under(place, "import", name).range();
}

store::KeyRange all_stacks_in(store::Shard shard) {
  return store::KeyWriter(store::Scope{shard}).text("cloudformation").text("stack").range();
}

RowName name_of(std::string_view key) {
  store::KeyReader reader(key);
  RowName name;
  reader.text();
  reader.text();
  name.place.account = AccountId(reader.text());
  name.place.region = Region(reader.text());
  name.first = reader.text();
  if (!reader.at_end()) name.second = reader.text();
  return name;
}

}  // namespace haneul::cloudformation
