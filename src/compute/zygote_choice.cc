#include "compute/zygote_choice.h"

#include <algorithm>
#include <array>

#include "compute/variables.h"

namespace haneul::compute {

namespace {

// Those of a name in full, and those of a beginning.
constexpr std::array kNames{std::string_view("LANG"),        std::string_view("LANGUAGE"),
                            std::string_view("LOCPATH"),     std::string_view("GCONV_PATH"),
                            std::string_view("NLSPATH"),     std::string_view("GLIBC_TUNABLES"),
                            std::string_view("RES_OPTIONS"), std::string_view("LOCALDOMAIN"),
                            std::string_view("TZDIR"),       std::string_view("AWS_LAMBDA_EXEC_WRAPPER")};
constexpr std::array kBeginnings{
    std::string_view("PYTHON"), std::string_view("NODE_"),   std::string_view("UV_"),
    std::string_view("ICU_"),   std::string_view("HANEUL_"), std::string_view("LD_"),
    std::string_view("LC_"),    std::string_view("MALLOC_"), std::string_view("OPENSSL_"),
    std::string_view("RUBY"),   std::string_view("GEM_"),    std::string_view("BUNDLE_"),
    std::string_view("JAVA_"),  std::string_view("JDK_"),    std::string_view("_JAVA_")};

}  // namespace

bool is_read_at_start(std::string_view name) {
  if (name == "NODE_ENV") return false;  // a convention of programs, unlike its siblings
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](std::string_view beginning) { return name.starts_with(beginning); });
}

std::optional<sandbox::Zygote> choose_zygote(const SpecInputs& inputs, const sandbox::EnvironmentSpec& spec) {
  const FunctionImage& image = inputs.image;
  const EngineConfig& config = inputs.config;
  const RuntimeFamily family = image.runtime.family;
  if (config.zygote_directory.empty() || family == RuntimeFamily::kProvided) return std::nullopt;
  const auto& own = image.variables;
  if (std::any_of(own.begin(), own.end(), [](const auto& each) { return is_read_at_start(each.first); })) {
    return std::nullopt;
  }
  sandbox::Zygote zygote;
  zygote.tenant = image.account.str();
  zygote.argv = spec.argv;
  zygote.environment = make_start_variables(image.runtime);
  if (family == RuntimeFamily::kPython) {
    constexpr auto kReadOnly = sandbox::Mount::Mode::kReadOnly;
    zygote.argv.emplace_back("--zygote");
    zygote.mounts = {{config.python_runtime_directory, "/var/runtime", kReadOnly},
                     {config.zygote_directory, "/var/lang", kReadOnly}};
    return zygote;
  }
  zygote.way = sandbox::Zygote::Way::kWaiting;
  if (family == RuntimeFamily::kJava) {
    zygote.argv.emplace_back("--waiting");  // it may read no variable before it has the function's
  } else {
    zygote.environment.emplace_back("HANEUL_WAITING=1");
  }
  for (const sandbox::Mount& mount : spec.mounts) {
    if (mount.target != "/var/task" && mount.target != "/opt") zygote.mounts.push_back(mount);
  }
  return zygote;
}

}  // namespace haneul::compute
