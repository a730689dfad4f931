#include "services/lambda/core.h"

#include <variant>

#include "base/text.h"
#include "services/lambda/policy.h"

namespace haneul::lambda {

platform::AccessChecks Core::function_check(std::string action, const FunctionRef& ref) const {
  platform::AccessCheck access{.action = std::move(action), .resource = ref.qualified_arn()};
  access.resource_account = ref.place.account;
  db.read([&](store::ReadTx& tx) {
    if (const auto function = look_at_function(tx, ref)) {
      for (const auto& [key, value] : function->tags) access.context["aws:ResourceTag/" + key] = {value};
    }
    if (const auto bytes = tx.get(keys::policy(ref, stored_qualifier(ref))))
      access.resource_policy = parse_record(policy_from(*bytes));
  });
  return {access};
}

platform::AccessChecks Core::invoke_check(const FunctionRef& ref) const {
  platform::AccessChecks checks = function_check("lambda:InvokeFunction", ref);
  checks.front().context["lambda:InvokedViaFunctionUrl"] = {"false"};
  return checks;
}

platform::AccessChecks Core::layer_check(std::string action, const LayerRef& ref) const {
  platform::AccessCheck access{.action = std::move(action), .resource = ref.version_arn()};
  access.resource_account = ref.place.account;
  db.read([&](store::ReadTx& tx) {
    if (const auto layer = find_layer_version(tx, ref)) access.resource_policy = parse_record(layer->policy);
  });
  return {access};
}

std::string format_modified(Timestamp at) {
  std::string text = format_iso8601_millis(at);
  if (text.ends_with('Z')) text.pop_back();
  return text + "+0000";
}

std::string runtime_version_arn(const Region& region, const compute::RuntimeChoice& choice) {
  return "arn:aws:lambda:" + region.str() + "::runtime:" + choice.actual;
}

std::string package_hash(const PackageRef& package) {
  return base64_encode(hex_decode(package.sha256).value_or(""));
}

namespace {

LoggingConfig describe_logging(const Settings& settings) {
  LoggingConfig out;
  out.log_format = settings.log_format;
  out.log_group = settings.log_group;
  if (settings.log_format != "JSON") return out;
  out.application_log_level = settings.application_log_level;
  out.system_log_level = settings.system_log_level;
  return out;
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

// A function that is being created has no last update.
void describe_conditions(FunctionConfiguration& out, const Settings& settings) {
  out.state = settings.state.status;
  out.state_reason = unless_empty(settings.state.reason);
  out.state_reason_code = unless_empty(settings.state.code);
  if (settings.state.status != kActive) return;
  out.last_update_status = settings.last_update.status;
  out.last_update_status_reason = unless_empty(settings.last_update.reason);
  out.last_update_status_reason_code = unless_empty(settings.last_update.code);
}

// Names what really runs the function, so that a substituted version is seen.
RuntimeVersionConfig describe_runtime(const FunctionRef& ref, const Settings& settings,
                                      const compute::RuntimeCatalog& runtimes) {
  RuntimeVersionConfig out;
  const auto choice = runtimes.resolve(settings.runtime);
  if (const auto* found = std::get_if<compute::RuntimeChoice>(&choice)) {
    out.runtime_version_arn = runtime_version_arn(ref.place.region, *found);
  } else {
    out.error = RuntimeVersionError{.error_code = "InvalidRuntime",
                                    .message = std::get<compute::RuntimeRefusal>(choice).reason};
  }
  return out;
}

}  // namespace

FunctionConfiguration describe_item(const FunctionRef& ref, const Settings& settings) {
  FunctionConfiguration out;
  out.function_name = ref.name;
  out.function_arn = ref.qualified_arn();
  out.runtime = settings.runtime;
  out.role = settings.role;
  out.handler = settings.handler;
  out.code_size = settings.package.bytes;
  out.description = settings.description;
  out.timeout = static_cast<int32_t>(settings.timeout);
  out.memory_size = static_cast<int32_t>(settings.memory_mb);
  out.last_modified = format_modified(settings.modified_at);
  out.code_sha256 = package_hash(settings.package);
  out.version = settings.version;
  if (settings.has_environment) out.environment = EnvironmentResponse{.variables = settings.environment};
  out.tracing_config = TracingConfigResponse{.mode = settings.tracing};
  out.revision_id = revision_id(settings);
  if (!settings.layers.empty()) {
    out.layers.emplace();
    for (const LayerUse& layer : settings.layers)
      out.layers->push_back(Layer{.arn = layer.arn, .code_size = layer.package.bytes});
  }
  out.package_type = "Zip";
  out.architectures = std::vector<std::string>{settings.architecture};
  out.ephemeral_storage = EphemeralStorage{.size = static_cast<int32_t>(settings.tmp_mb)};
  // "On" says of a version that it begins from a snapshot.
  const bool is_optimized = settings.snap_start && settings.version != kLatest;
  out.snap_start = SnapStartResponse{.apply_on = settings.snap_start ? "PublishedVersions" : "None",
                                     .optimization_status = is_optimized ? "On" : "Off"};
  out.logging_config = describe_logging(settings);
  if (settings.durable) {
    out.durable_config =
        DurableConfig{.kms_key_arn = {},
                      .retention_period_in_days = static_cast<int32_t>(settings.durable->retention_days),
                      .execution_timeout = static_cast<int32_t>(settings.durable->timeout_seconds)};
  }
  return out;
}

FunctionConfiguration describe(const FunctionRef& ref, const Settings& settings,
                               const compute::RuntimeCatalog& runtimes) {
  FunctionConfiguration out = describe_item(ref, settings);
  describe_conditions(out, settings);
  out.runtime_version_config = describe_runtime(ref, settings, runtimes);
  return out;
}

}  // namespace haneul::lambda
