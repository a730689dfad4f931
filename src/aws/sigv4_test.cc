#include "aws/sigv4.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace haneul::aws {
namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const Timestamp kNow = *parse_basic("20130524T000000Z");
const std::string kEmptyHash = sha256_hex("");

struct Message {
  std::string method = "GET", path = "/test.txt", query;
  std::vector<HeaderEntry> headers = {{"Host", "examplebucket.s3.amazonaws.com"}};
  SigningRequest view() const { return {method, path, query, headers}; }
};

SignOptions s3_options() {
  return {.access_key_id = "AKIAIOSFODNN7EXAMPLE",
          .secret = kSecret,
          .now = kNow,
          .region = "us-east-1",
          .service = "s3",
          .payload_hash = kEmptyHash,
          .payload_header = SignOptions::PayloadHeader::kSend};
}

void sign(Message& message, const SignOptions& options) {
  for (auto& entry : sign_request(message.view(), options).add) message.headers.push_back(std::move(entry));
}

std::optional<SigV4Failure> failure(const Message& message, VerifyOptions options) {
  const auto authorization = parse_authorization(message.view());
  if (!authorization) return authorization.error().failure;
  options.secret = kSecret;
  const auto verified = verify_signature(message.view(), *authorization, options);
  if (!verified) return verified.error().failure;
  return std::nullopt;
}
std::optional<SigV4Failure> failure(const Message& message) { return failure(message, {.now = kNow}); }

Message signed_message() {
  Message out;
  sign(out, s3_options());
  return out;
}

// The worked examples of the S3 page: GET with a range, PUT with a '$' in the key, GET with an empty query
// parameter.
TEST(SigV4, SignsTheDocumentedS3Examples) {
  Message get;
  get.headers.emplace_back("Range", "bytes=0-9");
  EXPECT_EQ(sign_request(get.view(), s3_options()).signature,
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  Message put{.method = "PUT", .path = "/test$file.text"};
  put.headers.emplace_back("Date", "Fri, 24 May 2013 00:00:00 GMT");
  put.headers.emplace_back("x-amz-storage-class", "REDUCED_REDUNDANCY");
  SignOptions put_options = s3_options();
  const std::string body_hash = sha256_hex("Welcome to Amazon S3.");
  put_options.payload_hash = body_hash;
  EXPECT_EQ(sign_request(put.view(), put_options).signature,
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  EXPECT_EQ(sign_request((Message{.path = "/", .query = "lifecycle"}).view(), s3_options()).signature,
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

// The worked example of a presigned URL of the S3 page, and that it ends when it says.
TEST(SigV4, PresignsTheDocumentedS3Example) {
  Message get;
  SignOptions options = s3_options();
  options.payload_hash = "UNSIGNED-PAYLOAD";
  get.query = presign_query(get.view(), options, Seconds(86'400));
  EXPECT_TRUE(get.query.ends_with("aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"))
      << get.query;
  EXPECT_EQ(parse_authorization(get.view())->payload, PayloadKind::kUnsigned);
  EXPECT_EQ(failure(get, {.now = kNow + Seconds(86'400)}), std::nullopt);
  EXPECT_EQ(failure(get, {.now = kNow + Seconds(86'401)}), SigV4Failure::kPresignExpired);
  EXPECT_EQ(failure(get, {.now = kNow - Seconds(901)}), SigV4Failure::kNotYetValid);
  Message long_lived = get;
  long_lived.query = presign_query(Message().view(), options, Seconds(604'801));
  EXPECT_EQ(failure(long_lived), SigV4Failure::kBadExpires);
}

// Each way a signature can fail has its own answer at the service, so each has its own failure here.
TEST(SigV4, FailuresAreTyped) {
  EXPECT_EQ(failure(signed_message()), std::nullopt);
  EXPECT_EQ(failure(Message()), SigV4Failure::kNoSignature);
  EXPECT_EQ(failure(signed_message(), {.now = kNow + Seconds(901)}), SigV4Failure::kExpired);
  EXPECT_EQ(failure(signed_message(), {.now = kNow - Seconds(901)}), SigV4Failure::kNotYetValid);
  EXPECT_EQ(failure(signed_message(), {.now = kNow + Seconds(900)}), std::nullopt);
  EXPECT_EQ(failure(signed_message(), {.now = kNow, .service = "iam"}), SigV4Failure::kWrongScope);
  EXPECT_EQ(failure(signed_message(), {.now = kNow, .region = "eu-west-1"}), SigV4Failure::kWrongScope);

  Message extra = signed_message();
  extra.headers.emplace_back("x-amz-acl", "public-read");
  EXPECT_EQ(failure(extra), SigV4Failure::kHeaderNotSigned);
  Message missing = signed_message();
  missing.headers.erase(missing.headers.begin());
  EXPECT_EQ(failure(missing), SigV4Failure::kMissingSignedHeader);
  Message no_host{.headers = {{"X-Other", "1"}}};
  sign(no_host, s3_options());
  EXPECT_EQ(failure(no_host), SigV4Failure::kHostNotSigned);
  Message undated = signed_message();
  std::erase_if(undated.headers, [](const HeaderEntry& entry) { return entry.first == "X-Amz-Date"; });
  EXPECT_EQ(failure(undated), SigV4Failure::kMissingDate);
  Message twice = signed_message();
  twice.headers.push_back(twice.headers.back());
  EXPECT_EQ(failure(twice), SigV4Failure::kMalformed);
  Message both = signed_message();
  both.query = "X-Amz-Signature=1";
  EXPECT_EQ(failure(both), SigV4Failure::kMalformed);
  Message old = signed_message();
  old.headers.back().second.replace(0, 4, "AWS3");
  EXPECT_EQ(failure(old), SigV4Failure::kUnsupportedAlgorithm);
}

// A date of another day than the scope's would let a derived key live longer than its day.
TEST(SigV4, ScopeDateMustBeTheRequestsDate) {
  Message message = signed_message();
  std::string& value = message.headers.back().second;
  value.replace(value.find("20130524"), 8, "20130523");
  EXPECT_EQ(failure(message), SigV4Failure::kWrongScope);
}

// Clients escape differently; what means the same must verify the same, and S3 keeps the path as sent.
TEST(SigV4, EscapesOfEqualMeaningVerify) {
  Message message{.path = "/a%20b/%7Ex/..//y", .query = "k=a%2fb&list-type=2&p=a+b"};
  sign(message, s3_options());
  message.path = "/a%20b/~x/..//y";
  message.query = "p=a%20b&k=a%2Fb&list-type=2";
  EXPECT_EQ(failure(message), std::nullopt);
  message.path = "/a%20b/y";
  EXPECT_EQ(failure(message), SigV4Failure::kSignatureMismatch);
}

// The key cache is bounded and never mixes scopes.
TEST(SigningKeys, CacheIsBoundedAndExact) {
  SigningKeyCache cache(16);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 200; ++i) {
      const std::string secret = "secret" + std::to_string(i);
      const KeyScope scope{"20130524", i % 2 ? "us-east-1" : "eu-west-1", "s3"};
      EXPECT_EQ(cache.get(secret, scope), derive_signing_key(secret, scope));
      EXPECT_EQ(cache.get(secret, scope), derive_signing_key(secret, scope));
    }
  }
}

}  // namespace
}  // namespace haneul::aws
