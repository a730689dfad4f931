#include "services/s3/receive.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "base/task/completion.h"
#include "base/text.h"
#include "gen/s3/errors.h"
#include "services/s3/keys.h"
#include "services/s3/limits.h"

namespace haneul::s3 {

namespace {

struct Piece {
  std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(kPieceBytes);
  size_t size = 0;
  std::string_view view() const { return {bytes.get(), size}; }
};

Task<size_t> fill(platform::BodyReader& body, char* out, size_t size) {
  size_t at = 0;
  while (at < size) {
    const size_t count = co_await body.read({out + at, size - at});
    if (count == 0) break;
    at += count;
  }
  co_return at;
}

[[noreturn]] void throw_bad_checksum(ChecksumAlgorithm algorithm) {
  throw BadDigest(
      fmt::format("The {} you specified did not match the calculated checksum.", name_of(algorithm)));
}

[[noreturn]] void throw_too_large(uint64_t size, uint64_t bytes_max) {
  EntityTooLarge error("Your proposed upload exceeds the maximum allowed size");
  error.with("ProposedSize", size).with("MaxSizeAllowed", bytes_max);
  throw error;
}

}  // namespace

StagedPayload::StagedPayload(std::string inline_bytes, std::string id) : bytes_(std::move(inline_bytes)) {
  if (!bytes_.empty()) payload_ = {Payload::Kind::kInline, std::move(id)};
}
StagedPayload::StagedPayload(std::shared_ptr<Garbage> garbage, store::BlobId blob)
    : payload_{Payload::Kind::kBlob, blob.str()}, garbage_(std::move(garbage)) {}
StagedPayload::~StagedPayload() {
  if (garbage_) garbage_->delete_blob(payload_.id);
}
StagedPayload::StagedPayload(StagedPayload&& other) noexcept
    : payload_(std::move(other.payload_)),
      bytes_(std::move(other.bytes_)),
      garbage_(std::move(other.garbage_)) {
  other.garbage_.reset();
}
StagedPayload& StagedPayload::operator=(StagedPayload&& other) noexcept {
  if (this == &other) return *this;
  if (garbage_) garbage_->delete_blob(payload_.id);
  payload_ = std::move(other.payload_);
  bytes_ = std::move(other.bytes_);
  garbage_ = std::move(other.garbage_);
  other.garbage_.reset();
  return *this;
}

void StagedPayload::write(store::Tx& tx, std::string_view bucket) const {
  if (payload_.kind == Payload::Kind::kInline) tx.put(keys::data(bucket, payload_.id), bytes_);
}

// Everything that is computed over the body while it passes.
struct Receiver::Digests {
  explicit Digests(BodyPromise given) : promise(std::move(given)), checksum(algorithm_of(promise)) {
    if (promise.also && *promise.also != checksum.algorithm()) also.emplace(*promise.also);
  }

  static ChecksumAlgorithm algorithm_of(const BodyPromise& promise) {
    if (promise.checksum) return promise.checksum->algorithm;
    if (promise.trailer) return *promise.trailer;
    return promise.algorithm.value_or(ChecksumAlgorithm::kCrc64Nvme);
  }

  void update(std::string_view data) {
    md5.update(data);
    checksum.update(data);
    if (also) also->update(data);
    size += data.size();
  }

  void check_size(uint64_t more) const {
    if (size + more > promise.bytes_max) throw_too_large(size + more, promise.bytes_max);
  }

  // Compares with what was promised, and moves the results over.
  void finish(Received& out, const platform::Headers* trailers) {
    out.size = size;
    const std::string md5_bytes = md5.finish();
    if (!promise.content_md5.empty() && promise.content_md5 != md5_bytes) {
      BadDigest error("The Content-MD5 you specified did not match what we received.");
      error.with("ExpectedDigest", base64_encode(promise.content_md5))
          .with("CalculatedDigest", base64_encode(md5_bytes));
      throw error;
    }
    out.md5 = hex_encode(md5_bytes);
    out.checksum = {.algorithm = checksum.algorithm(), .value = checksum.finish()};
    if (promise.checksum && promise.checksum->value != out.checksum.value) {
      throw_bad_checksum(out.checksum.algorithm);
    }
    if (promise.trailer) check_trailer(out.checksum, trailers);
    if (also) out.also = ChecksumValue{.algorithm = also->algorithm(), .value = also->finish()};
  }

  void check_trailer(const ChecksumValue& computed, const platform::Headers* trailers) const {
    const std::string name = header_of(*promise.trailer);
    const std::string* told = trailers == nullptr ? nullptr : trailers->find(name);
    if (told == nullptr) throw IncompleteBody("The request body is missing the trailer " + name + ".");
    if (!is_checksum_value(computed.algorithm, *told)) {
      throw InvalidRequest(fmt::format("Value for {} trailing header is invalid.", name));
    }
    if (*told != computed.value) throw_bad_checksum(computed.algorithm);
  }

