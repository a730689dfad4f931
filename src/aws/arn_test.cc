#include "aws/arn.h"

#include <gtest/gtest.h>

namespace haneul::aws {
namespace {

// Every service names its resources with these two functions; they must be each other's inverse.
TEST(Arn, ParsesWhatItFormats) {
  for (const char* text :
       {"arn:aws:s3:::bucket/key:with:colons", "arn:aws:iam::123456789012:user/a/b",
        "arn:aws:lambda:eu-west-1:123456789012:function:f:3", "arn:aws:iam::aws:policy/ReadOnlyAccess"}) {
    const auto arn = parse_arn(text);
    ASSERT_TRUE(arn) << text;
    EXPECT_EQ(arn->str(), text);
  }
  EXPECT_EQ(make_arn("sqs", "us-east-1", "123456789012", "q"), "arn:aws:sqs:us-east-1:123456789012:q");
}

// The resource part has three shapes; services rely on the split.
TEST(Arn, SplitsTheResource) {
  EXPECT_EQ(parse_arn("arn:aws:iam::123456789012:user/a/b")->resource_type(), "user");
  EXPECT_EQ(parse_arn("arn:aws:iam::123456789012:user/a/b")->resource_id(), "a/b");
  EXPECT_EQ(parse_arn("arn:aws:lambda:eu-west-1:123456789012:function:f:3")->resource_id(), "f:3");
  EXPECT_EQ(parse_arn("arn:aws:sqs:us-east-1:123456789012:q")->resource_type(), "");
  EXPECT_EQ(parse_arn("arn:aws:sqs:us-east-1:123456789012:q")->resource_id(), "q");
}

// What is no ARN of ours must not be taken for one: other partitions, missing parts, bad accounts.
TEST(Arn, RefusesEverythingElse) {
  for (const char* text : {"", "arn", "arn:aws:s3:::", "arn:aws::::x", "arn:aws-cn:s3:::b", "arn:aws:s3::b",
                           "arn:aws:s3::1234:b", "arn:aws:S3:::b", "arn:aws:s3:us east:123456789012:b"}) {
    EXPECT_FALSE(parse_arn(text)) << text;
  }
}

}  // namespace
}  // namespace haneul::aws
