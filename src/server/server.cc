#include "server/server.h"

#include <algorithm>
#include <csignal>

#include "base/log.h"
#include "server/listener.h"

namespace haneul::server {

namespace {

constexpr Milliseconds kPatienceAfterClosing{10'000};

// OpenSSL writes to sockets without MSG_NOSIGNAL: a client that went away must be an error, not the process's
// end.
void ignore_broken_pipes() {
  struct sigaction present{};
  if (sigaction(SIGPIPE, nullptr, &present) == 0 && present.sa_handler == SIG_DFL)
    std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace

Server::Server(Loops& loops, platform::HttpHandler& handler, const Clock& clock, TlsContext* tls,
               const HttpLimits& limits)
    : loops_(loops), handler_(handler), core_(std::make_shared<ServerCore>(limits, clock, tls)) {
  ignore_broken_pipes();
  for (size_t i = 0; i < loops_.size(); ++i) {
    connections_.push_back(std::make_shared<LoopConnections>(loops_.at(i), core_));
  }
  for (const auto& each : connections_) {
    each->set_neighbours({connections_.begin(), connections_.end()});
    each->start_sweep();
  }
}

Server::~Server() { stop(Milliseconds(0)); }

uint16_t Server::listen(const std::string& address, uint16_t port, TlsMode tls_mode,
                        const std::string& name) {
  Fd socket = open_listen_socket(address, port);
  const uint16_t bound = bound_port(socket);
  add_listener(std::move(socket), tls_mode, name);
  return bound;
}

void Server::add_listener(Fd socket, TlsMode tls_mode, std::string name, platform::HttpHandler* handler) {
  auto door =
      std::shared_ptr<Door>(new Door{std::move(name), tls_mode, handler == nullptr ? handler_ : *handler});
  auto listener = std::make_shared<Listener>(loops_.next(), std::move(socket), std::move(door), core_);
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  listener->start(connections_);
  listeners_.push_back(std::move(listener));
}

void Server::remove_listener(const std::string& name) {
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [&](const std::shared_ptr<Listener>& listener) {
    const std::shared_ptr<Door>& door = listener->door();
    if (door->name != name) return false;
    door->removed = true;
    listener->close();
    for (const auto& connections : connections_) {
      connections->loop().post([connections, door] { connections->close_door(*door); });
    }
    return true;
  });
}

bool Server::stop(Milliseconds patience) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return true;
    core_->stopping = true;
    for (const auto& listener : listeners_) listener->close();
    listeners_.clear();
  }
  for (const auto& connections : connections_) {
    connections->loop().post([connections] {
      connections->close_idle();
      connections->wake_sweep();
    });
  }
  if (core_->wait_until_quiet(patience)) return true;
  for (const auto& connections : connections_) {
    connections->loop().post([connections] { connections->close_all(); });
  }
  const bool quiet = core_->wait_until_quiet(kPatienceAfterClosing);
  if (!quiet) log_warning("requests are still being handled after their connections were closed");
  return quiet;
}

const ServerCounters& Server::counters() const { return core_->counters; }

}  // namespace haneul::server
