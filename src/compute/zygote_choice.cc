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
constexpr std::array kBeginnings{std::string_view("PYTHON"), std::string_view("LD_"), std::string_view("LC_"),
                                 std::string_view("MALLOC_"), std::string_view("OPENSSL_")};

}  // namespace

bool is_read_at_start(std::string_view name) {
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](std::string_view beginning) { return name.starts_with(beginning); });
}

std::optional<sandbox::Zygote> choose_zygote(const EngineConfig& config, const FunctionImage& image) {
  if (config.zygote_directory.empty() || image.runtime.family != RuntimeFamily::kPython) return std::nullopt;
  const auto& own = image.variables;
  if (std::any_of(own.begin(), own.end(), [](const auto& each) { return is_read_at_start(each.first); })) {
    return std::nullopt;
  }
  constexpr auto kReadOnly = sandbox::Mount::Mode::kReadOnly;
  sandbox::Zygote zygote;
  zygote.tenant = image.account.str();
  zygote.argv = {image.runtime.interpreter, "-u", "-S", "/var/runtime/bootstrap.py", "--zygote"};
  zygote.environment = make_start_variables(image.runtime.family);
  zygote.mounts = {{config.python_runtime_directory, "/var/runtime", kReadOnly},
                   {config.zygote_directory, "/var/lang", kReadOnly}};
  return zygote;
}

}  // namespace haneul::compute
