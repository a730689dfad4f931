#include "client.h"

#include <chrono>
#include <stdexcept>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "aws/digest.h"
#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/text.h"

namespace haneul::app {

namespace {

namespace beast = boost::beast;
using Tcp = boost::asio::ip::tcp;
using HttpRequest = beast::http::request<beast::http::string_body>;
using HttpParser = beast::http::response_parser<beast::http::string_body>;

constexpr std::chrono::seconds kPatience(960);  // above the longest invocation

std::string host_of(const std::string& endpoint) { return endpoint.substr(endpoint.find("//") + 2); }

// One exchange on a connection of its own; our server is on this machine, so there is no proxy to ask.
class Exchange {
 public:
  explicit Exchange(const std::string& endpoint) : endpoint_(endpoint), stream_(context_) {
    const std::string host = host_of(endpoint);
    const size_t colon = host.rfind(':');
    const bool bracketed = host.starts_with('[');
    const std::string address = bracketed ? host.substr(1, colon - 2) : host.substr(0, colon);
    Tcp::resolver resolver(context_);
    boost::system::error_code failed;
    const auto found = resolver.resolve(address, host.substr(colon + 1), failed);
    if (failed) fail(failed);
    wait([&](auto done) { stream_.async_connect(found, [done](auto error, const auto&) { done(error); }); });
  }

  ClientResponse perform(HttpRequest& request) {
    request.prepare_payload();
    wait([&](auto done) {
      beast::http::async_write(stream_, request, [done](auto error, size_t) { done(error); });
    });
    HttpParser parser;
    parser.body_limit(boost::none);
    beast::flat_buffer buffer;
    wait([&](auto done) {
      beast::http::async_read(stream_, buffer, parser, [done](auto error, size_t) { done(error); });
    });
    ClientResponse response;
    response.status = static_cast<int>(parser.get().result_int());
    for (const auto& field : parser.get()) {
      response.headers.emplace_back(to_lower(std::string(field.name_string())), std::string(field.value()));
    }
    response.body = std::move(parser.get().body());
    return response;
  }

 private:
  template <typename Start>
  void wait(const Start& start) {
    boost::system::error_code failed;
    stream_.expires_after(kPatience);
    start([&failed](boost::system::error_code error) { failed = error; });
    context_.restart();
    context_.run();
    if (failed) fail(failed);
  }

  [[noreturn]] void fail(boost::system::error_code error) const {
    throw std::runtime_error("no answer from " + endpoint_ + ": " + error.message());
  }

  std::string endpoint_;
  boost::asio::io_context context_;
  beast::tcp_stream stream_;
};

HttpRequest make_request(const std::string& method, const std::string& target) {
  HttpRequest request;
  request.version(11);
  request.method_string(method);
  request.target(target);
  return request;
}

}  // namespace

std::string ClientResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

Client::Client(const std::filesystem::path& data, std::string region) : region_(std::move(region)) {
  const auto running = find_running_server(data);
  if (!running) {
    throw std::runtime_error("no server runs on " + data.string() + " (start one: haneul serve --data " +
                             data.string() + ")");
  }
  server_ = *running;
  credentials_ = read_root_credentials(data);
}

ClientResponse Client::call(const ClientRequest& request) const {
  const std::string host = host_of(server_.endpoint);
  std::vector<aws::HeaderEntry> headers(request.headers.begin(), request.headers.end());
  headers.emplace_back("Host", host);
  const aws::SignedHeaders signature =
      aws::sign_request({request.method, request.path, request.query, headers},
                        {.access_key_id = credentials_.access_key_id,
                         .secret = credentials_.secret_access_key.reveal(),
                         .now = SystemClock().now(),
                         .region = region_,
                         .service = request.service,
                         .payload_hash = aws::sha256_hex(request.body),
                         .payload_header = aws::SignOptions::PayloadHeader::kSend});
  const std::string query = request.query.empty() ? "" : "?" + request.query;
  HttpRequest message = make_request(request.method, request.path + query);
  for (const auto& [name, value] : headers) message.insert(name, value);
  for (const auto& [name, value] : signature.add) message.insert(name, value);
  message.body() = request.body;
  return Exchange(server_.endpoint).perform(message);
}

ClientResponse get_plain(const std::string& url) {
  const size_t path = url.find('/', url.find("//") + 2);
  const std::string endpoint = url.substr(0, path);
  HttpRequest message = make_request("GET", path == std::string::npos ? "/" : url.substr(path));
  message.set("Host", host_of(endpoint));
  return Exchange(endpoint).perform(message);
}

}  // namespace haneul::app
