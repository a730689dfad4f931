#include "sandbox/launcher_server.h"

#include <algorithm>

#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/log.h"
#include "sandbox/enforcement.h"
#include "sandbox/kernel.h"
#include "sandbox/root_template.h"
#include "sandbox/validate.h"

namespace haneul::sandbox {
namespace {

constexpr uint64_t kSourceBits = 3;
constexpr size_t kOutboxMax = 16'384;
using Kind = SandboxError::Kind;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kStaleInterval{200};

}  // namespace

LauncherServer::LauncherServer(const LauncherConfig& config, const Standing& standing, Fd socket)
    : config_(config), socket_(std::move(socket)), next_id_(config.first_id) {
  epoll_ = require_fd(epoll_create1(EPOLL_CLOEXEC), "epoll_create");
  watch(socket_.get(), 0, kSocket);
  Reply hello;
  hello.kind = Reply::Kind::kHello;
  hello.capabilities = capabilities_ = prepare(standing);
  post(hello, {});
}

void LauncherServer::make_cgroups(const Standing& standing, SandboxCapabilities& found) {
  if (standing.rights == Standing::Rights::kHost) {
    cgroups_ = make_cgroup_factory(look_at_cgroups(), config_.cgroup_parent);
    return;
  }
  GroupsOfUser groups = make_groups_of_user(look_at_cgroups(), config_.cgroup_parent);
  cgroups_ = std::move(groups.factory);
  if (standing.ids == Standing::Ids::kShared) groups.unenforced.push_back(shared_ids());
  report_unenforced(found, std::move(groups.unenforced), config_.without);
}

SandboxCapabilities LauncherServer::prepare(const Standing& standing) {
  SandboxCapabilities found;
  if (!standing.problem.empty()) {
    found.missing.push_back(standing.problem);
    return found;
  }
  const bool is_root = standing.rights == Standing::Rights::kHost;
  found = probe(is_root ? GroupNeed::kAll : GroupNeed::kNone);
  if (!found.usable()) return found;
  try {
    make_cgroups(standing, found);
    if (!found.usable()) return found;
    has_stale_ = !cgroups_->remove_stale();
    filter_ = std::make_unique<SeccompFilter>();
    root_template_ = build_root_template(is_root ? RootFrom::kNothing : RootFrom::kHost);
    pool_ = std::make_unique<CellPool>(config_, *cgroups_, Isolation{*filter_, root_template_});
    watch(pool_->start_maker(), 0, kMaker);
    pool_->add_one();  // proves that namespaces and groups can be made at all
    zygotes_ = std::make_unique<Zygotes>(*pool_, *cgroups_, Isolation{*filter_, root_template_},
                                         [this](int fd, uint64_t id) { watch(fd, id, kZygote); });
  } catch (const SandboxError& error) {
    const std::string why = is_root ? std::string() : why_no_user_namespace();
    found.missing.push_back(why.empty() ? error.what() : fmt::format("{} ({})", error.what(), why));
  }
  return found;
}

void LauncherServer::watch(int fd, EnvironmentId id, Source source) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = id << kSourceBits | source;
  require(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

void LauncherServer::run() {
  constexpr int kEventsMax = 64;
  epoll_event events[kEventsMax];
  while (!server_gone_) {
    flush();
    const int count = epoll_wait(epoll_.get(), events, kEventsMax, next_timeout_ms());
    for (int i = 0; i < count; ++i) on_event(events[i].data.u64);
    look_at_pending();
    if (count == 0 && may_prepare()) prepare_ahead();
  }
  shut_down();
}

// Not while a start is under way: it would wait for the end of what is done for later ones.
bool LauncherServer::may_prepare() const {
  return capabilities_.usable() && config_.pool_size > 0 && starting_ == 0;
}

// One piece of work for later while nothing else is to be done.
void LauncherServer::prepare_ahead() {
  const auto now = SteadyClock::now();
  try {
    if (zygotes_->wants_work(now)) {
      zygotes_->work(now);
    } else if (pool_->wants_more()) {
      pool_->add_one();
    }
  } catch (const SandboxError& error) {
    log_warning("nothing more can be prepared ahead of starts", {{"reason", error.what()}});
    config_.pool_size = 0;  // from now on cells are made on request, and each failure is told to its caller
  }
}

int LauncherServer::next_timeout_ms() const {
  constexpr int kSoon = 1;
  constexpr int kLater = 500;
  const bool freezing = std::any_of(running_.begin(), running_.end(),
                                    [](const auto& entry) { return !entry.second->freeze_serials.empty(); });
  if (freezing || !outbox_.empty()) return kSoon;
  if (!capabilities_.usable()) return -1;
  if (may_prepare() && (pool_->wants_more() || zygotes_->wants_work(SteadyClock::now()))) return 0;
  const bool at_rest =
      running_.empty() && graveyard_.empty() && !has_stale_ && !zygotes_->any() && pool_->at_rest();
  return at_rest ? -1 : kLater;
}

void LauncherServer::on_event(uint64_t tag) {
  const auto source = static_cast<Source>(tag & ((1 << kSourceBits) - 1));
  if (source == kSocket) {
    server_gone_ = !read_requests();
    return;
  }
  if (source == kMaker) return pool_->on_maker();
  if (source == kZygote) return resume(zygotes_->on_event(tag >> kSourceBits, SteadyClock::now()));
  const auto at = running_.find(tag >> kSourceBits);
  if (at == running_.end()) return;  // ended earlier in this round
  Running& running = *at->second;
  if (source == kInit) on_init_ended(at);
  if (source == kStatus) on_status(running);
  if (source == kMemory) {
    // The kernel (v1) has begun to kill single processes: half a tenant is of no use to anybody.
    running.out_of_memory = true;
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, running.cell.cgroup->oom_event_fd(), nullptr);
    running.kill_all();
  }
}

bool LauncherServer::read_requests() {
  for (;;) {
    Received received;
    if (!receive_message(socket_.get(), received)) return !received.closed;
    try {
      Request request = decode_request(received.bytes);
      try {
        handle(request);
      } catch (const SandboxError& error) {
        reply_error(request.serial, error);
      }
    } catch (const SandboxError& error) {
      log_error("the launcher was sent a malformed request", {{"reason", error.what()}});
      return false;  // there is no telling what else is wrong with a server that does this
    }
  }
}

void LauncherServer::handle(Request& request) {
  if (request.verb == Request::Verb::kStart) return start(request);
  const auto at = running_.find(request.id);
  if (at == running_.end()) throw SandboxError(Kind::kNotFound, fmt::format("no environment {}", request.id));
  Running& running = *at->second;
  switch (request.verb) {
    case Request::Verb::kFreeze: return freeze(running, request.serial);
    case Request::Verb::kThaw:
      for (const uint64_t serial : std::exchange(running.freeze_serials, {})) {
        reply_error(serial, SandboxError(Kind::kSetupFailed, "thawed while it was being frozen"));
      }
      running.cell.cgroup->thaw();
      break;
    case Request::Verb::kKill: running.kill_serials.push_back(request.serial); return running.kill_all();
    case Request::Verb::kUsage: {
      Reply reply;
      reply.serial = request.serial;
      reply.id = running.id;
      reply.status.usage = running.usage();
      return post(reply, {});
    }
    case Request::Verb::kSignal: send_signal(running, request); break;
    case Request::Verb::kRun: return run_program(running, request);
    case Request::Verb::kSocket: return open_socket(running, request.serial);
    default: throw SandboxError(Kind::kInvalidSpec, "unknown request");
  }
  reply_done(request.serial, running);
}

void LauncherServer::start(Request& request) {
  if (!capabilities_.usable()) throw SandboxError(Kind::kUnavailable, capabilities_.missing.front());
  if (running_.size() >= config_.environments_max) {
    throw SandboxError(Kind::kUnavailable,
                       fmt::format("{} environments are running, the most allowed", running_.size()));
  }
  validate_spec(request.spec);
  Cell cell;
  const bool may_fork = request.spec.zygote && config_.pool_size > 0;
  switch (may_fork ? zygotes_->take(request, cell, SteadyClock::now()) : Zygotes::Taken::kNothing) {
    case Zygotes::Taken::kCell: break;
    case Zygotes::Taken::kParked: return;
    case Zygotes::Taken::kNothing: cell = pool_->take(); break;
  }
  start_in(request, std::move(cell));
}

void LauncherServer::start_in(const Request& request, Cell cell) {
  const uint32_t host_id = cell.host_id;
  std::unique_ptr<Running> made;
  try {
    made = launch(request.spec, std::move(cell));
  } catch (...) {
    pool_->release_id(host_id);
    throw;
  }
  Running& running = *made;
  running.id = next_id_++;
  running.start_serial = request.serial;
  running_.emplace(running.id, std::move(made));
  ++starting_;
  watch(running.init.get(), running.id, kInit);
  watch(running.status.get(), running.id, kStatus);
  if (running.cell.cgroup->oom_event_fd() >= 0)
    watch(running.cell.cgroup->oom_event_fd(), running.id, kMemory);
}

void LauncherServer::resume(std::vector<Zygotes::Arrival> arrivals) {
  for (Zygotes::Arrival& each : arrivals) {
    try {
      start_in(each.request, each.cell ? std::move(*each.cell) : pool_->take());
    } catch (const SandboxError& error) {
      reply_error(each.request.serial, error);
    }
  }
}

void LauncherServer::freeze(Running& running, uint64_t serial) {
  constexpr auto kFreezeLimit = std::chrono::seconds(2);
  running.cell.cgroup->freeze();
  if (running.cell.cgroup->is_frozen()) return reply_done(serial, running);
  running.freeze_serials.push_back(serial);
  running.freeze_deadline = SteadyClock::now() + kFreezeLimit;
}

void LauncherServer::send_signal(Running& running, const Request& request) {
  const int process = running.process_of(request.program);
  if (process < 0 || request.signal_number < 1 || request.signal_number >= NSIG) {
    throw SandboxError(Kind::kInvalidSpec, "no such process yet, or no such signal");
  }
  require(send_to_pidfd(process, request.signal_number), "send a signal");
}

// Answered when the program has been executed, or could not be.
void LauncherServer::run_program(Running& running, const Request& request) {
  validate_program(request.spec);
  running.run(request);
}

void LauncherServer::open_socket(Running& running, uint64_t serial) {
  Reply reply;
  reply.serial = serial;
  reply.kind = Reply::Kind::kOpened;
  reply.id = running.id;
  std::vector<Fd> fds;
  fds.push_back(running.open_socket());
  post(reply, std::move(fds));
}

void LauncherServer::tell_program_news(Running& running) {
  for (const StatusMessage& news : std::exchange(running.program_news, {})) {
    RunningProgram& program = running.programs.at(news.program);
    const uint64_t serial = std::exchange(program.serial, 0);
    if (news.kind == StatusMessage::Kind::kFailed) {
      running.programs.erase(news.program);
      reply_error(serial, SandboxError(Kind::kSetupFailed, news.text));
      continue;
    }
    Reply reply;
    reply.id = running.id;
    reply.program = news.program;
    if (news.kind == StatusMessage::Kind::kStarted) {
      reply.serial = serial;
      reply.kind = Reply::Kind::kOpened;
      post(reply, std::move(program.handover));
      continue;
    }
    reply.kind = Reply::Kind::kProgramEnded;
    reply.status = running.exit_status_of(news);
    program.process.reset();
    post(reply, {});
  }
}

void LauncherServer::on_status(Running& running) {
  const bool was_started = running.started;
  running.read_status();
  if (running.started && !was_started) {
    --starting_;
    Reply reply;
    reply.serial = running.start_serial;
    reply.kind = Reply::Kind::kStarted;
    reply.id = running.id;
    reply.pid = running.main_pid;
    reply.origin = running.cell.origin;
    post(reply, std::move(running.handover));
  }
  tell_program_news(running);
  // The other side has closed when init ends: the pidfd tells the rest.
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = running.id << kSourceBits | kStatus;
  if (running.ended || !running.failure.empty())
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, running.status.get(), &event);
}

