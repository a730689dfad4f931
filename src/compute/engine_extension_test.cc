// Extensions in real sandboxes: external ones of a layer and internal ones, from registration to shutdown.
#include "compute/engine_fixture.h"

namespace haneul::compute::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// A small extension framework in Python: api(method, path, headers, body) -> (status, headers, document).
constexpr std::string_view kClient = R"(#!/usr/bin/python3 -u
import http.client, http.server, json, os, sys, threading, time, signal
NAME = os.path.basename(sys.argv[0])
def api(method, path, headers={}, body=None):
    connection = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    return answer.status, dict(answer.getheaders()), json.loads(text) if text else None
def register(events, name=NAME, more={}):
    headers = {'Lambda-Extension-Name': name, **more}
    return api('POST', '/2020-01-01/extension/register', headers, {'events': events})
def next_event(id):
    return api('GET', '/2020-01-01/extension/event/next', {'Lambda-Extension-Identifier': id})[2]
)";

class ExtensionTest : public EngineTest {
 protected:
  void add_layer(FunctionImage& image, const Files& files) {
    image.layer_directories.push_back(write_files(files));
  }
  void add_extension(FunctionImage& image, const std::string& name, const std::string& code) {
    add_layer(image, {{"extensions/" + name, std::string(kClient) + code}});
  }
};

constexpr std::string_view kFollower = R"(
feature = {'Lambda-Extension-Accept-Feature': 'accountId'}
status, headers, answer = register(['INVOKE', 'SHUTDOWN'], more=feature)
print(status, json.dumps(answer, sort_keys=True))
print('sees', 'HANDLER' in os.environ, '_HANDLER' in os.environ, os.environ.get('MINE'), os.getcwd())
open('/tmp/registered', 'w').close()
id = headers['Lambda-Extension-Identifier']
while True:
    event = next_event(id)
    of, why = event.get('requestId'), event.get('shutdownReason')
    print('event', event['eventType'], of, why, event['deadlineMs'] > 1e12)
    if event['eventType'] == 'SHUTDOWN':
        print('bye')
        sys.exit(0)
    time.sleep(0.2)
)";

constexpr const char* kLooks =
    "import os\nprint('function init after', os.path.exists('/tmp/registered'))\n"
    "def handler(event, context):\n  return 'answer'\n";

// The whole life as the page tells it: registered before the runtime begins, told of each invocation, part of
// its duration, and given the time to say good-bye.
TEST_F(ExtensionTest, FollowsTheLifeOfAnEnvironment) {
  const auto image = python(kLooks);
  image->variables["MINE"] = "yes";
  add_extension(*image, "follower.py", std::string(kFollower));
  const InvokeResult first = invoke(image);
  EXPECT_EQ(first.payload, "\"answer\"") << sink_.text();
  EXPECT_GE(first.duration, std::chrono::milliseconds(200));
  ASSERT_TRUE(first.post_runtime_extensions);
  EXPECT_GT(*first.post_runtime_extensions, std::chrono::milliseconds(100));
  EXPECT_GE(first.billed, std::chrono::milliseconds(200));
  const InvokeResult second = invoke(image);
  EXPECT_FALSE(second.init_duration);
  EXPECT_EQ(engine_->status().cold_starts, 1u);
  stop_engine();
  const std::string log = sink_.text();
  EXPECT_THAT(log,
              HasSubstr("200 {\"accountId\": \"123456789012\", \"functionName\": \"" + image->function_name +
                        "\", \"functionVersion\": \"$LATEST\", \"handler\": \"app.handler\"}"));
  EXPECT_THAT(log, HasSubstr("sees False False yes /\n"));
  EXPECT_THAT(log, HasSubstr("function init after True\n"));
  EXPECT_THAT(log, HasSubstr("EXTENSION\tName: follower.py\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n"));
  EXPECT_THAT(log, HasSubstr("event INVOKE request-1 None True"));
  EXPECT_THAT(log, HasSubstr("event INVOKE request-2 None True"));
  EXPECT_THAT(log, ContainsRegex("event SHUTDOWN None spindown True\nbye\n"));
}

