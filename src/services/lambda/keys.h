// Lambda's key space; the only file that knows it.
//
//   scope (account, region, lambda, "functions"); keys begin with ("lambda", account, region):
//     ("function", name)                a function with its $LATEST
//     ("version", name, number)         a published version
//     ("alias", name, alias)            ("policy", name, qualifier)   ("event", name, qualifier)
//     ("layer", name)                   the number of its newest version
//     ("layer-version", name, number)
//     ("url", name, alias)              a function URL; alias "" for the function itself
//     ("provisioned", name, qualifier)  provisioned concurrency of a version or alias
//     ("reserved")                      sum of reserved concurrency
//   scope (lambda, "urls"); keys begin with ("lambda", "", ""): of all accounts, ids are unique
//     ("url-id", id)                    whose URL it is
//   scope (lambda, "provisioned"); keys begin with ("lambda", "", ""): of all accounts
//     ("provisioned-function", arn)     a function to provide environments for after a start
//     ("mapping", uuid)                 an event source mapping, in the scope of functions
//   scope (lambda, "mappings"); keys begin with ("lambda", "", ""): of all accounts, for the start
//     ("mapping-id", uuid)              where the mapping is
//   scope (account, region, lambda, "mapping/UUID"); keys begin with ("lambda", account, region):
//     ("mapping-shard", uuid, shard)    how far a shard is read
//     ("mapping-lane", uuid, shard, n)  how far one of its concurrent readers is, with its window's state
//     ("mapping-result", uuid)          the last processing result
//   scope (lambda, "packages"); keys begin with ("lambda", "", ""): of all accounts, equal bytes kept once
//     ("package", sha256)               where the zip is
//     ("use", sha256, owner)            who names it; without one the package is collected
//     ("blob", id)                      the package of a payload file
//     ("secret")                        what code locations are signed with
#pragma once

#include "services/lambda/names.h"
#include "store/key.h"

namespace haneul::lambda::keys {

store::Scope functions_scope(const Place& place);
store::Key function(const Place& place, std::string_view name);
store::KeyRange functions(const Place& place);
store::Key version(const FunctionRef& ref, int64_t number);
store::KeyRange versions(const FunctionRef& ref);
store::KeyRange all_versions(const Place& place);
store::Key alias(const FunctionRef& ref, std::string_view alias);
store::KeyRange aliases(const FunctionRef& ref);
store::Key policy(const FunctionRef& ref, std::string_view qualifier);
store::KeyRange policies(const FunctionRef& ref);
store::Key event_config(const FunctionRef& ref, std::string_view qualifier);
store::KeyRange event_configs(const FunctionRef& ref);
store::Key layer(const Place& place, std::string_view name);
store::KeyRange layers(const Place& place);
store::Key layer_version(const LayerRef& ref);
store::KeyRange layer_versions(const LayerRef& ref);
store::KeyRange all_layer_versions(const Place& place);
store::Key reserved_total(const Place& place);

store::Key url(const FunctionRef& ref, std::string_view alias);
store::KeyRange urls(const FunctionRef& ref);
store::Scope url_ids_scope();
store::Key url_id(std::string_view id);
store::KeyRange url_ids();

store::Key provisioned(const FunctionRef& ref, std::string_view qualifier);
store::KeyRange provisioned_of(const FunctionRef& ref);
store::KeyRange all_provisioned(const Place& place);
store::Scope provisioned_functions_scope();
store::Key provisioned_function(const FunctionRef& ref);
store::KeyRange provisioned_functions();
store::Key mapping(const Place& place, std::string_view uuid);
store::KeyRange mappings(const Place& place);
store::Scope mapping_ids_scope();
store::Key mapping_id(std::string_view uuid);
store::KeyRange mapping_ids();
store::Scope mapping_scope(const Place& place, std::string_view uuid);
store::Key mapping_shard(const Place& place, std::string_view uuid, std::string_view shard);
store::KeyRange mapping_shards(const Place& place, std::string_view uuid);
store::Key mapping_lane(const Place& place, std::string_view uuid, std::string_view shard, int64_t lane);
store::KeyRange mapping_lanes(const Place& place, std::string_view uuid, std::string_view shard);
store::KeyRange mapping_lanes(const Place& place, std::string_view uuid);
store::Key mapping_result(const Place& place, std::string_view uuid);

store::Scope packages_scope();
store::Key package(std::string_view sha256);
store::KeyRange packages();
store::Key use(std::string_view sha256, std::string_view owner);
store::KeyRange uses(std::string_view sha256);
store::KeyRange all_uses();
store::Key blob(std::string_view id);
store::Key secret();

// The text at this place behind the kind: names of functions and layers, sha256 of packages.
std::string text_at(std::string_view key, size_t index);

}  // namespace haneul::lambda::keys