void LauncherServer::on_init_ended(Table::iterator at) {
  Running& running = *at->second;
  rusage used{};
  if (wait4(running.init_pid, nullptr, WNOHANG, &used) == 0) return;
  running.note_end(used);
  on_status(running);
  const ExitStatus status = running.exit_status();
  if (!running.started) --starting_;
  if (running.started) {
    Reply reply;
    reply.kind = Reply::Kind::kExited;
    reply.id = running.id;
    reply.status = status;
    post(reply, {});
  } else {
    const char* unknown =
        status.oom_killed ? "the memory limit is too small to start" : "ended before it started";
    reply_error(running.start_serial,
                SandboxError(Kind::kSetupFailed, running.failure.empty() ? unknown : running.failure));
  }
  for (const auto& [number, program] : running.programs) {
    if (program.serial != 0) reply_error(program.serial, SandboxError(Kind::kNotFound, "ended meanwhile"));
  }
  for (const uint64_t serial : running.kill_serials) reply_done(serial, running);
  for (const uint64_t serial : running.freeze_serials) {
    reply_error(serial, SandboxError(Kind::kNotFound, "ended while it was being frozen"));
  }
  pool_->release_id(running.cell.host_id);
  if (!running.cell.cgroup->remove()) graveyard_.push_back(std::move(running.cell.cgroup));
  running_.erase(at);
}

