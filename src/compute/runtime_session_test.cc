// The Runtime API's rules against a runtime that follows them, and one that does not.
#include "compute/runtime_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace haneul::compute {
namespace {

using testing::HasSubstr;

struct Recorder : RuntimeSession::Observer {
  void on_ready() override { ++ready; }
  void on_init_error(RuntimeFault fault) override { init_errors.push_back(std::move(fault)); }
  void on_response(std::string body) override { responses.push_back(std::move(body)); }
  void on_error(RuntimeFault fault) override { errors.push_back(std::move(fault)); }
  void on_initialised() override { ++initialised; }
  std::optional<std::string> credentials(std::string_view authorization) override {
    if (authorization != "token") return std::nullopt;
    return "{}";
  }
  int ready = 0;
  int initialised = 0;
  std::vector<RuntimeFault> init_errors;
  std::vector<RuntimeFault> errors;
  std::vector<std::string> responses;
};

struct RuntimeSessionTest : testing::Test {
  RuntimeSession::Answer keep() {
    return [this](RuntimeReply reply) {
      if (!connected) return false;
      replies.push_back(std::move(reply));
      return true;
    };
  }
  void send(std::string method, std::string path, std::string body = {}, std::string error_type = {}) {
    const size_t size = body.size();
    session.handle(
        {std::move(method), "/2018-06-01/runtime/" + path, std::move(body), size, std::move(error_type)},
        keep());
  }
  void offer(std::string id) {
    Invocation invocation;
    invocation.request_id = RequestId(std::move(id));
    invocation.payload = "{}";
    invocation.invoked_arn = "arn:aws:lambda:us-east-1:123456789012:function:f\r\nX-Evil: 1";
    session.offer(invocation, Timestamp(std::chrono::milliseconds(12345)));
  }
  Recorder recorder;
  RuntimeSession session{recorder};
  std::vector<RuntimeReply> replies;
  bool connected = true;
};

// The happy path: without it nothing else matters. Header values must not be able to smuggle a second header.
TEST_F(RuntimeSessionTest, CarriesAnInvocation) {
  send("GET", "invocation/next");
  EXPECT_EQ(recorder.ready, 1);
  EXPECT_TRUE(replies.empty());
  offer("id-1");
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].body, "{}");
  for (const auto& [name, value] : replies[0].headers) EXPECT_EQ(value.find('\n'), std::string::npos) << name;
  send("POST", "invocation/id-1/response", "42");
  EXPECT_EQ(replies.back().status, 202);
  EXPECT_THAT(recorder.responses, testing::ElementsAre("42"));
}

// Only a runtime whose snapshot is taken may hand it over, and only a restored one may say that this failed.
TEST_F(RuntimeSessionTest, KnowsSnapshotsWhereThereAreSome) {
  using Beginning = RuntimeSession::Beginning;
  send("GET", "restore/next");
  EXPECT_EQ(replies.back().status, 404);
  session.expect(Beginning::kRestored);
  send("GET", "restore/next");
  EXPECT_EQ(replies.back().status, 403);
  session.expect(Beginning::kSnapshot);
  send("POST", "restore/error", "{}");
  EXPECT_EQ(replies.back().status, 403);
  EXPECT_EQ(recorder.initialised, 0);
  send("GET", "restore/next");
  EXPECT_EQ(replies.back().status, 200);
  EXPECT_EQ(recorder.initialised, 1);
  session.expect(Beginning::kRestored);
  send("POST", "restore/error", R"({"errorType":"ValueError"})", "Runtime.AfterRestoreError");
  ASSERT_EQ(recorder.init_errors.size(), 1u);
  EXPECT_EQ(recorder.init_errors[0].error_type, "Runtime.AfterRestoreError");
  send("GET", "restore/next");
  EXPECT_EQ(replies.back().status, 403);
}

// Whoever sends a function's requests for it does not know the token: its credentials are not given away.
TEST_F(RuntimeSessionTest, GivesCredentialsForTheToken) {
  for (const auto& [method, token, status] :
       {std::tuple{"GET", "token", 200}, std::tuple{"GET", "other", 403}, std::tuple{"GET", "", 403},
        std::tuple{"POST", "token", 403}}) {
    RuntimeRequest request{.method = method,
                           .path = "/2021-04-23/credentials",
                           .body = {},
                           .error_type = {},
                           .content_type = {}};
    request.authorization = token;
    session.handle(std::move(request), keep());
    EXPECT_EQ(replies.back().status, status) << method << token;
  }
}

// A runtime must not answer an invocation that is not its own, nor the same one twice, nor one it never got.
TEST_F(RuntimeSessionTest, RefusesWrongAndSecondAnswers) {
  send("POST", "invocation/id-1/response", "0");
  EXPECT_EQ(replies.back().status, 400);
  send("GET", "invocation/next");
  offer("id-1");
  send("POST", "invocation/other/response", "0");
  EXPECT_EQ(replies.back().status, 400);
  EXPECT_THAT(replies.back().body, HasSubstr("InvalidRequestID"));
  send("POST", "invocation/id-1/response", "1");
  send("POST", "invocation/id-1/response", "2");
  EXPECT_EQ(replies.back().status, 400);
  send("POST", "invocation/id-1/error", "{}");
  EXPECT_EQ(replies.back().status, 400);
  EXPECT_THAT(recorder.responses, testing::ElementsAre("1"));
  EXPECT_TRUE(recorder.errors.empty());
}

