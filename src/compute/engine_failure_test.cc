// How functions end badly, in real sandboxes: each end has AWS's words, and leaves nothing behind.
#include <fstream>

#include "compute/engine_fixture.h"

namespace haneul::compute::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

class FailingFunction : public EngineTest {};

// A function that hangs must be ended on time, told as AWS tells it, and the next invocation must find a
// fresh one.
TEST_F(FailingFunction, TimesOut) {
  const auto image = python(
      "import time\ncount = 0\ndef handler(event, context):\n  global count\n  count += 1\n"
      "  print('before', end='')\n  if event.get('hang'): time.sleep(60)\n  return count\n");
  image->timeout = std::chrono::milliseconds(500);
  const InvokeResult result = invoke(image, R"({"hang":true})");
  EXPECT_EQ(result.status, InvokeStatus::kTimeout);
  EXPECT_EQ(result.function_error, "Unhandled");
  EXPECT_EQ(result.payload,
            R"({"errorType":"Sandbox.Timedout","errorMessage":"RequestId: request-1 Error: Task timed )"
            R"(out after 0.50 seconds"})");
  ASSERT_TRUE(result.init_duration);
  const auto spent = std::chrono::milliseconds(500) + *result.init_duration;
  EXPECT_EQ(result.billed, std::chrono::ceil<std::chrono::milliseconds>(spent));
  EXPECT_THAT(sink_.text(),
              ContainsRegex("before\n20[0-9-]+T[0-9:.]+Z request-1 Task timed out after 0.50 seconds\n\n"
                            "END RequestId: request-1\n"));
  EXPECT_THAT(sink_.text(), HasSubstr("Status: timeout\t"));
  const InvokeResult next = invoke(image);
  EXPECT_EQ(next.payload, "1");
  EXPECT_TRUE(next.init_duration);
}

// The Runtime API is spoken by hostile code: fields of any length, in heads and in trailers, end its
// connection and nothing else.
TEST_F(FailingFunction, SendsLongFields) {
  const auto image = python(
      "import os, socket\nhost, port = os.environ['AWS_LAMBDA_RUNTIME_API'].split(':')\n"
      "def send(data):\n  with socket.create_connection((host, int(port)), 5) as connection:\n"
      "    try:\n      connection.sendall(data)\n      return connection.recv(100)\n"
      "    except OSError:\n      return b''\n"
      "def handler(event, context):\n  long = b'x' * 100_000\n  answers = [\n"
      "    send(b'GET / HTTP/1.1\\r\\nHost: x\\r\\nX-Long: ' + long + b'\\r\\n\\r\\n'),\n"
      "    send(b'GET / HTTP/1.1\\r\\nHost: x\\r\\n' + long + b': x\\r\\n\\r\\n'),\n"
      "    send(b'GET /' + long + b' HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'),\n"
      "    send(b'POST / HTTP/1.1\\r\\nHost: x\\r\\nTransfer-Encoding: chunked\\r\\nTrailer: "
      "X-Long\\r\\n\\r\\n'\n"
      "         b'0\\r\\nX-Long: ' + long + b'\\r\\n\\r\\n')]\n"
      "  return [len(answer) for answer in answers]\n");
  EXPECT_EQ(invoke(image).payload, "[0, 0, 0, 0]");
  EXPECT_EQ(invoke(image).payload, "[0, 0, 0, 0]");
}

// A process that outlives its function must not survive in the environment's place.
TEST_F(FailingFunction, LeavesNoProcessesAfterATimeout) {
  const auto image = python(
      "import subprocess, time\ndef handler(event, context):\n"
      "  subprocess.Popen(['/bin/sh', '-c', 'trap \"\" TERM; sleep 97531'], start_new_session=True)\n"
      "  time.sleep(60)\n");
  image->timeout = std::chrono::milliseconds(400);
  EXPECT_EQ(invoke(image).status, InvokeStatus::kTimeout);
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline");
    const std::string line((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(line.find("97531"), std::string::npos) << entry.path();
  }
}

// Exits are crashes of the runtime: with a status, without one, and by a signal.
TEST_F(FailingFunction, ReportsExits) {
  const auto image = python(
      "import os, sys\ndef handler(event, context):\n  print('last words')\n"
      "  how = event['how']\n  if how == 'signal': os.kill(os.getpid(), 11)\n  sys.exit(how)\n");
  const InvokeResult one = invoke(image, R"({"how":1})");
  EXPECT_EQ(one.status, InvokeStatus::kCrashed);
  EXPECT_EQ(one.payload,
            R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: request-1 Error: Runtime exited )"
            R"(with error: exit status 1"})");
  EXPECT_THAT(sink_.text(),
              HasSubstr("last words\nRequestId: request-1 Error: Runtime exited with error: exit status 1\n"
                        "Runtime.ExitError\nEND RequestId: request-1\n"));
  EXPECT_THAT(sink_.text(), HasSubstr("Status: error\tError Type: Runtime.ExitError\t"));
  EXPECT_THAT(invoke(image, R"({"how":0})").payload, HasSubstr("Runtime exited without providing a reason"));
  EXPECT_THAT(invoke(image, R"({"how":"signal"})").payload, HasSubstr("signal: segmentation fault"));
}

