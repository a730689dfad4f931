// The parts of an environment that live and end with one start of its runtime: sockets, pipes, session.
// Thread rule: the environment's loop.
#pragma once

#include <optional>
#include <stdexcept>

#include "compute/environment.h"
#include "compute/process_spec.h"

namespace haneul::compute {

class EntrypointError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Environment::Process {
  Process(Environment& owner, sandbox::EnvironmentId environment_id)
      : environment(owner), id(environment_id), session(owner) {}

  void open(sandbox::Environment made, std::string_view name, EndpointDoor* door) {
    Loop& loop = environment.loop_;
    api.emplace(loop, std::move(made.listeners[kRuntimeListener]), session);
    dns.emplace(loop, std::move(made.listeners[kDnsListener]));
    if (door != nullptr) {
      door->open(name, std::move(made.listeners[kHttpListener]), std::move(made.listeners[kHttpsListener]));
    }
    out.emplace(loop, std::move(made.stdout_fd), [this](std::string_view bytes) {
      environment.output_.write(Output::Source::kStdout, bytes, environment.now());
    });
    err.emplace(loop, std::move(made.stderr_fd), [this](std::string_view bytes) {
      environment.output_.write(Output::Source::kStderr, bytes, environment.now());
    });
  }

  void drain() {
    if (out) out->drain();
    if (err) err->drain();
  }

  Environment& environment;
  sandbox::EnvironmentId id;
  RuntimeSession session;
  std::optional<RuntimeApi> api;
  std::optional<DnsResponder> dns;
  std::optional<PipeReader> out;
  std::optional<PipeReader> err;
};

}  // namespace haneul::compute
