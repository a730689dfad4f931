// What the sandbox is asked for when a function's environment starts: command line, mounts, listeners,
// limits. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html (wrapper scripts),
// runtimes-custom.html (bootstrap)
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compute/engine.h"
#include "compute/image.h"
#include "sandbox/spec.h"

namespace haneul::compute {

// The listeners in the order in which make_spec asks for them.
enum ListenerIndex : size_t {
  kRuntimeListener,
  kDnsListener,
  kHttpListener,
  kHttpsListener,
  kImageListener,  // of an environment whose snapshot is taken
};

struct SpecInputs {
  const EngineConfig& config;
  const FunctionImage& image;
  std::string opt_directory;  // merged layers, or empty
  std::string resolver_file;  // for /etc/resolv.conf
  std::string hosts_file;
  std::string java_archive;  // directory of the JVM's class archive, or empty
  std::vector<std::string> variables;
  uint16_t debug_port = 0;  // inside; 0: the function is not debugged
  bool is_for_snapshot = false;
  std::string snapshot_directory = {};  // where the image is that it begins from, or empty
};

struct EntrypointMissing {
  std::string message;  // Runtime.InvalidEntrypoint
};

// Takes the main process out of the specification: it is to be run later, beside extensions.
sandbox::ProgramSpec give_life_of_its_own(sandbox::EnvironmentSpec& spec);

std::variant<sandbox::EnvironmentSpec, EntrypointMissing> make_spec(SpecInputs inputs);

}  // namespace haneul::compute