void LauncherServer::look_at_pending() {
  const auto now = SteadyClock::now();
  for (auto& [id, running] : running_) {
    if (!running->started && running->failure.empty() && now > running->start_deadline) {
      running->failure = "the environment was not ready in time";
      running->kill_all();
    }
    if (running->freeze_serials.empty()) continue;
    const bool frozen = running->cell.cgroup->is_frozen();
    if (!frozen && now < running->freeze_deadline) continue;
    for (const uint64_t serial : std::exchange(running->freeze_serials, {})) {
      if (frozen)
        reply_done(serial, *running);
      else
        reply_error(serial, SandboxError(Kind::kTimeout, "the environment could not be frozen in time"));
    }
  }
  bury();
  if (!capabilities_.usable()) return;
  if (has_stale_ && now >= next_stale_look_) {
    has_stale_ = !cgroups_->remove_stale();
    next_stale_look_ = now + kStaleInterval;
  }
  resume(zygotes_->look(now));
  pool_->digest(now);
}

void LauncherServer::bury() {
  std::erase_if(graveyard_, [](const std::unique_ptr<Cgroup>& group) { return group->remove(); });
}

void LauncherServer::reply_done(uint64_t serial, const Running& running) {
  Reply reply;
  reply.serial = serial;
  reply.id = running.id;
  post(reply, {});
}

