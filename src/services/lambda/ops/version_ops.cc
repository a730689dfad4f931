#include "services/lambda/ops/version_ops.h"

#include <fmt/format.h>

#include "gen/lambda/errors.h"
#include "services/lambda/ops/url_ops.h"
#include "services/lambda/pages.h"
#include "services/lambda/preparer.h"
#include "services/lambda/provisioned.h"
#include "services/lambda/versions.h"

namespace haneul::lambda {

using platform::bind_run;
using platform::Effect;

namespace {

using Invalid = InvalidParameterValueException;

AliasConfiguration describe_alias(const FunctionRef& ref, const AliasRecord& alias) {
  AliasConfiguration out;
  out.alias_arn = ref.arn_with(alias.name);
  out.name = alias.name;
  out.function_version = alias.version;
  out.description = alias.description;
  if (!alias.weights.empty())
    out.routing_config = AliasRoutingConfiguration{.additional_version_weights = alias.weights};
  out.revision_id = alias.revision;
  return out;
}

void require_target(store::Reader& tx, const FunctionRef& ref, const std::string& version) {
  FunctionRef wanted = ref;
  wanted.qualifier = version;
  if (version == kLatest) {
    require_function(tx, ref);
  } else if (!find_version(tx, ref, version)) {
    refuse_missing_function(wanted);
  }
}

void apply_routing(store::Reader& tx, const FunctionRef& ref, AliasRecord& alias,
                   const std::optional<AliasRoutingConfiguration>& routing) {
  if (routing) alias.weights = routing->additional_version_weights.value_or(std::map<std::string, double>{});
  if (alias.weights.size() > 1)
    refuse<Invalid>("Number of items in AdditionalVersionWeights cannot be greater than 1");
  for (const auto& [version, weight] : alias.weights) {
    if (version == alias.version)
      refuse<Invalid>(
          fmt::format("Invalid function version {}. Function version {} is already included in "
                      "routing configuration.",
                      version, version));
    if (version == kLatest || alias.version == kLatest)
      refuse<Invalid>("$LATEST is not supported for an alias pointing to more than 1 version");
    if (weight < 0 || weight > 1)
      refuse<Invalid>(fmt::format("Invalid weight {}: it is between 0 and 1", weight));
    require_target(tx, ref, version);
  }
}

// A version is what has worked: not of a function or an update that failed.
void require_ready(const Settings& settings) {
  if (settings.state.status == kFailed || settings.last_update.status == kFailed) refuse_state(kFailed);
}

template <class In>
auto on_function(const Core& core, const char* action) {
  return [&core, action](const platform::Request& request, const In& in) {
    return core.function_check(action, parse_function(request, in.function_name));
  };
}

}  // namespace

void VersionOps::register_operations(platform::OperationTable& table) {
  table.add_parking<op::PublishVersion>(
      {.access = on_function<PublishVersionInput>(core_, "lambda:PublishVersion"),
       .run = bind_run(this, &VersionOps::publish_version)});
  table.add<op::ListVersionsByFunction>(
      {.access = on_function<ListVersionsByFunctionInput>(core_, "lambda:ListVersionsByFunction"),
       .run = bind_run(this, &VersionOps::list_versions),
       .effect = Effect::kReadOnly});
  table.add<op::CreateAlias>({.access = on_function<CreateAliasInput>(core_, "lambda:CreateAlias"),
                              .run = bind_run(this, &VersionOps::create_alias)});
  table.add<op::UpdateAlias>({.access = on_function<UpdateAliasInput>(core_, "lambda:UpdateAlias"),
                              .run = bind_run(this, &VersionOps::update_alias)});
  table.add<op::GetAlias>({.access = on_function<GetAliasInput>(core_, "lambda:GetAlias"),
                           .run = bind_run(this, &VersionOps::get_alias),
                           .effect = Effect::kReadOnly});
  table.add<op::DeleteAlias>({.access = on_function<DeleteAliasInput>(core_, "lambda:DeleteAlias"),
                              .run = bind_run(this, &VersionOps::delete_alias)});
  table.add<op::ListAliases>({.access = on_function<ListAliasesInput>(core_, "lambda:ListAliases"),
                              .run = bind_run(this, &VersionOps::list_aliases),
                              .effect = Effect::kReadOnly});
}

Task<PublishVersionOutput> VersionOps::publish_version(const Request& request, const PublishVersionInput& in,
                                                       platform::Exchange&) {
  if (in.publish_to) throw model::NotImplemented("PublishTo is not implemented by Haneul.");
  FunctionRef ref = parse_function(request, in.function_name);
  const PublishFacts facts{core_.random.uuid(), core_.random.uuid(), request.now};
  co_await core_.preparer.settle(ref);
  const Settings shown = core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    FunctionRecord function = require_function(tx, ref);
    require_ready(function.latest);
    require_revision(in.revision_id, function.latest);
    const std::string hash = package_hash(function.latest.package);
    if (in.code_sha256 && !in.code_sha256->empty() && *in.code_sha256 != hash) {
      refuse<Invalid>(
          fmt::format("CodeSHA256 ({}) is different from current CodeSHA256 in $LATEST ({}). "
                      "Please try again with the CodeSHA256 in $LATEST.",
                      *in.code_sha256, hash));
    }
    const bool is_new = !find_version(tx, ref, std::to_string(function.last_version)).has_value();
    if (is_new) require_storage(tx, ref.place, function.latest.package.bytes);
    return publish(tx, core_, ref, function, facts, in.description);
  });
  ref.qualifier = shown.version;
  co_return describe(ref, shown, core_.runtimes);
}