// Memory is what is paid for: going over it ends the function with its own error, not with a mere crash.
TEST_F(FailingFunction, RunsOutOfMemory) {
  const auto image = python("def handler(event, context):\n  x = bytearray(400 << 20)\n  return len(x)\n");
  image->timeout = std::chrono::seconds(20);
  const InvokeResult result = invoke(image);
  EXPECT_EQ(result.status, InvokeStatus::kOutOfMemory);
  EXPECT_THAT(result.payload, HasSubstr("Runtime exited with error: signal: killed"));
  EXPECT_EQ(result.error_type, "Runtime.OutOfMemory");
  EXPECT_EQ(result.max_memory_mb, 128u);
}

// An init that hangs is given up, tried again within the invocation, and then times out as the function.
TEST_F(FailingFunction, GivesUpOnASlowInit) {
  EngineConfig config = default_config();
  config.init_timeout = std::chrono::milliseconds(300);
  restart_engine(config);
  const auto image = python("import time\ntime.sleep(60)\ndef handler(event, context): pass\n");
  image->timeout = std::chrono::milliseconds(400);
  const InvokeResult result = invoke(image);
  EXPECT_EQ(result.status, InvokeStatus::kTimeout);
  EXPECT_THAT(sink_.text(), HasSubstr("Phase: init\tStatus: timeout"));
  EXPECT_THAT(sink_.text(), HasSubstr("Phase: invoke\tStatus: timeout"));
  EXPECT_THAT(result.payload, HasSubstr("Task timed out after 0.40 seconds"));
}

// A runtime that ends while its function initialises is a crash with the exit's reason.
TEST_F(FailingFunction, ReportsExitsDuringInit) {
  const InvokeResult result = invoke(python("import sys\nsys.exit(7)\n"));
  EXPECT_EQ(result.status, InvokeStatus::kCrashed);
  EXPECT_THAT(result.payload, HasSubstr("exit status 7"));
  EXPECT_THAT(sink_.text(), HasSubstr("Phase: init\tStatus: error\tError Type: Runtime.ExitError"));
}

// Answers up to 6 MiB pass whole; larger ones are refused with AWS's error and the environment lives on.
TEST_F(FailingFunction, BoundsPayloads) {
  const auto image =
      python("def handler(event, context): return 'x' * event['n'] if 'n' in event else len(event['s'])\n");
  image->timeout = std::chrono::seconds(20);
  EXPECT_EQ(invoke(image, R"({"n":6000000})").payload.size(), 6000002u);
  const InvokeResult large = invoke(image, R"({"n":7000000})");
  EXPECT_EQ(large.error_type, "Function.ResponseSizeTooLarge");
  EXPECT_EQ(parse_json(large.payload).string_or("errorType", ""), "Function.ResponseSizeTooLarge");
  EXPECT_EQ(invoke(image, R"({"s":")" + std::string(6000000, 'y') + "\"}").payload, "6000000");
  EXPECT_EQ(engine_->status().cold_starts, 1u);
}

// A flood of output must neither be kept in full nor block the server, and the loss must be told.
TEST_F(FailingFunction, BoundsLogFloods) {
  const auto image = python(
      "def handler(event, context):\n  line = 'z' * 65535 + '\\n'\n"
      "  import sys\n  for i in range(1200): sys.stdout.write(line)\n  return 'done'\n");
  image->timeout = std::chrono::seconds(30);
  EXPECT_EQ(invoke(image).payload, "\"done\"");
  EXPECT_LT(sink_.text().size(), 70u << 20);
  EXPECT_THAT(sink_.text(), HasSubstr("were dropped: the function writes faster"));
}

// The runtime API is reachable by hostile code: it may cheat on itself only, and the invocation still ends
// properly.
TEST_F(FailingFunction, SurvivesAbuseOfTheRuntimeApi) {
  const auto image = python(
      "import http.client, socket\n"
      "def post(path, body):\n"
      "  c = http.client.HTTPConnection('127.0.0.1', 9001); c.request('POST', '/2018-06-01/runtime/' + path, "
      "body)\n"
      "  return c.getresponse().status\n"
      "def handler(event, context):\n"
      "  idle = [socket.create_connection(('127.0.0.1', 9001)) for _ in range(3)]\n"
      "  for s in idle: s.send(b'POST /2018-06-01/runtime/invocation/x/response "
      "HTTP/1.1\\r\\nContent-Length: 99\\r\\n\\r\\nx')\n"
      "  bad = socket.create_connection(('127.0.0.1', 9001)); bad.send(b'\\0\\1\\2 garbage\\r\\n\\r\\n'); "
      "bad.recv(10)\n"
      "  return [post('invocation/wrong/response', '1'), post('init/error', '{}'), post('nowhere', '')]\n");
  const InvokeResult result = invoke(image);
  EXPECT_EQ(result.payload, "[400, 403, 404]");
  // Answering oneself is allowed; the runtime's own answer is then the second one, which is refused.
  const auto twice = python(
      "import http.client\n"
      "def handler(event, context):\n"
      "  c = http.client.HTTPConnection('127.0.0.1', 9001)\n"
      "  c.request('POST', '/2018-06-01/runtime/invocation/%s/response' % context.aws_request_id, "
      "'\"first\"')\n"
      "  c.getresponse().read()\n  return 'second'\n");
  EXPECT_EQ(invoke(twice).payload, "\"first\"");
  EXPECT_EQ(invoke(twice).payload, "\"first\"");
}

}  // namespace
}  // namespace haneul::compute::test
