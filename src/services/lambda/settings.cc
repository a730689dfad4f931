#include "services/lambda/settings.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "aws/arn.h"
#include "base/json.h"
#include "base/text.h"
#include "compute/variables.h"
#include "gen/lambda/errors.h"
#include "gen/lambda/operations.h"

namespace haneul::lambda {

namespace {

using Invalid = InvalidParameterValueException;

std::vector<std::string> known_runtimes() {
  std::vector<std::string> names;
  for (const model::Member& member : op::CreateFunction::model().input->members) {
    if (member.name != "Runtime") continue;
    names.assign(member.shape->enums.begin(), member.shape->enums.end());
  }
  return names;
}

}  // namespace

void require_known_runtimes(const std::vector<std::string>& runtimes) {
  const std::vector<std::string> known = known_runtimes();
  const auto is_known = [&](const std::string& each) {
    return std::ranges::find(known, each) != known.end();
  };
  if (std::ranges::all_of(runtimes, is_known)) return;
  throw model::ValidationException(
      fmt::format("1 validation error detected: Value '[{}]' at 'compatibleRuntimes' failed to satisfy "
                  "constraint: Member must satisfy enum value set: [{}]",
                  join(runtimes, ", "), join(known, ", ")));
}

namespace {

void require_runtime(const std::string& runtime, const compute::RuntimeCatalog& catalog) {
  const std::vector<std::string> known = known_runtimes();
  if (std::find(known.begin(), known.end(), runtime) == known.end()) {
    refuse<Invalid>(fmt::format(
        "Value {} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] or be "
        "a valid ARN",
        runtime, join(known, ", ")));
  }
  if (runtime == "python2.7") {
    refuse<Invalid>(
        "The runtime parameter of python2.7 is no longer supported for creating or updating AWS Lambda "
        "functions. We recommend you use a supported runtime while creating or updating functions.");
  }
  const auto choice = catalog.resolve(runtime);
  if (const auto* refusal = std::get_if<compute::RuntimeRefusal>(&choice)) refuse<Invalid>(refusal->reason);
}

void apply_environment(Settings& settings, const Environment& environment) {
  const TextMap variables = environment.variables.value_or(TextMap{});
  std::vector<std::string> reserved;
  for (const auto& [name, value] : variables) {
    if (compute::is_reserved_variable(name)) reserved.push_back(name);
  }
  // What is measured is the JSON that AWS makes of them.
  Document measured = Document::object();
  for (const auto& [name, value] : variables) measured.set(name, value);
  const std::string text = write_json(measured);
  constexpr std::string_view kStart =
      "Lambda was unable to configure your environment variables because the environment variables you have "
      "provided";
  if (!reserved.empty()) {
    refuse<Invalid>(
        fmt::format("{} contains reserved keys that are currently not supported for modification. "
                    "Reserved keys used in this request: {}",
                    kStart, join(reserved, ", ")));
  }
  if (text.size() > kEnvironmentBytesMax)
    refuse<Invalid>(fmt::format("{} exceeded the 4KB limit. String measured: {}", kStart, text));
  settings.environment = variables;
  settings.has_environment = true;
}

void apply_logging(Settings& settings, const LoggingConfig& logging) {
  if (logging.log_format) settings.log_format = *logging.log_format;
  if (logging.log_group && !logging.log_group->empty()) settings.log_group = *logging.log_group;
  const bool is_json = settings.log_format == "JSON";
  if (!is_json && (logging.application_log_level || logging.system_log_level)) {
    refuse<Invalid>("ApplicationLogLevel and SystemLogLevel can only be set when LogFormat is JSON.");
  }
  if (logging.system_log_level) settings.system_log_level = *logging.system_log_level;
  if (logging.application_log_level) settings.application_log_level = *logging.application_log_level;
  for (std::string* level : {&settings.application_log_level, &settings.system_log_level}) {
    if (!is_json) level->clear();
    if (is_json && level->empty()) *level = "INFO";
  }
}

// "You can only enable durable execution when creating a function."
// https://docs.aws.amazon.com/lambda/latest/dg/durable-configuration.html
void apply_durable(Settings& settings, const DurableConfig& config, Applied applied) {
  if (applied == Applied::kToKnown && !settings.durable)
    refuse<Invalid>("You cannot enable durable execution on an existing function.");
  if (applied == Applied::kToKnown && !config.execution_timeout && !config.retention_period_in_days)
    refuse<Invalid>("You cannot disable durable execution on an existing function.");
  if (!settings.durable && !config.execution_timeout)
    refuse<Invalid>("ExecutionTimeout is required in the DurableConfig of a new function.");
  if (!settings.durable) settings.durable.emplace();
  if (config.execution_timeout) settings.durable->timeout_seconds = *config.execution_timeout;
  if (config.retention_period_in_days) settings.durable->retention_days = *config.retention_period_in_days;
}

[[noreturn]] void refuse_field(std::string_view field) {
  throw model::NotImplemented(fmt::format("{} is not implemented by Haneul.", field));
}

void refuse_dead_letter(const std::string& target) {
  if (target.empty()) return;
  const auto arn = aws::parse_arn(target);
  if (!arn || (arn->service != "sqs" && arn->service != "sns"))
    refuse<Invalid>(fmt::format("The provided target ARN {} is invalid for a dead letter queue.", target));
  refuse_field("DeadLetterConfig.TargetArn");
}

// AWS has it for Java and .NET as well, whose processes have threads from their start (docs/adr/0011).
// https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-runtimes
void require_snapshots(const Settings& settings) {
  constexpr std::string_view kPython3 = "python3.";
  constexpr int64_t kPythonMinorMin = 12;
  constexpr int64_t kTmpMbMax = 512;
  if (!settings.snap_start) return;
  const std::string& runtime = settings.runtime;
  const bool is_known = runtime.starts_with(kPython3) &&
                        parse_int(runtime.substr(kPython3.size())).value_or(0) >= kPythonMinorMin;
  if (!is_known) refuse<Invalid>(runtime + " is not supported for SnapStart enabled functions.");
  if (settings.tmp_mb > kTmpMbMax) {
    refuse<Invalid>(fmt::format(
        "EphemeralStorage greater than {} MB is not supported for SnapStart enabled functions.", kTmpMbMax));
  }
}

template <class Input>
void require_supported_common(const Input& in) {
  const auto any = [](const auto& list) { return list && !list->empty(); };
  if (in.vpc_config && (any(in.vpc_config->subnet_ids) || any(in.vpc_config->security_group_ids) ||
                        in.vpc_config->ipv6_allowed_for_dual_stack.value_or(false)))
    refuse_field("VpcConfig");
  if (any(in.file_system_configs)) refuse_field("FileSystemConfigs");
  if (in.image_config && (any(in.image_config->entry_point) || any(in.image_config->command) ||
                          any(in.image_config->working_directory)))
    refuse_field("ImageConfig");
  if (in.kms_key_arn && !in.kms_key_arn->empty()) refuse_field("KMSKeyArn");
  if (in.dead_letter_config) refuse_dead_letter(in.dead_letter_config->target_arn.value_or(""));
  if (in.capacity_provider_config) refuse_field("CapacityProviderConfig");
  if (in.durable_config && in.durable_config->kms_key_arn && !in.durable_config->kms_key_arn->empty())
    refuse_field("DurableConfig.KMSKeyArn");
}

}  // namespace

void apply(Settings& settings, const SettingsInput& in, const Core& core, Applied applied) {
  if (in.runtime) {
    require_runtime(*in.runtime, core.runtimes);
    settings.runtime = *in.runtime;
  }
  if (in.role) settings.role = *in.role;
  if (in.handler) settings.handler = *in.handler;
  if (in.description) settings.description = *in.description;
  if (in.timeout && *in.timeout > kTimeoutSecondsMax) {
    refuse<Invalid>(
        fmt::format("1 validation error detected: Value '{}' at 'timeout' failed to satisfy "
                    "constraint: Member must have value less than or equal to {}",
                    *in.timeout, kTimeoutSecondsMax));
  }
  if (in.timeout) settings.timeout = *in.timeout;
  if (in.memory_size) settings.memory_mb = *in.memory_size;
  if (in.ephemeral_storage) settings.tmp_mb = in.ephemeral_storage->size;
  if (in.environment) apply_environment(settings, *in.environment);
  if (in.tracing_config && in.tracing_config->mode) settings.tracing = *in.tracing_config->mode;
  if (in.logging_config) apply_logging(settings, *in.logging_config);
  if (in.durable_config) apply_durable(settings, *in.durable_config, applied);
  if (in.snap_start && in.snap_start->apply_on)
    settings.snap_start = *in.snap_start->apply_on == "PublishedVersions";
  require_snapshots(settings);
}

void require_supported(const CreateFunctionInput& in) {
  if (in.package_type.value_or("Zip") != "Zip" || in.code.image_uri)
    refuse<Invalid>("PackageType Image is not available here; package the function as a Zip archive.");
  require_supported_common(in);
  if (in.code_signing_config_arn && !in.code_signing_config_arn->empty()) {
    refuse<CodeSigningConfigNotFoundException>(
        fmt::format("The specified code signing config {} does not exist", *in.code_signing_config_arn));
  }
  if (in.tenancy_config) refuse_field("TenancyConfig");
  if (in.publish_to) refuse_field("PublishTo");
}

void require_supported(const UpdateFunctionConfigurationInput& in) { require_supported_common(in); }

void renew_runtime(Settings& settings, const Region& region, const Core& core) {
  if (settings.runtime_updates == "Auto") return;
  const auto choice = core.runtimes.resolve(settings.runtime);
  if (const auto* refusal = std::get_if<compute::RuntimeRefusal>(&choice)) refuse<Invalid>(refusal->reason);
  const std::string here = runtime_version_arn(region, std::get<compute::RuntimeChoice>(choice));
  if (settings.runtime_updates == "FunctionUpdate") settings.runtime_pin = here;
  if (settings.runtime_pin == here) return;
  refuse<Invalid>(
      fmt::format("The function is held to the runtime version {} by its runtime management configuration; "
                  "this machine has {} for it.",
                  settings.runtime_pin, here));
}

std::string choose_architecture(const std::optional<std::vector<std::string>>& asked, const Core& core) {
  if (!asked || asked->empty()) return core.architecture;
  if (asked->size() == 1 && asked->front() == core.architecture) return core.architecture;
  refuse<Invalid>(fmt::format("Architectures {} is not available on this machine, which runs {} functions.",
                              join(*asked, ", "), core.architecture));
}

void require_tags(const TextMap& tags) {
  if (tags.size() > kTagsMax) refuse<Invalid>("Number of tags exceeds resource tag limit.");
  for (const auto& [key, value] : tags) {
    if (key.starts_with("aws:"))
      refuse<Invalid>("System tags are not supported: a tag key must not begin with aws:");
    if (key.empty() || key.size() > 128 || value.size() > 256)
      refuse<Invalid>(
          fmt::format("The tag {} is outside the limits: keys have 1 to 128 characters, values "
                      "at most 256.",
                      key));
  }
}

std::vector<LayerUse> resolve_layers(store::Reader& tx, const Region& here,
                                     const std::vector<std::string>& arns) {
  if (arns.size() > kLayersMax)
    refuse<Invalid>(fmt::format("Cannot reference more than {} layers.", kLayersMax));
  std::vector<LayerUse> out;
  std::map<std::string, std::string> layers;  // and the version of each
  for (const std::string& arn : arns) {
    const auto ref = parse_layer_version_arn(arn);
    if (ref && !(ref->place.region == here)) {
      refuse<Invalid>(fmt::format(
          "Layers are not in the same region as the function. Layers are expected to be in region {}.",
          here.str()));
    }
    const auto found = ref ? find_layer_version(tx, *ref) : std::nullopt;
    if (!found) refuse<Invalid>(fmt::format("Layer version {} does not exist.", arn));
    const auto [known, is_new] = layers.emplace(ref->arn(), arn);
    if (!is_new) {
      refuse<Invalid>(
          fmt::format("Two different versions of the same layer are not allowed to be referenced in the same "
                      "function. {} and {} are versions of the same layer.",
                      known->second, arn));
    }
    out.push_back({arn, found->package});
  }
  return out;
}

void require_unpacked_size(const Settings& settings) {
  int64_t layers = 0;
  for (const LayerUse& layer : settings.layers) layers += layer.package.unpacked_bytes;
  if (layers + settings.package.unpacked_bytes <= static_cast<int64_t>(kUnzippedBytesMax)) return;
  refuse<Invalid>(fmt::format(
      "Function code combined with layers exceeds the maximum allowed size of {} bytes. The actual size is "
      "{} bytes.",
      kUnzippedBytesMax, layers + settings.package.unpacked_bytes));
}

platform::AccessCheck pass_role_check(const std::string& role) {
  platform::AccessCheck access{.action = "iam:PassRole", .resource = role};
  access.context["iam:PassedToService"] = {"lambda.amazonaws.com"};
  return access;
}

void require_assumable(const Core& core, const std::string& role) {
  if (!core.iam.may_assume(role, "lambda.amazonaws.com")) refuse<Invalid>(std::string(kRoleRefused));
}

}  // namespace haneul::lambda
