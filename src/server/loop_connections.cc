#include "server/loop_connections.h"

#include <algorithm>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/task/asio.h"
#include "server/connection.h"

namespace haneul::server {

namespace {

// A timeout may come this much late: a quarter of the shortest, but no more often than the idle server can
// afford.
Milliseconds sweep_interval(const HttpLimits& limits) {
  const auto shortest = std::min({limits.head_patience, limits.idle_patience, limits.body_patience,
                                  limits.write_patience, limits.linger});
  return std::clamp(shortest / 4, Milliseconds(10), Milliseconds(1000));
}

}  // namespace

ServerCore::Alive::Alive(std::shared_ptr<ServerCore> core) : core_(std::move(core)) {
  const std::lock_guard lock(core_->mutex_);
  ++core_->alive_;
}

ServerCore::Alive::~Alive() {
  if (!core_) return;  // moved from
  const std::lock_guard lock(core_->mutex_);
  if (--core_->alive_ == 0) core_->quiet_.notify_all();
}

bool ServerCore::wait_until_quiet(Milliseconds patience) {
  std::unique_lock lock(mutex_);
  return quiet_.wait_for(lock, patience, [this] { return alive_ == 0; });
}

struct LoopConnections::Timer {
  boost::asio::steady_timer timer;
};

LoopConnections::LoopConnections(Loop& loop, std::shared_ptr<ServerCore> core)
    : loop_(loop),
      core_(std::move(core)),
      timer_(std::make_unique<Timer>(Timer{boost::asio::steady_timer(loop.context())})) {}

LoopConnections::~LoopConnections() = default;

// The entry of a connection in the list of its loop, which the sweep and the stop go through.
class LoopConnections::Residence final : public Mover {
 public:
  Residence(std::shared_ptr<LoopConnections> here, SocketTransport& transport, const Door& door)
      : here_(std::move(here)), transport_(transport), door_(door) {
    here_->open_.emplace(&transport_, &door_);
  }
  ~Residence() override {
    here_->open_.erase(&transport_);
    if (core().stopping) here_->wake_sweep();
  }
  ServerCore& core() const { return *here_->core_; }

  Task<void> move_to(Executor& home) override {
    const std::shared_ptr<LoopConnections> there = here_->neighbour_at(home);
    if (!there || there == here_ || core().stopping) co_return;
    here_->open_.erase(&transport_);
    Fd socket = transport_.release();
    co_await continue_on(there->loop_);
    here_ = there;
    transport_.settle(there->loop_.context(), std::move(socket));
    here_->open_.emplace(&transport_, &door_);
    // Whoever went through the lists meanwhile has not seen it.
    if (core().stopping || door_.removed) transport_.abort();
  }

 private:
  std::shared_ptr<LoopConnections> here_;
  SocketTransport& transport_;
  const Door& door_;
};

std::shared_ptr<LoopConnections> LoopConnections::neighbour_at(const Executor& home) const {
  for (const auto& each : neighbours_) {
    const std::shared_ptr<LoopConnections> found = each.lock();
    if (found && &found->loop_ == &home) return found;
  }
  return nullptr;
}

void LoopConnections::adopt(Accepted accepted, std::shared_ptr<Door> door) {
  spawn(loop_, "connection", run(Alive(core_), shared_from_this(), std::move(accepted), std::move(door)));
}

Task<void> LoopConnections::run(Alive /*alive*/, std::shared_ptr<LoopConnections> self, Accepted accepted,
                                std::shared_ptr<Door> door) {
  ServerCore& core = *self->core_;
  if (!core.stopping && !door->removed) {
    SocketTransport transport(self->loop_.context(), std::move(accepted.socket), core.limits.write_patience);
    Residence residence(self, transport, *door);
    co_await serve(residence, transport, std::move(accepted.remote_address), *door);
  }
  core.counters.connections_open.fetch_sub(1);
}

Task<void> LoopConnections::serve(Residence& residence, SocketTransport& transport,
                                  std::string remote_address, const Door& door) {
  ServerCore& core = residence.core();
  try {
    transport.set_read_patience(core.limits.head_patience);
    if (!co_await transport.open(door.tls_mode, core.tls)) co_return;
  } catch (const TransportError& error) {
    if (error.kind() == TransportError::Kind::kTimeout) core.counters.timeouts.fetch_add(1);
    co_return;
  }
  using Security = ConnectionInfo::Security;
  const ConnectionInfo info{.listener = door.name,
                            .remote_address = std::move(remote_address),
                            .security = transport.is_tls() ? Security::kTls : Security::kPlain};
  const ConnectionContext context{.handler = door.handler,
                                  .clock = core.clock,
                                  .limits = core.limits,
                                  .counters = core.counters,
                                  .stopping = core.stopping,
                                  .mover = transport.is_tls() ? nullptr : &residence};
  co_await serve_connection(transport, info, context);
}

void LoopConnections::start_sweep() {
  spawn(loop_, "connection sweep", sweep_now_and_then(Alive(core_), shared_from_this()));
}

void LoopConnections::wake_sweep() { timer_->timer.cancel(); }

Task<void> LoopConnections::sweep_now_and_then(Alive /*alive*/, std::shared_ptr<LoopConnections> self) {
  auto& timer = self->timer_->timer;
  while (!self->core_->stopping || !self->open_.empty()) {
    timer.expires_after(sweep_interval(self->core_->limits));
    co_await await_asio<boost::system::error_code>(
        [&](auto handler) { timer.async_wait(std::move(handler)); });
    self->sweep();
  }
}

void LoopConnections::sweep() {
  const auto now = std::chrono::steady_clock::now();
  const HttpLimits& limits = core_->limits;
  const bool crowded =
      core_->counters.connections_open.load() > static_cast<int64_t>(limits.connections_max / 4 * 3);
  for (const auto& [transport, door] : open_) {
    const bool in_the_way =
        crowded && transport->is_idle() && now - transport->idle_since() > limits.idle_patience / 10;
    if (in_the_way) transport->abort();
    transport->expire(now);
  }
}

void LoopConnections::close_idle() {
  for (const auto& [transport, door] : open_) {
    if (transport->is_idle()) transport->abort();
  }
}

void LoopConnections::close_all() {
  for (const auto& [transport, door] : open_) transport->abort();
}

void LoopConnections::close_door(const Door& door) {
  for (const auto& [transport, its_door] : open_) {
    if (its_door == &door) transport->abort();
  }
}

}  // namespace haneul::server
