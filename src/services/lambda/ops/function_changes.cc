// CreateFunction, UpdateFunctionCode and UpdateFunctionConfiguration.
#include <fmt/format.h>

#include "gen/lambda/errors.h"
#include "services/lambda/code_source.h"
#include "services/lambda/ops/function_ops.h"
#include "services/lambda/preparer.h"
#include "services/lambda/settings.h"
#include "services/lambda/versions.h"

namespace haneul::lambda {

using platform::bind_run;

namespace {

void set_revision(Settings& settings, const std::string& revision) {
  settings.revision = revision;
  settings.shown_revision.clear();
  settings.former_revision.clear();
}

}  // namespace

void FunctionOps::register_changes(OperationTable& table) {
  table
      .add_parking<op::CreateFunction>(
          {.access = [this](const Request& r, const CreateFunctionInput& in) { return create_checks(r, in); },
           .run = bind_run(this, &FunctionOps::create)})
      .body_bytes_max = kCodeRequestBytesMax;
  table
      .add_parking<op::UpdateFunctionCode>({.access =
                                                [this](const Request& r, const UpdateFunctionCodeInput& in) {
                                                  return core_.function_check(
                                                      "lambda:UpdateFunctionCode",
                                                      parse_function(r, in.function_name));
                                                },
                                            .run = bind_run(this, &FunctionOps::update_code)})
      .body_bytes_max = kCodeRequestBytesMax;
  table.add_parking<op::UpdateFunctionConfiguration>(
      {.access = [this](const Request& r,
                        const UpdateFunctionConfigurationInput& in) { return configuration_checks(r, in); },
       .run = bind_run(this, &FunctionOps::update_configuration)});
}

void FunctionOps::add_layer_checks(platform::AccessChecks& checks,
                                   const std::vector<std::string>& layers) const {
  if (layers.empty()) return;
  checks.front().context["lambda:Layer"] = layers;
  for (const std::string& arn : layers) {
    if (const auto ref = parse_layer_version_arn(arn))
      checks.push_back(core_.layer_check("lambda:GetLayerVersion", *ref).front());
  }
}

platform::AccessChecks FunctionOps::create_checks(const Request& request,
                                                  const CreateFunctionInput& in) const {
  const FunctionRef ref = parse_function(request, in.function_name);
  platform::AccessCheck create{.action = "lambda:CreateFunction", .resource = ref.arn()};
  create.resource_account = ref.place.account;
  for (const auto& [key, value] : in.tags.value_or(TextMap{})) {
    create.context["aws:RequestTag/" + key] = {value};
    create.context["aws:TagKeys"].push_back(key);
  }
  platform::AccessChecks checks{create, pass_role_check(in.role)};
  add_layer_checks(checks, in.layers.value_or(std::vector<std::string>{}));
  return checks;
}

platform::AccessChecks FunctionOps::configuration_checks(const Request& request,
                                                         const UpdateFunctionConfigurationInput& in) const {
  auto checks =
      core_.function_check("lambda:UpdateFunctionConfiguration", parse_function(request, in.function_name));
  if (in.role) checks.push_back(pass_role_check(*in.role));
  add_layer_checks(checks, in.layers.value_or(std::vector<std::string>{}));
  return checks;
}

Task<CreateFunctionOutput> FunctionOps::create(const Request& request, const CreateFunctionInput& in,
                                               Exchange&) {
  require_supported(in);
  const FunctionRef ref = parse_function(request, in.function_name);
  if (!ref.qualifier.empty() || !(ref.place.account == request.account))
    refuse<InvalidParameterValueException>(
        "The name of a new function carries no qualifier and no other "
        "account.");
  if (!in.runtime || !in.handler) {
    refuse<InvalidParameterValueException>(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  }
  if (in.code.source_kms_key_arn)
    throw model::NotImplemented("Code.SourceKMSKeyArn is not implemented by Haneul.");
  FunctionRecord record;
  record.name = ref.name;
  record.tags = in.tags.value_or(TextMap{});
  require_tags(record.tags);
  Settings& latest = record.latest;
  latest.log_group = "/aws/lambda/" + ref.name;
  latest.architecture = choose_architecture(in.architectures, core_);
  latest.revision = core_.random.uuid();
  latest.modified_at = request.now;
  record.born = core_.random.uuid();
  apply(latest, settings_input(in), core_, Applied::kToNew);
  require_assumable(core_, in.role);
  core_.db.read([&](store::ReadTx& tx) {
    if (find_function(tx, ref)) refuse<ResourceConflictException>("Function already exist: " + ref.name);
    latest.layers = resolve_layers(tx, ref.place.region, in.layers.value_or(std::vector<std::string>{}));
  });
  const CodeStore::Staged staged = co_await core_.code.stage(
      co_await fetch_zip(core_, request,
                         {in.code.zip_file, in.code.s3_bucket, in.code.s3_key, in.code.s3_object_version,
                          in.code.s3_object_storage_mode}));
  latest.package = staged.package;
  require_unpacked_size(latest);
  const PublishFacts facts{core_.random.uuid(), core_.random.uuid(), request.now};
  const Settings shown = core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    if (find_function(tx, ref)) refuse<ResourceConflictException>("Function already exist: " + ref.name);
    FunctionRecord fresh = record;
    // Layers may have gone since they were looked up.
    fresh.latest.layers =
        resolve_layers(tx, ref.place.region, in.layers.value_or(std::vector<std::string>{}));
    require_storage(tx, ref.place, staged.package.bytes);
    core_.code.add_use(tx, staged, package_owner(ref, fresh.latest.version));
    begin_creation(tx, core_, ref, fresh.latest, request.now);
    tx.put(keys::function(ref.place, ref.name), encode(fresh));
    return in.publish.value_or(false) ? publish(tx, core_, ref, fresh, facts) : fresh.latest;
  });
  co_return describe(ref, shown, core_.runtimes);
}

