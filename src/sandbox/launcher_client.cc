// The server's side: one thread reads replies and hands each to the coroutine that waits for it, and makes
// another launcher when the one there was has ended.
#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/task/completion.h"
#include "sandbox/launcher.h"
#include "sandbox/messages.h"

namespace haneul::sandbox {
namespace {

using Kind = SandboxError::Kind;
using Answer = Completion<std::shared_ptr<Reply>>;

constexpr Milliseconds kStartLimit{20'000};
constexpr Milliseconds kCallLimit{10'000};
constexpr int kStartAttempts = 3;
constexpr EnvironmentId kIdGap = 1 << 20;  // what the launcher that ended may have begun unheard
// Between attempts to make a launcher, doubled each time: one that cannot live must not take a processor.
constexpr int kFirstPauseMs = 50;
constexpr int kLastPauseMs = 5'000;

std::shared_ptr<Reply> lost_reply() {
  auto reply = std::make_shared<Reply>();
  reply->kind = Reply::Kind::kFailed;
  reply->error = Kind::kLauncherGone;
  reply->message = "the launcher process has ended";
  return reply;
}

void throw_if_failed(const Reply& reply) {
  if (reply.kind == Reply::Kind::kFailed) throw SandboxError(reply.error, reply.message);
}

}  // namespace

struct LauncherClient::Impl {
  struct Life {  // of one environment, as far as the server knows
    std::shared_ptr<Reply> exited;
    std::vector<Answer> waiters;
    std::map<ProgramId, std::shared_ptr<Reply>> ended;  // its programs
    std::map<ProgramId, std::vector<Answer>> program_waiters;
    bool lost = false;  // with its launcher

    bool is_awaited() const {
      const auto waits = [](const auto& entry) { return !entry.second.empty(); };
      return !waiters.empty() || std::any_of(program_waiters.begin(), program_waiters.end(), waits);
    }
    std::vector<Answer> take_waiters() {
      std::vector<Answer> all = std::exchange(waiters, {});
      for (auto& [program, more] : program_waiters) all.insert(all.end(), more.begin(), more.end());
      program_waiters.clear();
      return all;
    }
  };
  enum class State { kConnected, kLost, kClosed };  // kLost: calls wait for the next launcher

  Restart restart;
  pid_t pid = 0;  // 0: it ended and was reaped
  Fd socket;
  Fd wake;
  SandboxCapabilities capabilities;
  std::mutex mutex;
  std::map<uint64_t, Answer> calls;
  std::map<EnvironmentId, Life> lives;
  std::deque<std::string> unsent;
  std::function<void()> on_lost;
  uint64_t last_serial = 0;
  EnvironmentId last_id = 0;  // the highest that was heard of
  State state = State::kConnected;
  bool stopping = false;
  bool heard = false;  // from this launcher
  std::thread reader;

  Answer submit(Request& request) {
    Answer answer;
    const std::lock_guard lock(mutex);
    if (state == State::kClosed) {
      answer.set(lost_reply());
      return answer;
    }
    request.serial = ++last_serial;
    const std::string bytes = encode(request);
    if (bytes.size() > kMessageBytesMax)
      throw SandboxError(Kind::kInvalidSpec, "the specification is too large");
    calls.emplace(request.serial, answer);
    if (state == State::kLost) {
      unsent.push_back(bytes);
    } else if (!unsent.empty() || send_message(socket.get(), bytes, {}) == EAGAIN) {
      unsent.push_back(bytes);
      wake_reader();
    }
    return answer;
  }

  Task<std::shared_ptr<Reply>> call(Request request, Milliseconds limit) {
    const Answer answer = submit(request);
    const auto reply = co_await answer.wait(limit);
    if (!reply) throw SandboxError(Kind::kTimeout, "the launcher did not answer in time");
    throw_if_failed(**reply);
    co_return *reply;
  }

  // A start that went down with its launcher is asked of the next one.
  Task<std::shared_ptr<Reply>> call_start(Request request) {
    for (int attempt = 1;; ++attempt) {
      try {
        co_return co_await call(request, kStartLimit);
      } catch (const SandboxError& error) {
        if (error.kind() != Kind::kLauncherGone || !restart || attempt == kStartAttempts) throw;
      }
    }
  }

  void wake_reader() {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t count = write(wake.get(), &one, sizeof one);
  }

  // Asks without waiting for the answer: for environments nobody has a name for any more.
  void kill_orphan(EnvironmentId id) {
    Request request;
    request.verb = Request::Verb::kKill;
    request.id = id;
    submit(request);
  }

  void take_in(std::shared_ptr<Reply> reply) {
    if (reply->kind == Reply::Kind::kExited) return record_exit(std::move(reply));
    if (reply->kind == Reply::Kind::kProgramEnded) return record_program_end(std::move(reply));
    Answer answer;
    {
      const std::lock_guard lock(mutex);
      heard = true;
      last_id = std::max(last_id, reply->id);
      const auto at = calls.find(reply->serial);
      if (at == calls.end()) return;
      answer = at->second;
      calls.erase(at);
      const bool is_start = reply->kind == Reply::Kind::kStarted;
      if (is_start) lives.try_emplace(reply->id);
    }
    const bool is_start = reply->kind == Reply::Kind::kStarted;
    const EnvironmentId orphan = is_start ? reply->id : 0;
    if (!answer.set(std::move(reply)) && orphan != 0) kill_orphan(orphan);
  }

  void record_exit(std::shared_ptr<Reply> reply) {
    std::vector<Answer> waiters;
    {
      const std::lock_guard lock(mutex);
      const auto at = lives.find(reply->id);
      if (at == lives.end()) return;  // forgotten
      at->second.exited = reply;
      waiters = at->second.take_waiters();
    }
    for (const Answer& waiter : waiters) waiter.set(reply);
  }

  void record_program_end(std::shared_ptr<Reply> reply) {
    std::vector<Answer> waiters;
    {
      const std::lock_guard lock(mutex);
      const auto at = lives.find(reply->id);
      if (at == lives.end()) return;  // forgotten
      at->second.ended[reply->program] = reply;
      waiters = std::exchange(at->second.program_waiters[reply->program], {});
    }
    for (const Answer& waiter : waiters) waiter.set(reply);
  }

  void flush_unsent() {
    const std::lock_guard lock(mutex);
    while (!unsent.empty() && send_message(socket.get(), unsent.front(), {}) != EAGAIN) unsent.pop_front();
  }

  void fail_everything(State next) {
    std::vector<Answer> answers;
    std::function<void()> callback;
    {
      const std::lock_guard lock(mutex);
      state = next;
      unsent.clear();
      for (auto& [serial, answer] : calls) answers.push_back(answer);
      calls.clear();
      for (auto& [id, life] : lives) {
        life.lost = !life.exited;
        const std::vector<Answer> waiters = life.take_waiters();
        answers.insert(answers.end(), waiters.begin(), waiters.end());
      }
      if (!stopping) callback = on_lost;
    }
    for (const Answer& answer : answers) answer.set(lost_reply());
    if (callback) callback();
  }

  void read_replies() {
    for (;;) {
      bool behind = false;
      {
        const std::lock_guard lock(mutex);
        behind = !unsent.empty();
        if (stopping) break;
      }
      const auto interest = static_cast<short>(behind ? POLLIN | POLLOUT : POLLIN);
      pollfd ready[2] = {{socket.get(), interest, 0}, {wake.get(), POLLIN, 0}};
      if (poll(ready, 2, -1) < 0 && errno != EINTR) break;
      uint64_t drained = 0;
      if (ready[1].revents != 0 && read(wake.get(), &drained, sizeof drained) < 0) break;
      if (behind) flush_unsent();
      Received received;
      while (receive_message(socket.get(), received)) {
        auto reply = std::make_shared<Reply>(decode_reply(received.bytes));
        reply->fds = std::move(received.fds);
        take_in(std::move(reply));
        received = {};
      }
      if (received.closed) break;
    }
  }

  bool is_stopping() {
    const std::lock_guard lock(mutex);
    return stopping;
  }

  // In the place of the one that ended. A failure shows as one more launcher that ended.
  void make_another() {
    if (pid != 0) waitpid(std::exchange(pid, 0), nullptr, 0);
    try {
      LauncherProcess next = restart(last_id + kIdGap);
      next.await_capabilities();
      const std::lock_guard lock(mutex);
      pid = next.pid();
      socket = next.take_socket();
      state = State::kConnected;
    } catch (const std::exception& error) {
      log_error("the sandbox launcher cannot be started", {{"reason", error.what()}});
      return;
    }
    flush_unsent();
  }

  void serve() {
    int pause_ms = 0;
    for (;;) {
      if (state == State::kConnected) {
        read_replies();
        const bool again = restart && !is_stopping();
        fail_everything(again ? State::kLost : State::kClosed);
        if (again)
          log_warning("the sandbox launcher has ended, its environments too: another is started", {});
      }
      if (!restart || is_stopping()) break;
      pause_ms = heard ? 0 : std::clamp(2 * pause_ms, kFirstPauseMs, kLastPauseMs);
      heard = false;
      pollfd stop{wake.get(), POLLIN, 0};
      uint64_t drained = 0;
      if (poll(&stop, 1, pause_ms) > 0 && read(wake.get(), &drained, sizeof drained) < 0) drained = 0;
      if (!is_stopping()) make_another();
    }
    if (state != State::kClosed) fail_everything(State::kClosed);
  }
};

LauncherClient::LauncherClient(LauncherProcess process, Restart restart) : impl_(std::make_unique<Impl>()) {
  impl_->restart = std::move(restart);
  impl_->pid = process.pid();
  impl_->capabilities = process.await_capabilities();
  impl_->socket = process.take_socket();
  impl_->wake = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  impl_->reader = std::thread([impl = impl_.get()] { impl->serve(); });
}

LauncherClient::~LauncherClient() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake_reader();
  impl_->reader.join();
  impl_->socket.reset();
  if (impl_->pid != 0) waitpid(impl_->pid, nullptr, 0);
}

const SandboxCapabilities& LauncherClient::capabilities() const { return impl_->capabilities; }

void LauncherClient::on_launcher_lost(std::function<void()> callback) {
  bool already = false;
  {
    const std::lock_guard lock(impl_->mutex);
    already = impl_->state != Impl::State::kConnected;
    impl_->on_lost = callback;
  }
  if (already) callback();
}

Task<Environment> LauncherClient::start(EnvironmentSpec spec) {
  Request request;
  request.verb = Request::Verb::kStart;
  const size_t listeners = spec.listeners.size();
  const size_t outputs = spec.life == Life::kOfMain ? 2 : 0;
  request.spec = std::move(spec);
  const std::shared_ptr<Reply> reply = co_await impl_->call_start(std::move(request));
  if (reply->fds.size() != listeners + outputs)
    throw SandboxError(Kind::kSetupFailed, "descriptors were lost on the way");
  Environment environment;
  environment.id = reply->id;
  environment.pid = reply->pid;
  environment.origin = reply->origin;
  if (outputs != 0) {
    environment.stderr_fd = std::move(reply->fds[listeners + 1]);
    environment.stdout_fd = std::move(reply->fds[listeners]);
  }
  reply->fds.resize(listeners);
  environment.listeners = std::move(reply->fds);
  co_return environment;
}

Task<void> LauncherClient::freeze(EnvironmentId id) {
  co_await impl_->call({.verb = Request::Verb::kFreeze, .id = id, .spec = {}}, kCallLimit);
}

Task<void> LauncherClient::thaw(EnvironmentId id) {
  co_await impl_->call({.verb = Request::Verb::kThaw, .id = id, .spec = {}}, kCallLimit);
}

Task<void> LauncherClient::kill(EnvironmentId id) {
  try {
    co_await impl_->call({.verb = Request::Verb::kKill, .id = id, .spec = {}}, kCallLimit);
  } catch (const SandboxError& error) {
    if (error.kind() != Kind::kNotFound) throw;
  }
}

Task<ExitStatus> LauncherClient::wait(EnvironmentId id) {
  Answer answer;
  {
    const std::lock_guard lock(impl_->mutex);
    const auto at = impl_->lives.find(id);
    if (at == impl_->lives.end()) throw SandboxError(Kind::kNotFound, "no such environment, or forgotten");
    if (at->second.exited) co_return at->second.exited->status;
    if (at->second.lost) throw SandboxError(Kind::kLauncherGone, "the launcher process has ended");
    at->second.waiters.push_back(answer);
  }
  const auto reply = co_await answer.wait_forever();
  throw_if_failed(**reply);
  co_return (*reply)->status;
}

Task<Usage> LauncherClient::usage(EnvironmentId id) {
  const auto reply = co_await impl_->call({.verb = Request::Verb::kUsage, .id = id, .spec = {}}, kCallLimit);
  co_return reply->status.usage;
}

Task<void> LauncherClient::signal(EnvironmentId id, int number, ProgramId program) {
  Request request{
      .verb = Request::Verb::kSignal, .id = id, .signal_number = number, .program = program, .spec = {}};
  co_await impl_->call(std::move(request), kCallLimit);
}

Task<Program> LauncherClient::run(EnvironmentId id, ProgramSpec program) {
  Request request{.verb = Request::Verb::kRun, .id = id, .spec = {}};
  request.spec.argv = std::move(program.argv);
  request.spec.environment = std::move(program.environment);
  request.spec.working_directory = std::move(program.working_directory);
  const auto reply = co_await impl_->call(std::move(request), kCallLimit);
  if (reply->fds.size() != 2) throw SandboxError(Kind::kSetupFailed, "descriptors were lost on the way");
  co_return Program{reply->program, std::move(reply->fds[0]), std::move(reply->fds[1])};
}

Task<ExitStatus> LauncherClient::wait_program(EnvironmentId id, ProgramId program) {
  Answer answer;
  {
    const std::lock_guard lock(impl_->mutex);
    const auto at = impl_->lives.find(id);
    if (at == impl_->lives.end()) throw SandboxError(Kind::kNotFound, "no such environment, or forgotten");
    if (const auto ended = at->second.ended.find(program); ended != at->second.ended.end()) {
      co_return ended->second->status;
    }
    if (at->second.exited) co_return at->second.exited->status;
    if (at->second.lost) throw SandboxError(Kind::kLauncherGone, "the launcher process has ended");
    at->second.program_waiters[program].push_back(answer);
  }
  const auto reply = co_await answer.wait_forever();
  throw_if_failed(**reply);
  co_return (*reply)->status;
}

Task<Fd> LauncherClient::open_socket(EnvironmentId id) {
  const auto reply = co_await impl_->call({.verb = Request::Verb::kSocket, .id = id, .spec = {}}, kCallLimit);
  if (reply->fds.size() != 1) throw SandboxError(Kind::kSetupFailed, "the socket was lost on the way");
  co_return std::move(reply->fds[0]);
}

void LauncherClient::forget(EnvironmentId id) {
  const std::lock_guard lock(impl_->mutex);
  const auto at = impl_->lives.find(id);
  if (at != impl_->lives.end() && !at->second.is_awaited()) impl_->lives.erase(at);
}

}  // namespace haneul::sandbox
