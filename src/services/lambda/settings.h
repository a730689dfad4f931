// Settings of a function as requests give them: what CreateFunction and UpdateFunctionConfiguration accept,
// refuse and default. https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
#pragma once

#include "services/lambda/core.h"

namespace haneul::lambda {

// What both operations take, as they take it.
struct SettingsInput {
  std::optional<std::string> runtime, role, handler, description;
  std::optional<int32_t> timeout, memory_size;
  std::optional<Environment> environment;
  std::optional<TracingConfig> tracing_config;
  std::optional<EphemeralStorage> ephemeral_storage;
  std::optional<LoggingConfig> logging_config;
  std::optional<DurableConfig> durable_config;
  std::optional<SnapStart> snap_start;
};
template <class Input>
SettingsInput settings_input(const Input& in) {
  SettingsInput out;
  out.runtime = in.runtime;
  out.role = in.role;
  out.handler = in.handler;
  out.description = in.description;
  out.timeout = in.timeout;
  out.memory_size = in.memory_size;
  out.environment = in.environment;
  out.tracing_config = in.tracing_config;
  out.ephemeral_storage = in.ephemeral_storage;
  out.logging_config = in.logging_config;
  out.durable_config = in.durable_config;
  out.snap_start = in.snap_start;
  return out;
}

// Puts what was given into the settings, checked. Does not ask IAM.
enum class Applied { kToNew, kToKnown };  // whether the function is made or changed
void apply(Settings& settings, const SettingsInput& input, const Core& core, Applied applied);

// What a change of the function does to the runtime version that it is held to.
void renew_runtime(Settings& settings, const Region& region, const Core& core);

// Refuses what Haneul does not have: VPCs, file systems, images, keys, snapshots, queues for dead letters ...
void require_supported(const CreateFunctionInput& input);
void require_supported(const UpdateFunctionConfigurationInput& input);

// The machine's own architecture, or a refusal.
std::string choose_architecture(const std::optional<std::vector<std::string>>& asked, const Core& core);
void require_tags(const TextMap& tags);

// The layers in their order, with their packages. `code` counts towards the size of all.
// Of a layer, which says what it is for.
void require_known_runtimes(const std::vector<std::string>& runtimes);
std::vector<LayerUse> resolve_layers(store::Reader& tx, const Region& here,
                                     const std::vector<std::string>& arns);
void require_unpacked_size(const Settings& settings);

// The checks of AWS for a role that is handed to a function.
platform::AccessCheck pass_role_check(const std::string& role);
void require_assumable(const Core& core, const std::string& role);

}  // namespace haneul::lambda
