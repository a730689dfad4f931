// For the tests, the fuzz target and the bench of this folder: a transport over memory and a handler whose
// paths show each way an answer can take. Nothing of the product includes this.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "base/task/completion.h"
#include "base/text.h"
#include "platform/http.h"
#include "server/transport.h"

namespace haneul::server {

// Real sockets live in real time: looks again every few milliseconds for what another thread brings about,
// and gives up after ten seconds. Only the outcome counts, never how long it took.
template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(Milliseconds(5));
  }
  return false;
}

// Gives the input piece by piece, as a network would, then the end of the stream or an error.
class MemoryTransport final : public Transport {
 public:
  explicit MemoryTransport(std::vector<std::string> pieces) : pieces_(pieces.begin(), pieces.end()) {}

  Task<size_t> read_some(std::span<char> out) override {
    if (write_shut && pieces_.empty()) co_return 0;
    if (pieces_.empty() && at_end) throw TransportError(*at_end);
    if (pieces_.empty()) co_return 0;
    std::string& piece = pieces_.front();
    const size_t count = std::min(out.size(), piece.size());
    std::copy_n(piece.data(), count, out.data());
    piece.erase(0, count);
    if (piece.empty()) pieces_.pop_front();
    co_return count;
  }
  Task<void> write_all(std::span<const std::string_view> pieces) override {
    ++writes;
    for (const std::string_view piece : pieces) output += piece;
    co_return;
  }
  void set_read_patience(std::optional<Milliseconds>) override {}
  void set_phase(Phase) override {}
  void shutdown_write() override { write_shut = true; }

  std::string output;
  size_t writes = 0;
  std::optional<TransportError::Kind> at_end;
  bool write_shut = false;

 private:
  std::deque<std::string> pieces_;
};

// A stream of one letter. fails_at: throws there instead of going on.
class LetterStream final : public platform::BodyReader {
 public:
  LetterStream(uint64_t size, std::optional<uint64_t> length, std::optional<uint64_t> fails_at = {})
      : left_(size), length_(length), fails_at_(fails_at) {}
  Task<size_t> read(std::span<char> out) override {
    if (fails_at_ && given_ >= *fails_at_) throw std::runtime_error("the disk failed");
    const size_t count = std::min<uint64_t>(out.size(), fails_at_ ? *fails_at_ - given_ : left_);
    if (!filled_) std::ranges::fill(out.first(count), 'x');
    filled_ = count == 256 * 1024;  // the writer gives the same block again
    left_ -= count;
    given_ += count;
    co_return count;
  }
  std::optional<uint64_t> length() const override { return length_; }

 private:
  uint64_t left_;
  uint64_t given_ = 0;
  std::optional<uint64_t> length_;
  std::optional<uint64_t> fails_at_;
  bool filled_ = false;
};

class EchoHandler final : public platform::HttpHandler {
 public:
  Task<platform::HttpResponse> handle(platform::HttpRequest& request) override {
    platform::HttpResponse response;
    const uint64_t size = static_cast<uint64_t>(parse_int(request.query).value_or(0));
    if (request.path == "/echo") {
      response.stream = std::move(request.body);
    } else if (request.path == "/count") {
      co_return co_await count(request);
    } else if (request.path == "/size") {
      response.stream = std::make_unique<LetterStream>(size, size);
    } else if (request.path == "/chunked") {
      response.stream = std::make_unique<LetterStream>(size, std::nullopt);
    } else if (request.path == "/short") {
      response.stream = std::make_unique<LetterStream>(size, size + 1);
    } else if (request.path == "/fails") {
      response.stream = std::make_unique<LetterStream>(size + 1, size + 1, size);
    } else if (request.path == "/status") {
      response.status = static_cast<int>(size);
    } else if (request.path == "/entity") {
      response.headers.set("Content-Length", request.query);
    } else if (request.path == "/inject") {
      response.headers.set("X-Meta", "a\r\nX-Forged: b");
    } else if (request.path == "/throws") {
      throw std::runtime_error("a bug");
    } else if (request.path == "/wait") {
      waiting.set(true);
      co_await released.wait(Milliseconds(10'000));
      response.text = "waited";
    } else if (request.path == "/home") {
      const auto here = std::ranges::find(homes, Executor::current());
      response.text = "at " + std::to_string(here - homes.begin());
      response.home = homes.at(size);
    } else if (request.path == "/who") {
      response.text = request.listener + " " + request.remote_address + " " + request.host +
                      (request.over_tls ? " tls" : "");
    } else {
      response.text = request.method + " " + request.path + "?" + request.query;
    }
    co_return response;
  }

  platform::HttpResponse reject(int status, std::string_view code, std::string_view message) override {
    platform::HttpResponse response;
    response.status = status;
    response.text = std::string(code) + ": " + std::string(message);
    return response;
  }

  std::vector<Executor*> homes;  // of /home: answers where it ran, and sends its connection to one of these
  Completion<bool> waiting;
  Completion<bool> released;
  std::atomic<int> last_body_error{-1};

 private:
  Task<platform::HttpResponse> count(platform::HttpRequest& request) {
    platform::HttpResponse response;
    std::vector<char> block(64 * 1024);
    size_t total = 0;
    try {
      while (const size_t got = co_await request.body->read(block)) total += got;
      response.text = std::to_string(total);
    } catch (const platform::BodyError& error) {
      last_body_error = static_cast<int>(error.kind());
      response = reject(400, "IncompleteBody", error.what());
    }
    co_return response;
  }
};

}  // namespace haneul::server
