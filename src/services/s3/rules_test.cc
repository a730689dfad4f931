#include <gtest/gtest.h>

#include "gen/s3/errors.h"
#include "services/s3/conditions.h"
#include "services/s3/cors.h"
#include "services/s3/events.h"
#include "services/s3/policy_status.h"
#include "services/s3/tags.h"

namespace haneul::s3 {
namespace {

// Ranges are read as RFC 9110 has them; those that name nothing of the object are refused, unknown ones
// ignored.
TEST(Ranges, AreReadOrRefused) {
  const auto is = [](std::string_view header, uint64_t from, uint64_t to) {
    const auto range = parse_range(header, 10);
    return range && range->from == from && range->to == to;
  };
  EXPECT_TRUE(is("bytes=2-4", 2, 5));
  EXPECT_TRUE(is("bytes=7-", 7, 10));
  EXPECT_TRUE(is("bytes=-3", 7, 10));
  EXPECT_TRUE(is("bytes=-30", 0, 10));
  EXPECT_TRUE(is("bytes=5-99999999999999999999999", 5, 10));
  for (const char* ignored : {"items=1-2", "bytes=1-2,4-5", "bytes=4-2", "bytes=-", "bytes=x-1"}) {
    EXPECT_FALSE(parse_range(ignored, 10)) << ignored;
  }
  EXPECT_THROW(parse_range("bytes=10-", 10), InvalidRange);
  EXPECT_THROW(parse_range("bytes=-0", 10), InvalidRange);
  EXPECT_THROW(parse_range("bytes=0-", 0), InvalidRange);
}

// Block Public Access stands on the difference between everyone and everyone from a fixed place.
TEST(PublicPolicies, AreThoseThatPinNobody) {
  const auto policy = [](const std::string& principal, const std::string& condition) {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject",)"
           R"("Resource":"arn:aws:s3:::b/*","Principal":)" +
           principal + (condition.empty() ? "" : R"(,"Condition":)" + condition) + "}]}";
  };
  EXPECT_TRUE(is_public_policy(policy(R"("*")", "")));
  EXPECT_TRUE(is_public_policy(policy(R"({"AWS":["*"]})", "")));
  EXPECT_FALSE(is_public_policy(policy(R"({"AWS":"arn:aws:iam::111122223333:root"})", "")));
  EXPECT_FALSE(is_public_policy(policy(R"("*")", R"({"IpAddress":{"aws:SourceIp":"10.1.0.0/16"}})")));
  EXPECT_TRUE(is_public_policy(policy(R"("*")", R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}})")));
  EXPECT_TRUE(is_public_policy(policy(R"("*")", R"({"StringLike":{"aws:SourceAccount":"*"}})")));
  EXPECT_THROW(parse_bucket_policy(policy(R"("*")", ""), "other"), MalformedPolicy);
}

LambdaFunctionConfiguration rule(std::string id, std::string event, std::string prefix, std::string suffix) {
  LambdaFunctionConfiguration out{
      .id = std::move(id), .lambda_function_arn = "arn", .events = {std::move(event)}};
  out.filter = NotificationConfigurationFilter{
      .key = S3KeyFilter{.filter_rules =
                             std::vector<FilterRule>{{.name = "prefix", .value = std::move(prefix)},
                                                     {.name = "Suffix", .value = std::move(suffix)}}}};
  return out;
}

// No event may belong to two rules.
TEST(EventRules, MayNotOverlap) {
  EXPECT_NO_THROW(require_valid_rules(
      {rule("a", "s3:ObjectCreated:*", "in/", ".pdf"), rule("b", "s3:ObjectCreated:Put", "out/", ".pdf")}));
  EXPECT_THROW(require_valid_rules({rule("a", "s3:ObjectCreated:*", "in/", ""),
                                    rule("b", "s3:ObjectCreated:Put", "in/x", ".pdf")}),
               InvalidArgument);
  EXPECT_THROW(require_valid_rules({rule("a", "s3:ObjectMelted:*", "", "")}), InvalidArgument);
  EXPECT_TRUE(rule_matches(rule("a", "s3:ObjectCreated:*", "in/", ".pdf"),
                           {.name = "ObjectCreated:Copy", .key = "in/a.pdf"}));
  EXPECT_FALSE(rule_matches(rule("a", "s3:ObjectCreated:*", "in/", ".pdf"),
                            {.name = "ObjectRemoved:Delete", .key = "in/a.pdf"}));
  EXPECT_FALSE(rule_matches(rule("a", "s3:ObjectCreated:*", "in/", ".pdf"),
                            {.name = "ObjectCreated:Put", .key = "in/a.txt"}));
}

// The first rule that fits decides; one wildcard stands for anything.
TEST(Cors, FindsTheRule) {
  CORSConfiguration configuration{.cors_rules = {{.allowed_headers = {{"x-*"}},
                                                  .allowed_methods = {"PUT"},
                                                  .allowed_origins = {"https://*.example"}},
                                                 {.allowed_methods = {"GET"}, .allowed_origins = {"*"}}}};
  EXPECT_EQ(find_cors_rule(configuration, "https://a.example", "PUT", {"X-One"}),
            &configuration.cors_rules[0]);
  EXPECT_EQ(find_cors_rule(configuration, "https://a.example", "PUT", {"authorization"}), nullptr);
  EXPECT_EQ(find_cors_rule(configuration, "http://b", "GET", {}), &configuration.cors_rules[1]);
  EXPECT_EQ(find_cors_rule(configuration, "http://b", "PUT", {}), nullptr);
}

// Names that AWS refuses are refused.
TEST(BucketNames, FollowTheRules) {
  for (const char* good : {"abc", "a-b.c9", "0ab"}) EXPECT_TRUE(is_bucket_name(good)) << good;
  for (const char* bad :
       {"ab", "Abc", "a..b", "-abc", "abc-", "192.168.0.1", "xn--abc", "a_b", "x-s3alias"}) {
    EXPECT_FALSE(is_bucket_name(bad)) << bad;
  }
}

// The tag header is a query string, held to the limits of tags.
TEST(Tags, HeadersAreRead) {
  const Tags wanted{{"a", "1 2"}, {"b", ""}};
  EXPECT_EQ(parse_tag_header("a=1+2&b="), wanted);
  EXPECT_THROW(parse_tag_header("a=1&a=2"), InvalidTag);
  EXPECT_THROW(parse_tag_header("aws:x=1"), InvalidTag);
  EXPECT_THROW(parse_tag_header("a=%zz"), InvalidArgument);
}

// Known values (CRC catalogue check strings), and combining parts equals hashing the whole.
TEST(Checksums, CombineToTheWhole) {
  EXPECT_EQ(checksum_of_bytes(ChecksumAlgorithm::kCrc32, "123456789"), "y/Q5Jg==");
  EXPECT_EQ(checksum_of_bytes(ChecksumAlgorithm::kCrc32c, "123456789"), "4waSgw==");
  EXPECT_EQ(checksum_of_bytes(ChecksumAlgorithm::kCrc64Nvme, "123456789"), "rosUhgp5mIg=");
  for (const ChecksumAlgorithm algorithm :
       {ChecksumAlgorithm::kCrc32, ChecksumAlgorithm::kCrc32c, ChecksumAlgorithm::kCrc64Nvme}) {
    const std::vector<PartChecksum> parts{{checksum_of_bytes(algorithm, "hello "), 6},
                                          {checksum_of_bytes(algorithm, "world"), 5}};
    EXPECT_EQ(combined_crc(algorithm, parts), checksum_of_bytes(algorithm, "hello world"));
  }
}

}  // namespace
}  // namespace haneul::s3