  BodyPromise promise;
  aws::Hasher md5{aws::HashKind::kMd5};
  ChecksumHasher checksum;
  std::optional<ChecksumHasher> also;
  uint64_t size = 0;
};

StagedPayload Receiver::stage_inline(std::string bytes) { return {std::move(bytes), random_.hex(32)}; }

Task<StagedPayload> Receiver::stage_copy(const store::BlobId& blob) {
  store::BlobId copy = co_await blobs_.copy(blob);
  co_return StagedPayload(garbage_, std::move(copy));
}

Task<Received> Receiver::receive(platform::BodyReader& body, BodyPromise promise,
                                 const platform::Headers* const* trailers) {
  Digests digests(std::move(promise));
  const uint64_t length = body.length().value_or(store::kInlineBytesMax + 1);
  digests.check_size(body.length().value_or(0));
  std::string head;
  // One byte more than expected, so that the reader sees the end and checks what stands there.
  const size_t wanted = std::min<uint64_t>(length, store::kInlineBytesMax) + 1;
  head.resize(wanted);
  head.resize(co_await fill(body, head.data(), wanted));
  Received out;
  if (head.size() <= store::kInlineBytesMax && head.size() < wanted) {
    digests.update(head);
    digests.finish(out, *trailers);
    out.payload = stage_inline(std::move(head));
    co_return out;
  }
  out = co_await receive_blob(body, digests, std::move(head));
  StagedPayload staged = std::move(out.payload);
  digests.finish(out, *trailers);  // throws before the row, so the blob goes again
  out.payload = std::move(staged);
  co_return out;
}

namespace {

// The work on one piece, away from the loop.
struct PieceWork {
  Completion<bool> done;
  std::shared_ptr<std::exception_ptr> failure = std::make_shared<std::exception_ptr>();
};

}  // namespace

// Shared with the pool: a piece in work must outlive whoever waits for it.
struct Receiver::Upload {
  explicit Upload(store::BlobWriter given) : writer(std::move(given)) {}
  store::BlobWriter writer;
  std::array<Piece, 2> pieces;
};

Task<Received> Receiver::receive_blob(platform::BodyReader& body, Digests& digests, std::string head) {
  auto upload = std::make_shared<Upload>(blobs_.create(body.length().value_or(0)));
  digests.update(head);
  upload->writer.append(head);
  std::exception_ptr failure;
  size_t turn = 0;
  std::optional<PieceWork> working;
  while (!failure) {
    Piece& piece = upload->pieces[turn];
    try {
      piece.size = co_await fill(body, piece.bytes.get(), kPieceBytes);
      digests.check_size(piece.size);
    } catch (...) {
      failure = std::current_exception();
    }
    if (working) {
      co_await working->done.wait_forever();
      if (!failure) failure = *working->failure;
      working.reset();
    }
    if (failure || piece.size == 0) break;
    working.emplace();
    pool_.submit([upload, &digests, &piece, done = working->done, failed = working->failure] {
      try {
        digests.update(piece.view());
        upload->writer.append(piece.view());
      } catch (...) {
        *failed = std::current_exception();
      }
      done.set(true);
    });
    turn ^= 1;
  }
  if (failure) std::rethrow_exception(failure);
  co_await upload->writer.finish();
  Received out;
  out.payload = StagedPayload(garbage_, upload->writer.id());
  co_return out;
}

std::string parse_content_md5(std::string_view header) {
  auto bytes = base64_decode(header);
  if (!bytes || bytes->size() != 16) {
    InvalidDigest error("The Content-MD5 you specified was invalid.");
    error.with("Content-MD5", header);
    throw error;
  }
  return std::move(*bytes);
}

namespace {

constexpr std::string_view kChecksumPrefix = "x-amz-checksum-";

std::optional<ChecksumAlgorithm> trailer_of(const platform::Headers* headers) {
  if (headers == nullptr) return std::nullopt;
  for (std::string_view name : split(headers->get("x-amz-trailer"), ',')) {
    name = trim(name);
    const std::string lower = to_lower(name);
    if (!lower.starts_with(kChecksumPrefix)) continue;
    const auto algorithm = parse_checksum_algorithm(lower.substr(kChecksumPrefix.size()));
    if (!algorithm) throw InvalidRequest("The value specified in the x-amz-trailer header is not supported");
    return algorithm;
  }
  return std::nullopt;
}

}  // namespace

void promise_checksum(const ChecksumHeaders& from, BodyPromise& promise) {
  promise.trailer = trailer_of(from.headers);
  if (from.given.size() + (promise.trailer ? 1 : 0) > 1) {
    throw InvalidRequest(
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  }
  if (!from.given.empty()) promise.checksum = from.given.front();
  if (promise.checksum && !is_checksum_value(promise.checksum->algorithm, promise.checksum->value)) {
    throw InvalidRequest(
        fmt::format("Value for {} header is invalid.", header_of(promise.checksum->algorithm)));
  }
  if (!from.algorithm) return;
  const auto named = parse_checksum_algorithm(*from.algorithm);
  if (!named)
    throw InvalidRequest(
        "Checksum algorithm provided is unsupported. Please try again with any of "
        "the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
  promise.algorithm = named;
  const bool is_told = promise.checksum || promise.trailer;
  if (!is_told && from.headers != nullptr) {
    throw InvalidRequest(
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
        "headers were found.");
  }
  const auto told = promise.checksum ? promise.checksum->algorithm : promise.trailer.value_or(*named);
  if (told != *named) throw InvalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.");
}

}  // namespace haneul::s3
