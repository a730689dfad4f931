// Registration and the operations that show or delete functions.
#include "services/lambda/ops/function_ops.h"

#include <fmt/format.h>

#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/code_url.h"
#include "services/lambda/durable/retention.h"
#include "services/lambda/ops/url_ops.h"
#include "services/lambda/pages.h"
#include "services/lambda/provisioned.h"
#include "services/lambda/settings.h"
#include "services/lambda/versions.h"
#include "store/record.h"

namespace haneul::lambda {

using platform::bind_run;
using platform::Effect;

void FunctionOps::register_operations(OperationTable& table) {
  register_changes(table);
  table.add<op::GetFunction>({.access =
                                  [this](const Request& r, const GetFunctionInput& in) {
                                    return core_.function_check(
                                        "lambda:GetFunction",
                                        parse_function(r, in.function_name, in.qualifier));
                                  },
                              .run = bind_run(this, &FunctionOps::get),
                              .effect = Effect::kReadOnly});
  table.add<op::GetFunctionConfiguration>(
      {.access =
           [this](const Request& r, const GetFunctionConfigurationInput& in) {
             return core_.function_check("lambda:GetFunctionConfiguration",
                                         parse_function(r, in.function_name, in.qualifier));
           },
       .run = bind_run(this, &FunctionOps::get_configuration),
       .effect = Effect::kReadOnly});
  table.add<op::ListFunctions>(
      {.access = [](const Request&,
                    const ListFunctionsInput&) { return platform::check("lambda:ListFunctions", "*"); },
       .run = bind_run(this, &FunctionOps::list),
       .effect = Effect::kReadOnly});
  table.add<op::DeleteFunction>({.access =
                                     [this](const Request& r, const DeleteFunctionInput& in) {
                                       return core_.function_check(
                                           "lambda:DeleteFunction",
                                           parse_function(r, in.function_name, in.qualifier));
                                     },
                                 .run = bind_run(this, &FunctionOps::remove)});
}

GetFunctionOutput FunctionOps::get(const Request& request, const GetFunctionInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  return core_.db.read([&](store::ReadTx& tx) {
    const FunctionRecord function = require_function(tx, ref);
    const Settings settings = require_version(tx, ref);
    GetFunctionOutput out;
    out.configuration = describe(ref, settings, core_.runtimes);
    out.code = FunctionCodeLocation{.repository_type = "S3",
                                    .location = make_code_url(core_, request, settings.package)};
    if (!function.tags.empty()) out.tags = function.tags;
    if (function.reserved)
      out.concurrency =
          Concurrency{.reserved_concurrent_executions = static_cast<int32_t>(*function.reserved)};
    return out;
  });
}

GetFunctionConfigurationOutput FunctionOps::get_configuration(const Request& request,
                                                              const GetFunctionConfigurationInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  return core_.db.read(
      [&](store::ReadTx& tx) { return describe(ref, require_version(tx, ref), core_.runtimes); });
}

namespace {

// Without published versions: the functions. With them: each function's $LATEST and its versions behind it,
// from two ranges; the marker says in which one the page begins.
FunctionRef with_version(const Place& place, const std::string& name, const std::string& version) {
  return {.place = place, .name = name, .qualifier = version};
}

}  // namespace

ListFunctionsOutput FunctionOps::list(const Request& request, const ListFunctionsInput& in) {
  if (in.master_region && *in.master_region != "ALL" && *in.master_region != request.region.str())
    throw model::NotImplemented("MasterRegion of another region is not implemented by Haneul.");
  const Place place = place_of(request);
  const bool all = in.function_version == "ALL";
  return core_.db.read([&](store::ReadTx& tx) {
    const store::Shard shard = keys::functions_scope(place).shard;
    // "function" sorts before "version", with other kinds between them: one range holds both.
    store::KeyRange range = keys::functions(place);
    if (all) range.to = keys::all_versions(place).to;
    const store::KeyRange functions = keys::functions(place), versions = keys::all_versions(place);
    const auto within = [](std::string_view key, const store::KeyRange& of) {
      return key >= of.from && key < of.to;
    };
    const Page page = read_page(tx, shard, range, {request, in.marker, in.max_items},
                                [&](std::string_view key, std::string_view) {
                                  return within(key, functions) || within(key, versions);
                                });
    ListFunctionsOutput out;
    out.next_marker = page.next_marker;
    out.functions.emplace();
    for (const store::Entry& row : page.rows) {
      const std::string name = keys::text_at(row.key, 0);
      const bool is_version = within(row.key, versions);
      const Settings settings = is_version ? settings_from(row.value) : function_from(row.value).latest;
      out.functions->push_back(
          describe_item(with_version(place, name, all ? settings.version : ""), settings));
    }
    return out;
  });
}

DeleteFunctionOutput FunctionOps::remove(const Request& request, const DeleteFunctionInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  if (ref.qualifier == kLatest) {
    refuse<InvalidParameterValueException>(
        "$LATEST version cannot be deleted without deleting the function.");
  }
  if (!ref.qualifier.empty()) return remove_version(ref, request.now);
  const store::Scope scope = keys::functions_scope(ref.place);
  core_.db.write(scope, [&](store::Tx& tx) {
    const FunctionRecord function = require_function(tx, ref);
    drop_uses(tx, core_, ref, function.latest);
    if (function.in_force) drop_uses(tx, core_, ref, *function.in_force);
    for (const store::Entry& row : tx.scan(scope.shard, keys::versions(ref)))
      drop_uses(tx, core_, ref, settings_from(row.value));
    for (const auto& range : {keys::versions(ref), keys::aliases(ref), keys::policies(ref),
                              keys::event_configs(ref), keys::provisioned_of(ref)})
      tx.del_range(scope.shard, range);
    drop_urls(tx, ref);
    if (function.reserved) {
      tx.put(keys::reserved_total(ref.place),
             store::encode_record(reserved_total(tx, ref.place) - *function.reserved));
    }
    tx.del(keys::function(ref.place, ref.name));
    settle_provisioned(tx, core_, ref, request.now);
    if (function.latest.durable) add_forget_job(tx, core_, ref, function);
  });
  core_.images.forget(ref);
  core_.runner.retire_function(ref.arn());
  core_.runner.drop_snapshots(ref.arn(), {});
  return {};
}

DeleteFunctionOutput FunctionOps::remove_version(const FunctionRef& ref, Timestamp now) {
  if (!is_version_number(ref.qualifier))
    refuse<InvalidParameterValueException>("Deletion of aliases is not currently supported.");
  const store::Scope scope = keys::functions_scope(ref.place);
  core_.db.write(scope, [&](store::Tx& tx) {
    if (!find_function(tx, ref)) refuse<ResourceNotFoundException>("Function not found: " + ref.arn());
    // A version that is not there is deleted, says AWS.
    const auto settings = find_version(tx, ref, ref.qualifier);
    if (!settings) return;
    std::vector<std::string> users;
    for (const store::Entry& row : tx.scan(scope.shard, keys::aliases(ref))) {
      const AliasRecord alias = alias_from(row.value);
      if (alias.version == ref.qualifier || alias.weights.contains(ref.qualifier))
        users.push_back(alias.name);
    }
    if (!users.empty()) {
      refuse<ResourceConflictException>(fmt::format(
          "Unable to delete version because the following aliases reference it: [{}]", join(users, ", ")));
    }
    drop_uses(tx, core_, ref, *settings);
    tx.del(keys::version(ref, *parse_int(ref.qualifier)));
    tx.del(keys::policy(ref, ref.qualifier));
    tx.del(keys::event_config(ref, ref.qualifier));
    tx.del(keys::provisioned(ref, ref.qualifier));
    settle_provisioned(tx, core_, ref, now);
  });
  core_.images.forget(ref);
  core_.runner.retire_function(ref.arn());
  core_.runner.drop_snapshots(ref.arn(), ref.qualifier);
  return {};
}

}  // namespace haneul::lambda
