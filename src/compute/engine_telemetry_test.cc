// Telemetry on its way into real sandboxes: what subscribers are told, in which form, and that neither a
// flood nor a listener that does not listen hurts anybody.
#include "compute/engine_fixture.h"

namespace haneul::compute::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// An extension that subscribes and writes what it is told to its output, each record as a line "told {...}".
// The cases add their own part; `listen` is called with each batch.
constexpr std::string_view kSubscriber = R"(#!/usr/bin/python3 -u
import http.client, http.server, json, os, socket, sys, threading, time
NAME = os.path.basename(sys.argv[0])
def api(method, path, headers={}, body=None):
    connection = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    return answer.status, dict(answer.getheaders()), json.loads(text) if text else None
def serve(port, listen, version='HTTP/1.1'):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = version
        def do_POST(self):
            body = self.rfile.read(int(self.headers['Content-Length']))
            status = listen(self.path, json.loads(body)) or 200
            self.send_response(status)
            self.send_header('Content-Length', '2')
            self.end_headers()
            self.wfile.write(b'ok')
        def log_message(self, *_): pass
    server = http.server.ThreadingHTTPServer(('sandbox.localdomain', port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
def subscribe(id, types, port, version='2022-12-13', path='/2022-07-01/telemetry', timeout=25, uri=None):
    destination = {'protocol': 'HTTP', 'URI': uri or f'http://sandbox.localdomain:{port}/told?x=1'}
    buffering = {'maxItems': 1000, 'maxBytes': 262144, 'timeoutMs': timeout}
    return api('PUT', path, {'Lambda-Extension-Identifier': id}, {
        'schemaVersion': version, 'types': types, 'buffering': buffering, 'destination': destination})
def register(events):
    headers = {'Lambda-Extension-Name': NAME}
    answer = api('POST', '/2020-01-01/extension/register', headers, {'events': events})
    return answer[1]['Lambda-Extension-Identifier']
def next_event(id):
    return api('GET', '/2020-01-01/extension/event/next', {'Lambda-Extension-Identifier': id})[2]
done = threading.Event()
def tell(path, batch):
    for record in batch:
        sys.stdout.write(f'told {path} {json.dumps(record)}\n')
        if record['type'] == 'platform.runtimeDone': done.set()
)";

class TelemetryTest : public EngineTest {
 protected:
  std::shared_ptr<FunctionImage> observed(const std::string& code, const std::string& extension) {
    auto image = python(code);
    image->layer_directories.push_back(
        write_files({{"extensions/listener", std::string(kSubscriber) + extension}}));
    image->timeout = std::chrono::seconds(20);
    return image;
  }
};

constexpr std::string_view kFollow = R"(
id = register(['INVOKE', 'SHUTDOWN'])
serve(8080, tell)
print(subscribe(id, ['platform', 'function'], 8080))
while True:
    done.clear()
    if next_event(id)['eventType'] == 'SHUTDOWN':
        time.sleep(0.3)
        sys.exit(0)
    done.wait(5)
)";

// The documented events come in their order with their records, the beginning included, and the last report
// comes before the end.
TEST_F(TelemetryTest, TellsTheWholeStory) {
  const auto image =
      observed("print('from init')\ndef handler(event, context):\n  print('from handler')\n  return 7\n",
               std::string(kFollow));
  EXPECT_EQ(invoke(image).payload, "7") << sink_.text();
  stop_engine();
  const std::string log = sink_.text();
  EXPECT_THAT(log, HasSubstr("(200, "));
  EXPECT_THAT(log, HasSubstr(", 'OK')\n"));
  EXPECT_THAT(log, HasSubstr("TELEMETRY\tName: listener\tState: Subscribed\tTypes: [Platform, Function]\n"));
  std::vector<std::string> types;
  for (const std::string& event : sink_.events()) {
    if (!event.starts_with("told /told?x=1 ")) continue;
    const Document record = parse_json(std::string_view(event).substr(15, event.size() - 16));
    types.push_back(record.string_or("type", ""));
    EXPECT_THAT(record.string_or("time", ""), ContainsRegex("^20..-..-..T..:..:..\\....Z$"));
  }
  EXPECT_THAT(types,
              testing::ElementsAre("platform.initStart", "platform.telemetrySubscription", "function",
                                   "platform.initRuntimeDone", "platform.extension", "platform.initReport",
                                   "platform.start", "function", "platform.runtimeDone", "platform.report"));
  EXPECT_THAT(log, HasSubstr(R"("record": "from handler"})"));
  EXPECT_THAT(
      log,
      HasSubstr(R"("initializationType": "on-demand", "phase": "init", "runtimeVersion": "python3.11")"));
  EXPECT_THAT(log, ContainsRegex(R"("metrics": \{"durationMs": [0-9.]+, "producedBytes": 1\})"));
  EXPECT_THAT(log, HasSubstr(R"("name": "responseLatency")"));
  EXPECT_THAT(log, HasSubstr(R"("name": "extensionOverhead")"));
  EXPECT_THAT(log, HasSubstr(R"("spanId": "9a9197af795a6419", "type": "X-Amzn-Trace-Id")"));
}

