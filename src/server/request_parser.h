// HTTP/1 request parsing (RFC 9112): bytes in, platform::HttpRequest out. The one place that knows
// Boost.Beast's parser.
//
// Invariant: what two parties could read differently is refused, never guessed: both Content-Length and
// Transfer-Encoding, a repeated Content-Length, any transfer coding but "chunked", a missing or repeated
// Host, a target of another host. Unconsumed bytes must be given again, at the front of the next call's
// bytes.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "platform/http.h"
#include "server/limits.h"

namespace haneul::server {

// A head that did not become a request.
struct Refusal {
  int status;
  std::string_view code;
  std::string_view message;
};

class RequestParser {
 public:
  explicit RequestParser(const HttpLimits& limits);
  ~RequestParser();

  void start(platform::HttpRequest& out);  // a new request; fills out as the head arrives

  enum class Progress { kNeedMore, kDone, kRefused };
  struct Step {
    size_t consumed;
    Progress progress;
  };
  Step parse_head(std::string_view bytes);
  const Refusal& refusal() const;  // after kRefused

  // Known once the head is done.
  bool is_chunked() const;
  uint64_t content_length() const;  // 0 without a body
  bool wants_continue() const;
  bool keeps_alive() const;
  bool is_http_1_0() const;

  // The chunked body; throws BodyError(kMalformed). done is set when the last chunk and its trailer were
  // consumed.
  struct ChunkStep {
    size_t consumed;
    size_t produced;
    bool done;
  };
  ChunkStep parse_chunks(std::string_view bytes, std::span<char> out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string_view reason_phrase(int status);

}  // namespace haneul::server
