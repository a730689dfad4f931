#include "server/request_parser.h"

#include <algorithm>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/status.hpp>

#include "base/text.h"

namespace haneul::server {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using View = boost::beast::string_view;

std::string_view plain(View text) { return {text.data(), text.size()}; }

constexpr int kBlankLinesMax = 2;

constexpr Refusal kHeadTooLarge{431, "RequestHeaderSectionTooLarge",
                                "Your request header section exceeds the maximum allowed size."};
constexpr Refusal kLineTooLong{414, "RequestURITooLong",
                               "The request target is longer than the maximum allowed."};
constexpr Refusal kBadFraming{400, "BadRequest", "The request's message framing is ambiguous or malformed."};
constexpr Refusal kBadHost{400, "BadRequest", "The request needs exactly one valid Host header."};
constexpr Refusal kBadTarget{400, "BadRequest", "The request target is not a path or a URL of this host."};
constexpr Refusal kBadHead{400, "BadRequest", "The request could not be parsed as HTTP/1.1."};
constexpr Refusal kBadVersion{505, "HTTPVersionNotSupported", "Only HTTP/1.0 and HTTP/1.1 are spoken here."};
constexpr Refusal kBadExpectation{417, "ExpectationFailed", "The only expectation met here is 100-continue."};
constexpr Refusal kNotImplemented{501, "NotImplemented",
                                  "A header you provided implies functionality that is not implemented."};

// The host without its port, lower case; empty when it is not well formed.
std::string host_name(std::string_view authority) {
  if (authority.empty()) return {};
  size_t end = 0;
  if (authority.front() == '[') {
    end = authority.find(']');
    if (end == std::string_view::npos) return {};
    ++end;
  } else {
    end = std::min(authority.find(':'), authority.size());
  }
  const std::string_view port = authority.substr(end);
  const bool port_ok =
      port.empty() || (port.front() == ':' &&
                       std::ranges::all_of(port.substr(1), [](char c) { return c >= '0' && c <= '9'; }));
  const std::string_view name = authority.substr(0, end);
  const bool name_ok = std::ranges::none_of(name, [](unsigned char c) {
    return c <= ' ' || c >= 0x7f ||
           std::string_view("/\\?#@<>\"").find(static_cast<char>(c)) != std::string_view::npos;
  });
  return port_ok && name_ok ? to_lower(name) : std::string();
}

class BeastParser final : public http::basic_parser<true> {
 public:
  BeastParser(const HttpLimits& limits, platform::HttpRequest& out) : limits_(limits), out_(out) {
    header_limit(static_cast<std::uint32_t>(limits.head_bytes_max));
    body_limit(boost::none);
    eager(false);
  }

  std::optional<Refusal> refusal;
  bool head_done = false;
  bool http_1_0 = false;
  bool wants_continue = false;
  std::span<char> sink;  // for the chunk data of the present call

 private:
  void refuse(const Refusal& why, error_code& ec) {
    refusal = why;
    ec = http::make_error_code(http::error::bad_field);
  }

  void on_request_impl(http::verb, View method, View target, int version, error_code& ec) override {
    if (method.size() + target.size() + 12 > limits_.request_line_bytes_max) return refuse(kLineTooLong, ec);
    out_.method = plain(method);
    http_1_0 = version == 10;
    if (!take_target(plain(target))) refuse(kBadTarget, ec);
  }

  bool take_target(std::string_view target) {
    if (target.empty()) return false;
    if (target.front() != '/') {
      const size_t scheme_end = target.find("://");
      if (scheme_end == std::string_view::npos) return false;
      const std::string scheme = to_lower(target.substr(0, scheme_end));
      if (scheme != "http" && scheme != "https") return false;
      target.remove_prefix(scheme_end + 3);
      const size_t authority_end = std::min(target.find_first_of("/?"), target.size());
      target_host_ = host_name(target.substr(0, authority_end));
      if (target_host_->empty()) return false;
      target.remove_prefix(authority_end);
    }
    const size_t mark = target.find('?');
    out_.path = target.substr(0, mark);
    if (out_.path.empty()) out_.path = "/";
    if (mark != std::string_view::npos) out_.query = target.substr(mark + 1);
    return true;
  }

  void on_field_impl(http::field name, View name_text, View value_text, error_code& ec) override {
    // Trailer fields come this way too: they are not part of the head and nothing here trusts them.
    if (head_done) return;
    const std::string_view value = plain(value_text);
    if (out_.headers.entries().size() >= limits_.header_count_max) return refuse(kHeadTooLarge, ec);
    switch (name) {
      case http::field::content_length: return take_content_length(value, name_text, ec);
      case http::field::transfer_encoding:
        if (http_1_0) return refuse(kBadFraming, ec);
        if (!equals_ignore_case(value, "chunked")) return refuse(kNotImplemented, ec);
        break;
      case http::field::host:
        if (!out_.host.empty()) return refuse(kBadHost, ec);
        out_.host = host_name(value);
        if (out_.host.empty()) return refuse(kBadHost, ec);
        break;
      case http::field::expect:
        if (!equals_ignore_case(value, "100-continue")) return refuse(kBadExpectation, ec);
        wants_continue = true;
        break;
      default: break;
    }
    out_.headers.add(plain(name_text), value);
  }