// The older interface has other events, and only its later schema tells that the runtime is done.
TEST_F(TelemetryTest, TellsTheLogsApi) {
  const auto image = observed("def handler(event, context):\n  return 7\n", R"(
id = register(['INVOKE', 'SHUTDOWN'])
serve(8080, tell)
serve(8081, tell)
print(subscribe(id, ['platform'], 8080, '2021-03-18', '/2020-08-15/logs'))
print(subscribe(id, ['platform'], 8080, '2021-03-18', '/2020-08-15/logs'))
print('other', subscribe(id, ['platform'], 8081))
while next_event(id)['eventType'] == 'INVOKE': done.wait(5)
time.sleep(0.3)
)");
  EXPECT_EQ(invoke(image).payload, "7") << sink_.text();
  stop_engine();
  const std::string log = sink_.text();
  EXPECT_THAT(log, HasSubstr("LOGS\tName: listener\tState: Subscribed\tTypes: [Platform]\n"));
  EXPECT_THAT(log, HasSubstr("LOGS\tName: listener\tState: Already subscribed\t"));
  EXPECT_THAT(log, ContainsRegex("other \\(400, .*'errorType': 'Telemetry.AccessDenied'"));
  for (const char* type : {"platform.start", "platform.end", "platform.report", "platform.runtimeDone",
                           "platform.logsSubscription", "platform.extension"})
    EXPECT_THAT(log, HasSubstr(std::string("\"type\": \"") + type + "\"")) << type;
  EXPECT_THAT(log, Not(HasSubstr("platform.initStart")));
}

// Lines that are JSON objects are shown as objects from the second schema on when the function logs in JSON.
TEST_F(TelemetryTest, ShowsStructuredLines) {
  const auto image =
      observed("print('{\"level\":\"ERROR\",\"a\":[1]}')\nprint('plain')\ndef handler(e, c):\n  return 7\n",
               std::string(kFollow));
  image->log_format = LogFormat::kJson;
  EXPECT_EQ(invoke(image).payload, "7");
  EXPECT_THAT(sink_.text(), HasSubstr(R"("type": "function", "record": {"level": "ERROR", "a": [1]}})"));
  EXPECT_THAT(sink_.text(), HasSubstr(R"("type": "function", "record": "plain"})"));
}

// Lines of TCP subscribers are one JSON document each; nothing is lost when the listener comes late.
TEST_F(TelemetryTest, WaitsForAListenerOnTcp) {
  const auto image = observed("print('early')\ndef handler(event, context):\n  return 7\n", R"(
id = register(['INVOKE'])
print(api('PUT', '/2022-07-01/telemetry', {'Lambda-Extension-Identifier': id}, {
    'schemaVersion': '2022-07-01', 'types': ['function', 'platform'], 'buffering': {'timeoutMs': 25},
    'destination': {'protocol': 'TCP', 'port': 8090}})[0])
def listen():
    time.sleep(0.4)
    peer, _ = socket.create_server(('127.0.0.1', 8090)).accept()
    for line in peer.makefile(): tell('tcp', [json.loads(line)])
threading.Thread(target=listen, daemon=True).start()
while True:
    next_event(id)
    done.wait(5)
)");
  EXPECT_EQ(invoke(image).payload, "7") << sink_.text();
  EXPECT_THAT(sink_.text(), ContainsRegex("told tcp .*\"early\""));
}

// A batch that is refused is sent again, to a listener of HTTP/1.0 as well.
TEST_F(TelemetryTest, TriesAgain) {
  const auto image = observed("print('precious')\ndef handler(event, context):\n  return 7\n", R"(
id = register(['INVOKE'])
count = 0
def moody(path, batch):
    global count
    count += 1
    print('attempt', count)
    return 500 if count < 3 else tell(path, batch)
serve(8080, moody, 'HTTP/1.0')
subscribe(id, ['function', 'platform'], 8080)
while True:
    next_event(id)
    done.wait(8)
)");
  EXPECT_EQ(invoke(image).payload, "7");
  EXPECT_THAT(sink_.text(), HasSubstr("attempt 3\n"));
  EXPECT_THAT(sink_.text(), ContainsRegex("told .*\"precious\""));
}

