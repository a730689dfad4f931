#include "services/lambda/keys.h"

namespace haneul::lambda::keys {

namespace {

store::KeyWriter begin(const Place& place, std::string_view kind) {
  store::KeyWriter writer(functions_scope(place));
  writer.text("lambda").text(place.account.str()).text(place.region.str()).text(kind);
  return writer;
}

store::KeyWriter begin_provisioned() {
  store::KeyWriter writer(provisioned_functions_scope());
  writer.text("lambda").text("").text("").text("provisioned-function");
  return writer;
}

store::KeyWriter begin_package(std::string_view kind) {
  store::KeyWriter writer(packages_scope());
  writer.text("lambda").text("").text("").text(kind);
  return writer;
}

store::KeyWriter begin_mapping_id() {
  store::KeyWriter writer(mapping_ids_scope());
  writer.text("lambda").text("").text("").text("mapping-id");
  return writer;
}

store::KeyWriter begin_progress(const Place& place, std::string_view uuid, std::string_view kind) {
  store::KeyWriter writer(mapping_scope(place, uuid));
  writer.text("lambda").text(place.account.str()).text(place.region.str()).text(kind).text(uuid);
  return writer;
}

}  // namespace

store::Scope functions_scope(const Place& place) {
  return store::make_scope(place.account, place.region, "lambda", "functions");
}
store::Key function(const Place& place, std::string_view name) {
  return begin(place, "function").text(name).key();
}
store::KeyRange functions(const Place& place) { return begin(place, "function").range(); }
store::Key version(const FunctionRef& ref, int64_t number) {
  return begin(ref.place, "version").text(ref.name).i64(number).key();
}
store::KeyRange versions(const FunctionRef& ref) {
  return begin(ref.place, "version").text(ref.name).range();
}
store::KeyRange all_versions(const Place& place) { return begin(place, "version").range(); }
store::Key alias(const FunctionRef& ref, std::string_view alias) {
  return begin(ref.place, "alias").text(ref.name).text(alias).key();
}
store::KeyRange aliases(const FunctionRef& ref) { return begin(ref.place, "alias").text(ref.name).range(); }
store::Key policy(const FunctionRef& ref, std::string_view qualifier) {
  return begin(ref.place, "policy").text(ref.name).text(qualifier).key();
}
store::KeyRange policies(const FunctionRef& ref) { return begin(ref.place, "policy").text(ref.name).range(); }
store::Key event_config(const FunctionRef& ref, std::string_view qualifier) {
  return begin(ref.place, "event").text(ref.name).text(qualifier).key();
}
store::KeyRange event_configs(const FunctionRef& ref) {
  return begin(ref.place, "event").text(ref.name).range();
}
store::Key layer(const Place& place, std::string_view name) { return begin(place, "layer").text(name).key(); }
store::KeyRange layers(const Place& place) { return begin(place, "layer").range(); }
store::Key layer_version(const LayerRef& ref) {
  return begin(ref.place, "layer-version").text(ref.name).i64(ref.version).key();
}
store::KeyRange layer_versions(const LayerRef& ref) {
  return begin(ref.place, "layer-version").text(ref.name).range();
}
store::KeyRange all_layer_versions(const Place& place) { return begin(place, "layer-version").range(); }
store::Key reserved_total(const Place& place) { return begin(place, "reserved").key(); }

store::Key url(const FunctionRef& ref, std::string_view alias) {
  return begin(ref.place, "url").text(ref.name).text(alias).key();
}
store::KeyRange urls(const FunctionRef& ref) { return begin(ref.place, "url").text(ref.name).range(); }

store::Scope url_ids_scope() { return store::make_scope(AccountId(), Region(), "lambda", "urls"); }
store::Key url_id(std::string_view id) {
  return store::KeyWriter(url_ids_scope()).text("lambda").text("").text("").text("url-id").text(id).key();
}
store::KeyRange url_ids() {
  return store::KeyWriter(url_ids_scope()).text("lambda").text("").text("").text("url-id").range();
}

store::Key provisioned(const FunctionRef& ref, std::string_view qualifier) {
  return begin(ref.place, "provisioned").text(ref.name).text(qualifier).key();
}
store::KeyRange provisioned_of(const FunctionRef& ref) {
  return begin(ref.place, "provisioned").text(ref.name).range();
}
store::KeyRange all_provisioned(const Place& place) { return begin(place, "provisioned").range(); }
store::Scope provisioned_functions_scope() {
  return store::make_scope(AccountId(), Region(), "lambda", "provisioned");
}
store::Key provisioned_function(const FunctionRef& ref) { return begin_provisioned().text(ref.arn()).key(); }
store::KeyRange provisioned_functions() { return begin_provisioned().range(); }
store::Key mapping(const Place& place, std::string_view uuid) {
  return begin(place, "mapping").text(uuid).key();
}
store::KeyRange mappings(const Place& place) { return begin(place, "mapping").range(); }
store::Scope mapping_ids_scope() { return store::make_scope(AccountId(), Region(), "lambda", "mappings"); }
store::Key mapping_id(std::string_view uuid) { return begin_mapping_id().text(uuid).key(); }
store::KeyRange mapping_ids() { return begin_mapping_id().range(); }
store::Scope mapping_scope(const Place& place, std::string_view uuid) {
  return store::make_scope(place.account, place.region, "lambda", "mapping/" + std::string(uuid));
}
store::Key mapping_shard(const Place& place, std::string_view uuid, std::string_view shard) {
  return begin_progress(place, uuid, "mapping-shard").text(shard).key();
}
store::KeyRange mapping_shards(const Place& place, std::string_view uuid) {
  return begin_progress(place, uuid, "mapping-shard").range();
}
store::Key mapping_lane(const Place& place, std::string_view uuid, std::string_view shard, int64_t lane) {
  return begin_progress(place, uuid, "mapping-lane").text(shard).i64(lane).key();
}
store::KeyRange mapping_lanes(const Place& place, std::string_view uuid, std::string_view shard) {
  return begin_progress(place, uuid, "mapping-lane").text(shard).range();
}
store::KeyRange mapping_lanes(const Place& place, std::string_view uuid) {
  return begin_progress(place, uuid, "mapping-lane").range();
}
store::Key mapping_result(const Place& place, std::string_view uuid) {
  return begin_progress(place, uuid, "mapping-result").key();
}

store::Scope packages_scope() { return store::make_scope(AccountId(), Region(), "lambda", "packages"); }
store::Key package(std::string_view sha256) { return begin_package("package").text(sha256).key(); }
store::KeyRange packages() { return begin_package("package").range(); }
store::Key use(std::string_view sha256, std::string_view owner) {
  return begin_package("use").text(sha256).text(owner).key();
}
store::KeyRange uses(std::string_view sha256) { return begin_package("use").text(sha256).range(); }
store::KeyRange all_uses() { return begin_package("use").range(); }
store::Key blob(std::string_view id) { return begin_package("blob").text(id).key(); }
store::Key secret() { return begin_package("secret").key(); }

std::string text_at(std::string_view key, size_t index) {
  store::KeyReader reader(key);
  constexpr size_t kPrefix = 4;  // service, account, region, kind
  for (size_t skipped = 0; skipped < kPrefix + index; ++skipped) reader.text();
  return reader.text();
}

}  // namespace haneul::lambda::keys
