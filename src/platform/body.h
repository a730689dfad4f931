// Bodies: readers over readers. Each wraps another one and checks what it passes on, so that an operation
// that reads to the end has read what the caller signed; a failed check is thrown at the read that finds it,
// at the latest at the one that would have returned 0. Thread rule: one coroutine.
#pragma once

#include <memory>
#include <string>

#include "aws/digest.h"
#include "platform/http.h"

namespace haneul::platform {

class TextReader final : public BodyReader {  // a body that is in memory
 public:
  explicit TextReader(std::string text) : text_(std::move(text)) {}
  Task<size_t> read(std::span<char> out) override;
  std::optional<uint64_t> length() const override { return text_.size(); }

 private:
  std::string text_;
  size_t at_ = 0;
};

// Compares the SHA-256 of what passed with the hash that was signed; kBadDigest when it differs.
class HashCheckReader final : public BodyReader {
 public:
  HashCheckReader(std::unique_ptr<BodyReader> inner, std::string expected_hex);
  Task<size_t> read(std::span<char> out) override;
  std::optional<uint64_t> length() const override { return inner_->length(); }

 private:
  std::unique_ptr<BodyReader> inner_;
  std::string expected_hex_;
  aws::Hasher hasher_{aws::HashKind::kSha256};
  bool is_done_ = false;
};

// Counts what passes, for the meter.
class CountingReader final : public BodyReader {
 public:
  CountingReader(std::unique_ptr<BodyReader> inner, std::shared_ptr<uint64_t> count)
      : inner_(std::move(inner)), count_(std::move(count)) {}
  Task<size_t> read(std::span<char> out) override;
  std::optional<uint64_t> length() const override { return inner_->length(); }

 private:
  std::unique_ptr<BodyReader> inner_;
  std::shared_ptr<uint64_t> count_;
};

// The whole body as text; kTooLarge above bytes_max, before more than that is held.
Task<std::string> read_all(BodyReader& body, size_t bytes_max);

}  // namespace haneul::platform
