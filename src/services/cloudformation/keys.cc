#include "services/cloudformation/keys.h"

namespace haneul::cloudformation {

namespace {

store::KeyWriter under(const Place& place, std::string_view kind) {
  return std::move(store::KeyWriter(place.scope()).text(kind));
}

store::KeyWriter under(const Place& place, std::string_view kind, std::string_view first) {
  return std::move(store::KeyWriter(place.scope()).text(kind).text(first));
}

}  // namespace

store::Scope Place::scope() const { return store::make_scope(account, region, "cloudformation", "stacks"); }

store::Key name_key(const Place& place, std::string_view stack_name) {
  return under(place, "name", stack_name).key();
}
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
store::Key export_key(const Place& place, std::string_view name) { return under(place, "export", name).key(); }
store::KeyRange export_range(const Place& place) { return under(place, "export").range(); }
store::Key import_key(const Place& place, std::string_view name, std::string_view uuid) {
  return under(place, "import", name).text(uuid).key();
}
store::KeyRange import_range(const Place& place, std::string_view name) {
  return under(place, "import", name).range();
}

}  // namespace haneul::cloudformation
