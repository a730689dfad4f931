// Streamed answers of Node.js and custom runtimes in real sandboxes.
#include "compute/engine_fixture.h"

namespace haneul::compute::test {
namespace {

using testing::HasSubstr;

class StreamingFunction : public EngineTest {
 protected:
  std::shared_ptr<FunctionImage> streaming(const std::string& body) {
    return node("exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {" + body +
                "});");
  }
};

// The point of streaming: bytes leave while the handler still runs.
TEST_F(StreamingFunction, SendsPiecesAsTheyAreWritten) {
  const Streamed out = stream(
      streaming("stream.setContentType('text/plain'); stream.write('one '); "
                "await new Promise((r) => setTimeout(r, 150)); stream.write({n: 2}); stream.end(' three');"));
  EXPECT_EQ(out.result.status, InvokeStatus::kOk) << out.result.payload;
  EXPECT_TRUE(out.was_streamed);
  EXPECT_EQ(out.content_type, "text/plain");
  EXPECT_EQ(out.bytes, "one {\"n\":2} three");
  EXPECT_GE(out.pieces.size(), 2u);
  EXPECT_EQ(out.result.payload, "");
}

// The prelude that carries status and headers of an HTTP answer is ended by eight zero bytes.
TEST_F(StreamingFunction, WritesHttpPreludes) {
  const auto image = streaming(
      "stream = awslambda.HttpResponseStream.from(stream, {statusCode: 201, headers: {a: 'b'}});"
      "stream.write('body'); stream.end();");
  const Streamed out = stream(image);
  EXPECT_EQ(out.content_type, "application/vnd.awslambda.http-integration-response");
  const std::string prelude = R"({"statusCode":201,"headers":{"a":"b"}})";
  EXPECT_EQ(out.bytes, prelude + std::string(8, '\0') + "body");
  // A caller that takes no streams gets the same bytes as the payload.
  EXPECT_EQ(invoke(image).payload, out.bytes);
  EXPECT_EQ(engine_->status().cold_starts, 1u);
}

// An error after the first bytes cannot become a status any more: it comes behind them.
TEST_F(StreamingFunction, ReportsErrorsInTheMiddle) {
  const auto image = streaming("stream.write('begun'); throw new RangeError('broke')");
  const Streamed out = stream(image);
  EXPECT_EQ(out.bytes, "begun");
  EXPECT_EQ(out.result.status, InvokeStatus::kFunctionError);
  EXPECT_EQ(out.result.error_type, "RangeError");
  EXPECT_THAT(out.result.payload, HasSubstr(R"("errorMessage":"broke")"));
  EXPECT_EQ(invoke(image).error_type, "RangeError");
  EXPECT_EQ(stream(streaming("stream.write('x')")).result.error_type, "InvalidStreamingOperation");
  EXPECT_THAT(stream(node("exports.handler = awslambda.streamifyResponse(() => 1)")).result.payload,
              HasSubstr("non-async"));
}

// The environment must be good for the next invocation after each kind of end.
TEST_F(StreamingFunction, ServesTheNextInvocation) {
  const auto image =
      streaming("if (event.fail) throw new Error('x'); stream.write(String(event.n)); stream.end();");
  EXPECT_EQ(stream(image, R"({"n":1})").bytes, "1");
  EXPECT_EQ(stream(image, R"({"fail":true})").result.status, InvokeStatus::kFunctionError);
  EXPECT_EQ(stream(image, R"({"n":2})").bytes, "2");
  EXPECT_EQ(engine_->status().cold_starts, 1u);
}

// A slow client holds the function back instead of filling this server's memory; one that leaves lets it run.
TEST_F(StreamingFunction, WaitsForItsClient) {
  const auto image = streaming(
      "const { Readable, promises } = require('stream'); const begin = Date.now();"
      "await require('stream/promises').pipeline("
      "  Readable.from((function* () { for (let i = 0; i < 64; ++i) yield Buffer.alloc(65536, 97); })()), "
      "stream);"
      "console.log('took', Date.now() - begin >= 300 ? 'long' : 'short');");
  image->timeout = Milliseconds(20'000);
  const Streamed slow = stream(image, "{}", Milliseconds(500));
  EXPECT_EQ(slow.bytes.size(), 64u * 65536u);
  EXPECT_THAT(slow.result.log_tail, HasSubstr("took long"));
  const Streamed gone = stream(image, "{}", {}, 1000);
  EXPECT_EQ(gone.result.status, InvokeStatus::kOk) << gone.result.payload;
}

// A function that dies or hangs in the middle must be told as that, not as a whole answer.
TEST_F(StreamingFunction, TellsCrashesAndTimeouts) {
  const auto hanging = streaming("stream.write('half'); await new Promise((r) => setTimeout(r, 60000));");
  hanging->timeout = Milliseconds(1000);
  const Streamed out = stream(hanging);
  EXPECT_EQ(out.bytes, "half");
  EXPECT_EQ(out.result.status, InvokeStatus::kTimeout);
  const Streamed dead =
      stream(streaming("stream.write('half'); setTimeout(() => process.exit(3), 50); "
                       "await new Promise((r) => setTimeout(r, 60000));"));
  EXPECT_EQ(dead.result.error_type, "Runtime.ExitError") << dead.result.payload;
}

// Without a stream the caller learns so at the end, and finds the answer where it always was.
TEST_F(StreamingFunction, LeavesBufferedAnswersAlone) {
  const Streamed out = stream(node("exports.handler = async () => 7"));
  EXPECT_FALSE(out.was_streamed);
  EXPECT_EQ(out.result.payload, "7");
}

// provided.*: a program that streams by the Runtime API alone, with an error in its trailers.
TEST_F(StreamingFunction, TakesStreamsOfCustomRuntimes) {
  const std::string bootstrap =
      "#!/usr/bin/perl\nuse IO::Socket::INET; use MIME::Base64; $| = 1;\n"
      "sub dial { IO::Socket::INET->new(PeerAddr => $ENV{AWS_LAMBDA_RUNTIME_API}) or die }\n"
      "while (1) {\n"
      "  my $s = dial();\n"
      "  print $s \"GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n\";\n"
      "  my ($id, $n); while (<$s>) { $id = $1 if /Request-Id: (\\S+)/i; $n = $1 if /Content-Length: "
      "(\\d+)/i; last if /^\\r/ }\n"
      "  read $s, my $event, $n; close $s;\n"
      "  $s = dial(); print $s \"POST /2018-06-01/runtime/invocation/$id/response HTTP/1.1\\r\\n"
      "Host: x\\r\\nLambda-Runtime-Function-Response-Mode: streaming\\r\\nTransfer-Encoding: chunked\\r\\n"
      "Content-Type: text/csv\\r\\nTrailer: "
      "Lambda-Runtime-Function-Error-Type\\r\\n\\r\\n5\\r\\nhello\\r\\n\";\n"
      "  if ($event =~ /break/) { close $s; next }\n"
      "  my $e = encode_base64('{\"errorMessage\":\"m\",\"errorType\":\"T\"}', '');\n"
      "  my $t = $event =~ /fail/ ? \"Lambda-Runtime-Function-Error-Type: T\\r\\n"
      "Lambda-Runtime-Function-Error-Body: $e\\r\\n\" : '';\n"
      "  print $s \"6\\r\\n world\\r\\n0\\r\\n$t\\r\\n\"; <$s>; close $s;\n}\n";
  const auto image = function("provided.al2023", "x", {{"bootstrap", bootstrap}});
  const Streamed good = stream(image);
  EXPECT_EQ(good.bytes, "hello world");
  EXPECT_EQ(good.content_type, "text/csv");
  EXPECT_EQ(good.result.status, InvokeStatus::kOk) << good.result.payload;
  const Streamed failed = stream(image, R"({"fail":1})");
  EXPECT_EQ(failed.result.error_type, "T");
  EXPECT_EQ(failed.result.payload, R"({"errorMessage":"m","errorType":"T"})");
  const Streamed broken = stream(image, R"({"break":1})");
  EXPECT_EQ(broken.bytes, "hello");
  EXPECT_EQ(broken.result.error_type, "Runtime.TruncatedResponse");
}

}  // namespace
}  // namespace haneul::compute::test
