// haneul serve: the server process from its first lock to its last sync.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compute/debug_ports.h"
#include "sandbox/guest_launch.h"

namespace haneul::app {

struct ServeOptions {
  std::filesystem::path data;
  std::string address = "127.0.0.1";
  uint16_t port = 4566;
  uint16_t debug_port = 0;               // 0: the system's choice, shown by haneul status
  std::filesystem::path bootstrap_file;  // empty: none
  std::filesystem::path runtimes;        // of the runtime clients; empty: beside the binary
  std::filesystem::path added_runtimes;  // of "haneul runtimes add"; empty: in the data directory
  uint64_t keep_events_mib = 0;          // for haneul replay; 0: none
  uint32_t account_concurrency = 1000;   // invocations at once in an account and region
  size_t environments_max = 0;           // that the process has descriptors for; 0: not known
  bool throttle_tables = false;          // hold DynamoDB's tables to their capacity
  std::filesystem::path node_sdk;        // a directory with node_modules for Node.js functions; empty: none
  std::vector<compute::DebugTarget> debug;
  // Guarantees that an ordinary user's server may do without (sandbox/enforcement.h).
  std::vector<std::string> without_enforcement;
  std::string isolation = "process";       // "microvm", or "microvm-emulated"
  std::filesystem::path guest_kernel;      // an unpacked kernel package for its guests; empty: installed ones
  std::optional<sandbox::GuestKit> guest;  // what the latter two came to
};

// Must be called while the process has one thread: it forks the sandbox launcher first. Returns the exit
// code.
int serve(const ServeOptions& options);

}  // namespace haneul::app