// Native extensions are what AWS recommends; a shell script with curl stands for one, beside another.
TEST_F(ExtensionTest, RunsSeveralAndScripts) {
  const auto image = python(kLooks);
  add_extension(*image, "a.py", std::string(kFollower));
  add_layer(*image, {{"extensions/b", R"(#!/bin/bash
exec 3<>/dev/tcp/${AWS_LAMBDA_RUNTIME_API/://}
head='Host: x\r\nLambda-Extension-'
printf "POST /2020-01-01/extension/register HTTP/1.1\r\n${head}Name: b\r\nContent-Length: 21\r\n\r\n" >&3
printf '{"events":["INVOKE"]}' >&3
id=
answer() {
  while read -r line <&3; do
    line=${line%$'\r'}
    case "$line" in
      Lambda-Extension-Identifier:*) id=${line#*: };;
      Content-Length:*) size=${line#*: };;
      '') break;;
    esac
  done
  read -r -N "$size" body <&3
}
answer
echo "b got $body"
while true; do
  printf "GET /2020-01-01/extension/event/next HTTP/1.1\r\n${head}Identifier: $id\r\n\r\n" >&3
  answer
  echo "b event $body"
done
)"}});
  EXPECT_EQ(invoke(image).payload, "\"answer\"") << sink_.text();
  EXPECT_EQ(invoke(image).payload, "\"answer\"") << sink_.text();
  const std::string log = sink_.text();
  EXPECT_THAT(log, HasSubstr("b got {\"functionName\":"));
  EXPECT_THAT(
      log,
      ContainsRegex("b event \\{\"eventType\":\"INVOKE\",\"deadlineMs\":[0-9]+,\"requestId\":\"request-2\""));
  EXPECT_THAT(log, HasSubstr("EXTENSION\tName: b\tState: Ready\tEvents: [INVOKE]\n"));
}

// An extension that ends takes the invocation with it, in AWS's words, and the next one finds a new
// environment.
TEST_F(ExtensionTest, FailsTheInvocationWhenItEnds) {
  const auto image = python(
      "import time\ndef handler(event, context):\n  time.sleep(event.get('wait', 0))\n  return 'answer'\n");
  image->timeout = std::chrono::seconds(20);
  add_extension(*image, "fragile", R"(
id = register(['INVOKE'])[1]['Lambda-Extension-Identifier']
while True:
    next_event(id)
    if not os.path.exists('/tmp/second'):
        open('/tmp/second', 'w').close()
        continue
    sys.exit(7)
)");
  EXPECT_EQ(invoke(image).payload, "\"answer\"") << sink_.text();
  const InvokeResult crashed = invoke(image, R"({"wait":10})");
  EXPECT_EQ(crashed.status, InvokeStatus::kCrashed);
  EXPECT_EQ(crashed.payload,
            R"({"errorType":"Extension.Crash","errorMessage":"RequestId: request-2 Error: exit status 7"})");
  EXPECT_THAT(sink_.text(), HasSubstr("Status: error\tError Type: Extension.Crash"));
  const InvokeResult next = invoke(image);
  EXPECT_EQ(next.payload, "\"answer\"");
  EXPECT_TRUE(next.init_duration);
}

// What fails before the function is there fails the init, is tried once more, and is told.
TEST_F(ExtensionTest, FailsTheInitWhenItCannotBegin) {
  const auto crashing = python(kLooks);
  add_extension(*crashing, "quits", "sys.exit(0)\n");
  const InvokeResult quit = invoke(crashing);
  EXPECT_EQ(quit.payload,
            R"({"errorType":"Extension.Crash","errorMessage":"RequestId: request-1 Error: exit code 0"})");
  EXPECT_THAT(sink_.text(),
              ContainsRegex("INIT_REPORT Init Duration: [0-9.]+ ms\tPhase: init\tStatus: error\tError "
                            "Type: Extension.Crash\n"));
  EXPECT_THAT(sink_.text(), HasSubstr("Phase: invoke\tStatus: error\tError Type: Extension.Crash\n"));
  const auto broken = python(kLooks);
  add_layer(*broken, {{"extensions/broken", "#!/nowhere\n"}});
  EXPECT_THAT(invoke(broken).payload, HasSubstr(R"("errorType":"Extension.LaunchError")"));
  EXPECT_THAT(sink_.text(), HasSubstr("EXTENSION\tName: broken\tState: LaunchError\tEvents: []\t"));
  const auto unhappy = python(kLooks);
  add_extension(*unhappy, "unhappy", R"(
id = register(['INVOKE'])[1]['Lambda-Extension-Identifier']
print(api('POST', '/2020-01-01/extension/init/error', {'Lambda-Extension-Identifier': id,
          'Lambda-Extension-Function-Error-Type': 'Extension.NoKey'}, {})[0])
sys.exit(1)
)");
  EXPECT_THAT(invoke(unhappy).payload, HasSubstr(R"("errorType":"Extension.InitError")"));
  EXPECT_THAT(sink_.text(), HasSubstr("State: InitError\tEvents: [INVOKE]\tError Type: Extension.NoKey"));
  const auto crowd = python(kLooks);
  Files many;
  for (int i = 0; i < 11; ++i)
    many["extensions/e" + std::to_string(i)] = std::string(kClient) + "time.sleep(60)";
  add_layer(*crowd, many);
  EXPECT_THAT(invoke(crowd).payload, HasSubstr("Extension.LaunchError"));
  EXPECT_THAT(sink_.text(), HasSubstr("Error Type: TooManyExtensions"));
}

// After a timeout everything starts anew, but not before extensions heard why, and the runtime its signal.
TEST_F(ExtensionTest, HearsWhyItEnds) {
  const auto image = python(
      "import signal, sys, time\ndef gone(*_):\n  print('runtime terminated', flush=True)\n  sys.exit(0)\n"
      "signal.signal(signal.SIGTERM, gone)\n"
      "def handler(event, context):\n  if event.get('die'): sys.exit(3)\n  time.sleep(60)\n");
  image->timeout = std::chrono::milliseconds(700);
  add_extension(*image, "witness", std::string(kFollower));
  const InvokeResult result = invoke(image);
  EXPECT_EQ(result.status, InvokeStatus::kTimeout);
  EXPECT_THAT(sink_.text(),
              ContainsRegex("runtime terminated\n(.*\n)*event SHUTDOWN None timeout True\nbye\n"));
  EXPECT_EQ(invoke(image, R"({"die":1})").status, InvokeStatus::kCrashed);
  sink_.wait_for("SHUTDOWN None failure");
  EXPECT_THAT(sink_.text(), HasSubstr("event SHUTDOWN None failure True\n"));
}

// Time to say good-bye is two seconds in all; who does not take the hint is killed.
TEST_F(ExtensionTest, IsKilledWhenItStays) {
  const auto image = python(kLooks);
  add_extension(*image, "stays", R"(
signal.signal(signal.SIGTERM, signal.SIG_IGN)
id = register(['INVOKE', 'SHUTDOWN'])[1]['Lambda-Extension-Identifier']
while True:
    print(next_event(id)['eventType'])
    if os.path.exists('/tmp/once'): time.sleep(97541)
    open('/tmp/once', 'w').close()
)");
  EXPECT_EQ(invoke(image).payload, "\"answer\"") << sink_.text();
  const auto begin = std::chrono::steady_clock::now();
  stop_engine();
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GT(took, std::chrono::milliseconds(1'500));
  EXPECT_LT(took, std::chrono::seconds(6));
  EXPECT_THAT(sink_.text(), HasSubstr("SHUTDOWN\n"));
}

// Memory is shared with the function: whoever takes too much, it is told as that and not as a crash of the
// other.
TEST_F(ExtensionTest, SharesItsMemory) {
  const auto image = python("def handler(event, context):\n  return len(bytearray(400 << 20))\n");
  image->timeout = std::chrono::seconds(20);
  add_extension(*image, "witness", std::string(kFollower));
  const InvokeResult result = invoke(image);
  EXPECT_EQ(result.status, InvokeStatus::kOutOfMemory) << result.payload;
  EXPECT_EQ(result.error_type, "Runtime.OutOfMemory");
}

// An environment whose function changes is idle and frozen: it is woken for its extensions' last words.
TEST_F(ExtensionTest, IsWokenForItsEnd) {
  EngineConfig config = default_config();
  config.freeze_after = std::chrono::milliseconds(1);
  restart_engine(config);
  const auto image = python(kLooks);
  add_extension(*image, "follower.py", std::string(kFollower));
  EXPECT_EQ(invoke(image).payload, "\"answer\"") << sink_.text();
  engine_->retire_function(image->function_arn);
  sink_.wait_for("bye\n");
  EXPECT_THAT(sink_.text(), HasSubstr("event SHUTDOWN None spindown True\nbye\n"));
}

// A part of the runtime's process is an extension as well: for invocations only, and named once.
TEST_F(ExtensionTest, LivesInsideTheRuntime) {
  const auto image = python(std::string(kClient) + R"(
def work():
    global id
    print('shutdown', register(['SHUTDOWN'], 'inner')[2])
    status, headers, _ = register(['INVOKE'], 'inner')
    id = headers['Lambda-Extension-Identifier']
    print('again', register(['INVOKE'], 'inner')[2])
    ready.set()
    while True:
        sys.stdout.write('inner event ' + next_event(id)['eventType'] + '\n')
        time.sleep(0.15)
ready = threading.Event()
threading.Thread(target=work, daemon=True).start()
ready.wait()
def gone(*_):
    print('terminated', flush=True)
    os._exit(0)
signal.signal(signal.SIGTERM, gone)
def handler(event, context):
    sys.stdout.write(f"late {register(['INVOKE'], 'late')[2]}\n")
    return 'answer'
)");
  const InvokeResult result = invoke(image);
  EXPECT_EQ(result.payload, "\"answer\"") << sink_.text();
  EXPECT_GE(result.duration, std::chrono::milliseconds(150));
  stop_engine();
  const std::string log = sink_.text();
  EXPECT_THAT(log, HasSubstr("ShutdownEventNotSupportedForInternalExtension"));
  EXPECT_THAT(log, HasSubstr("Extension with this name already registered"));
  EXPECT_THAT(log, HasSubstr("inner event INVOKE"));
  EXPECT_THAT(log, HasSubstr("'errorType': 'Extension.RegistrationClosed'"));
  EXPECT_THAT(log, HasSubstr("EXTENSION\tName: inner\tState: Ready\tEvents: [INVOKE]\n"));
  EXPECT_THAT(log, HasSubstr("terminated\n"));
}

// Without extensions nobody is asked to leave: the environment is gone at once, and no line speaks of it.
TEST_F(ExtensionTest, IsNotMissedWhereThereIsNone) {
  const auto image = python(
      "import signal\nsignal.signal(signal.SIGTERM, lambda *_: print('asked', flush=True))\n"
      "def handler(event, context):\n  return 1\n");
  EXPECT_EQ(invoke(image).payload, "1");
  stop_engine();
  EXPECT_THAT(sink_.text(), Not(HasSubstr("EXTENSION")));
  EXPECT_THAT(sink_.text(), Not(HasSubstr("asked")));
}

}  // namespace
}  // namespace haneul::compute::test
