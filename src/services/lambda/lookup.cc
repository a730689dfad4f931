#include "services/lambda/lookup.h"

#include <unordered_map>

#include <fmt/format.h>

#include "base/random.h"
#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/core.h"
#include "services/lambda/limits.h"
#include "store/record.h"

namespace haneul::lambda {

std::optional<FunctionRecord> find_function(store::Reader& tx, const FunctionRef& ref) {
  const auto bytes = tx.get(keys::function(ref.place, ref.name));
  if (!bytes) return std::nullopt;
  return function_from(*bytes);
}

std::shared_ptr<const FunctionRecord> look_at_function(store::Reader& tx, const FunctionRef& ref) {
  constexpr size_t kKeptMax = 64;
  thread_local std::unordered_map<std::string, std::shared_ptr<const FunctionRecord>> kept;
  auto bytes = tx.get(keys::function(ref.place, ref.name));
  if (!bytes) return nullptr;
  if (const auto found = kept.find(*bytes); found != kept.end()) return found->second;
  if (kept.size() >= kKeptMax) kept.clear();
  auto record = std::make_shared<const FunctionRecord>(function_from(*bytes));
  kept.emplace(*std::move(bytes), record);
  return record;
}

void refuse_missing_function(const FunctionRef& ref) {
  refuse<ResourceNotFoundException>("Function not found: " + ref.qualified_arn());
}

FunctionRecord require_function(store::Reader& tx, const FunctionRef& ref) {
  auto found = find_function(tx, ref);
  if (!found) refuse_missing_function(ref);
  return *std::move(found);
}

std::optional<Settings> find_version(store::Reader& tx, const FunctionRef& ref, std::string_view version) {
  if (!is_version_number(version)) return std::nullopt;
  const auto bytes = tx.get(keys::version(ref, *parse_int(version)));
  if (!bytes) return std::nullopt;
  return settings_from(*bytes);
}

std::optional<AliasRecord> find_alias(store::Reader& tx, const FunctionRef& ref, std::string_view name) {
  const auto bytes = tx.get(keys::alias(ref, name));
  if (!bytes) return std::nullopt;
  return alias_from(*bytes);
}

AliasRecord require_alias(store::Reader& tx, const FunctionRef& ref, std::string_view name) {
  auto found = find_alias(tx, ref, name);
  if (!found) refuse<ResourceNotFoundException>("Cannot find alias arn: " + ref.arn_with(name));
  return *std::move(found);
}

Settings require_version(store::Reader& tx, const FunctionRef& ref) {
  if (ref.qualifier.empty() || ref.qualifier == kLatest) return require_function(tx, ref).latest;
  std::string version = ref.qualifier;
  if (const auto alias = find_alias(tx, ref, ref.qualifier)) version = alias->version;
  if (version == kLatest) return require_function(tx, ref).latest;
  auto found = find_version(tx, ref, version);
  if (!found) refuse_missing_function(ref);
  return *std::move(found);
}

namespace {

std::string pick_version(const AliasRecord& alias, Random& dice) {
  if (alias.weights.empty()) return alias.version;
  double rest = static_cast<double>(dice.below(1'000'000)) / 1'000'000.0;
  for (const auto& [version, weight] : alias.weights) {
    if (rest < weight) return version;
    rest -= weight;
  }
  return alias.version;
}

}  // namespace

int64_t reserved_total(store::Reader& tx, const Place& place) {
  const auto bytes = tx.get(keys::reserved_total(place));
  return bytes ? store::decode_record(*bytes).as_int() : 0;
}

namespace {

Settings require_runnable(Settings settings) {
  if (settings.state.status == kFailed) refuse_state(kFailed);
  return settings;
}

}  // namespace

void refuse_state(std::string_view state) {
  refuse<ResourceConflictException>(fmt::format(
      "The operation cannot be performed at this time. The function is currently in the following "
      "state: {}",
      state));
}

Resolved resolve_invocation(store::Reader& tx, const FunctionRef& ref, const Core& core) {
  const std::shared_ptr<const FunctionRecord> function = look_at_function(tx, ref);
  if (function == nullptr) {  // told with its qualifier, whether one was given or not
    refuse<ResourceNotFoundException>("Function not found: " +
                                      ref.arn_with(ref.qualifier.empty() ? kLatest : ref.qualifier));
  }
  Resolved out;
  out.ref = ref;
  if (function->reserved) out.reserved = static_cast<uint32_t>(*function->reserved);
  out.stops_recursion = function->recursive_loop != "Allow";
  out.born = function->born;
  const int64_t left = int64_t{core.account_concurrency} - reserved_total(tx, ref.place);
  out.account_unreserved = static_cast<uint32_t>(std::max<int64_t>(left, 0));
  std::string version = ref.qualifier;
  if (!version.empty() && version != kLatest && !is_version_number(version)) {
    const auto alias = find_alias(tx, ref, version);
    if (!alias) refuse_missing_function(ref);
    version = pick_version(*alias, core.random);
  }
  if (version.empty() || version == kLatest) {
    out.settings = require_runnable(function->latest);
    if (!function->in_force) return out;
    if (out.settings.last_update.status == kFailed) {
      out.settings = *function->in_force;
    } else {
      out.in_force = function->in_force;
    }
    return out;
  }
  auto found = find_version(tx, ref, version);
  if (!found) refuse_missing_function(ref);
  out.settings = require_runnable(*std::move(found));
  return out;
}

std::optional<LayerVersion> find_layer_version(store::Reader& tx, const LayerRef& ref) {
  const auto bytes = tx.get(keys::layer_version(ref));
  if (!bytes) return std::nullopt;
  return layer_version_from(*bytes);
}

LayerVersion require_layer_version(store::Reader& tx, const LayerRef& ref) {
  auto found = find_layer_version(tx, ref);
  if (!found) refuse<ResourceNotFoundException>("The resource you requested does not exist.");
  return *std::move(found);
}

std::string stored_qualifier(const FunctionRef& ref) {
  return ref.qualifier == kLatest ? std::string() : ref.qualifier;
}

void require_qualifier(store::Reader& tx, const FunctionRef& ref) {
  const std::string qualifier = stored_qualifier(ref);
  if (is_alias_name(qualifier)) {
    require_alias(tx, ref, qualifier);
  } else if (qualifier.empty()) {
    require_function(tx, ref);
  } else if (!find_version(tx, ref, qualifier)) {
    refuse_missing_function(ref);
  }
}

void require_revision(const std::optional<std::string>& asked, const std::string& current,
                      std::string_view what) {
  if (!asked || *asked == current) return;
  refuse<PreconditionFailedException>(
      fmt::format("The Revision Id provided does not match the latest Revision Id. Call the {} API to "
                  "retrieve the latest Revision Id",
                  what));
}

void require_revision(const std::optional<std::string>& asked, const Settings& settings) {
  if (asked && !settings.former_revision.empty() && *asked == settings.former_revision) return;
  require_revision(asked, revision_id(settings), kFunctionRevision);
}

}  // namespace haneul::lambda
