#include "aws/digest.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/text.h"

namespace haneul::aws {
namespace {

// Published check values: a wrong digest would refuse every client's checksum.
TEST(Digest, MatchesPublishedValues) {
  EXPECT_EQ(hex_encode(md5("")), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(hex_encode(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(crc32("123456789"), 0xCBF43926u);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc64nvme("123456789"), 0xAE8B14860A799888u);
}

// RFC 4231 cases 2 and 3, and the empty key, which OpenSSL treats specially.
TEST(Digest, HmacMatchesRfc4231) {
  EXPECT_EQ(hex_encode(view(hmac_sha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex_encode(view(hmac_sha256(std::string(20, '\xaa'), std::string(50, '\xdd')))),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(hex_encode(view(hmac_sha256("", ""))),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// Bodies arrive in pieces of any size; the pieces must not show in the result.
TEST(Digest, StreamingEqualsOneShot) {
  SeededRandom random(1);
  const std::string data = random.bytes(1000);
  Hasher hasher(HashKind::kSha256);
  uint32_t crc_a = 0;
  uint32_t crc_b = 0;
  uint64_t crc_c = 0;
  for (size_t at = 0, step = 1; at < data.size(); at += step, step = step % 37 + 1) {
    const std::string_view piece = std::string_view(data).substr(at, step);
    hasher.update(piece);
    crc_a = crc32(piece, crc_a);
    crc_b = crc32c(piece, crc_b);
    crc_c = crc64nvme(piece, crc_c);
  }
  EXPECT_EQ(hasher.finish(), sha256(data));
  EXPECT_EQ(hasher.finish(), sha256(""));
  EXPECT_EQ(crc_a, crc32(data));
  EXPECT_EQ(crc_b, crc32c(data));
  EXPECT_EQ(crc_c, crc64nvme(data));
}

// A multipart upload's full-object checksum is combined from its parts without reading them again.
TEST(Digest, CombinedPartsEqualTheWhole) {
  SeededRandom random(2);
  const std::string data = random.bytes(100'000);
  for (const size_t cut : {size_t{0}, size_t{1}, size_t{7}, size_t{65'536}, size_t{100'000}}) {
    const std::string_view a = std::string_view(data).substr(0, cut);
    const std::string_view b = std::string_view(data).substr(cut);
    EXPECT_EQ(crc32_combine(crc32(a), crc32(b), b.size()), crc32(data));
    EXPECT_EQ(crc32c_combine(crc32c(a), crc32c(b), b.size()), crc32c(data));
    EXPECT_EQ(crc64nvme_combine(crc64nvme(a), crc64nvme(b), b.size()), crc64nvme(data));
  }
}

// Checksum headers carry the CRC big-endian: "AAAAAA==" for zero, and the S3 guide's order of bytes.
TEST(Digest, CrcBytesAreBigEndian) {
  EXPECT_EQ(hex_encode(crc_bytes(uint32_t{0x01020304})), "01020304");
  EXPECT_EQ(hex_encode(crc_bytes(uint64_t{0x0102030405060708})), "0102030405060708");
}

// Signatures are compared with this; a wrong answer is a hole.
TEST(Digest, ConstantTimeEqualComparesAllBytes) {
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_TRUE(constant_time_equal("abc", "abc"));
  EXPECT_FALSE(constant_time_equal("abc", "abd"));
  EXPECT_FALSE(constant_time_equal("abc", "ab"));
}

}  // namespace
}  // namespace haneul::aws
