// Resolving Lambda's runtime identifiers to what this machine has.
#include "compute/runtime_choice.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "base/text.h"

namespace haneul::compute {

namespace {

// Prints "3.11" or "v20.20.2"; the commands are constants, nothing of a request reaches a shell.
std::string ask(const char* command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command, "re"), pclose);
  if (!pipe) return {};
  std::array<char, 128> text{};
  const size_t count = fread(text.data(), 1, text.size(), pipe.get());
  return std::string(trim(std::string_view(text.data(), count)));
}

std::string first_existing(std::initializer_list<const char*> paths) {
  for (const char* path : paths) {
    std::error_code error;
    const auto real = std::filesystem::canonical(path, error);
    if (!error) return real.string();
  }
  return {};
}

struct Parsed {
  RuntimeFamily family;
  std::string version;
};

std::optional<Parsed> parse(std::string_view name) {
  if (name == "provided" || name == "provided.al2" || name == "provided.al2023") {
    return Parsed{RuntimeFamily::kProvided, {}};
  }
  const bool python = name.starts_with("python3.");
  if (python && parse_int(name.substr(8)).value_or(-1) >= 0) {
    return Parsed{RuntimeFamily::kPython, std::string(name.substr(6))};
  }
  if (name.starts_with("nodejs") && name.ends_with(".x")) {
    const std::string_view major = name.substr(6, name.size() - 8);
    if (parse_int(major).value_or(-1) > 0) return Parsed{RuntimeFamily::kNode, std::string(major)};
  }
  return std::nullopt;
}

std::string identifier(RuntimeFamily family, const std::string& version) {
  return family == RuntimeFamily::kPython ? "python" + version : "nodejs" + version + ".x";
}

}  // namespace

RuntimeCatalog RuntimeCatalog::of_this_machine() {
  std::vector<Installed> installed;
  for (const char* minor : {"9", "10", "11", "12", "13", "14"}) {
    const std::string path = fmt::format("/usr/bin/python3.{}", minor);
    const std::string real = first_existing({path.c_str()});
    if (!real.empty()) installed.push_back({RuntimeFamily::kPython, fmt::format("3.{}", minor), real});
  }
  if (const std::string node = first_existing({"/usr/bin/node", "/usr/bin/nodejs"}); !node.empty()) {
    const std::string version = ask("/usr/bin/node --version 2>/dev/null");
    if (version.starts_with("v")) {
      installed.push_back({RuntimeFamily::kNode, version.substr(1, version.find('.') - 1), node});
    }
  }
  return RuntimeCatalog(std::move(installed));
}

std::variant<RuntimeChoice, RuntimeRefusal> RuntimeCatalog::resolve(std::string_view requested) const {
  const std::optional<Parsed> parsed = parse(requested);
  if (!parsed) {
    return RuntimeRefusal{
        fmt::format("The runtime parameter of {} is not supported here: Python (python3.x), Node.js "
                    "(nodejs<major>.x) and custom "
                    "runtimes (provided.al2, provided.al2023) are.",
                    requested)};
  }
  RuntimeChoice choice{parsed->family, std::string(requested), std::string(requested), false, {}};
  if (parsed->family == RuntimeFamily::kProvided) return choice;
  const Installed* best = nullptr;
  for (const Installed& each : installed_) {
    if (each.family != parsed->family) continue;
    if (best == nullptr || each.version == parsed->version) best = &each;
    if (each.version == parsed->version) break;
  }
  if (best == nullptr) {
    return RuntimeRefusal{
        fmt::format("The runtime {} needs {}, which is not installed on this machine.", requested,
                    parsed->family == RuntimeFamily::kPython ? "/usr/bin/python3" : "/usr/bin/node")};
  }
  choice.interpreter = best->interpreter;
  choice.actual = identifier(best->family, best->version);
  choice.substituted = best->version != parsed->version;
  return choice;
}

}  // namespace haneul::compute
