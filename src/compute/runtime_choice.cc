// Resolving Lambda's runtime identifiers to what this machine has.
#include "compute/runtime_choice.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
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

// Names of one family: "python3.11" is the beginning, the version, and the ending.
struct Naming {
  RuntimeFamily family;
  std::string_view beginning;
  std::string_view ending;
  std::string_view needs;  // where the machine would have it
};
constexpr std::array kNamings{
    Naming{RuntimeFamily::kPython, "python", "", "/usr/bin/python3"},
    Naming{RuntimeFamily::kNode, "nodejs", ".x", "/usr/bin/node"},
    Naming{RuntimeFamily::kRuby, "ruby", "", "/usr/bin/ruby"},
    Naming{RuntimeFamily::kJava, "java", "", "/usr/bin/java"},
};

const Naming& naming(RuntimeFamily family) {
  return *std::find_if(kNamings.begin(), kNamings.end(),
                       [&](const Naming& each) { return each.family == family; });
}

// "3.11" or "20"; Ruby before 3.2 is none that Lambda still makes functions for.
bool is_version(RuntimeFamily family, std::string_view text) {
  if (family == RuntimeFamily::kPython) {
    return text.starts_with("3.") && parse_int(text.substr(2)).value_or(-1) >= 0;
  }
  if (family == RuntimeFamily::kRuby) return text != "2.5" && text != "2.7" && text.find('.') == 1;
  return parse_int(text).value_or(-1) > 0;
}

std::optional<Parsed> parse(std::string_view name) {
  if (name == "provided" || name == "provided.al2" || name == "provided.al2023") {
    return Parsed{RuntimeFamily::kProvided, {}};
  }
  for (const Naming& each : kNamings) {
    if (!name.starts_with(each.beginning) || !name.ends_with(each.ending)) continue;
    std::string_view version = name.substr(each.beginning.size());
    version.remove_suffix(std::min(version.size(), each.ending.size()));
    // java8.al2, java21.al2023: the operating system makes no difference here.
    if (each.family == RuntimeFamily::kJava) version = version.substr(0, version.find(".al2"));
    if (is_version(each.family, version)) return Parsed{each.family, std::string(version)};
  }
  return std::nullopt;
}

std::string identifier(RuntimeFamily family, const std::string& version) {
  const Naming& names = naming(family);
  return std::string(names.beginning) + version + std::string(names.ending);
}

// Debian's names carry the version: /usr/bin/ruby3.1.
void find_ruby(std::vector<RuntimeCatalog::Installed>& installed) {
  const std::string ruby = first_existing({"/usr/bin/ruby"});
  const size_t at = ruby.rfind("ruby");
  if (at == std::string::npos || ruby.size() == at + 4) return;
  installed.push_back({RuntimeFamily::kRuby, ruby.substr(at + 4), ruby});
}

// Every JVM tells its version in a file: JAVA_VERSION="17.0.15".
void find_java(std::vector<RuntimeCatalog::Installed>& installed) {
  std::error_code none;
  for (const auto& each : std::filesystem::directory_iterator("/usr/lib/jvm", none)) {
    const std::filesystem::path java = each.path() / "bin/java";
    if (each.is_symlink() || !std::filesystem::exists(java)) continue;
    std::ifstream release(each.path() / "release");
    constexpr std::string_view kName = "JAVA_VERSION=\"";
    for (std::string line; std::getline(release, line);) {
      if (!line.starts_with(kName)) continue;
      const std::string version =
          line.substr(kName.size(), line.find_first_of(".\"", kName.size()) - kName.size());
      if (parse_int(version).value_or(0) >= 11) {
        installed.push_back({RuntimeFamily::kJava, version, java.string()});
      }
    }
  }
}

// Java runs what was compiled for older versions, so the next later one stands in; others' first stands in.
const RuntimeCatalog::Installed* best_of(const std::vector<RuntimeCatalog::Installed>& installed,
                                         const Parsed& wanted) {
  const auto distance = [&](const RuntimeCatalog::Installed& each) -> int64_t {
    if (each.version == wanted.version) return -1;
    if (each.family != RuntimeFamily::kJava) return 0;
    constexpr int64_t kOlder = 1000;
    const int64_t later = parse_int(each.version).value_or(0) - parse_int(wanted.version).value_or(0);
    return later > 0 ? later : kOlder - later;
  };
  const RuntimeCatalog::Installed* best = nullptr;
  for (const auto& each : installed) {
    if (each.family != wanted.family) continue;
    if (best == nullptr || distance(each) < distance(*best)) best = &each;
  }
  return best;
}

}  // namespace

RuntimeCatalog RuntimeCatalog::of_this_machine(std::string added_directory) {
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
  find_ruby(installed);
  find_java(installed);
  return RuntimeCatalog(std::move(installed), std::move(added_directory));
}

// The machine's own first: they stand in where no version fits.
std::vector<RuntimeCatalog::Installed> RuntimeCatalog::known() const {
  std::vector<Installed> all = installed_;
  if (added_directory_.empty()) return all;
  std::error_code none;
  for (const auto& each : std::filesystem::directory_iterator(added_directory_, none)) {
    const std::optional<Parsed> name = parse(each.path().filename().string());
    if (!name || name->family != RuntimeFamily::kNode) continue;
    const std::filesystem::path home = std::filesystem::canonical(each.path(), none);
    if (none || !std::filesystem::exists(home / "bin/node", none)) continue;
    all.push_back({name->family, name->version, "/var/lang/bin/node", home.string()});
  }
  return all;
}

std::variant<RuntimeChoice, RuntimeRefusal> RuntimeCatalog::resolve(std::string_view requested) const {
  const std::optional<Parsed> parsed = parse(requested);
  if (!parsed) {
    return RuntimeRefusal{
        fmt::format("The runtime parameter of {} is not supported here: Python (python3.x), Node.js "
                    "(nodejs<major>.x), Ruby (ruby3.x), Java (java<major>) and custom runtimes "
                    "(provided.al2, provided.al2023) are.",
                    requested)};
  }
  RuntimeChoice choice;
  choice.family = parsed->family;
  choice.requested = choice.actual = std::string(requested);
  if (parsed->family == RuntimeFamily::kProvided) return choice;
  const std::vector<Installed> all = known();
  const Installed* best = best_of(all, *parsed);
  if (best == nullptr) {
    return RuntimeRefusal{fmt::format("The runtime {} needs {}, which is not installed on this machine.",
                                      requested, naming(parsed->family).needs)};
  }
  choice.version = best->version;
  choice.interpreter = best->interpreter;
  choice.home = best->home;
  choice.substituted = best->version != parsed->version;
  if (choice.substituted) choice.actual = identifier(best->family, best->version);
  return choice;
}

}  // namespace haneul::compute