  void take_content_length(std::string_view value, View name, error_code& ec) {
    const bool digits =
        !value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
    if (has_length_ || !digits) return refuse(kBadFraming, ec);
    has_length_ = true;
    out_.headers.add(plain(name), value);
  }

  void on_header_impl(error_code& ec) override {
    head_done = true;
    if (target_host_) {
      // A signature covers the Host header; routing by another name would serve what was not signed.
      if (!out_.host.empty() && out_.host != *target_host_) return refuse(kBadTarget, ec);
      out_.host = *target_host_;
    }
    if (out_.host.empty() && !http_1_0) refuse(kBadHost, ec);
  }

  size_t on_chunk_body_impl(std::uint64_t, View body, error_code&) override {
    const size_t count = std::min(body.size(), sink.size());
    std::copy_n(body.data(), count, sink.data());
    sink = sink.subspan(count);
    return count;
  }

  void on_response_impl(int, View, int, error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  size_t on_body_impl(View body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, View, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  const HttpLimits& limits_;
  platform::HttpRequest& out_;
  std::optional<std::string> target_host_;
  bool has_length_ = false;
};

Refusal refusal_of(const error_code& ec) {
  if (ec == http::error::header_limit) return kHeadTooLarge;
  if (ec == http::error::bad_content_length || ec == http::error::multiple_content_length) return kBadFraming;
  if (ec == http::error::bad_transfer_encoding) return kBadFraming;
  if (ec == http::error::bad_version) return kBadVersion;
  if (ec == http::error::bad_target) return kBadTarget;
  return kBadHead;
}

}  // namespace

struct RequestParser::Impl {
  const HttpLimits& limits;
  std::optional<BeastParser> parser;
  std::optional<Refusal> refusal;
  size_t head_bytes = 0;
  int blank_lines = 0;
};

RequestParser::RequestParser(const HttpLimits& limits) : impl_(std::make_unique<Impl>(Impl{limits})) {}
RequestParser::~RequestParser() = default;

void RequestParser::start(platform::HttpRequest& out) {
  impl_->parser.emplace(impl_->limits, out);
  impl_->refusal.reset();
  impl_->head_bytes = 0;
  impl_->blank_lines = 0;
}

RequestParser::Step RequestParser::parse_head(std::string_view bytes) {
  const auto refuse = [this](const Refusal& why) {
    impl_->refusal = why;
    return Step{0, Progress::kRefused};
  };
  // RFC 9112 2.2: an empty line or two before the request line is skipped.
  size_t consumed = 0;
  while (impl_->head_bytes == 0 && impl_->blank_lines < kBlankLinesMax &&
         bytes.substr(consumed).starts_with("\r\n")) {
    consumed += 2;
    ++impl_->blank_lines;
  }
  if (consumed == bytes.size() || bytes.substr(consumed) == "\r") return {consumed, Progress::kNeedMore};

  error_code ec;
  const size_t taken = impl_->parser->put({bytes.data() + consumed, bytes.size() - consumed}, ec);
  consumed += taken;
  impl_->head_bytes += taken;
  if (impl_->head_bytes > impl_->limits.head_bytes_max) return refuse(kHeadTooLarge);
  if (ec == http::error::need_more) {
    const size_t pending = bytes.size() - consumed;
    if (impl_->head_bytes + pending > impl_->limits.head_bytes_max) return refuse(kHeadTooLarge);
    if (impl_->head_bytes == 0 && pending > impl_->limits.request_line_bytes_max) return refuse(kLineTooLong);
    return {consumed, Progress::kNeedMore};
  }
  if (ec) return refuse(impl_->parser->refusal ? *impl_->parser->refusal : refusal_of(ec));
  return {consumed, Progress::kDone};
}

const Refusal& RequestParser::refusal() const { return *impl_->refusal; }
bool RequestParser::is_chunked() const { return impl_->parser->chunked(); }
uint64_t RequestParser::content_length() const { return impl_->parser->content_length().value_or(0); }
bool RequestParser::wants_continue() const {
  return impl_->parser->wants_continue && !impl_->parser->http_1_0;
}
bool RequestParser::keeps_alive() const { return impl_->parser->keep_alive(); }
bool RequestParser::is_http_1_0() const { return impl_->parser->http_1_0; }

RequestParser::ChunkStep RequestParser::parse_chunks(std::string_view bytes, std::span<char> out) {
  BeastParser& parser = *impl_->parser;
  ChunkStep step{0, 0, parser.is_done()};
  parser.sink = out;
  while (!step.done && !parser.sink.empty() && step.consumed < bytes.size()) {
    error_code ec;
    step.consumed += parser.put({bytes.data() + step.consumed, bytes.size() - step.consumed}, ec);
    step.done = parser.is_done();
    if (ec == http::error::need_more) break;
    if (ec)
      throw platform::BodyError(platform::BodyError::Kind::kMalformed, "malformed chunk in the request body");
  }
  step.produced = out.size() - parser.sink.size();
  return step;
}

std::string_view reason_phrase(int status) {
  return plain(http::obsolete_reason(static_cast<http::status>(status)));
}

}  // namespace haneul::server
