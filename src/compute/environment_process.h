// The parts of an environment that live and end with one start of its runtime: sockets, pipes, sessions.
// Thread rule: the environment's loop.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "compute/environment.h"
#include "compute/process_spec.h"

namespace haneul::compute {

class EntrypointError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Environment::Process {
  // The output of a program: the runtime's, or an extension's.
  struct Stream {
    Stream(Environment& environment, Output& output, Fd stdout_fd, Fd stderr_fd)
        : out(environment.loop_, std::move(stdout_fd),
              [&](std::string_view bytes) {
                output.write(Output::Source::kStdout, bytes, environment.now());
              }),
          err(environment.loop_, std::move(stderr_fd), [&](std::string_view bytes) {
            output.write(Output::Source::kStderr, bytes, environment.now());
          }) {}
    void drain() {
      out.drain();
      err.drain();
    }
    PipeReader out;
    PipeReader err;
  };
  struct ExtensionProgram {
    ExtensionProgram(Environment& environment, std::string called)
        : name(std::move(called)), output(OutputLimits{}, [&environment](std::string event) {
            environment.platform_.line(TelemetryType::kExtension, std::move(event));
          }) {}
    std::string name;
    Output output;
    std::optional<Stream> stream;
    bool is_running = false;
  };

  Process(Environment& owner, sandbox::EnvironmentId environment_id)
      : environment(owner),
        id(environment_id),
        hub(owner.loop_, owner.shared_->services.clock,
            [&launcher = owner.shared_->services.launcher, environment_id] {
              return launcher.open_socket(environment_id);
            }),
        extensions(*owner.image_, owner.shared_->services.random, hub, owner),
        session(owner, &extensions) {}

  void open(sandbox::Environment made, std::string_view name, EndpointDoor* door) {
    Loop& loop = environment.loop_;
    api.emplace(loop, std::move(made.listeners[kRuntimeListener]), session);
    dns.emplace(loop, std::move(made.listeners[kDnsListener]));
    if (door != nullptr) {
      door->open(name, std::move(made.listeners[kHttpListener]), std::move(made.listeners[kHttpsListener]));
    }
    if (made.listeners.size() > kImageListener) image_listener = std::move(made.listeners[kImageListener]);
    if (made.stdout_fd)
      runtime.emplace(environment, environment.output_, std::move(made.stdout_fd), std::move(made.stderr_fd));
  }

  void settle() {
    if (runtime) runtime->drain();
    for (const auto& each : programs) {
      if (each->stream) each->stream->drain();
      each->output.flush(environment.now());
    }
  }

  // Whether an extension that was told of the end is still at work.
  bool awaits_exits() const {
    return std::any_of(programs.begin(), programs.end(), [&](const auto& program) {
      const auto& all = extensions.all();
      const auto at =
          std::find_if(all.begin(), all.end(), [&](const auto& each) { return each->name == program->name; });
      return program->is_running && at != all.end() && (*at)->on_shutdown;
    });
  }

  Environment& environment;
  sandbox::EnvironmentId id;
  TelemetryHub hub;
  ExtensionSession extensions;
  RuntimeSession session;
  std::optional<RuntimeApi> api;
  std::optional<DnsResponder> dns;
  Fd image_listener;  // where a memory image arrives
  std::optional<Stream> runtime;
  sandbox::ProgramId runtime_program = 0;
  std::vector<std::unique_ptr<ExtensionProgram>> programs;
};

}  // namespace haneul::compute
