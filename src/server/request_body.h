// The body of the request being served, read from the connection as the handler asks for it (RFC 9112,
// section 6).
//
// A BodySource belongs to the connection and outlives the BodyReader that the handler may move about; so an
// unread rest can be drained when the answer is out. "100 Continue" goes out at the first read, never for a
// handler that does not read.
#pragma once

#include <memory>

#include "platform/http.h"
#include "server/input.h"
#include "server/request_parser.h"

namespace haneul::server {

class BodySource {
 public:
  BodySource(Input& input, RequestParser& parser, const HttpLimits& limits);

  Task<size_t> read(std::span<char> out);  // throws BodyError
  std::unique_ptr<platform::BodyReader> make_reader();
  std::optional<uint64_t> length() const;
  // Whether another request can follow on this connection if the handler reads no more than it has.
  bool can_be_drained() const;
  bool is_done() const { return done_; }

  // Reads the rest away up to the limit. False: the connection cannot be used for another request.
  Task<bool> drain();

 private:
  Task<size_t> read_more(std::span<char> out);
  Task<size_t> read_sized(std::span<char> out);
  Task<size_t> read_chunked(std::span<char> out);
  void arm_patience();

  Input& input_;
  RequestParser& parser_;
  const HttpLimits& limits_;
  const bool chunked_;
  const uint64_t length_;
  uint64_t remaining_;
  uint64_t received_ = 0;
  std::chrono::nanoseconds waited_{0};
  bool awaits_continue_;
  bool done_;
  bool failed_ = false;
};

}  // namespace haneul::server
