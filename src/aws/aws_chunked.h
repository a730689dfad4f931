// The aws-chunked body: S3 API Reference, "Signature calculations: transferring a payload in multiple chunks"
// and
// "... with trailing headers". The decoder does no I/O: bytes go in, views of decoded bytes come out at once,
// also of a chunk whose signature has not been seen yet. So nothing that came out may be made visible before
// finish() says that every chunk signature, the trailer and the length were right. Thread rule: a decoder or
// encoder belongs to one body.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/digest.h"
#include "aws/sigv4.h"

namespace haneul::aws {

bool is_aws_chunked(PayloadKind kind);  // the three streaming kinds

// What chunk signatures chain from; unused by unsigned bodies.
struct ChunkSigning {
  SigningKey key{};
  std::string signed_at;  // 20150830T123600Z
  std::string scope;      // date/region/service/aws4_request
  std::string signature;  // of the request's head: the seed
};

enum class ChunkedFailure { kMalformed, kBadSignature, kIncomplete, kWrongLength };
struct ChunkedError {
  ChunkedFailure failure;
  std::string detail;
};

class AwsChunkedDecoder {
 public:
  // decoded_length: x-amz-decoded-content-length, which a signed body must match.
  AwsChunkedDecoder(PayloadKind kind, ChunkSigning signing, std::optional<uint64_t> decoded_length);

  struct Step {
    size_t taken;           // bytes of the input that were used up; all of it when the body has failed
    std::string_view data;  // decoded bytes: a part of the input
  };
  // Call until all input is taken. After a failure nothing comes out any more.
  Step next(std::string_view input);

  bool failed() const { return error_.has_value(); }
  bool complete() const { return state_ == State::kDone && !failed(); }
  std::expected<void, ChunkedError> finish();  // at the end of the body
  const std::vector<HeaderEntry>& trailers() const {
    return trailers_;
  }  // lower-case names; valid after finish()

 private:
  enum class State { kHeader, kData, kDataEnd, kTrailer, kDone };
  void fail(ChunkedFailure failure, std::string detail);
  bool take_line(std::string_view input, size_t& taken);  // true when line_ holds a whole line
  void begin_chunk();
  void end_chunk();
  void read_trailer_line();
  void end_trailer();
  bool signs_chunks() const { return kind_ != PayloadKind::kStreamingUnsignedTrailer; }
  void check_signature(std::string_view string_to_sign, const std::string& given, const char* what);

  PayloadKind kind_;
  ChunkSigning signing_;
  std::optional<uint64_t> expected_;
  State state_ = State::kHeader;
  std::string line_;
  uint64_t left_ = 0;     // of the chunk
  uint64_t decoded_ = 0;  // of the body
  bool last_chunk_ = false;
  std::string chunk_signature_;
  Hasher hasher_;
  std::vector<HeaderEntry> trailers_;
  size_t trailer_bytes_ = 0;
  std::optional<std::string> trailer_signature_;
  std::optional<ChunkedError> error_;
};

// The client's side, for the command line, tests and benchmarks.
class AwsChunkedEncoder {
 public:
  AwsChunkedEncoder(PayloadKind kind, ChunkSigning signing) : kind_(kind), signing_(std::move(signing)) {}
  std::string chunk(std::string_view data);                   // data is not empty
  std::string end(const std::vector<HeaderEntry>& trailers);  // trailers with lower-case names

 private:
  std::string frame(std::string_view data);
  PayloadKind kind_;
  ChunkSigning signing_;
};

}  // namespace haneul::aws
