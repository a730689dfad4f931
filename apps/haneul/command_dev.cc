// haneul dev: a template on a server, kept as it is on disk. What changes is sent at once - code alone
// straight to its functions, the rest as an update of the stack - and what the functions print is shown
// meanwhile.

#include <chrono>
#include <filesystem>
#include <iostream>
#include <optional>
#include <set>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "commands.h"
#include "debug_option.h"
#include "dev_logs.h"
#include "dev_package.h"
#include "dev_stack.h"
#include "dev_watch.h"
#include "gen/data/prices.h"

namespace haneul::app {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLogPause(150);
constexpr std::chrono::seconds kStartPatience(30);

volatile sig_atomic_t stopped = 0;
void note_stop(int) { stopped = 1; }

std::string since(Clock::time_point begun) {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  return fmt::format("{} ms", passed.count());
}

void say(Paint paint, const std::string& text) { std::cout << painted(paint, text) << "\n" << std::flush; }

// A server of our own where none runs on the data directory; it ends with us.
class OwnServer {
 public:
  OwnServer(const fs::path& data, const std::string& listen, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"haneul",   "serve", "--data",        data.string(),
                                       "--listen", listen,  "--keep-events", "64"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // A group of its own: Ctrl-C is ours to pass on.
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    const int failed = posix_spawn(&pid_, "/proc/self/exe", nullptr, &attributes, pointers.data(), environ);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0) throw std::system_error(failed, std::generic_category(), "start a server");
    await(data);
  }
  ~OwnServer() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  OwnServer(const OwnServer&) = delete;

 private:
  void await(const fs::path& data) {
    const auto give_up = Clock::now() + kStartPatience;
    while (!find_running_server(data)) {
      if (waitpid(pid_, nullptr, WNOHANG) == pid_) throw std::runtime_error("the server did not start");
      if (Clock::now() > give_up) throw std::runtime_error("the server was not ready in time");
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  pid_t pid_ = 0;
};

std::string stack_name(const DevOptions& dev) {
  if (!dev.stack.empty()) return dev.stack;
  return fs::canonical(dev.template_file).parent_path().filename().string();
}

class Session {
 public:
  Session(const Client& client, const DevOptions& dev)
      : template_(fs::canonical(dev.template_file)),
        stack_(client, stack_name(dev), parameters(dev)),
        logs_(client, platform::parse_prices(data::prices())) {}

  void run() {
    deploy();
    while (stopped == 0) {
      const std::set<fs::path> changed = watch_.wait(kLogPause);
      if (!changed.empty()) take(changed);
      logs_.print_new();
    }
  }

 private:
  static std::vector<std::pair<std::string, std::string>> parameters(const DevOptions& dev) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const std::string& each : dev.parameters) {
      const size_t equals = each.find('=');
      if (equals == std::string::npos) throw std::runtime_error("--parameter wants NAME=VALUE, not " + each);
      out.emplace_back(each.substr(0, equals), each.substr(equals + 1));
    }
    return out;
  }

  // What is wrong with a change is told, and the next one waited for.
  void take(const std::set<fs::path>& changed) {
    try {
      if (changed.contains(template_) || !send_codes(changed)) deploy();
    } catch (const std::exception& error) {
      say(Paint::kRed, fmt::format("not deployed: {}", error.what()));
    }
  }

  void deploy() {
    const auto begun = Clock::now();
    try {
      watch();
      local_ = read_local_template(template_);
      watch();
      const DevStack::Outcome outcome = stack_.deploy(local_);
      functions_ = stack_.functions();
      logs_.follow(functions_);
      constexpr const char* kWords[] = {"created", "updated", "unchanged"};
      say(Paint::kGreen,
          fmt::format("stack {} {} in {}", stack_.name(), kWords[static_cast<int>(outcome)], since(begun)));
      for (const DeployedFunction& each : functions_) {
        say(Paint::kDim, fmt::format("  {} is {} {}", each.logical_id, each.name, each.url));
      }
    } catch (const std::exception& error) {
      say(Paint::kRed, fmt::format("not deployed: {}", error.what()));
    }
  }

  void watch() {
    std::set<fs::path> roots{template_};
    for (const LocalCode& code : local_.codes) roots.insert(code.path);
    watch_.watch(roots);
  }

  // False when a stack update is needed: a layer changed, or a function that is not deployed.
  bool send_codes(const std::set<fs::path>& changed) {
    const auto begun = Clock::now();
    watch();
    std::vector<std::string> sent;
    for (const LocalCode& code : local_.codes) {
      if (!changed.contains(code.path)) continue;
      const std::string name = deployed_name(code);
      if (!code.is_function() || name.empty()) return false;
      stack_.send_code(name, pack(code.path));
      sent.push_back(code.logical_id);
    }
    say(Paint::kGreen, fmt::format("{} updated in {}", fmt::join(sent, ", "), since(begun)));
    return true;
  }

  std::string deployed_name(const LocalCode& code) const {
    for (const DeployedFunction& each : functions_) {
      if (each.logical_id == code.logical_id) return each.name;
    }
    return {};
  }

  fs::path template_;
  DevStack stack_;
  DevLogs logs_;
  DevWatch watch_;
  LocalTemplate local_;
  std::vector<DeployedFunction> functions_;
};

}  // namespace

int command_dev(const CommandOptions& options, const DevOptions& dev) {
  struct sigaction action{};
  action.sa_handler = note_stop;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::optional<OwnServer> own;
  const bool is_served = find_running_server(options.data).has_value();
  // A running server does not open its functions to debuggers because somebody on the machine asks.
  if (is_served && !dev.debug.empty())
    throw std::runtime_error("a server runs already: end it, or start it with serve --debug NAME=PORT");
  if (!is_served) {
    std::vector<std::string> more = debug_arguments(dev, stack_name(dev));
    for (const std::string& word : dev.without_enforcement)
      more.insert(more.end(), {"--without-enforcement", word});
    own.emplace(options.data, dev.listen, more);
  }
  const Client client(options.data, options.region);
  say(Paint::kDim, fmt::format("{} on {}", dev.template_file.string(), client.server().endpoint));
  Session(client, dev).run();
  return 0;
}

}  // namespace haneul::app
