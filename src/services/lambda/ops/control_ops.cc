#include "services/lambda/ops/control_ops.h"

#include <fmt/format.h>

#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/settings.h"

namespace haneul::lambda {

using platform::bind_run;
using platform::Effect;

namespace {

template <class In>
auto on_function(const Core& core, const char* action) {
  return [&core, action](const platform::Request& request, const In& in) {
    return core.function_check(action, parse_function(request, in.function_name));
  };
}

template <class In>
FunctionRef unqualified(const platform::Request& request, const In& in) {
  FunctionRef ref = parse_function(request, in.function_name);
  if (!ref.qualifier.empty())
    refuse<InvalidParameterValueException>(
        "This operation is permitted only on the function, not on a version or alias of it.");
  return ref;
}

// A version by its number; the function itself means $LATEST.
template <class In>
FunctionRef version_ref(const platform::Request& request, const In& in) {
  FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  if (ref.qualifier.empty()) ref.qualifier = kLatest;
  if (ref.qualifier != kLatest && !is_version_number(ref.qualifier)) {
    refuse<InvalidParameterValueException>(
        "Runtime updates are configured on a published version or $LATEST, not on an alias.");
  }
  return ref;
}

template <class In>
auto on_version(const Core& core, const char* action) {
  return [&core, action](const platform::Request& request, const In& in) {
    return core.function_check(action, parse_function(request, in.function_name, in.qualifier));
  };
}

void require_runtime_choice(const PutRuntimeManagementConfigInput& in) {
  const bool has_arn = !in.runtime_version_arn.value_or("").empty();
  if (in.update_runtime_on == "Manual" && !has_arn)
    refuse<InvalidParameterValueException>("RuntimeVersionArn is required when UpdateRuntimeOn is Manual.");
  if (in.update_runtime_on != "Manual" && has_arn) {
    refuse<InvalidParameterValueException>(fmt::format(
        "RuntimeVersionArn cannot be specified when UpdateRuntimeOn is {}.", in.update_runtime_on));
  }
}

template <class Out>
Out describe_runtime_updates(const FunctionRef& ref, const Settings& settings) {
  Out out;
  out.update_runtime_on = settings.runtime_updates;
  out.function_arn = ref.qualified_arn();
  if (settings.runtime_updates == "Manual") out.runtime_version_arn = settings.runtime_pin;
  return out;
}

}  // namespace

void ControlOps::register_operations(platform::OperationTable& table) {
  table.add<op::PutFunctionRecursionConfig>(
      {.access = on_function<PutFunctionRecursionConfigInput>(core_, "lambda:PutFunctionRecursionConfig"),
       .run = bind_run(this, &ControlOps::put_recursion)});
  table.add<op::GetFunctionRecursionConfig>(
      {.access = on_function<GetFunctionRecursionConfigInput>(core_, "lambda:GetFunctionRecursionConfig"),
       .run = bind_run(this, &ControlOps::get_recursion),
       .effect = Effect::kReadOnly});
  table.add<op::PutRuntimeManagementConfig>(
      {.access = on_version<PutRuntimeManagementConfigInput>(core_, "lambda:PutRuntimeManagementConfig"),
       .run = bind_run(this, &ControlOps::put_runtime)});
  table.add<op::GetRuntimeManagementConfig>(
      {.access = on_version<GetRuntimeManagementConfigInput>(core_, "lambda:GetRuntimeManagementConfig"),
       .run = bind_run(this, &ControlOps::get_runtime),
       .effect = Effect::kReadOnly});
  table.add<op::GetFunctionCodeSigningConfig>(
      {.access = on_function<GetFunctionCodeSigningConfigInput>(core_, "lambda:GetFunctionCodeSigningConfig"),
       .run = bind_run(this, &ControlOps::get_signing),
       .effect = Effect::kReadOnly});
}

PutFunctionRecursionConfigOutput ControlOps::put_recursion(const Request& request,
                                                           const PutFunctionRecursionConfigInput& in) {
  const FunctionRef ref = unqualified(request, in);
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    FunctionRecord function = require_function(tx, ref);
    function.recursive_loop = in.recursive_loop;
    tx.put(keys::function(ref.place, ref.name), encode(function));
  });
  return {.recursive_loop = in.recursive_loop};
}

GetFunctionRecursionConfigOutput ControlOps::get_recursion(const Request& request,
                                                           const GetFunctionRecursionConfigInput& in) {
  const FunctionRef ref = unqualified(request, in);
  return core_.db.read([&](store::ReadTx& tx) {
    return GetFunctionRecursionConfigOutput{.recursive_loop = require_function(tx, ref).recursive_loop};
  });
}

PutRuntimeManagementConfigOutput ControlOps::put_runtime(const Request& request,
                                                         const PutRuntimeManagementConfigInput& in) {
  require_runtime_choice(in);
  const FunctionRef ref = version_ref(request, in);
  const Settings changed = core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    FunctionRecord function = require_function(tx, ref);
    Settings settings = require_version(tx, ref);
    settings.runtime_updates = in.update_runtime_on;
    settings.runtime_pin = in.runtime_version_arn.value_or("");
    renew_runtime(settings, ref.place.region, core_);
    if (ref.qualifier == kLatest) {
      function.latest = settings;
      tx.put(keys::function(ref.place, ref.name), encode(function));
    } else {
      tx.put(keys::version(ref, *parse_int(ref.qualifier)), encode(settings));
    }
    return settings;
  });
  return describe_runtime_updates<PutRuntimeManagementConfigOutput>(ref, changed);
}

GetRuntimeManagementConfigOutput ControlOps::get_runtime(const Request& request,
                                                         const GetRuntimeManagementConfigInput& in) {
  const FunctionRef ref = version_ref(request, in);
  return core_.db.read([&](store::ReadTx& tx) {
    return describe_runtime_updates<GetRuntimeManagementConfigOutput>(ref, require_version(tx, ref));
  });
}

GetFunctionCodeSigningConfigOutput ControlOps::get_signing(const Request& request,
                                                           const GetFunctionCodeSigningConfigInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name);
  core_.db.read([&](store::ReadTx& tx) { require_function(tx, ref); });
  return {};  // AWS answers nothing for a function without
}

}  // namespace haneul::lambda
