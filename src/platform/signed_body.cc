#include "platform/signed_body.h"

#include <algorithm>
#include <cstring>

#include "aws/aws_chunked.h"
#include "base/text.h"
#include "platform/body.h"

namespace haneul::platform {

namespace {

constexpr size_t kBufferBytes = 64u << 10;

class ChunkedReader final : public BodyReader {
 public:
  ChunkedReader(std::unique_ptr<BodyReader> inner, aws::AwsChunkedDecoder decoder,
                std::optional<uint64_t> length)
      : inner_(std::move(inner)),
        decoder_(std::move(decoder)),
        length_(length),
        buffer_(kBufferBytes, '\0') {}

  Task<size_t> read(std::span<char> out) override {
    while (!is_done_) {
      if (const size_t count = copy_pending(out); count > 0) co_return count;
      if (rest_.empty()) co_await refill();
      if (is_done_) break;
      const aws::AwsChunkedDecoder::Step step = decoder_.next(rest_);
      rest_.remove_prefix(step.taken);
      pending_ = step.data;
      if (decoder_.failed()) end();
    }
    co_return 0;
  }
  std::optional<uint64_t> length() const override { return length_; }
  const Headers& trailers() const { return trailers_; }

 private:
  size_t copy_pending(std::span<char> out) {
    const size_t count = std::min(out.size(), pending_.size());
    std::memcpy(out.data(), pending_.data(), count);
    pending_.remove_prefix(count);
    return count;
  }

  Task<void> refill() {
    const size_t count = co_await inner_->read(buffer_);
    rest_ = {buffer_.data(), count};
    if (count == 0) end();
  }

  // The body is over, or broken: what passed counts only if every signature and the trailer hold.
  void end() {
    is_done_ = true;
    const auto verdict = decoder_.finish();
    if (verdict) {
      for (const auto& [name, value] : decoder_.trailers()) trailers_.add(name, value);
      return;
    }
    using Failure = aws::ChunkedFailure;
    switch (verdict.error().failure) {
      case Failure::kBadSignature:
        throw BodyError(BodyError::Kind::kBadSignature, "The chunk signature does not match.");
      case Failure::kIncomplete:
      case Failure::kWrongLength:
        throw BodyError(
            BodyError::Kind::kCutOff,
            "You did not provide the number of bytes specified by the Content-Length HTTP header");
      case Failure::kMalformed: break;
    }
    throw BodyError(BodyError::Kind::kMalformed, verdict.error().detail);
  }

  std::unique_ptr<BodyReader> inner_;
  aws::AwsChunkedDecoder decoder_;
  std::optional<uint64_t> length_;
  std::string buffer_;
  std::string_view rest_;     // of the buffer, not yet decoded
  std::string_view pending_;  // decoded, not yet handed out
  Headers trailers_;
  bool is_done_ = false;
};

}  // namespace

std::unique_ptr<BodyReader> checked_body(std::unique_ptr<BodyReader> body, const Headers& headers,
                                         const PendingSignature& pending, Exchange& exchange) {
  const aws::Authorization& authorization = pending.authorization;
  if (authorization.payload == aws::PayloadKind::kDeclaredHash) {
    return std::make_unique<HashCheckReader>(std::move(body), authorization.payload_hash);
  }
  if (!aws::is_aws_chunked(authorization.payload)) return body;
  std::optional<uint64_t> length;
  if (const auto declared = parse_int(headers.get("x-amz-decoded-content-length"));
      declared && *declared >= 0) {
    length = static_cast<uint64_t>(*declared);
  }
  aws::ChunkSigning signing{
      .key = aws::derive_signing_key(pending.secret.reveal(), authorization.scope.key_scope()),
      .signed_at = authorization.signed_at_text,
      .scope = authorization.scope.str(),
      .signature = authorization.signature};
  aws::AwsChunkedDecoder decoder(authorization.payload, std::move(signing), length);
  auto reader = std::make_unique<ChunkedReader>(std::move(body), std::move(decoder), length);
  exchange.trailers = &reader->trailers();
  return reader;
}

}  // namespace haneul::platform
