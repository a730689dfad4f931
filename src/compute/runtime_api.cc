// Transport of the Runtime API: Asio for the sockets, Beast's parser for the heads. Heavy headers stay in
// this file.
#include "compute/runtime_api.h"

#include <array>
#include <deque>
#include <set>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include "base/log.h"
#include "compute/extension_session.h"

namespace haneul::compute {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr size_t kConnectionsMax = 32;  // ten extensions and a runtime, some of which open a second one
// Beast throws on a field of 64 KiB, in a head or in trailers: neither may come so far. (The X-Ray cause
// header may be longer on AWS.)
constexpr uint32_t kHeadBytesMax = 63 * 1024;
constexpr uint64_t kBodyBytesRefused = 512ULL * 1024 * 1024;  // read and thrown away up to here, then cut off
constexpr size_t kReadBytes = 64 * 1024;

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Request Entity Too Large";
    case 500: return "Internal Server Error";
    default: return "Error";
  }
}

std::string render_head(const RuntimeReply& reply) {
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " ";
  head += reason_phrase(reply.status);
  head += "\r\n";
  for (const auto& [name, value] : reply.headers) {
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
  }
  head += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n";
  return head;
}

}  // namespace

struct RuntimeApi::Impl : std::enable_shared_from_this<Impl> {
  class Connection;
  Impl(Loop& loop, Fd fd, RuntimeSession& used) : acceptor(loop.context()), session(&used) {
    acceptor.assign(asio::ip::tcp::v4(), fd.release());
    acceptor.non_blocking(true);
  }

  void accept();
  void close();

  asio::ip::tcp::acceptor acceptor;
  RuntimeSession* session;  // null once closed
  std::set<std::shared_ptr<Connection>> connections;
};

