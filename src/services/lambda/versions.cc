#include "services/lambda/versions.h"

#include <set>

#include "gen/lambda/errors.h"
#include "services/lambda/preparer.h"

namespace haneul::lambda {

std::string package_owner(const FunctionRef& ref, std::string_view version) { return ref.arn_with(version); }

void add_uses(store::Tx& tx, const Core& core, const FunctionRef& ref, const Settings& settings) {
  const std::string owner = package_owner(ref, settings.version);
  core.code.add_use(tx, settings.package, owner);
  for (const LayerUse& layer : settings.layers) core.code.add_use(tx, layer.package, owner);
}

void drop_uses(store::Tx& tx, const Core& core, const FunctionRef& ref, const Settings& settings) {
  const std::string owner = package_owner(ref, settings.version);
  core.code.drop_use(tx, settings.package, owner);
  for (const LayerUse& layer : settings.layers) core.code.drop_use(tx, layer.package, owner);
}

void replace_uses(store::Tx& tx, const Core& core, const FunctionRef& ref, const Settings& gone,
                  const std::vector<const Settings*>& kept) {
  std::set<std::string> named;
  for (const Settings* each : kept) {
    add_uses(tx, core, ref, *each);
    named.insert(each->package.sha256);
    for (const LayerUse& layer : each->layers) named.insert(layer.package.sha256);
  }
  const std::string owner = package_owner(ref, gone.version);
  if (!named.contains(gone.package.sha256)) core.code.drop_use(tx, gone.package, owner);
  for (const LayerUse& layer : gone.layers) {
    if (!named.contains(layer.package.sha256)) core.code.drop_use(tx, layer.package, owner);
  }
}

namespace {

// What has been made ready is so as a version as well; a snapshot is one more thing to be made.
bool is_ready(const Settings& latest) {
  return !latest.snap_start && latest.state.status == kActive && latest.last_update.status == kSuccessful;
}

}  // namespace

Settings publish(store::Tx& tx, const Core& core, const FunctionRef& ref, FunctionRecord& function,
                 const PublishFacts& facts, const MaybeText& description) {
  const auto last = find_version(tx, ref, std::to_string(function.last_version));
  Settings next = function.latest;
  if (description) next.description = *description;
  const auto& published = function.published_description;
  const bool is_described_anew = published && *published != function.latest.description;
  if (last && !is_described_anew) {
    Settings compared = *last;
    // The description that a version is given makes no new one; that of $LATEST does.
    compared.description = next.description;
    if (fingerprint(compared) == fingerprint(next)) return *last;
  }
  function.published_description = function.latest.description;
  next.version = std::to_string(++function.last_version);
  next.revision = facts.revision;
  next.shown_revision.clear();
  next.former_revision.clear();
  renew_revision_id(function.latest, facts.latest_revision_id);
  next.modified_at = facts.now;
  if (is_ready(function.latest)) {
    add_uses(tx, core, ref, next);
  } else {
    begin_creation(tx, core, ref, next, facts.now);
  }
  tx.put(keys::version(ref, function.last_version), encode(next));
  tx.put(keys::function(ref.place, ref.name), encode(function));
  return next;
}

int64_t stored_bytes(store::Reader& tx, const Place& place) {
  int64_t bytes = 0;
  const store::Shard shard = keys::functions_scope(place).shard;
  const auto add = [&](const store::KeyRange& range, auto bytes_of) {
    tx.scan_each({shard, range.from, range.to}, {}, [&](std::string_view, std::string_view value) {
      bytes += bytes_of(value);
      return store::Visit::kContinue;
    });
  };
  add(keys::functions(place),
      [](std::string_view value) { return function_from(value).latest.package.bytes; });
  add(keys::all_versions(place), [](std::string_view value) { return settings_from(value).package.bytes; });
  add(keys::all_layer_versions(place),
      [](std::string_view value) { return layer_version_from(value).package.bytes; });
  return bytes;
}

void require_storage(store::Reader& tx, const Place& place, int64_t more) {
  if (stored_bytes(tx, place) + more > static_cast<int64_t>(kStoredBytesMax))
    refuse<CodeStorageExceededException>("Code storage limit exceeded.");
}

}  // namespace haneul::lambda