ListVersionsByFunctionOutput VersionOps::list_versions(const Request& request,
                                                       const ListVersionsByFunctionInput& in) {
  FunctionRef ref = parse_function(request, in.function_name);
  return core_.db.read([&](store::ReadTx& tx) {
    const FunctionRecord function = require_function(tx, ref);
    const Page page = read_page(tx, keys::functions_scope(ref.place).shard, keys::versions(ref),
                                {request, in.marker, in.max_items}, kKeepAll);
    ListVersionsByFunctionOutput out;
    out.next_marker = page.next_marker;
    out.versions.emplace();
    const auto add = [&](const Settings& settings) {
      ref.qualifier = settings.version;
      out.versions->push_back(describe_item(ref, settings));
    };
    if (!in.marker || in.marker->empty()) add(function.latest);
    for (const store::Entry& row : page.rows) add(settings_from(row.value));
    return out;
  });
}

CreateAliasOutput VersionOps::create_alias(const Request& request, const CreateAliasInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name);
  const std::string revision = core_.random.uuid();
  return core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_target(tx, ref, in.function_version);
    if (find_alias(tx, ref, in.name))
      refuse<ResourceConflictException>("Alias already exists: " + ref.arn_with(in.name));
    AliasRecord alias{.name = in.name,
                      .version = in.function_version,
                      .description = in.description.value_or(""),
                      .weights = {},
                      .revision = revision};
    apply_routing(tx, ref, alias, in.routing_config);
    tx.put(keys::alias(ref, in.name), encode(alias));
    return describe_alias(ref, alias);
  });
}

UpdateAliasOutput VersionOps::update_alias(const Request& request, const UpdateAliasInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name);
  const std::string revision = core_.random.uuid();
  return core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_function(tx, ref);
    auto known = find_alias(tx, ref, in.name);
    if (!known) refuse<ResourceNotFoundException>("Alias not found: " + ref.arn_with(in.name));
    AliasRecord alias = *std::move(known);
    require_revision(in.revision_id, alias.revision, kFunctionRevision);
    if (in.function_version) alias.version = *in.function_version;
    if (in.description) alias.description = *in.description;
    alias.revision = revision;
    require_target(tx, ref, alias.version);
    apply_routing(tx, ref, alias, in.routing_config);
    if (find_provisioned(tx, ref, in.name)) require_no_overlap(tx, ref, alias);
    tx.put(keys::alias(ref, in.name), encode(alias));
    settle_provisioned(tx, core_, ref, request.now);
    return describe_alias(ref, alias);
  });
}

GetAliasOutput VersionOps::get_alias(const Request& request, const GetAliasInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name);
  return core_.db.read([&](store::ReadTx& tx) {
    require_function(tx, ref);
    return describe_alias(ref, require_alias(tx, ref, in.name));
  });
}

DeleteAliasOutput VersionOps::delete_alias(const Request& request, const DeleteAliasInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name);
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_function(tx, ref);
    tx.del(keys::alias(ref, in.name));
    tx.del(keys::policy(ref, in.name));
    tx.del(keys::event_config(ref, in.name));
    drop_url(tx, ref, in.name);
    tx.del(keys::provisioned(ref, in.name));
    settle_provisioned(tx, core_, ref, request.now);
  });
  return {};
}

ListAliasesOutput VersionOps::list_aliases(const Request& request, const ListAliasesInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name);
  return core_.db.read([&](store::ReadTx& tx) {
    require_function(tx, ref);
    const Page page = read_page(
        tx, keys::functions_scope(ref.place).shard, keys::aliases(ref), {request, in.marker, in.max_items},
        [&](std::string_view, std::string_view value) {
          if (!in.function_version) return true;
          const AliasRecord alias = alias_from(value);
          return alias.version == *in.function_version || alias.weights.contains(*in.function_version);
        });
    ListAliasesOutput out;
    out.next_marker = page.next_marker;
    out.aliases.emplace();
    for (const store::Entry& row : page.rows)
      out.aliases->push_back(describe_alias(ref, alias_from(row.value)));
    return out;
  });
}

}  // namespace haneul::lambda
