// The host's end of debugging: Asio for the sockets.
#include "compute/debug_ports.h"

#include <array>
#include <list>
#include <map>
#include <mutex>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/task/asio.h"

namespace haneul::compute {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr size_t kPieceBytes = 64 * 1024;
constexpr size_t kConnectionsMax = 64;
// How long a debugger may be there before its function runs.
constexpr std::chrono::milliseconds kPause{100};
constexpr int kAttemptsMax = 3'000;

bool has_gone(tcp::socket& socket) {
  char probe = 0;
  return ::recv(socket.native_handle(), &probe, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

// Bytes from one socket to the other and back, until both sides have ended.
class Relay : public std::enable_shared_from_this<Relay> {
 public:
  Relay(tcp::socket outside, tcp::socket inside) : ends_{std::move(outside), std::move(inside)} {}
  void start() {
    pump(0);
    pump(1);
  }
  void close() {
    error_code ignored;
    for (tcp::socket& end : ends_) end.close(ignored);
  }

 private:
  void pump(size_t from) {
    ends_[from].async_read_some(
        asio::buffer(pieces_[from]), [self = shared_from_this(), from](error_code error, size_t count) {
          if (error) return self->end(from, error);
          asio::async_write(self->ends_[1 - from], asio::buffer(self->pieces_[from], count),
                            [self, from](error_code failed, size_t) {
                              if (failed) return self->close();
                              self->pump(from);
                            });
        });
  }

  void end(size_t from, error_code error) {
    if (error != asio::error::eof) return close();
    error_code ignored;
    ends_[1 - from].shutdown(tcp::socket::shutdown_send, ignored);
  }

  std::array<tcp::socket, 2> ends_;
  std::array<std::array<char, kPieceBytes>, 2> pieces_;
};

}  // namespace

struct DebugPorts::Impl : std::enable_shared_from_this<Impl> {
  struct Port {
    Port(asio::io_context& context, uint16_t given) : number(given), acceptor(context) {}
    uint16_t number;
    tcp::acceptor acceptor;
  };

  Impl(std::vector<DebugTarget> given, sandbox::Launcher& used, Loop& home)
      : targets(std::move(given)), launcher(used), loop(home) {
    for (const DebugTarget& target : targets) {
      if (!ports.contains(target.port)) open(ports.try_emplace(target.port, loop.context(), target.port));
    }
  }

  static void open(const std::pair<std::map<uint16_t, Port>::iterator, bool>& made) {
    Port& port = made.first->second;
    try {
      const tcp::endpoint at(asio::ip::address_v4::loopback(), port.number);
      port.acceptor.open(at.protocol());
      port.acceptor.set_option(tcp::acceptor::reuse_address(true));
      port.acceptor.bind(at);
      port.acceptor.listen();
    } catch (const boost::system::system_error& error) {
      throw std::runtime_error(
          fmt::format("the debugger's port {} cannot be opened: {}", port.number, error.code().message()));
    }
  }

  void accept(Port& port) {
    port.acceptor.async_accept([self = shared_from_this(), &port](error_code error, tcp::socket outside) {
      if (self->stopping || error == asio::error::operation_aborted) return;
      if (!error) self->take(port, std::move(outside));
      self->accept(port);
    });
  }

  void take(Port& port, tcp::socket outside) {
    std::erase_if(relays, [](const std::weak_ptr<Relay>& each) { return each.expired(); });
    if (relays.size() + waiting >= kConnectionsMax) return;
    ++waiting;
    spawn(loop, "debugger", join(shared_from_this(), port.number, std::move(outside)));
  }

  // The debugger may come before its function runs, or before what it talks to listens.
  static Task<void> join(std::shared_ptr<Impl> self, uint16_t port, tcp::socket outside) {
    for (int attempt = 0; attempt < kAttemptsMax && !self->stopping && !has_gone(outside); ++attempt) {
      std::optional<tcp::socket> inside = co_await self->reach(port);
      if (inside && !self->stopping) {
        error_code ignored;
        outside.set_option(tcp::no_delay(true), ignored);
        inside->set_option(tcp::no_delay(true), ignored);
        const auto relay = std::make_shared<Relay>(std::move(outside), std::move(*inside));
        self->relays.push_back(relay);
        relay->start();
        break;
      }
      co_await Completion<bool>().wait(kPause);
    }
    --self->waiting;
  }

  Task<std::optional<tcp::socket>> reach(uint16_t port) {
    const std::optional<sandbox::EnvironmentId> environment = led_to(port);
    if (!environment) co_return std::nullopt;
    std::optional<tcp::socket> inside;
    try {
      Fd fd = co_await launcher.open_socket(*environment);
      inside.emplace(loop.context());
      inside->assign(tcp::v4(), fd.release());
    } catch (const std::exception&) {
      co_return std::nullopt;  // it has ended meanwhile
    }
    const tcp::endpoint to(asio::ip::address_v4::loopback(), port);
    const auto error =
        co_await await_asio<error_code>([&](auto handler) { inside->async_connect(to, std::move(handler)); });
    if (error) co_return std::nullopt;
    co_return inside;
  }

  std::optional<sandbox::EnvironmentId> led_to(uint16_t port) {
    const std::lock_guard lock(mutex);
    const auto at = environments.find(port);
    if (at == environments.end()) return std::nullopt;
    return at->second;
  }

  std::vector<DebugTarget> targets;
  sandbox::Launcher& launcher;
  Loop& loop;
  std::map<uint16_t, Port> ports;            // the loop's, as is what follows
  std::vector<std::weak_ptr<Relay>> relays;  // those that have begun
  size_t waiting = 0;
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::map<uint16_t, sandbox::EnvironmentId> environments;
};

DebugPorts::DebugPorts(std::vector<DebugTarget> targets, sandbox::Launcher& launcher, Loops& loops)
    : impl_(std::make_shared<Impl>(std::move(targets), launcher, loops.at(0))) {
  if (impl_->ports.empty()) return;
  impl_->loop.post([impl = impl_] {
    for (auto& [number, port] : impl->ports) impl->accept(port);
  });
}

DebugPorts::~DebugPorts() = default;

uint16_t DebugPorts::port_of(std::string_view function_name) const {
  for (const DebugTarget& target : impl_->targets) {
    const std::string_view wanted = target.function;
    const bool is_open = wanted.ends_with('*');
    if (is_open ? function_name.starts_with(wanted.substr(0, wanted.size() - 1)) : function_name == wanted)
      return target.port;
  }
  return 0;
}

void DebugPorts::lead_to(uint16_t port, sandbox::EnvironmentId environment) {
  const std::lock_guard lock(impl_->mutex);
  impl_->environments[port] = environment;
}

void DebugPorts::forget(sandbox::EnvironmentId environment) {
  const std::lock_guard lock(impl_->mutex);
  std::erase_if(impl_->environments, [&](const auto& entry) { return entry.second == environment; });
}

void DebugPorts::stop() {
  impl_->stopping = true;
  if (impl_->ports.empty()) return;
  impl_->loop.post([impl = impl_] {
    error_code ignored;
    for (auto& [number, port] : impl->ports) port.acceptor.close(ignored);
    for (const std::weak_ptr<Relay>& each : impl->relays) {
      if (const std::shared_ptr<Relay> relay = each.lock()) relay->close();
    }
  });
}

}  // namespace haneul::compute
