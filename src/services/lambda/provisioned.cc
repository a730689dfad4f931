#include "services/lambda/provisioned.h"

#include <cmath>
#include <set>

#include "gen/lambda/errors.h"
#include "services/lambda/invoker.h"
#include "services/lambda/urls/record.h"
#include "store/record.h"

namespace haneul::lambda {

namespace {

constexpr const char* kJob = "lambda.provision";

int64_t number(const Document& from, std::string_view key) {
  const Document* value = from.find(key);
  return value != nullptr && value->is_number() ? value->as_int() : 0;
}

Document job_payload(const FunctionRef& ref) {
  return Document::Object{
      {"account", ref.place.account.str()}, {"region", ref.place.region.str()}, {"name", ref.name}};
}

FunctionRef function_of(const Document& payload) {
  return {.place = {AccountId(payload.string_or("account", "")), Region(payload.string_or("region", ""))},
          .name = payload.string_or("name", ""),
          .qualifier = {}};
}

}  // namespace

std::string encode(const ProvisionedConfig& record) {
  Document out = Document::object();
  out.set("requested", record.requested);
  out.set("revision", record.revision);
  out.set("modified", int64_t{record.modified_at.time_since_epoch().count()});
  return store::encode_record(out);
}

ProvisionedConfig provisioned_from(std::string_view bytes) {
  const Document from = store::decode_record(bytes);
  return {number(from, "requested"), from.string_or("revision", ""),
          Timestamp(Milliseconds(number(from, "modified")))};
}

std::optional<ProvisionedConfig> find_provisioned(store::Reader& tx, const FunctionRef& ref,
                                                  std::string_view qualifier) {
  const auto bytes = tx.get(keys::provisioned(ref, qualifier));
  if (!bytes) return std::nullopt;
  return provisioned_from(*bytes);
}

ProvisionedPlan plan_provisioned(store::Reader& tx, const FunctionRef& ref) {
  ProvisionedPlan plan;
  const store::Shard shard = keys::functions_scope(ref.place).shard;
  for (const store::Entry& row : tx.scan(shard, keys::provisioned_of(ref))) {
    const std::string qualifier = keys::text_at(row.key, 1);
    const ProvisionedConfig config = provisioned_from(row.value);
    std::string version = qualifier;
    int64_t left = config.requested;
    if (const auto alias = find_alias(tx, ref, qualifier)) {
      version = alias->version;
      for (const auto& [other, weight] : alias->weights) {
        const auto part = static_cast<int64_t>(std::llround(static_cast<double>(config.requested) * weight));
        if (part > 0) plan[other].push_back({qualifier, part, config.revision});
        left -= part;
      }
    }
    if (left > 0) plan[version].push_back({qualifier, left, config.revision});
  }
  return plan;
}

std::string plan_mark(const std::vector<ProvisionedPortion>& portions) {
  std::string mark;
  for (const ProvisionedPortion& each : portions)
    mark += each.qualifier + " " + std::to_string(each.count) + " " + each.revision + "\n";
  return mark;
}

int64_t provisioned_total(store::Reader& tx, const FunctionRef& ref) {
  int64_t sum = 0;
  for (const store::Entry& row : tx.scan(keys::functions_scope(ref.place).shard, keys::provisioned_of(ref)))
    sum += provisioned_from(row.value).requested;
  return sum;
}

int64_t account_provisioned_total(store::Reader& tx, const Place& place) {
  std::map<std::string, int64_t> by_function;
  for (const store::Entry& row : tx.scan(keys::functions_scope(place).shard, keys::all_provisioned(place)))
    by_function[keys::text_at(row.key, 0)] += provisioned_from(row.value).requested;
  int64_t sum = 0;
  for (const auto& [name, requested] : by_function) {
    const auto function = find_function(tx, {.place = place, .name = name, .qualifier = {}});
    if (function && !function->reserved) sum += requested;
  }
  return sum;
}

void require_no_overlap(store::Reader& tx, const FunctionRef& ref, const AliasRecord& alias) {
  std::set<std::string> versions{alias.version};
  for (const auto& [version, weight] : alias.weights) versions.insert(version);
  if (versions.contains(std::string(kLatest))) {
    refuse<InvalidParameterValueException>(
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  }
  for (const std::string& version : versions) {
    require_no_snapshot(tx, ref, version);
    if (!find_provisioned(tx, ref, version)) continue;
    refuse<ResourceConflictException>(
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
  }
}

// https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
void require_no_snapshot(store::Reader& tx, const FunctionRef& ref, std::string_view version) {
  const auto settings = find_version(tx, ref, version);
  if (settings && settings->snap_start) {
    refuse<InvalidParameterValueException>(
        "Provisioned Concurrency is not supported for SnapStart enabled functions.");
  }
}

void settle_provisioned(store::Tx& tx, const Core& core, const FunctionRef& ref, Timestamp now) {
  if (!tx.contains(keys::provisioned_function(ref))) return;
  core.jobs.add(tx, kJob, now, job_payload(ref));
}

void Provisioner::register_jobs() {
  // One at a time, in the order of the changes: the last one reads the newest state and has the last word.
  core_.jobs.handle(kJob, 1, [this](const platform::Job& job) { return handle(job); });
  core_.db.write(keys::provisioned_functions_scope(), [&](store::Tx& tx) {
    for (const store::Entry& row :
         tx.scan(keys::provisioned_functions_scope().shard, keys::provisioned_functions()))
      core_.jobs.add(tx, kJob, core_.clock.now(), job_payload(owner_from(row.value)));
  });
}

Task<platform::JobOutcome> Provisioner::handle(const platform::Job& job) {
  const FunctionRef ref = function_of(job.payload);
  std::map<std::string, std::pair<Settings, compute::ProvisionWish>> wanted;
  core_.db.read([&](store::ReadTx& tx) {
    wanted.clear();
    const auto function = find_function(tx, ref);
    if (!function) return;
    for (const auto& [version, portions] : plan_provisioned(tx, ref)) {
      const auto settings = find_version(tx, ref, version);
      if (!settings) continue;
      compute::ProvisionWish wish;
      for (const ProvisionedPortion& each : portions) wish.count += static_cast<uint32_t>(each.count);
      wish.mark = plan_mark(portions);
      if (function->reserved) wish.share = compute::ConcurrencyShare::kReservation;
      const auto memory_gb = static_cast<double>(settings->memory_mb) / 1024.0;
      wish.on_kept = [&core = core_, ref, memory_gb](Milliseconds time) {
        publish_use(core, ref, "provisioned-GB-ms", static_cast<double>(time.count()) * memory_gb);
      };
      wanted[version] = {*settings, std::move(wish)};
    }
  });
  std::vector<compute::ProvisionWish> wishes;
  for (auto& [version, each] : wanted) {
    each.second.image = co_await core_.images.get(ref, each.first);
    wishes.push_back(std::move(each.second));
  }
  const bool is_over = wishes.empty();
  core_.runner.provision(ref.arn(), std::move(wishes), core_.logs);
  if (is_over) forget(ref);
  co_return platform::JobOutcome::done();
}

void Provisioner::forget(const FunctionRef& ref) {
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    if (tx.scan(keys::functions_scope(ref.place).shard, keys::provisioned_of(ref)).empty())
      tx.del(keys::provisioned_function(ref));
  });
}

}  // namespace haneul::lambda
