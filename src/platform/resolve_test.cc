#include "platform/resolve.h"

#include <gtest/gtest.h>

namespace haneul::platform {
namespace {

// The host tells the bucket in every form that clients write; a wrong reading would serve another bucket.
TEST(ReadHost, KnowsVirtualHostBuckets) {
  EXPECT_EQ(read_host("photos.localhost").bucket, "photos");
  EXPECT_EQ(read_host("photos.s3.localhost").bucket, "photos");
  EXPECT_EQ(read_host("my.dotted.bucket.s3.localhost").bucket, "my.dotted.bucket");
  EXPECT_EQ(read_host("photos.s3.amazonaws.com").bucket, "photos");
  const HostMeaning regional = read_host("photos.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(regional.bucket, "photos");
  EXPECT_EQ(regional.region, "eu-west-1");
  EXPECT_EQ(regional.service, "s3");
}

// Path-style hosts must not be taken for buckets.
TEST(ReadHost, LeavesPathStyleAlone) {
  EXPECT_EQ(read_host("localhost").bucket, "");
  EXPECT_EQ(read_host("127.0.0.1").bucket, "");
  EXPECT_EQ(read_host("[::1]").bucket, "");
  EXPECT_EQ(read_host("s3.localhost").bucket, "");
  EXPECT_EQ(read_host("s3.us-east-1.amazonaws.com").bucket, "");
  EXPECT_EQ(read_host("").bucket, "");
}

// Code inside a function reaches each service by AWS's own names.
TEST(ReadHost, KnowsServiceHosts) {
  EXPECT_EQ(read_host("lambda.eu-central-1.amazonaws.com").service, "lambda");
  EXPECT_EQ(read_host("lambda.eu-central-1.amazonaws.com").region, "eu-central-1");
  EXPECT_EQ(read_host("iam.amazonaws.com").service, "iam");
  EXPECT_EQ(read_host("example.com").service, "");
}

}  // namespace
}  // namespace haneul::platform
