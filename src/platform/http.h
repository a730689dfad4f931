// HTTP as the platform sees it: what a listener hands to the pipeline and what it gets back. No listener
// type, no Asio. Paths and queries are raw (still percent-encoded): signatures are computed over what the
// client sent.
//
// Lifetime: an HttpRequest lives until its response has been written. Bodies are streams; nobody holds a
// whole object in memory. Thread rule: one request, one coroutine.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task/task.h"

namespace haneul {
class Executor;
}

namespace haneul::platform {

class Headers {  // ordered, names compared without case, repeats allowed
 public:
  void add(std::string_view name, std::string_view value) { entries_.emplace_back(name, value); }
  void set(std::string_view name, std::string_view value);
  void erase(std::string_view name);
  const std::string* find(std::string_view name) const;  // the first of that name
  std::string_view get(std::string_view name) const;     // the first, or empty
  const std::vector<std::pair<std::string, std::string>>& entries() const { return entries_; }

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

// A request body that did not arrive as promised: cut off, over a limit, bad chunk framing or signature.
class BodyError : public std::exception {
 public:
  enum class Kind { kCutOff, kTooLarge, kMalformed, kBadSignature, kBadDigest, kTimeout };
  BodyError(Kind kind, std::string message) : kind_(kind), message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
  std::string message_;
};

// A stream of bytes. read() fills at most out.size() bytes and returns how many; 0 means the end. Throws
// BodyError.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  virtual Task<size_t> read(std::span<char> out) = 0;
  virtual std::optional<uint64_t> length() const = 0;  // when known in advance
};

struct HttpRequest {
  std::string method;  // upper case as sent
  std::string path;    // raw, begins with '/'
  std::string query;   // raw, without '?'
  Headers headers;
  std::string host;  // Host header without port, lower case
  std::string remote_address;
  bool over_tls = false;
  std::string listener;  // which door it came through: "main", "debug", or "environment:<id>" of a function's
                         // namespace
  std::unique_ptr<BodyReader> body;  // never null; empty bodies read 0. Sends "100 Continue" at the first
                                     // read when the client waits for it
};

struct HttpResponse {
  int status = 200;
  Headers headers;  // Content-Length is the listener's: from text, or from stream->length(), else chunked
  std::string text;
  std::unique_ptr<BodyReader> stream;  // when set, text is ignored
  bool close = false;        // end the connection after this answer (a large unread body does so on its own)
  Executor* home = nullptr;  // where the next request of this connection is best served; null: where it is
};

// The one thing a listener needs. handle() answers every request, also broken ones; it does not throw.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual Task<HttpResponse> handle(HttpRequest& request) = 0;
  // For requests that never became one (bad framing, head too large): status and reason in, answer out.
  virtual HttpResponse reject(int status, std::string_view code, std::string_view message) = 0;
};

}  // namespace haneul::platform
