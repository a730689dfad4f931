#include "platform/body.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/text.h"

namespace haneul::platform {

namespace {
constexpr size_t kChunkBytes = 64u << 10;
}

Task<size_t> TextReader::read(std::span<char> out) {
  const size_t count = std::min(out.size(), text_.size() - at_);
  std::memcpy(out.data(), text_.data() + at_, count);
  at_ += count;
  co_return count;
}

HashCheckReader::HashCheckReader(std::unique_ptr<BodyReader> inner, std::string expected_hex)
    : inner_(std::move(inner)), expected_hex_(std::move(expected_hex)) {}

Task<size_t> HashCheckReader::read(std::span<char> out) {
  const size_t count = co_await inner_->read(out);
  if (count > 0) {
    hasher_.update({out.data(), count});
    co_return count;
  }
  if (!is_done_) {
    is_done_ = true;
    if (hex_encode(hasher_.finish()) != expected_hex_) {
      throw BodyError(BodyError::Kind::kBadDigest,
                      "The provided 'x-amz-content-sha256' header does not match what was computed.");
    }
  }
  co_return 0;
}

Task<size_t> CountingReader::read(std::span<char> out) {
  const size_t count = co_await inner_->read(out);
  *count_ += count;
  co_return count;
}

Task<std::string> read_all(BodyReader& body, size_t bytes_max) {
  std::string text;
  const std::optional<uint64_t> length = body.length();
  if (length && *length > bytes_max) {
    throw BodyError(BodyError::Kind::kTooLarge,
                    fmt::format("Request body is larger than {} bytes", bytes_max));
  }
  if (length) text.reserve(*length);
  for (;;) {
    const size_t before = text.size();
    text.resize(before + std::min(kChunkBytes, length ? *length - before + 1 : kChunkBytes));
    const size_t count = co_await body.read({text.data() + before, text.size() - before});
    text.resize(before + count);
    if (count == 0) co_return text;
    if (text.size() > bytes_max) {
      throw BodyError(BodyError::Kind::kTooLarge,
                      fmt::format("Request body is larger than {} bytes", bytes_max));
    }
  }
}

}  // namespace haneul::platform
