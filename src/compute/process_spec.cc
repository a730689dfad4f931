// Making of the sandbox's specification.
#include "compute/process_spec.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "compute/java_options.h"
#include "compute/snapshots.h"
#include "compute/variables.h"
#include "compute/zygote_choice.h"

namespace haneul::compute {

namespace {

constexpr uint64_t kMib = 1024 * 1024;
constexpr uint32_t kDefaultTmpMb = 512;
constexpr uint32_t kMemoryMbPerCore = 1769;
constexpr std::string_view kSnapshotInside = "/mnt/snapshot";
constexpr uint16_t kImagePort = 9002;
constexpr uint32_t kDebuggerMb = 256;  // debugpy is two more programs' worth of modules

// The host's path of something below /var/task or /opt; other paths are not ours to look at.
std::optional<std::string> on_host(const SpecInputs& inputs, std::string_view inside) {
  if (inside.find("..") != std::string_view::npos) return std::nullopt;
  if (inside.starts_with("/var/task/")) return inputs.image.code_directory + std::string(inside.substr(9));
  if (inside.starts_with("/opt/")) return inputs.opt_directory + std::string(inside.substr(4));
  return std::nullopt;
}

bool is_executable(const SpecInputs& inputs, std::string_view inside) {
  if (inside.starts_with("/opt/") && inputs.opt_directory.empty()) return false;
  const auto path = on_host(inputs, inside);
  return path && ::access(path->c_str(), X_OK) == 0;
}

bool can_be_debugged(RuntimeFamily family) {
  return family == RuntimeFamily::kPython || family == RuntimeFamily::kNode;
}

using Command = std::variant<std::vector<std::string>, EntrypointMissing>;

Command make_command(const SpecInputs& inputs) {
  const FunctionImage& image = inputs.image;
  std::vector<std::string> command;
  if (inputs.debug_port != 0 && !can_be_debugged(image.runtime.family)) {
    return EntrypointMissing{"functions of " + image.runtime.requested +
                             " cannot be debugged: those of Python and Node.js can"};
  }
  if (image.runtime.family == RuntimeFamily::kProvided) {
    for (const char* path : {"/var/task/bootstrap", "/opt/bootstrap"}) {
      if (is_executable(inputs, path)) return std::vector<std::string>{path};
    }
    return EntrypointMissing{"Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"};
  }
  if (const auto wrapper = image.variables.find("AWS_LAMBDA_EXEC_WRAPPER");
      wrapper != image.variables.end()) {
    if (!is_executable(inputs, wrapper->second)) {
      return EntrypointMissing{"fork/exec " + wrapper->second + ": no such file or directory"};
    }
    command.push_back(wrapper->second);
  }
  command.push_back(image.runtime.interpreter);
  if (image.runtime.family == RuntimeFamily::kPython) {
    // Unbuffered: what was printed is in the pipe before the answer leaves, and survives a crash. Without
    // the site module, whose useful part the bootstrap does itself in a fraction of the time.
    command.insert(command.end(), {"-u", "-S"});
    // Frozen modules hide from a debugger.
    if (inputs.debug_port != 0) command.insert(command.end(), {"-X", "frozen_modules=off"});
    command.emplace_back("/var/runtime/bootstrap.py");
    if (inputs.debug_port != 0) command.insert(command.end(), {"--debug", std::to_string(inputs.debug_port)});
  } else if (image.runtime.family == RuntimeFamily::kRuby) {
    // Where the machine has no such locale as LANG names, Ruby would take files for ASCII.
    command.insert(command.end(), {"-EUTF-8", "/var/runtime/bootstrap.rb"});
  } else if (image.runtime.family == RuntimeFamily::kJava) {
    const auto archive = inputs.java_archive.empty() ? JavaArchive::kNone : JavaArchive::kReady;
    const std::vector<std::string> options = java_options(image, archive);
    command.insert(command.end(), options.begin(), options.end());
  } else {
    // The system's roots are loaded at the first connection; an extra CA file would be loaded at every start.
    command.insert(command.end(),
                   {"--use-openssl-ca", "--max-old-space-size=" + std::to_string(image.memory_mb * 9 / 10)});
    // Stops at the first line: a debugger then has the time to set its breakpoints.
    if (inputs.debug_port != 0)
      command.push_back("--inspect-brk=127.0.0.1:" + std::to_string(inputs.debug_port));
    command.emplace_back("/var/runtime/bootstrap.js");
  }
  return command;
}

// The image's own program, which needs no arguments of the function.
std::vector<std::string> restoring_command() {
  return {"/var/lang/haneul_restore", std::string(kSnapshotInside) + "/" + std::string(kImageFile)};
}

std::vector<sandbox::Mount> make_mounts(const SpecInputs& inputs) {
  const EngineConfig& config = inputs.config;
  std::vector<sandbox::Mount> mounts;
  const auto add = [&mounts](const std::string& source, std::string_view target) {
    if (!source.empty()) mounts.push_back({source, std::string(target), sandbox::Mount::Mode::kReadOnly});
  };
  add(inputs.image.code_directory, "/var/task");
  add(inputs.opt_directory, "/opt");
  const RuntimeFamily family = inputs.image.runtime.family;
  if (family == RuntimeFamily::kPython) add(config.python_runtime_directory, "/var/runtime");
  if (inputs.is_for_snapshot || !inputs.snapshot_directory.empty())
    add(config.snapshots.program_directory, "/var/lang");
  add(inputs.snapshot_directory, kSnapshotInside);
  if (family == RuntimeFamily::kRuby) add(config.ruby_runtime_directory, "/var/runtime");
  if (family == RuntimeFamily::kJava) {
    add(config.java_runtime_directory, "/var/runtime");
    add(inputs.java_archive, kJavaArchiveDirectory);
  }
  if (family == RuntimeFamily::kNode) {
    add(config.node_runtime_directory, "/var/runtime");
    add(inputs.image.runtime.home, "/var/lang");
    add(config.node_sdk_directory, "/mnt/nodejs-sdk");
  }
  add(inputs.resolver_file, "/etc/resolv.conf");
  add(inputs.hosts_file, "/etc/hosts");
  add(config.ca_bundle_file, kCaBundleInside);
  add(config.ca_bundle_file, "/etc/pki/tls/certs/ca-bundle.crt");
  return mounts;
}

}  // namespace

sandbox::ProgramSpec give_life_of_its_own(sandbox::EnvironmentSpec& spec) {
  sandbox::ProgramSpec program{std::move(spec.argv), std::move(spec.environment),
                               std::exchange(spec.working_directory, "/")};
  spec.argv.clear();
  spec.environment.clear();
  spec.life = sandbox::Life::kOfItsOwn;
  spec.zygote.reset();
  return program;
}

std::variant<sandbox::EnvironmentSpec, EntrypointMissing> make_spec(SpecInputs inputs) {
  const bool is_restored = !inputs.snapshot_directory.empty();
  auto command = is_restored ? Command(restoring_command()) : make_command(inputs);
  if (const auto* missing = std::get_if<EntrypointMissing>(&command)) return *missing;
  const FunctionImage& image = inputs.image;
  sandbox::EnvironmentSpec spec;
  spec.argv = std::get<std::vector<std::string>>(std::move(command));
  spec.mounts = make_mounts(inputs);
  spec.environment = std::move(inputs.variables);
  spec.working_directory = "/var/task";
  using Protocol = sandbox::ListenSpec::Protocol;
  spec.listeners = {{Protocol::kTcp, "127.0.0.1", 9001},
                    {Protocol::kUdp, "127.0.0.1", 53},
                    {Protocol::kTcp, "127.0.0.1", 80},
                    {Protocol::kTcp, "127.0.0.1", 443}};
  if (inputs.is_for_snapshot) spec.listeners.push_back({Protocol::kTcp, "127.0.0.1", kImagePort});
  // /tmp lives in memory. What a function asks for beyond the default comes on top of its memory, so that it
  // can be filled; the default half gigabyte does not, or a small function could take five times what it is
  // given.
  const uint32_t extra_mb = image.tmp_mb > kDefaultTmpMb ? image.tmp_mb : 0;
  const uint32_t debugger_mb = inputs.debug_port != 0 ? kDebuggerMb : 0;
  spec.memory_bytes = (image.memory_mb + extra_mb + debugger_mb) * kMib;
  spec.tmp_bytes = image.tmp_mb * kMib;
  // Never below one core: a cold start is worth more than Lambda's exact share of a core.
  spec.cpu_permille = std::max<uint32_t>(1000, image.memory_mb * 1000 / kMemoryMbPerCore);
  const bool is_of_snapshot = is_restored || inputs.is_for_snapshot;
  if (inputs.config.guest) return sandbox::put_into_guest(std::move(spec), *inputs.config.guest);
  if (inputs.debug_port == 0 && !is_of_snapshot) spec.zygote = choose_zygote(inputs, spec);
  return spec;
}

}  // namespace haneul::compute