// Over 6 MiB the invocation ends with AWS's error, so that the caller learns why it got nothing.
TEST_F(RuntimeSessionTest, RefusesLargeResponses) {
  send("GET", "invocation/next");
  offer("id-1");
  session.handle({"POST", "/2018-06-01/runtime/invocation/id-1/response", "", kResponseBytesMax + 1, ""},
                 keep());
  EXPECT_EQ(replies.back().status, 413);
  ASSERT_EQ(recorder.errors.size(), 1u);
  EXPECT_EQ(recorder.errors[0].error_type, "Function.ResponseSizeTooLarge");
  send("GET", "invocation/next");
  EXPECT_TRUE(session.is_ready());
}

// A stream is begun once, by the runtime that runs the invocation, and only where somebody takes it.
TEST_F(RuntimeSessionTest, TakesStreams) {
  RuntimeRequest head{.method = "POST",
                      .path = "/2018-06-01/runtime/invocation/id-1/response",
                      .content_type = "text/csv",
                      .is_streamed = true};
  send("GET", "invocation/next");
  offer("id-1");
  EXPECT_EQ(session.begin_stream(head), nullptr) << "nobody takes streams";
  send("POST", "invocation/id-1/response", "buffered");
  send("GET", "invocation/next");
  Invocation invocation;
  invocation.request_id = RequestId("id-1");
  invocation.stream = std::make_shared<ResponsePipe>();
  session.offer(invocation, Timestamp(std::chrono::milliseconds(1)));
  RuntimeRequest other = head;
  other.path = "/2018-06-01/runtime/invocation/id-2/response";
  EXPECT_EQ(session.begin_stream(other), nullptr);
  EXPECT_EQ(session.begin_stream(head), invocation.stream);
  EXPECT_EQ(invocation.stream->content_type(), "text/csv");
  EXPECT_EQ(session.begin_stream(head), nullptr) << "it is begun already";
  send("POST", "invocation/id-1/error", "{}");
  EXPECT_EQ(replies.back().status, 400);
  send("GET", "invocation/next");
  EXPECT_EQ(replies.back().status, 403);
  head.error_type = "T";
  head.error_body = "eyJhIjoxfQ==";
  session.end_stream(head, keep());
  EXPECT_EQ(replies.back().status, 202);
  ASSERT_EQ(recorder.errors.size(), 1u);
  EXPECT_EQ(recorder.errors[0].error_type, "T");
  EXPECT_EQ(recorder.errors[0].body, R"({"a":1})");
}

// What breaks off, or is too long, is told as an error: a part is no answer.
TEST_F(RuntimeSessionTest, TellsBrokenStreams) {
  RuntimeRequest head{
      .method = "POST", .path = "/2018-06-01/runtime/invocation/id-1/response", .is_streamed = true};
  Invocation invocation;
  invocation.request_id = RequestId("id-1");
  invocation.stream = std::make_shared<ResponsePipe>();
  const auto begin = [&] {
    send("GET", "invocation/next");
    session.offer(invocation, Timestamp(std::chrono::milliseconds(1)));
    ASSERT_NE(session.begin_stream(head), nullptr);
  };
  begin();
  session.break_stream();
  session.break_stream();
  begin();
  head.body_bytes = kStreamedBytesMax + 1;
  session.end_stream(head, keep());
  EXPECT_EQ(replies.back().status, 413);
  ASSERT_EQ(recorder.errors.size(), 2u);
  EXPECT_EQ(recorder.errors[0].error_type, "Runtime.TruncatedResponse");
  EXPECT_EQ(recorder.errors[1].error_type, "Function.ResponseSizeTooLarge");
}

// A runtime that sends garbage as its error must not make the caller's answer unparsable.
TEST_F(RuntimeSessionTest, WrapsErrorsThatAreNoJson) {
  send("GET", "invocation/next");
  offer("id-1");
  send("POST", "invocation/id-1/error", "boom");
  ASSERT_EQ(recorder.errors.size(), 1u);
  EXPECT_EQ(recorder.errors[0].body, R"({"errorMessage":"boom","errorType":"Runtime.Unknown"})");
}

// The type of an init error comes from the header or the document; both are used by real runtimes.
TEST_F(RuntimeSessionTest, ReportsInitErrorsOnce) {
  send("POST", "init/error", R"({"errorType":"A","errorMessage":"m"})");
  EXPECT_EQ(replies.back().status, 202);
  send("POST", "init/error", "{}", "B");
  EXPECT_EQ(replies.back().status, 403);
  ASSERT_EQ(recorder.init_errors.size(), 1u);
  EXPECT_EQ(recorder.init_errors[0].error_type, "A");
  send("GET", "invocation/next");
  EXPECT_EQ(replies.back().status, 403);
  EXPECT_EQ(recorder.ready, 0);
}

// A connection that breaks while the runtime waits must not swallow the event.
TEST_F(RuntimeSessionTest, DeliversAgainAfterALostConnection) {
  send("GET", "invocation/next");
  connected = false;
  offer("id-1");
  EXPECT_TRUE(replies.empty());
  connected = true;
  send("GET", "invocation/next");
  ASSERT_EQ(replies.size(), 1u);
  send("GET", "invocation/next");
  EXPECT_EQ(replies.back().status, 403);
}

// What is not there must be told, not left hanging.
TEST_F(RuntimeSessionTest, RefusesUnknownPaths) {
  session.handle({"POST", "/2020-01-01/extension/register", "", 0, ""}, keep());
  EXPECT_EQ(replies.back().status, 404);
  session.handle({"GET", "/elsewhere", "", 0, ""}, keep());
  EXPECT_EQ(replies.back().status, 404);
  send("PUT", "invocation/next");
  EXPECT_EQ(replies.back().status, 405);
}

}  // namespace
}  // namespace haneul::compute
