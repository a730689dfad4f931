#include "aws/aws_chunked.h"

#include <gtest/gtest.h>

namespace haneul::aws {
namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

ChunkSigning signing(std::string_view seed) {
  return {derive_signing_key(kSecret, {"20130524", "us-east-1", "s3"}), "20130524T000000Z",
          "20130524/us-east-1/s3/aws4_request", std::string(seed)};
}

struct Result {
  std::string data;
  std::optional<ChunkedFailure> failure;
  std::vector<HeaderEntry> trailers;
};

Result decode(PayloadKind kind, const ChunkSigning& sign, std::string_view body, size_t piece_size,
              std::optional<uint64_t> length) {
  AwsChunkedDecoder decoder(kind, sign, length);
  Result out;
  while (!body.empty()) {
    std::string_view piece = body.substr(0, piece_size);
    body.remove_prefix(piece.size());
    while (!piece.empty()) {
      const auto step = decoder.next(piece);
      out.data.append(step.data);
      piece.remove_prefix(step.taken);
    }
  }
  const auto end = decoder.finish();
  if (!end) out.failure = end.error().failure;
  out.trailers = decoder.trailers();
  return out;
}

// The worked example of the S3 page: 66,560 bytes of 'a' in chunks of 64 KiB and 1 KiB.
TEST(AwsChunked, DecodesTheDocumentedExample) {
  const std::string body =
      "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
      std::string(65'536, 'a') +
      "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
      std::string(1024, 'a') +
      "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
  const ChunkSigning sign = signing("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
  const Result result = decode(PayloadKind::kStreamingSigned, sign, body, 1000, 66'560);
  EXPECT_FALSE(result.failure);
  EXPECT_EQ(result.data, std::string(66'560, 'a'));
}

// The worked example with a signed trailer of the S3 page.
TEST(AwsChunked, DecodesTheDocumentedTrailerExample) {
  const std::string body =
      "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n" +
      std::string(65'536, 'a') +
      "\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n" +
      std::string(1024, 'a') +
      "\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
      "x-amz-checksum-crc32c:sOO8/Q==\r\n"
      "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";
  const ChunkSigning sign = signing("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
  const Result result = decode(PayloadKind::kStreamingSignedTrailer, sign, body, 4096, 66'560);
  EXPECT_FALSE(result.failure);
  ASSERT_EQ(result.trailers.size(), 1u);
  EXPECT_EQ(result.trailers[0].first, "x-amz-checksum-crc32c");
  EXPECT_EQ(result.trailers[0].second, "sOO8/Q==");
}

std::string encode(PayloadKind kind) {
  AwsChunkedEncoder encoder(kind, signing("seed"));
  std::string out = encoder.chunk("hello ");
  out += encoder.chunk("world");
  return out + encoder.end({{"x-amz-checksum-crc32", "DUoRhQ=="}});
}

// Bytes arrive cut anywhere: the cuts must not show, in any of the three forms.
TEST(AwsChunked, CutsDoNotMatter) {
  for (const PayloadKind kind : {PayloadKind::kStreamingSigned, PayloadKind::kStreamingSignedTrailer,
                                 PayloadKind::kStreamingUnsignedTrailer}) {
    const std::string body = encode(kind);
    for (size_t size = 1; size < body.size(); ++size) {
      const Result result = decode(kind, signing("seed"), body, size, 11);
      EXPECT_FALSE(result.failure);
      EXPECT_EQ(result.data, "hello world");
    }
  }
}

// Every changed byte of a signed body must be refused, and so must every body that is cut off or goes on.
TEST(AwsChunked, SignedBodiesRefuseEveryChange) {
  for (const PayloadKind kind : {PayloadKind::kStreamingSigned, PayloadKind::kStreamingSignedTrailer}) {
    const std::string body = encode(kind);
    for (size_t i = 0; i < body.size(); ++i) {
      std::string changed = body;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      EXPECT_TRUE(decode(kind, signing("seed"), changed, 7, 11).failure) << i;
      EXPECT_TRUE(decode(kind, signing("seed"), body.substr(0, i), 7, std::nullopt).failure) << i;
    }
    EXPECT_TRUE(decode(kind, signing("seed"), body + "\r\n", 7, 11).failure);
    EXPECT_EQ(decode(kind, signing("other"), body, 7, 11).failure, ChunkedFailure::kBadSignature);
    EXPECT_EQ(decode(kind, signing("seed"), body, 7, 12).failure, ChunkedFailure::kWrongLength);
    EXPECT_EQ(decode(kind, signing("seed"), body, 7, 10).failure, ChunkedFailure::kWrongLength);
  }
}

// Unsigned bodies have their framing checked: sizes, line ends, trailer names, length, end.
TEST(AwsChunked, UnsignedFramingIsStrict) {
  const PayloadKind kind = PayloadKind::kStreamingUnsignedTrailer;
  const auto failure = [&](std::string_view body) {
    return decode(kind, {}, body, 64, std::nullopt).failure;
  };
  EXPECT_FALSE(failure("3\r\nabc\r\n0\r\n\r\n"));
  EXPECT_EQ(failure("3\r\nabcd\r\n0\r\n\r\n"), ChunkedFailure::kMalformed);
  EXPECT_EQ(failure("3\nabc\r\n0\r\n\r\n"), ChunkedFailure::kMalformed);
  EXPECT_EQ(failure("\r\nabc\r\n0\r\n\r\n"), ChunkedFailure::kMalformed);
  EXPECT_EQ(failure("ffffffffffffffff\r\nabc"), ChunkedFailure::kMalformed);
  EXPECT_EQ(failure("0\r\nno colon\r\n\r\n"), ChunkedFailure::kMalformed);
  EXPECT_EQ(failure("0\r\na:1\r\nA:2\r\n\r\n"), ChunkedFailure::kMalformed);
  EXPECT_EQ(failure(std::string(10'000, '0')), ChunkedFailure::kMalformed);
  EXPECT_EQ(failure("3\r\nabc\r\n"), ChunkedFailure::kIncomplete);
  EXPECT_EQ(failure("3\r\nabc\r\n0\r\n"), ChunkedFailure::kIncomplete);
}

}  // namespace
}  // namespace haneul::aws
