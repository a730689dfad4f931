// Turns an HttpResponse into bytes: status line, headers, then the text or the stream, framed by
// Content-Length or chunks.
//
// Invariants: framing headers are ours alone; a small answer leaves in one system call; nothing of the head
// leaves before the first bytes of a stream are at hand; a stream that breaks off ends the connection, so no
// client takes a part for the whole. The handler's Content-Length counts in two cases: an answer to HEAD or a
// 304 (the entity's length, no body follows) and a stream whose length is not known to itself.
#pragma once

#include <string>

#include "base/clock.h"
#include "platform/http.h"
#include "server/transport.h"

namespace haneul::server {

class ResponseWriter {
 public:
  ResponseWriter(Transport& transport, const Clock& clock) : transport_(transport), clock_(clock) {}

  struct Request {
    bool is_head;
    bool is_http_1_0;
    bool keeps_alive;  // as far as the request goes; the answer may still end the connection
  };

  // Whether the connection may be used for another request. Throws TransportError, and what the stream
  // throws; then head_is_out() tells whether another answer can still be given.
  Task<bool> write(platform::HttpResponse& response, Request request);
  bool head_is_out() const { return head_.empty(); }

 private:
  struct Framing;
  Framing frame(platform::HttpResponse& response, Request request) const;
  void render_head(const platform::HttpResponse& response, const Framing& framing, Request request);
  Task<bool> write_stream(platform::HttpResponse& response, const Framing& framing);
  Task<void> write_block(std::string_view block, const Framing& framing);

  Transport& transport_;
  const Clock& clock_;
  std::string head_;
  std::string chunk_head_;
};

}  // namespace haneul::server
