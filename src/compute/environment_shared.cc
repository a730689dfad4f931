// What all environments of an engine share: paths as the launcher wants them, and the files shown inside
// each.
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "compute/environment.h"

namespace haneul::compute {

namespace fs = std::filesystem;

namespace {

std::string write_shown_file(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::trunc) << text;
  fs::permissions(path, fs::perms(0644));
  return fs::canonical(path).string();
}

std::string canonical_or_empty(const std::string& path) {
  return path.empty() ? std::string() : fs::canonical(path).string();
}

}  // namespace

uint64_t machine_memory_mb() {
  return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) >> 20;
}

std::shared_ptr<EnvironmentShared> make_shared_parts(const EngineServices& services, EngineConfig config) {
  fs::create_directories(config.work_directory);
  config.work_directory = fs::canonical(config.work_directory).string();
  config.python_runtime_directory = canonical_or_empty(config.python_runtime_directory);
  config.node_runtime_directory = canonical_or_empty(config.node_runtime_directory);
  config.ruby_runtime_directory = canonical_or_empty(config.ruby_runtime_directory);
  config.java_runtime_directory = canonical_or_empty(config.java_runtime_directory);
  config.zygote_directory = canonical_or_empty(config.zygote_directory);
  config.node_sdk_directory = canonical_or_empty(config.node_sdk_directory);
  config.ca_bundle_file = canonical_or_empty(config.ca_bundle_file);
  config.snapshots.program_directory = canonical_or_empty(config.snapshots.program_directory);
  if (config.memory_mb_max == 0) config.memory_mb_max = machine_memory_mb() / 4 * 3;
  const fs::path directory(config.work_directory);
  auto shared = std::make_shared<EnvironmentShared>(services, std::move(config));
  // Short waits: the resolver is on loopback and either answers at once or not at all.
  shared->resolver_file =
      write_shown_file(directory / "resolv.conf", "nameserver 127.0.0.1\noptions timeout:2 attempts:2\n");
  shared->hosts_file = write_shown_file(
      directory / "hosts", "127.0.0.1 localhost\n127.0.0.1 sandbox.localdomain sandbox sandbox.local\n");
  return shared;
}

}  // namespace haneul::compute
