// Delivery of telemetry: Asio for the socket, Beast for the answer's head.
#include "compute/telemetry_sender.h"

#include <array>
#include <optional>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "compute/loop_io.h"

namespace haneul::compute {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kExchangeLimit{2'000};
constexpr uint32_t kHeadBytesMax = 8 * 1024;
constexpr uint64_t kBodyBytesMax = 64 * 1024;
constexpr size_t kBufferBytesMax = 32 * 1024;  // bounds trailers too: Beast throws on a field of 64 KiB

}  // namespace

struct TelemetrySender::Impl : std::enable_shared_from_this<Impl> {
  Impl(Loop& used, TelemetryDestination to, OpenSocket opens)
      : loop(used), destination(std::move(to)), open_socket(std::move(opens)), deadline(used) {}

  void begin(std::string body, std::function<void(Outcome)> told) {
    ++turn;
    done = std::move(told);
    text = std::move(body);
    arm();
    if (socket && socket->is_open()) return write();
    spawn(loop, "telemetry", connect(shared_from_this(), turn));
  }

  static Task<void> connect(std::shared_ptr<Impl> self, uint64_t mine) {
    try {
      Fd fd = co_await self->open_socket();
      if (self->turn != mine) co_return;
      self->socket.emplace(self->loop.context());
      self->socket->assign(asio::ip::tcp::v4(), fd.release());
      self->is_used = false;
    } catch (const std::exception&) {
      if (self->turn == mine) self->finish(Outcome::kFailed);  // the environment has ended
      co_return;
    }
    const asio::ip::tcp::endpoint to(asio::ip::address_v4::loopback(), self->destination.port);
    self->socket->async_connect(to, [self, mine](error_code error) {
      if (self->turn != mine) return;
      if (error) return self->fail();
      self->write();
    });
  }

  void write() {
    const bool is_http = destination.protocol == TelemetryDestination::Protocol::kHttp;
    head = is_http ? fmt::format(
                         "{} {} HTTP/1.1\r\nHost: sandbox.localdomain:{}\r\n"
                         "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                         destination.method, destination.target, destination.port, text.size())
                   : std::string();
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(text)};
    const auto written = [self = shared_from_this(), is_http, mine = turn](error_code error, size_t) {
      if (self->turn != mine) return;
      if (error) return self->fail();
      if (is_http) return self->read();
      self->finish(Outcome::kDelivered);
    };
    asio::async_write(*socket, buffers, written);
  }

  void read() {
    in.clear();
    answer.emplace();
    answer->header_limit(kHeadBytesMax);
    answer->body_limit(kBodyBytesMax);
    http::async_read(*socket, in, *answer,
                     [self = shared_from_this(), mine = turn](error_code error, size_t) {
                       if (self->turn != mine) return;
                       if (error) return self->fail();
                       const unsigned status = self->answer->get().result_int();
                       if (!self->answer->keep_alive() || self->in.size() != 0) self->close();
                       self->is_used = true;
                       self->finish(status >= 200 && status < 300 ? Outcome::kDelivered : Outcome::kFailed);
                     });
  }

  // A listener may close a connection that was kept at any time: that says nothing about the batch.
  void fail() {
    close();
    if (!std::exchange(is_used, false)) return finish(Outcome::kFailed);
    spawn(loop, "telemetry", connect(shared_from_this(), turn));
  }

  void finish(Outcome outcome) {
    ++turn;
    deadline.cancel();
    if (outcome == Outcome::kFailed) close();
    text.clear();
    if (done) std::exchange(done, nullptr)(outcome);
  }

  void arm() {
    deadline.arm(kExchangeLimit, [weak = weak_from_this()] {
      const std::shared_ptr<Impl> self = weak.lock();
      if (!self) return;
      self->is_used = false;
      self->finish(Outcome::kFailed);
    });
  }

  void close() {
    error_code ignored;
    if (socket) socket->close(ignored);
  }

  Loop& loop;
  TelemetryDestination destination;
  OpenSocket open_socket;
  LoopTimer deadline;
  std::optional<asio::ip::tcp::socket> socket;
  boost::beast::flat_buffer in{kBufferBytesMax};
  std::optional<http::response_parser<http::string_body>> answer;
  std::string head;
  std::string text;
  std::function<void(Outcome)> done;  // null: nothing is under way
  uint64_t turn = 0;                  // what belongs to another one than this is over
  bool is_used = false;               // the connection has carried a batch before
};

TelemetrySender::TelemetrySender(Loop& loop, TelemetryDestination destination, OpenSocket open_socket)
    : impl_(std::make_shared<Impl>(loop, std::move(destination), std::move(open_socket))) {}

TelemetrySender::~TelemetrySender() {
  ++impl_->turn;
  impl_->done = nullptr;
  impl_->deadline.cancel();
  impl_->close();
}

void TelemetrySender::send(std::string body, std::function<void(Outcome)> done) {
  impl_->begin(std::move(body), std::move(done));
}

void TelemetrySender::pause() { impl_->deadline.cancel(); }

void TelemetrySender::resume() {
  if (impl_->done) impl_->arm();
}

}  // namespace haneul::compute
