#include "server/request_body.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace haneul::server {

namespace {

using platform::BodyError;
using SteadyClock =
    std::chrono::steady_clock;  // durations of waits on a real socket; no decision of a service hangs on it

constexpr size_t kChunkOverheadMax =
    size_t{64} * 1024;  // one chunk header with extensions, or the whole trailer

class SourceReader final : public platform::BodyReader {
 public:
  explicit SourceReader(BodySource& source) : source_(source) {}
  Task<size_t> read(std::span<char> out) override { return source_.read(out); }
  std::optional<uint64_t> length() const override { return source_.length(); }

 private:
  BodySource& source_;
};

}  // namespace

BodySource::BodySource(Input& input, RequestParser& parser, const HttpLimits& limits)
    : input_(input),
      parser_(parser),
      limits_(limits),
      chunked_(parser.is_chunked()),
      length_(parser.content_length()),
      remaining_(length_),
      awaits_continue_(parser.wants_continue()),
      done_(!chunked_ && length_ == 0) {}

std::unique_ptr<platform::BodyReader> BodySource::make_reader() {
  return std::make_unique<SourceReader>(*this);
}

std::optional<uint64_t> BodySource::length() const {
  if (chunked_) return std::nullopt;
  return length_;
}

Task<size_t> BodySource::read(std::span<char> out) {
  if (failed_) throw BodyError(BodyError::Kind::kCutOff, "the request body ended early");
  if (out.empty()) co_return 0;
  try {
    // Before an empty body as well, though none need be sent: botocore takes a final answer without it for
    // the answer to the next request on the connection too.
    if (awaits_continue_) {
      awaits_continue_ = false;
      // A client that already sends does not wait (RFC 9110, 10.1.1).
      const std::array<std::string_view, 1> interim{"HTTP/1.1 100 Continue\r\n\r\n"};
      if (input_.empty()) co_await input_.transport().write_all(interim);
    }
    if (done_) co_return 0;
    const size_t count = chunked_ ? co_await read_chunked(out) : co_await read_sized(out);
    co_return count;
  } catch (const TransportError& error) {
    failed_ = true;
    if (error.kind() == TransportError::Kind::kTimeout) {
      throw BodyError(BodyError::Kind::kTimeout, "the request body did not arrive in time");
    }
    throw BodyError(BodyError::Kind::kCutOff, "the connection ended before the request body did");
  } catch (const BodyError&) {
    failed_ = true;
    throw;
  }
}

// The wait for the next byte is bounded, and so is the sum of all waits against what arrived: a client that
// sends a byte now and then does not hold a connection for ever. Time that the handler spends elsewhere does
// not count.
void BodySource::arm_patience() {
  const auto earned = std::chrono::milliseconds(received_ * 1000 / limits_.body_bytes_per_second_min);
  const auto left = limits_.body_patience + earned - std::chrono::duration_cast<Milliseconds>(waited_);
  input_.transport().set_read_patience(std::clamp(left, Milliseconds(1), limits_.body_patience));
}

Task<size_t> BodySource::read_more(std::span<char> out) {
  arm_patience();
  const auto began = SteadyClock::now();
  const size_t count = out.empty() ? co_await input_.fill() : co_await input_.transport().read_some(out);
  waited_ += SteadyClock::now() - began;
  received_ += count;
  input_.transport().set_read_patience(std::nullopt);
  if (count == 0)
    throw BodyError(BodyError::Kind::kCutOff, "the connection ended before the request body did");
  co_return count;
}

Task<size_t> BodySource::read_sized(std::span<char> out) {
  const size_t wanted = std::min<uint64_t>(out.size(), remaining_);
  size_t count = std::min(wanted, input_.bytes().size());
  if (count > 0) {
    std::memcpy(out.data(), input_.bytes().data(), count);
    input_.consume(count);
  } else {
    count = co_await read_more(out.first(wanted));
  }
  remaining_ -= count;
  done_ = remaining_ == 0;
  co_return count;
}

Task<size_t> BodySource::read_chunked(std::span<char> out) {
  for (;;) {
    const RequestParser::ChunkStep step = parser_.parse_chunks(input_.bytes(), out);
    input_.consume(step.consumed);
    done_ = step.done;
    if (step.produced > 0 || done_) co_return step.produced;
    if (input_.bytes().size() > kChunkOverheadMax) {
      throw BodyError(BodyError::Kind::kMalformed,
                      "a chunk header or trailer of the request body is too long");
    }
    co_await read_more({});
  }
}

bool BodySource::can_be_drained() const {
  // After an answer in place of "100 Continue" it is the client's choice to send the body: nobody knows what
  // comes next.
  if (failed_ || awaits_continue_) return false;
  return chunked_ || remaining_ <= limits_.drain_bytes_max;
}

Task<bool> BodySource::drain() {
  if (!can_be_drained()) co_return false;
  if (done_) co_return true;
  std::vector<char> sink(std::min<size_t>(limits_.drain_bytes_max, 16 * 1024));
  size_t drained = 0;
  try {
    while (!done_ && drained <= limits_.drain_bytes_max) drained += co_await read(sink);
  } catch (const BodyError&) {
    co_return false;
  }
  co_return done_;
}

}  // namespace haneul::server
