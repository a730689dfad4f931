#include "server/response_writer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "server/request_parser.h"

namespace haneul::server {

namespace {

constexpr size_t kBlockBytes = size_t{256} * 1024;
constexpr size_t kSpareBlocks = 8;

// Blocks are large and short-lived; each loop's thread keeps a few.
class Block {
 public:
  Block() {
    if (spare().empty()) {
      bytes_.resize(kBlockBytes);
    } else {
      bytes_ = std::move(spare().back());
      spare().pop_back();
    }
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    if (spare().size() < kSpareBlocks) spare().push_back(std::move(bytes_));
  }
  std::span<char> span() { return bytes_; }

 private:
  static std::vector<std::vector<char>>& spare() {
    thread_local std::vector<std::vector<char>> blocks;
    return blocks;
  }
  std::vector<char> bytes_;
};

const std::string& http_date(Timestamp now) {
  thread_local std::chrono::sys_seconds at{Seconds(-1)};
  thread_local std::string text;
  const auto second = std::chrono::floor<Seconds>(now);
  if (second != at) {
    at = second;
    text = format_http_date(second);
  }
  return text;
}

// A line break in a value would end the header, and let a stored value write headers of its own.
void append_clean(std::string& out, std::string_view value) {
  const size_t begin = out.size();
  out += value;
  std::ranges::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
      [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
}

bool is_framing(std::string_view name) {
  return equals_ignore_case(name, "content-length") || equals_ignore_case(name, "transfer-encoding") ||
         equals_ignore_case(name, "connection") || equals_ignore_case(name, "keep-alive");
}

std::optional<uint64_t> stated_length(const platform::HttpResponse& response) {
  const auto value = parse_int(response.headers.get("content-length"));
  if (!value || *value < 0) return std::nullopt;
  return static_cast<uint64_t>(*value);
}

}  // namespace

struct ResponseWriter::Framing {
  enum class Body { kNone, kText, kSized, kChunked, kUntilClose };
  Body body = Body::kNone;
  std::optional<uint64_t> length;  // what Content-Length says; nothing: the header is left out
  bool keeps_alive = true;
};

ResponseWriter::Framing ResponseWriter::frame(platform::HttpResponse& response, Request request) const {
  using Body = Framing::Body;
  Framing framing{.keeps_alive = request.keeps_alive && !response.close};
  std::optional<uint64_t> own = response.text.size();
  if (response.stream) own = response.stream->length();
  const bool bodiless_status = response.status < 200 || response.status == 204 || response.status == 304;
  if (request.is_head || bodiless_status) {
    const auto stated = stated_length(response);
    if (request.is_head) framing.length = stated ? stated : own;
    if (response.status == 304) framing.length = stated;
    if (response.status < 200 || response.status == 204) framing.length = std::nullopt;
    return framing;
  }
  framing.length = own ? own : stated_length(response);
  if (!response.stream) {
    framing.body = Body::kText;
  } else if (framing.length) {
    framing.body = Body::kSized;
  } else if (request.is_http_1_0) {
    framing.body = Body::kUntilClose;
    framing.keeps_alive = false;
  } else {
    framing.body = Body::kChunked;
  }
  return framing;
}

void ResponseWriter::render_head(const platform::HttpResponse& response, const Framing& framing,
                                 Request request) {
  head_.clear();
  fmt::format_to(std::back_inserter(head_), "HTTP/1.1 {} {}\r\n", response.status,
                 reason_phrase(response.status));
  bool has_date = false;
  for (const auto& [name, value] : response.headers.entries()) {
    if (is_framing(name)) continue;
    has_date = has_date || equals_ignore_case(name, "date");
    append_clean(head_, name);
    head_ += ": ";
    append_clean(head_, value);
    head_ += "\r\n";
  }
  if (!has_date) fmt::format_to(std::back_inserter(head_), "Date: {}\r\n", http_date(clock_.now()));
  if (framing.length) fmt::format_to(std::back_inserter(head_), "Content-Length: {}\r\n", *framing.length);
  if (framing.body == Framing::Body::kChunked) head_ += "Transfer-Encoding: chunked\r\n";
  if (!framing.keeps_alive) {
    head_ += "Connection: close\r\n";
  } else if (request.is_http_1_0) {
    head_ += "Connection: keep-alive\r\n";
  }
  head_ += "\r\n";
}

Task<bool> ResponseWriter::write(platform::HttpResponse& response, Request request) {
  const Framing framing = frame(response, request);
  render_head(response, framing, request);
  if (framing.body == Framing::Body::kNone || framing.body == Framing::Body::kText) {
    const bool with_text = framing.body == Framing::Body::kText && !response.text.empty();
    const std::array<std::string_view, 2> pieces{head_, with_text ? response.text : std::string_view()};
    co_await transport_.write_all(pieces);
    co_return framing.keeps_alive;
  }
  const bool whole = co_await write_stream(response, framing);
  co_return whole&& framing.keeps_alive;
}

Task<bool> ResponseWriter::write_stream(platform::HttpResponse& response, const Framing& framing) {
  std::optional<uint64_t> left;
  if (framing.body == Framing::Body::kSized) left = framing.length;
  Block block;
  for (;;) {
    const size_t wanted = std::min<uint64_t>(left.value_or(kBlockBytes), kBlockBytes);
    size_t count = 0;
    if (wanted > 0) count = co_await response.stream->read(block.span().first(wanted));
    if (count == 0) break;
    if (left) *left -= count;
    co_await write_block({block.span().data(), count}, framing);
    if (left && *left == 0) co_return true;
  }
  if (left.value_or(0) > 0) {
    log_warning("a response stream ended before its stated length; closing the connection");
    co_return false;
  }
  // What is still to be sent: the head of an empty stream, the last chunk.
  const bool chunked = framing.body == Framing::Body::kChunked;
  const std::array<std::string_view, 2> pieces{head_, chunked ? "0\r\n\r\n" : ""};
  co_await transport_.write_all(pieces);
  co_return true;
}

// The head goes out with the first block and is empty afterwards.
Task<void> ResponseWriter::write_block(std::string_view block, const Framing& framing) {
  const bool chunked = framing.body == Framing::Body::kChunked;
  chunk_head_.clear();
  if (chunked) fmt::format_to(std::back_inserter(chunk_head_), "{:x}\r\n", block.size());
  const std::array<std::string_view, 4> pieces{head_, chunk_head_, block, chunked ? "\r\n" : ""};
  co_await transport_.write_all(pieces);
  head_.clear();
}

}  // namespace haneul::server
