#include "serve.h"

#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/descriptor_limit.h"
#include "base/log.h"
#include "base/text.h"
#include "debug_pages.h"
#include "sandbox/microvm.h"
#include "system.h"

namespace haneul::app {

namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

// An environment takes seven of the server's descriptors (sockets of its runtime, resolver and endpoints,
// pipes) and fewer of the launcher's; the others are for clients and the database's files. 0 when the limit
// is not known.
size_t environments_max(uint64_t descriptors) {
  constexpr uint64_t kOfOne = 8;
  constexpr uint64_t kOthersMax = 2000;
  return (descriptors - std::min(descriptors / 2, kOthersMax)) / kOfOne;
}

std::filesystem::path find_runtimes() {
  const std::filesystem::path binary = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  for (const char* place : {"../../runtimes", "../lib/haneul/runtimes", "../share/haneul/runtimes"}) {
    if (std::filesystem::exists(binary / place / "python")) return std::filesystem::canonical(binary / place);
  }
  return {};
}

void report_sandbox(const sandbox::SandboxCapabilities& capabilities) {
  for (const std::string& missing : capabilities.missing) {
    log_warning("functions cannot run here", {{"missing", missing}});
  }
}

// Before anything else is made: who asked for virtual machines must not get a server without them.
std::optional<sandbox::GuestKit> require_isolation(const ServeOptions& options) {
  if (options.isolation == "process") return std::nullopt;
  if (!options.debug.empty())
    throw std::runtime_error("--debug is refused with --isolation " + options.isolation +
                             ": no port of the host leads into a virtual machine");
  const char* programs = std::getenv("PATH");
  sandbox::MicrovmPlaces places;
  places.programs = programs == nullptr ? "" : programs;
  places.guest_program = options.runtimes / "microvm/guest";
  if (!options.guest_kernel.empty()) {
    places.boot = options.guest_kernel / "boot";
    places.modules = options.guest_kernel / "lib/modules";
  }
  const auto accelerator =
      options.isolation == "microvm" ? sandbox::Accelerator::kKvm : sandbox::Accelerator::kEmulation;
  return sandbox::prepare_microvm(places, accelerator, options.data / "microvm");
}

// Before anything is made, too: all that is missing in one message.
void require_enforcement(const sandbox::SandboxCapabilities& found) {
  std::string words;
  std::string text = "what isolates functions cannot be enforced in full by this user:";
  for (const sandbox::Unenforced& each : found.unenforced) {
    if (each.is_accepted) continue;
    words += (words.empty() ? "" : ",") + each.word;
    text += "\n  " + each.word + std::string(each.word.size() < 12 ? 12 - each.word.size() : 1, ' ') +
            each.what + " (" + each.why + ")";
  }
  if (words.empty()) return;
  throw std::runtime_error(text + "\nStart haneul as root, have it delegated to this user, or go without: " +
                           "--without-enforcement " + words);
}

void show_unenforced(const sandbox::SandboxCapabilities& found) {
  for (const sandbox::Unenforced& each : found.unenforced)
    std::cout << "NOT ENFORCED: " << each.word << " - " << each.what << "\n";
}

}  // namespace

int serve(const ServeOptions& given) {
  ServeOptions options = given;
  if (options.runtimes.empty()) options.runtimes = find_runtimes();
  options.guest = require_isolation(options);
  options.environments_max = environments_max(raise_descriptor_limit());
  sandbox::LauncherConfig config;
  config.without = options.without_enforcement;
  sandbox::LauncherProcess launcher = sandbox::LauncherProcess::fork_before_threads(config);
  // Root's launcher prepares itself while the server starts; an ordinary user's may keep it from starting.
  if (::geteuid() != 0) require_enforcement(launcher.peek_capabilities());
  // Blocked before any thread starts, so that all inherit it and only the wait below takes the signals.
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  System system(options, std::move(launcher));
  report_sandbox(system.launcher.capabilities());
  if (options.environments_max != 0 && options.environments_max < options.account_concurrency) {
    log_warning(
        "the limit of open files bounds how many functions run at once",
        {{"at_once", std::to_string(options.environments_max)}, {"raise", "ulimit -Hn, or LimitNOFILE"}});
  }
  options.port = system.start(options);  // with port 0 the system has chosen one
  SystemPages pages(system, options);
  server::DebugHandler debug(pages);
  const uint16_t debug_port =
      server::open_debug_listener(system.server, debug, "127.0.0.1", options.debug_port);
  const std::string endpoint = "http://" + options.address + ":" + std::to_string(options.port);
  write_running_server(options.data, {.pid = ::getpid(),
                                      .endpoint = endpoint,
                                      .debug_port = debug_port,
                                      .started_at = format_iso8601(system.clock.now())});
  std::cout << "Haneul serves " << endpoint << " (account " << system.root.account.str() << ", data "
            << options.data.string() << ")\n";
  show_unenforced(system.launcher.capabilities());
  for (const compute::DebugTarget& target : options.debug) {
    std::cout << "Function " << target.function << " waits for its debugger on 127.0.0.1:" << target.port
              << "\n";
  }
  std::cout << std::flush;
  int taken = 0;
  sigwait(&signals, &taken);
  log_info("stopping", {{"signal", std::to_string(taken)}});
  remove_running_server(options.data);
  system.stop();
  return 0;
}

}  // namespace haneul::app
