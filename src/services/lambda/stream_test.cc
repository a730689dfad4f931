// InvokeWithResponseStream: the messages that its event stream is made of.
#include <gmock/gmock.h>

#include "protocol/event_stream.h"
#include "services/lambda/lambda_fixture.h"

namespace haneul::lambda::test {
namespace {

using testing::HasSubstr;

class InvokeWithStream : public LambdaFixture {
 protected:
  void SetUp() override { call<op::CreateFunction>(function("f")); }

  // Each message as "type: payload".
  std::vector<std::string> events(const std::string& log_type = "None") {
    const Document out =
        call<op::InvokeWithResponseStream>(of({{"FunctionName", "f"}, {"LogType", log_type}}));
    EXPECT_EQ(text(out, "ResponseStreamContentType"), "application/vnd.amazon.eventstream");
    std::string_view bytes = out.find("streamed")->as_blob();
    std::vector<std::string> all;
    while (!bytes.empty()) {
      const auto event = protocol::decode_event(bytes);
      if (!event) return {"cut off"};
      all.push_back(std::string(event->message.text(":event-type")) + ": " + event->message.payload);
      bytes.remove_prefix(event->consumed);
    }
    return all;
  }
};

// Bytes first, then one message that says how it ended, with the log's tail where it was asked for.
TEST_F(InvokeWithStream, SendsChunksAndTheEnd) {
  functions.stream_type = "text/plain";
  functions.streamed = {"one ", "two"};
  functions.answer = {.log_tail = "tail"};
  EXPECT_THAT(events(), testing::ElementsAre("PayloadChunk: one two", "InvokeComplete: {}"));
  EXPECT_EQ(events("Tail").back(), R"(InvokeComplete: {"LogResult":"dGFpbA=="})");
}

// A function that does not stream answers in one piece; one that fails only by its error.
TEST_F(InvokeWithStream, SendsBufferedAnswersAndErrors) {
  EXPECT_THAT(events(), testing::ElementsAre("PayloadChunk: \"ok\"", "InvokeComplete: {}"));
  functions.answer = {
      .payload = R"({"errorMessage":"m"})", .function_error = "Unhandled", .error_type = "ValueError"};
  const auto failed = events();
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_THAT(failed[0], HasSubstr(R"("ErrorCode":"ValueError")"));
  EXPECT_THAT(failed[0], HasSubstr(R"("ErrorDetails":"{\"errorMessage\":\"m\"}")"));
}

// What never ran is an error of the API, and is not billed; what is streamed beyond six megabytes is.
TEST_F(InvokeWithStream, RefusesAndMeters) {
  functions.answer = {.status = compute::InvokeStatus::kThrottled, .reason = "ReservedFunction"};
  EXPECT_THAT(refusal<op::InvokeWithResponseStream>(of({{"FunctionName", "f"}})),
              HasSubstr("TooManyRequestsException"));
  EXPECT_TRUE(usages.empty());
  functions.answer = {};
  functions.stream_type = "a/b";
  functions.streamed = {std::string(6'291'456 + 10, 'x')};
  events();
  ASSERT_EQ(usages.size(), 2u);
  EXPECT_EQ(usages[1].unit, "streamed-bytes");
  EXPECT_EQ(usages[1].amount, 10.0);
}

// The permission is lambda:InvokeFunction, as for Invoke.
TEST_F(InvokeWithStream, IsJudged) {
  caller.kind = platform::Caller::Kind::kUser;
  caller.arn = "arn:aws:iam::123456789012:user/nobody";
  EXPECT_THAT(refusal<op::InvokeWithResponseStream>(of({{"FunctionName", "f"}})),
              HasSubstr("lambda:InvokeFunction on resource"));
  EXPECT_TRUE(functions.invocations.empty());
}

}  // namespace
}  // namespace haneul::lambda::test
