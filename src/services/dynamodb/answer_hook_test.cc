// What answers carry beside their bodies: SDKs check the checksum, browsers ask who may read.
#include "services/dynamodb/answer_hook.h"

#include <gtest/gtest.h>

#include "gen/dynamodb/operations.h"

namespace haneul::dynamodb {
namespace {

platform::Resolver::Target tables() { return {.service = &op::PutItem::service(), .region = {}, .path = {}}; }

// The checksum is of the body as it goes out, of other services nothing is said.
TEST(AnswerHook, TellsTheChecksumOfTheBody) {
  platform::HttpRequest request;
  platform::HttpResponse response;
  response.text = "123456789";
  AnswerHook().decorate(request, {}, response);
  EXPECT_TRUE(response.headers.entries().empty());
  AnswerHook().decorate(request, tables(), response);
  EXPECT_EQ(response.headers.get("x-amz-crc32"), "3421780262");
  EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), nullptr);
}

// Browsers of any origin may read what they could sign a request for.
TEST(AnswerHook, LetsBrowsersRead) {
  platform::HttpRequest request;
  request.headers.set("Origin", "https://a.example");
  platform::HttpResponse response;
  AnswerHook().decorate(request, tables(), response);
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "*");
  EXPECT_NE(response.headers.find("Access-Control-Expose-Headers"), nullptr);
  EXPECT_FALSE(AnswerHook().intercept(request, tables()).has_value());
  request.method = "OPTIONS";
  request.headers.set("Access-Control-Request-Headers", "x-amz-target");
  const auto preflight = AnswerHook().intercept(request, tables());
  ASSERT_TRUE(preflight.has_value());
  EXPECT_EQ(preflight->headers.get("Access-Control-Allow-Headers"), "x-amz-target");
  EXPECT_EQ(preflight->headers.get("Access-Control-Max-Age"), "172800");
}

}  // namespace
}  // namespace haneul::dynamodb