class RuntimeApi::Impl::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::weak_ptr<Impl> owner, asio::ip::tcp::socket socket)
      : owner_(std::move(owner)), socket_(std::move(socket)), in_(kHeadBytesMax) {}

  void start() {
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    read_head();
  }

  void close() {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void read_head() {
    parser_.emplace();
    parser_->header_limit(kHeadBytesMax);
    parser_->body_limit(kBodyBytesRefused);
    request_ = {};
    http::async_read_header(socket_, in_, *parser_, [self = shared_from_this()](error_code error, size_t) {
      if (error) return self->drop();
      self->take_head();
    });
  }

  void take_head() {
    const auto& head = parser_->get();
    request_.method = head.method_string();
    request_.path = head.target().substr(0, head.target().find('?'));
    request_.error_type = head["Lambda-Runtime-Function-Error-Type"];
    request_.content_type = head[http::field::content_type];
    request_.is_streamed = head["Lambda-Runtime-Function-Response-Mode"] == "streaming";
    request_.authorization = head[http::field::authorization];
    if (ExtensionSession::serves(request_.path)) take_extension_head();
    const std::shared_ptr<Impl> owner = owner_.lock();
    if (owner && owner->session != nullptr) stream_ = owner->session->begin_stream(request_);
    const auto length = parser_->content_length();
    if (length && *length <= kResponseBytesMax) request_.body.reserve(*length);
    if (head[http::field::expect] == "100-continue") {
      write_ = std::exchange(held_, {}) + "HTTP/1.1 100 Continue\r\n\r\n";
      asio::async_write(socket_, asio::buffer(write_), [self = shared_from_this()](error_code error, size_t) {
        if (error) return self->drop();
        self->read_body();
      });
      return;
    }
    read_body();
  }

  void take_extension_head() {
    const auto& head = parser_->get();
    request_.extension = {head["Lambda-Extension-Name"], head["Lambda-Extension-Identifier"],
                          head["Lambda-Extension-Accept-Feature"],
                          head["Lambda-Extension-Function-Error-Type"]};
  }

  void read_body() {
    if (parser_->is_done()) return dispatch();
    auto& body = parser_->get().body();
    body.data = piece_.data();
    body.size = piece_.size();
    auto taken = [self = shared_from_this()](error_code error, size_t) {
      if (error == http::error::need_buffer) error = {};
      if (error) return self->drop();
      if (self->take_body() == ResponsePipe::Flow::kGoOn) self->read_body();
    };
    // A stream is passed on as it comes; anything else is read in full pieces.
    if (stream_) return http::async_read_some(socket_, in_, *parser_, std::move(taken));
    http::async_read(socket_, in_, *parser_, std::move(taken));
  }

  ResponsePipe::Flow take_body() {
    const size_t count = piece_.size() - parser_->get().body().size;
    request_.body_bytes += count;
    if (stream_) return pass_on({piece_.data(), count});
    if (request_.body_bytes <= kResponseBytesMax) {
      request_.body.append(piece_.data(), count);
    } else {
      request_.body = {};  // refused anyway: keep nothing of it
    }
    return ResponsePipe::Flow::kGoOn;
  }

  // When the pipe is full nothing more is read, so the function's writes wait for its client.
  ResponsePipe::Flow pass_on(std::string_view bytes) {
    if (bytes.empty() || request_.body_bytes > kStreamedBytesMax) return ResponsePipe::Flow::kGoOn;
    return stream_->write(bytes, [weak = weak_from_this(), executor = socket_.get_executor()] {
      asio::post(executor, [weak] {
        if (const std::shared_ptr<Connection> self = weak.lock()) self->read_body();
      });
    });
  }

  void take_trailers() {
    const auto& fields = parser_->get();
    request_.error_type = fields["Lambda-Runtime-Function-Error-Type"];
    request_.error_body = fields["Lambda-Runtime-Function-Error-Body"];
  }

  void dispatch() {
    const std::shared_ptr<Impl> owner = owner_.lock();
    if (!owner || owner->session == nullptr) return drop();
    waiting_ = true;
    watch_for_end();
    const auto deliver = [weak = weak_from_this()](RuntimeReply reply) {
      const std::shared_ptr<Connection> self = weak.lock();
      return self && self->answer(std::move(reply));
    };
    if (request_.is_streamed) take_trailers();
    if (!stream_) return owner->session->handle(std::move(request_), deliver);
    stream_.reset();
    owner->session->end_stream(std::move(request_), deliver);
  }

  // While an answer is due nothing is read, so a closed peer would go unnoticed without this.
  void watch_for_end() {
    socket_.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](error_code error) {
      if (error || !self->waiting_) return;
      char probe = 0;
      error_code peeked;
      const size_t count =
          self->socket_.receive(asio::buffer(&probe, 1), asio::socket_base::message_peek, peeked);
      if (peeked == asio::error::would_block) return self->watch_for_end();
      if (peeked || count == 0) self->drop();
    });
  }

  bool answer(RuntimeReply reply) {
    if (!waiting_ || !socket_.is_open()) return false;
    waiting_ = false;
    error_code ignored;
    socket_.cancel(ignored);
    write_ = std::exchange(held_, {}) + render_head(reply);
    write_body_ = std::move(reply.body);
    if (reply.status == 202 && has_poll_waiting()) {
      // The runtime has asked for the next event already: it hears both at once and wakes up once.
      held_ = std::exchange(write_, {}) + std::exchange(write_body_, {});
      read_head();
      return true;
    }
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(write_), asio::buffer(write_body_)};
    asio::async_write(socket_, buffers, [self = shared_from_this()](error_code error, size_t) {
      if (error) return self->drop();
      self->read_head();
    });
    return true;
  }

  bool has_poll_waiting() const {
    const std::string_view unread(static_cast<const char*>(in_.data().data()), in_.size());
    return unread.starts_with("GET ") && unread.find("\r\n\r\n") != std::string_view::npos;
  }

  void drop() {
    waiting_ = false;
    close();
    const std::shared_ptr<Impl> owner = owner_.lock();
    if (!owner) return;
    if (std::exchange(stream_, nullptr) && owner->session != nullptr) owner->session->break_stream();
    owner->connections.erase(shared_from_this());
  }

  std::weak_ptr<Impl> owner_;
  asio::ip::tcp::socket socket_;
  boost::beast::flat_buffer in_;
  std::optional<http::request_parser<http::buffer_body>> parser_;
  RuntimeRequest request_;
  std::shared_ptr<ResponsePipe> stream_;  // where the body goes, when it is a streamed answer
  std::array<char, kReadBytes> piece_;
  std::string write_;
  std::string write_body_;
  std::string held_;      // an answer that leaves with the next one
  bool waiting_ = false;  // an answer is due
};

void RuntimeApi::Impl::accept() {
  acceptor.async_accept([weak = weak_from_this()](error_code error, asio::ip::tcp::socket socket) {
    const std::shared_ptr<Impl> self = weak.lock();
    if (!self || self->session == nullptr || error == asio::error::operation_aborted) return;
    if (!error && self->connections.size() < kConnectionsMax) {
      const auto connection = std::make_shared<Connection>(self, std::move(socket));
      self->connections.insert(connection);
      self->session->connected();
      connection->start();
    }
    self->accept();
  });
}

void RuntimeApi::Impl::close() {
  session = nullptr;
  error_code ignored;
  acceptor.close(ignored);
  for (const auto& connection : connections) connection->close();
  connections.clear();
}

RuntimeApi::RuntimeApi(Loop& loop, Fd listener, RuntimeSession& session)
    : impl_(std::make_shared<Impl>(loop, std::move(listener), session)) {
  impl_->accept();
}

RuntimeApi::~RuntimeApi() { impl_->close(); }

}  // namespace haneul::compute