void LauncherServer::reply_error(uint64_t serial, const SandboxError& error) {
  Reply reply;
  reply.serial = serial;
  reply.kind = Reply::Kind::kFailed;
  reply.error = error.kind();
  reply.message = error.what();
  post(reply, {});
}

void LauncherServer::post(const Reply& reply, std::vector<Fd> fds) {
  outbox_.push_back({encode(reply), std::move(fds)});
  flush();
}

void LauncherServer::flush() {
  while (!outbox_.empty()) {
    const int error = send_message(socket_.get(), outbox_.front().bytes, outbox_.front().fds);
    if (error == EAGAIN && outbox_.size() < kOutboxMax) return;
    if (error != 0) server_gone_ = true;
    outbox_.pop_front();
  }
}

void LauncherServer::shut_down() {
  for (auto& [id, running] : running_) running->kill_all();
  for (auto& [id, running] : running_) {
    waitpid(running->init_pid, nullptr, 0);
    graveyard_.push_back(std::move(running->cell.cgroup));
  }
  running_.clear();
  zygotes_.reset();
  pool_.reset();
  constexpr int kAttempts = 200;
  for (int i = 0; i < kAttempts && !graveyard_.empty(); ++i) {
    bury();
    if (!graveyard_.empty()) usleep(1000);
  }
  graveyard_.clear();
  cgroups_.reset();
}

}  // namespace haneul::sandbox
