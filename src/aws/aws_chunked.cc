#include "aws/aws_chunked.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/sigv4_canonical.h"
#include "base/text.h"

namespace haneul::aws {
namespace {

constexpr size_t kHeaderLineMax = 256;
constexpr size_t kTrailerBytesMax = 16 * 1024;
constexpr std::string_view kSignatureExtension = ";chunk-signature=";
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";
constexpr std::string_view kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string chunk_string_to_sign(const ChunkSigning& signing, std::string_view data_hash) {
  return fmt::format("AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{}\n{}\n{}", signing.signed_at, signing.scope,
                     signing.signature, kEmptyHash, data_hash);
}

std::string trailer_string_to_sign(const ChunkSigning& signing, const std::vector<HeaderEntry>& trailers) {
  std::string text;
  for (const auto& [name, value] : trailers) text.append(name).append(":").append(value).append("\n");
  return fmt::format("AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{}\n{}", signing.signed_at, signing.scope,
                     signing.signature, sha256_hex(text));
}

bool has_trailer(PayloadKind kind) { return kind != PayloadKind::kStreamingSigned; }

std::optional<uint64_t> read_size(std::string_view text) {
  if (text.empty() || text.size() > 15) return std::nullopt;  // 15 hex digits: no overflow
  uint64_t out = 0;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    const char low = static_cast<char>(c | 0x20);
    if (!digit && !(low >= 'a' && low <= 'f')) return std::nullopt;
    out = out * 16 + static_cast<uint64_t>(digit ? c - '0' : low - 'a' + 10);
  }
  return out;
}

bool is_signature(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_field_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

bool is_aws_chunked(PayloadKind kind) { return kind >= PayloadKind::kStreamingSigned; }

AwsChunkedDecoder::AwsChunkedDecoder(PayloadKind kind, ChunkSigning signing,
                                     std::optional<uint64_t> decoded_length)
    : kind_(kind), signing_(std::move(signing)), expected_(decoded_length), hasher_(HashKind::kSha256) {}

void AwsChunkedDecoder::fail(ChunkedFailure failure, std::string detail) {
  if (!error_) error_ = ChunkedError{failure, std::move(detail)};
}

bool AwsChunkedDecoder::take_line(std::string_view input, size_t& taken) {
  const size_t end = input.find('\n');
  taken = end == std::string_view::npos ? input.size() : end + 1;
  const size_t line_max = state_ == State::kTrailer ? kTrailerBytesMax : kHeaderLineMax;
  if (line_.size() + taken > line_max) {
    fail(ChunkedFailure::kMalformed, "A chunk header or trailer line is too long.");
    return false;
  }
  line_.append(input.substr(0, taken));
  if (end == std::string_view::npos) return false;
  line_.pop_back();
  if (!line_.ends_with('\r')) {
    fail(ChunkedFailure::kMalformed, "Lines of an aws-chunked body end with CR LF.");
    return false;
  }
  line_.pop_back();
  return true;
}

AwsChunkedDecoder::Step AwsChunkedDecoder::next(std::string_view input) {
  if (failed() || input.empty()) return {input.size(), {}};
  if (state_ == State::kDone) {
    fail(ChunkedFailure::kMalformed, "Bytes follow the end of the aws-chunked body.");
    return {input.size(), {}};
  }
  if (state_ == State::kData) {
    const std::string_view data = input.substr(0, left_);
    left_ -= data.size();
    decoded_ += data.size();
    if (signs_chunks()) hasher_.update(data);
    if (left_ == 0) state_ = State::kDataEnd;
    return {data.size(), data};
  }
  size_t taken = 0;
  if (take_line(input, taken)) {
    if (state_ == State::kHeader) {
      begin_chunk();
    } else if (state_ == State::kDataEnd) {
      end_chunk();
    } else if (line_.empty()) {
      end_trailer();
    } else {
      read_trailer_line();
    }
    line_.clear();
  }
  return {failed() ? input.size() : taken, {}};
}

void AwsChunkedDecoder::begin_chunk() {
  std::string_view header = line_;
  if (signs_chunks()) {
    const size_t at = header.find(kSignatureExtension);
    if (at == std::string_view::npos || !is_signature(header.substr(at + kSignatureExtension.size()))) {
      return fail(ChunkedFailure::kMalformed, "A chunk header has no chunk-signature.");
    }
    chunk_signature_ = header.substr(at + kSignatureExtension.size());
    header = header.substr(0, at);
  }
  const auto size = read_size(header);
  if (!size) return fail(ChunkedFailure::kMalformed, "A chunk header has no size.");
  if (expected_ && *size > *expected_ - decoded_) {
    return fail(ChunkedFailure::kWrongLength, "The body is longer than x-amz-decoded-content-length.");
  }
  left_ = *size;
  state_ = State::kData;
  if (left_ > 0) return;
  last_chunk_ = true;
  end_chunk();
}

void AwsChunkedDecoder::check_signature(std::string_view string_to_sign, const std::string& given,
                                        const char* what) {
  if (!constant_time_equal(sigv4::signature(signing_.key, string_to_sign), given)) {
    return fail(
        ChunkedFailure::kBadSignature,
        fmt::format("The {} signature we calculated does not match the signature you provided.", what));
  }
  signing_.signature = given;
}

void AwsChunkedDecoder::end_chunk() {
  if (!line_.empty() && !last_chunk_) {
    return fail(ChunkedFailure::kMalformed, "A chunk is longer than its header says.");
  }
  if (signs_chunks()) {
    check_signature(chunk_string_to_sign(signing_, hex_encode(hasher_.finish())), chunk_signature_, "chunk");
  }
  state_ = last_chunk_ ? State::kTrailer : State::kHeader;
}

void AwsChunkedDecoder::read_trailer_line() {
  trailer_bytes_ += line_.size();
  const size_t colon = line_.find(':');
  const std::string name = to_lower(std::string_view(line_).substr(0, colon));
  const bool repeated = std::any_of(trailers_.begin(), trailers_.end(),
                                    [&](const HeaderEntry& trailer) { return trailer.first == name; });
  const bool allowed = has_trailer(kind_) && colon != std::string::npos && is_field_name(name) && !repeated &&
                       !trailer_signature_ && trailer_bytes_ <= kTrailerBytesMax;
  if (!allowed) return fail(ChunkedFailure::kMalformed, "The trailer of the body cannot be read.");
  std::string value(trim(std::string_view(line_).substr(colon + 1)));
  if (kind_ == PayloadKind::kStreamingSignedTrailer && name == kTrailerSignature) {
    trailer_signature_ = std::move(value);  // the last line: it covers those before it
  } else {
    trailers_.emplace_back(name, std::move(value));
  }
}

void AwsChunkedDecoder::end_trailer() {
  if (kind_ == PayloadKind::kStreamingSignedTrailer) {
    if (!trailer_signature_)
      return fail(ChunkedFailure::kMalformed, "The trailer has no x-amz-trailer-signature.");
    check_signature(trailer_string_to_sign(signing_, trailers_), *trailer_signature_, "trailer");
  }
  state_ = State::kDone;
}

std::expected<void, ChunkedError> AwsChunkedDecoder::finish() {
  if (!failed() && state_ != State::kDone) {
    fail(ChunkedFailure::kIncomplete, "The body ended before its last chunk.");
  }
  if (expected_ && decoded_ != *expected_) {
    fail(ChunkedFailure::kWrongLength,
         "You did not provide the number of bytes specified by the "
         "x-amz-decoded-content-length HTTP header.");
  }
  if (error_) return std::unexpected(*error_);
  return {};
}

std::string AwsChunkedEncoder::frame(std::string_view data) {
  if (kind_ == PayloadKind::kStreamingUnsignedTrailer) return fmt::format("{:x}\r\n", data.size());
  signing_.signature = sigv4::signature(signing_.key, chunk_string_to_sign(signing_, sha256_hex(data)));
  return fmt::format("{:x}{}{}\r\n", data.size(), kSignatureExtension, signing_.signature);
}

std::string AwsChunkedEncoder::chunk(std::string_view data) {
  std::string out = frame(data);
  return out.append(data).append("\r\n");
}

std::string AwsChunkedEncoder::end(const std::vector<HeaderEntry>& trailers) {
  std::string out = frame({});
  if (has_trailer(kind_)) {
    for (const auto& [name, value] : trailers) out.append(name).append(":").append(value).append("\r\n");
  }
  if (kind_ == PayloadKind::kStreamingSignedTrailer) {
    const std::string signature = sigv4::signature(signing_.key, trailer_string_to_sign(signing_, trailers));
    out.append(kTrailerSignature).append(":").append(signature).append("\r\n");
  }
  return out.append("\r\n");
}

}  // namespace haneul::aws
