#include "server/listener.h"

#include <cerrno>
#include <cstring>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/log.h"
#include "base/task/asio.h"
#include "server/listen_socket.h"

namespace haneul::server {

namespace {
using Descriptor = boost::asio::posix::stream_descriptor;
constexpr int kAcceptsPerTurn = 64;
constexpr Milliseconds kPauseWithoutDescriptors{50};
}  // namespace

struct Listener::Socket {
  Descriptor descriptor;
};

Listener::Listener(Loop& loop, Fd socket, std::shared_ptr<Door> door, std::shared_ptr<ServerCore> core)
    : loop_(loop),
      socket_(std::make_unique<Socket>(Socket{Descriptor(loop.context(), socket.release())})),
      door_(std::move(door)),
      core_(std::move(core)) {
  socket_->descriptor.native_non_blocking(true);
}

Listener::~Listener() = default;

void Listener::start(LoopSet loops) {
  spawn(loop_, "listener", accept_loop(ServerCore::Alive(core_), shared_from_this(), std::move(loops)));
}

void Listener::close() {
  loop_.post([self = shared_from_this()] {
    self->closed_ = true;
    boost::system::error_code ignored;
    self->socket_->descriptor.close(ignored);
  });
}

Task<void> Listener::accept_loop(ServerCore::Alive /*alive*/, std::shared_ptr<Listener> self, LoopSet loops) {
  while (!self->closed_) {
    const auto error = co_await await_asio<boost::system::error_code>([&](auto handler) {
      self->socket_->descriptor.async_wait(Descriptor::wait_read, std::move(handler));
    });
    if (self->closed_ || error) break;
    // Out of descriptors: those who wait stay in the backlog until some connection ends.
    if (!self->accept_some(loops)) co_await sleep_for(kPauseWithoutDescriptors);
  }
}

bool Listener::accept_some(const LoopSet& loops) {
  ServerCounters& counters = core_->counters;
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    Accepted accepted = accept_connection(socket_->descriptor.native_handle());
    if (!accepted.socket) {
      if (accepted.error == EAGAIN || accepted.error == ECONNABORTED || accepted.error == EINTR) return true;
      log_warning("cannot accept connections",
                  {{"listener", door_->name}, {"why", std::strerror(accepted.error)}});
      return false;
    }
    if (counters.connections_open.load() >= static_cast<int64_t>(core_->limits.connections_max)) {
      counters.connections_refused.fetch_add(1);
      continue;
    }
    counters.connections_open.fetch_add(1);
    counters.connections_accepted.fetch_add(1);
    loops[turn_++ % loops.size()]->adopt(std::move(accepted), door_);
  }
  return true;
}

}  // namespace haneul::server
