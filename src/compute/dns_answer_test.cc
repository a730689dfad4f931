// The resolver inside an environment: what it must answer, and what it must never answer.
#include "compute/dns_answer.h"

#include <gtest/gtest.h>

namespace haneul::compute {
namespace {

std::string query(std::string_view name, char type) {
  std::string out("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
  while (!name.empty()) {
    const size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    out += static_cast<char>(label.size());
    out += label;
    name = dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
  }
  out += '\0';
  out += std::string("\0\0\0\x01", 4);
  out[out.size() - 3] = type;
  return out;
}

int rcode(const std::string& answer) { return answer[3] & 0x0f; }
int answers(const std::string& answer) { return answer[7]; }

// Unmodified SDK code asks for these names and must reach the server on the environment's loopback.
TEST(DnsAnswer, ResolvesEndpointsToLoopback) {
  for (const char* name :
       {"s3.us-east-1.amazonaws.com", "my.bucket.s3.amazonaws.com", "S3.US-EAST-1.AMAZONAWS.COM",
        "lambda.us-east-1.api.aws", "localhost", "x.lambda-url.us-east-1.on.aws"}) {
    const auto answer = answer_dns(query(name, 1));
    ASSERT_TRUE(answer) << name;
    EXPECT_EQ(rcode(*answer), 0) << name;
    ASSERT_EQ(answers(*answer), 1) << name;
    EXPECT_EQ(answer->substr(answer->size() - 4), std::string("\x7f\x00\x00\x01", 4));
  }
}

// An empty answer, not an error: otherwise a client that asks for both families gives up on IPv4 too.
TEST(DnsAnswer, HasNoIpv6) {
  const auto answer = answer_dns(query("s3.amazonaws.com", 28));
  ASSERT_TRUE(answer);
  EXPECT_EQ(rcode(*answer), 0);
  EXPECT_EQ(answers(*answer), 0);
}

// Names that merely look like AWS's are somebody else's.
TEST(DnsAnswer, DeniesOtherNames) {
  for (const char* name : {"example.com", "evilamazonaws.com", "amazonaws.com.evil.org", "com"}) {
    const auto answer = answer_dns(query(name, 1));
    ASSERT_TRUE(answer) << name;
    EXPECT_EQ(rcode(*answer), 3) << name;
    EXPECT_EQ(answers(*answer), 0) << name;
  }
}

// Garbage, answers and oversized packets get no reply, so two resolvers can never talk to each other forever.
TEST(DnsAnswer, IgnoresWhatIsNoQuery) {
  EXPECT_FALSE(answer_dns(""));
  EXPECT_FALSE(answer_dns("garbage"));
  EXPECT_FALSE(answer_dns(std::string(600, '\0')));
  std::string answer = query("localhost", 1);
  answer[2] |= static_cast<char>(0x80);
  EXPECT_FALSE(answer_dns(answer));
}

}  // namespace
}  // namespace haneul::compute