Task<UpdateFunctionCodeOutput> FunctionOps::update_code(const Request& request,
                                                        const UpdateFunctionCodeInput& in, Exchange&) {
  FunctionRef ref = parse_function(request, in.function_name);
  if (in.image_uri)
    refuse<InvalidParameterValueException>(
        "Please don't provide ImageUri when updating a function with packageType Zip.");
  if (in.source_kms_key_arn) throw model::NotImplemented("SourceKMSKeyArn is not implemented by Haneul.");
  if (in.publish_to) throw model::NotImplemented("PublishTo is not implemented by Haneul.");
  const FunctionRecord known = core_.db.read([&](store::ReadTx& tx) { return require_function(tx, ref); });
  require_revision(in.revision_id, known.latest);
  Settings change = known.latest;
  change.architecture = in.architectures ? choose_architecture(in.architectures, core_) : change.architecture;
  set_revision(change, core_.random.uuid());
  change.modified_at = request.now;
  std::string zip = co_await fetch_zip(
      core_, request,
      {in.zip_file, in.s3_bucket, in.s3_key, in.s3_object_version, in.s3_object_storage_mode});
  if (in.dry_run.value_or(false)) {
    change.package = co_await core_.code.inspect(std::move(zip));
    require_unpacked_size(change);
    co_return describe(ref, change, core_.runtimes);
  }
  const CodeStore::Staged staged = co_await core_.code.stage(std::move(zip));
  co_await core_.preparer.settle(ref);
  const Settings shown = replace_code(ref, in, staged, std::move(change));
  if (shown.version != kLatest) ref.qualifier = shown.version;
  co_return describe(ref, shown, core_.runtimes);
}

Settings FunctionOps::replace_code(const FunctionRef& ref, const UpdateFunctionCodeInput& in,
                                   const CodeStore::Staged& staged, Settings change) {
  const PublishFacts facts{core_.random.uuid(), core_.random.uuid(), change.modified_at};
  return core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    FunctionRecord function = require_function(tx, ref);
    require_revision(in.revision_id, function.latest);
    require_storage(tx, ref.place, staged.package.bytes);
    const Settings before = function.latest;
    function.latest.architecture = change.architecture;
    set_revision(function.latest, change.revision);
    function.latest.modified_at = change.modified_at;
    function.latest.package = staged.package;
    require_unpacked_size(function.latest);
    renew_runtime(function.latest, ref.place.region, core_);
    core_.code.add_use(tx, staged, package_owner(ref, function.latest.version));
    begin_update(tx, core_, ref, function, before, change.modified_at);
    tx.put(keys::function(ref.place, ref.name), encode(function));
    return in.publish.value_or(false) ? publish(tx, core_, ref, function, facts) : function.latest;
  });
}

Task<UpdateFunctionConfigurationOutput> FunctionOps::update_configuration(
    const Request& request, const UpdateFunctionConfigurationInput& in, Exchange&) {
  require_supported(in);
  const FunctionRef ref = parse_function(request, in.function_name);
  const std::string revision = core_.random.uuid();
  // Judged before the transaction: IAM has its own.
  core_.db.read([&](store::ReadTx& tx) { require_function(tx, ref); });
  if (in.role) require_assumable(core_, *in.role);
  co_await core_.preparer.settle(ref);
  const Settings shown = core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    FunctionRecord function = require_function(tx, ref);
    require_revision(in.revision_id, function.latest);
    const Settings before = function.latest;
    apply(function.latest, settings_input(in), core_, Applied::kToKnown);
    if (in.layers) function.latest.layers = resolve_layers(tx, ref.place.region, *in.layers);
    require_unpacked_size(function.latest);
    renew_runtime(function.latest, ref.place.region, core_);
    set_revision(function.latest, revision);
    function.latest.modified_at = request.now;
    begin_update(tx, core_, ref, function, before, request.now);
    tx.put(keys::function(ref.place, ref.name), encode(function));
    return function.latest;
  });
  co_return describe(ref, shown, core_.runtimes);
}

}  // namespace haneul::lambda