// A flood for a listener that never answers must cost neither the function its time nor the server its
// memory; later the extension is told what it missed.
TEST_F(TelemetryTest, DropsWhatNobodyTakes) {
  const auto image = observed(
      "def handler(event, context):\n  for i in range(event.get('lines', 0)): print('x' * 1000)\n  return "
      "7\n",
      R"(
id = register(['INVOKE', 'SHUTDOWN'])
mute = socket.create_server(('127.0.0.1', 8080))
subscribe(id, ['function'], 8080)
events = 0
while next_event(id)['eventType'] == 'INVOKE':
    events += 1
    if events == 2:
        mute.close()
        seen = threading.Event()
        def tell(path, batch):
            for record in batch:
                if record['type'] == 'platform.logsDropped':
                    print('missed', record['record']['droppedRecords'])
                    seen.set()
        serve(8080, tell)
        seen.wait(8)
)");
  const InvokeResult flooded = invoke(image, R"({"lines":5000})");
  EXPECT_EQ(flooded.payload, "7");
  EXPECT_LT(flooded.duration, std::chrono::seconds(4));
  EXPECT_EQ(invoke(image).payload, "7");
  EXPECT_THAT(sink_.text(), ContainsRegex("missed [0-9]{4}\n"));
}

// Nothing leads out of the environment: neither another host nor the platform's own doors may be named, and
// who is not an extension, or comes late, is not heard.
TEST_F(TelemetryTest, RefusesStrangers) {
  const auto image = observed("def handler(event, context):\n  return 7\n", R"(
id = register(['INVOKE'])
for uri in ('http://169.254.169.254:80/', 'http://localhost:8080/', 'http://127.0.0.1:8080',
            'https://sandbox.localdomain:8080', 'http://sandbox.localdomain:9001/',
            'http://sandbox.localdomain:443/', 'http://sandbox.localdomain',
            'http://sandbox.localdomain.evil.com:8080/', 'http://sandbox.localdomain:8080@evil:1/',
            'http://sandbox.localdomain:8080/a\r\nHost: evil', 'http://sandbox.localdomain:99999/'):
    print('uri', repr(uri), subscribe(id, ['platform'], 0, uri=uri)[0])
print('nobody', subscribe('', ['platform'], 8080)[2])
print('rubbish', subscribe('me', ['platform'], 8080)[2])
print('guess', subscribe('a1b2c3d4-5678-90ab-cdef-111111111111', ['platform'], 8080)[2])
next_event(id)
print('late', subscribe(id, ['platform'], 8080)[2])
next_event(id)
)");
  EXPECT_EQ(invoke(image).payload, "7") << sink_.text();
  const std::string log = sink_.text();
  EXPECT_THAT(log, Not(ContainsRegex("uri .* 200\n")));
  EXPECT_THAT(log, HasSubstr("uri 'http://169.254.169.254:80/' 403\n"));
  EXPECT_THAT(log, HasSubstr("'errorType': 'Extension.MissingExtensionIdentifier'"));
  EXPECT_THAT(log, HasSubstr("'errorType': 'Extension.InvalidExtensionIdentifier'"));
  EXPECT_THAT(log, HasSubstr("'errorType': 'Extension.UnknownExtensionIdentifier'"));
  EXPECT_THAT(log, HasSubstr("'errorType': 'Telemetry.SubscriptionClosed'"));
}

// A frozen extension cannot take anything: what is said meanwhile waits for the thaw, and no time counts.
TEST_F(TelemetryTest, WaitsWhileTheEnvironmentIsFrozen) {
  EngineConfig config = default_config();
  config.freeze_after = std::chrono::milliseconds(1);
  restart_engine(config);
  const auto image = observed("def handler(event, context):\n  return 7\n", R"(
id = register(['INVOKE'])
serve(8080, tell)
subscribe(id, ['platform'], 8080, timeout=1000)
while True:
    event = next_event(id)
    print('serving', event['requestId'])
    if event['requestId'] == 'request-3': done.wait(5)
)");
  EXPECT_EQ(invoke(image).payload, "7") << sink_.text();
  EXPECT_EQ(invoke(python("import time\ndef handler(event, context):\n  time.sleep(1.5)\n")).payload, "null");
  EXPECT_THAT(sink_.text(), Not(HasSubstr("told ")));
  EXPECT_EQ(invoke(image).payload, "7");
  EXPECT_THAT(sink_.text(), ContainsRegex("serving request-3\n(.*\n)*told .*platform.report.*request-1"));
}

}  // namespace
}  // namespace haneul::compute::test
