#include "services/lambda/images.h"

#include <filesystem>
#include <stdexcept>

#include "gen/lambda/errors.h"
#include "services/lambda/core.h"
#include "services/lambda/limits.h"
#include "services/lambda/lookup.h"

namespace haneul::lambda {

Task<Images::Ptr> Images::get(const FunctionRef& ref, const Settings& settings) {
  const std::string key = ref.arn() + ":" + settings.version;
  if (Ptr found = find(key, settings.revision)) co_return found;
  const Completion<Outcome> done;
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    auto& waiters = waiting_[key + " " + settings.revision];
    is_first = waiters.empty();
    waiters.push_back(done);
  }
  if (is_first) spawn(*Executor::current(), "image of a function", make_for_all(ref, settings, key));
  const auto outcome = co_await done.wait(kPreparationPatience);
  if (!outcome) refuse_state(kPending);
  if (outcome->error) std::rethrow_exception(outcome->error);
  co_return outcome->image;
}

Task<void> Images::make_for_all(FunctionRef ref, Settings settings, std::string key) {
  Outcome outcome;
  try {
    outcome.image = co_await unpack_and_make(ref, settings);
  } catch (...) {
    outcome.error = std::current_exception();
  }
  std::vector<Completion<Outcome>> waiters;
  {
    const std::lock_guard lock(mutex_);
    if (outcome.image) images_[key] = outcome.image;
    waiters = std::move(waiting_.extract(key + " " + settings.revision).mapped());
  }
  for (const auto& each : waiters) each.set(outcome);
}

Task<Images::Ptr> Images::unpack_and_make(const FunctionRef& ref, const Settings& settings) {
  std::vector<std::string> packages{settings.package.sha256};
  for (const LayerUse& layer : settings.layers) packages.push_back(layer.package.sha256);
  for (const std::string& sha256 : packages) {
    if (!code_.is_unpacked(sha256)) co_await code_.unpack(sha256);
  }
  co_return make(ref, settings);
}

Images::Ptr Images::find(const std::string& key, const std::string& revision) {
  const std::lock_guard lock(mutex_);
  const auto found = images_.find(key);
  if (found == images_.end() || found->second->revision != revision) return nullptr;
  // An added runtime may have been removed since: another stands in.
  const std::string& home = found->second->runtime.home;
  std::error_code none;
  return home.empty() || std::filesystem::exists(home, none) ? found->second : nullptr;
}

void Images::forget(const FunctionRef& ref) {
  const std::string prefix = ref.arn() + ":";
  const std::lock_guard lock(mutex_);
  std::erase_if(images_, [&](const auto& entry) { return entry.first.starts_with(prefix); });
}

Images::Ptr Images::make(const FunctionRef& ref, const Settings& settings) const {
  auto image = std::make_shared<compute::FunctionImage>();
  image->account = ref.place.account;
  image->region = ref.place.region;
  image->function_name = ref.name;
  image->function_arn = ref.arn();
  image->version = settings.version;
  image->revision = settings.revision;
  auto choice = catalog_.resolve(settings.runtime);
  // The machine may have lost an interpreter since the function was made.
  if (const auto* refusal = std::get_if<compute::RuntimeRefusal>(&choice))
    refuse<InvalidRuntimeException>(refusal->reason);
  image->runtime = std::get<compute::RuntimeChoice>(std::move(choice));
  const std::string runtime = runtime_version_arn(ref.place.region, image->runtime);
  if (!settings.runtime_pin.empty() && settings.runtime_pin != runtime) {
    refuse<InvalidRuntimeException>("The function is held to the runtime version " + settings.runtime_pin +
                                    ", and this machine has " + runtime + ".");
  }
  image->handler = settings.handler;
  image->architecture = settings.architecture;
  image->code_directory = code_.directory_of(settings.package.sha256);
  for (const LayerUse& layer : settings.layers)
    image->layer_directories.push_back(code_.directory_of(layer.package.sha256));
  image->variables = settings.environment;
  image->memory_mb = static_cast<uint32_t>(settings.memory_mb);
  image->tmp_mb = static_cast<uint32_t>(settings.tmp_mb);
  image->timeout = Seconds(settings.timeout);
  image->log_group = settings.log_group;
  image->log_format = settings.log_format == "JSON" ? compute::LogFormat::kJson : compute::LogFormat::kText;
  image->application_log_level = settings.application_log_level;
  if (!settings.system_log_level.empty()) image->system_log_level = settings.system_log_level;
  image->has_snapshot = settings.snap_start && settings.version != kLatest;
  image->credentials = [&iam = iam_, &observer = observer_, role = settings.role, name = ref.name,
                        arn = ref.arn()] {
    const auto session = iam.issue_for_service(
        {.role_arn = role, .session_name = name, .duration = kCredentialsDuration, .session_policies = {}});
    if (!session) throw std::runtime_error(std::string(kRoleRefused));
    observer.acts_as(arn, session->caller);
    return compute::RoleCredentials{session->access_key_id, session->secret_access_key,
                                    session->session_token, session->expires_at};
  };
  return image;
}

}  // namespace haneul::lambda
