// The part of an environment's life that extensions have: their start before the runtime's, what becomes of
// the environment when one fails, and the shutdown phase.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
#include <csignal>

#include <fmt/format.h>

#include "base/log.h"
#include "compute/environment.h"
#include "compute/environment_process.h"
#include "compute/variables.h"

namespace haneul::compute {

namespace {

// Of the whole shutdown phase, and of the runtime's share in it.
constexpr std::chrono::milliseconds kExternalLimit{2'000};
constexpr std::chrono::milliseconds kInternalLimit{500};
constexpr std::chrono::milliseconds kRuntimeShare{300};

std::string end_of(const sandbox::ExitStatus& status) {
  const std::string how = describe_exit(status);
  return how.empty() ? "exit code 0" : how;
}

struct LaunchProblem {
  std::string error_type;
  std::string how;
};

// In the words of AWS's own supervisor.
LaunchProblem explain(const std::string& path, const sandbox::SandboxError& error) {
  const std::string_view text = error.what();
  const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  if (has("Permission denied")) return {"PermissionDenied", "fork/exec " + path + ": permission denied"};
  if (has("No such file")) return {"UnknownError", "fork/exec " + path + ": no such file or directory"};
  if (has("Exec format")) return {"UnknownError", "fork/exec " + path + ": exec format error"};
  return {"UnknownError", "fork/exec " + path + ": " + std::string(text)};
}

}  // namespace

void Environment::on_extensions_changed() {
  if (const auto reported = process_->extensions.reported_error(); reported && !extension_fault_) {
    for (const auto& each : process_->extensions.all()) {
      if (!each->error_type.empty()) extension_fault_ = ExtensionFault{*reported, each->error_type};
    }
    alive_ = false;
  }
  push(Event::kExtensions);
}

void Environment::on_subscribed(const std::string& extension, const TelemetrySubscription& what,
                                TelemetryHub::Subscribed how) {
  platform_.subscribed(extension, what, how);
}

Task<Environment::Event> Environment::start_extensions(const std::vector<std::string>& names,
                                                       const std::vector<std::string>& variables,
                                                       std::chrono::nanoseconds until) {
  ExtensionSession& extensions = process_->extensions;
  for (const std::string& name : names) extensions.expect(name);
  if (names.size() > ExtensionSession::kExtensionsMax) {
    extensions.launch_failed(names.back(), "TooManyExtensions");
    extension_fault_ = ExtensionFault{"Extension.LaunchError", "too many extensions"};
    co_return Event::kExtensions;
  }
  const std::vector<std::string> shown = extension_variables(variables);
  for (const std::string& name : names) {
    const std::string path = "/opt/extensions/" + name;
    std::optional<LaunchProblem> problem;
    try {
      co_await run_program(name, {{path}, shown, "/"});
    } catch (const sandbox::SandboxError& error) {
      if (error.kind() != sandbox::SandboxError::Kind::kSetupFailed) throw;
      problem = explain(path, error);
    }
    if (!problem) continue;
    extensions.launch_failed(name, problem->error_type);
    extension_fault_ = ExtensionFault{"Extension.LaunchError", problem->how};
    co_return Event::kExtensions;
  }
  while (!extensions.all_registered()) {
    const Event event = co_await next_event(until);
    if (event != Event::kExtensions || extension_fault_) co_return event;
  }
  co_return Event::kReady;
}

// The runtime, or an extension with its name.
Task<void> Environment::run_program(std::string extension, sandbox::ProgramSpec program) {
  sandbox::Program started = co_await shared_->services.launcher.run(process_->id, std::move(program));
  const bool is_runtime = extension.empty();
  if (is_runtime) {
    process_->runtime_program = started.id;
    process_->runtime.emplace(*this, output_, std::move(started.stdout_fd), std::move(started.stderr_fd));
  } else {
    auto kept = std::make_unique<Process::ExtensionProgram>(*this, extension);
    kept->stream.emplace(*this, kept->output, std::move(started.stdout_fd), std::move(started.stderr_fd));
    kept->is_running = true;
    process_->programs.push_back(std::move(kept));
  }
  spawn(loop_, "watch program",
        keep_alive(shared_from_this(), watch_program(process_->id, started.id, std::move(extension))));
}

Task<void> Environment::watch_program(sandbox::EnvironmentId id, sandbox::ProgramId program,
                                      std::string extension) {
  sandbox::ExitStatus status;
  try {
    status = co_await shared_->services.launcher.wait_program(id, program);
  } catch (const sandbox::SandboxError&) {
    co_return;  // the environment has ended: its own watcher tells
  }
  if (!process_ || process_->id != id) co_return;
  if (!extension.empty()) co_return extension_ended(extension, status);
  if (!exit_) exit_ = status;
  process_->hub.flush();
  push(Event::kExited);
}

void Environment::extension_ended(const std::string& name, const sandbox::ExitStatus& status) {
  for (const auto& each : process_->programs) {
    if (each->name == name) each->is_running = false;
  }
  process_->extensions.exited(name);
  if (!is_shutting_down_) {
    if (!extension_fault_) extension_fault_ = ExtensionFault{"Extension.Crash", end_of(status)};
    alive_ = false;
  }
  push(Event::kExtensions);
}

void Environment::extension_result(InvokeResult& result, const Invocation& invocation,
                                   const ExtensionFault& fault) {
  const std::string text = "RequestId: " + invocation.request_id.str() + " Error: " + fault.how;
  result.status = InvokeStatus::kCrashed;
  result.error_type = fault.type;
  result.payload = error_document(fault.type, text);
  platform_.fault(text + "\n" + fault.type);
}

// Gives those a last word who registered; without extensions nobody is asked.
Task<void> Environment::shut_down(std::string_view reason) {
  ExtensionSession& extensions = process_->extensions;
  if (extensions.empty() || is_gone_ || aborted_ || is_shutting_down_) co_return;
  is_shutting_down_ = true;
  try {
    co_await thaw_now();
  } catch (const sandbox::SandboxError&) {
    co_return;  // it has just ended
  }
  const auto begin = now();
  const bool has_external = extensions.has(Extension::Kind::kExternal);
  const bool has_internal = extensions.has(Extension::Kind::kInternal);
  const auto until = begin + (has_external ? kExternalLimit : kInternalLimit);
  process_->hub.flush();
  co_await terminate_runtime(begin + (has_internal ? kInternalLimit : kRuntimeShare));
  if (!has_external || is_gone_ || !process_->awaits_exits()) co_return;
  extensions.shut_down(reason, wall_time(until));
  while (!is_gone_ && process_->awaits_exits() && co_await next_event(until) != Event::kTimeout) {
  }
}

Task<void> Environment::terminate_runtime(std::chrono::nanoseconds until) {
  const bool is_started =
      process_->extensions.has(Extension::Kind::kExternal) ? process_->runtime_program != 0 : true;
  if (exit_ || !is_started) co_return;
  sandbox::Launcher& launcher = shared_->services.launcher;
  try {
    co_await launcher.signal(process_->id, SIGTERM, process_->runtime_program);
    while (!exit_ && co_await next_event(until) != Event::kTimeout) {
    }
    if (!exit_) co_await launcher.signal(process_->id, SIGKILL, process_->runtime_program);
  } catch (const sandbox::SandboxError&) {
    // It has just ended.
  }
}

Timestamp Environment::wall_time(std::chrono::nanoseconds moment) const {
  const Clock& clock = shared_->services.clock;
  return clock.now() + std::chrono::duration_cast<Milliseconds>(moment - clock.monotonic());
}

}  // namespace haneul::compute
