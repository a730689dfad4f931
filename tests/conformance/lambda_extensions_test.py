"""Extensions of layers, telemetry and logs in JSON form, as an operator meets them: through the API and the
function's log group."""

import io
import json
import unittest
import zipfile

import botocore.exceptions

import lambda_control_test
import lambda_test

# The steps of every extension in the pages: register, then wait for events.
PYTHON = """#!/usr/bin/python3 -u
import http.client, http.server, json, os, sys, threading
def api(method, path, headers, body=None):
    connection = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
    connection.request(method, path, body and json.dumps(body), headers)
    answer = connection.getresponse()
    return answer, json.loads(answer.read() or b'null')
name = os.path.basename(sys.argv[0])
answer, seen = api('POST', '/2020-01-01/extension/register', {'Lambda-Extension-Name': name},
                   {'events': ['INVOKE', 'SHUTDOWN']})
print('registered for', seen['functionName'], seen['functionVersion'], seen['handler'])
me = {'Lambda-Extension-Identifier': answer.getheader('Lambda-Extension-Identifier')}
"""
FOLLOW = """
while True:
    event = api('GET', '/2020-01-01/extension/event/next', me)[1]
    print('python extension saw', event['eventType'], event.get('shutdownReason', ''))
    if event['eventType'] == 'SHUTDOWN':
        break
"""
LISTEN = """
done = threading.Event()
class Listener(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        for record in json.loads(self.rfile.read(int(self.headers['Content-Length']))):
            print('heard', json.dumps(record), flush=True)
            if record['type'] == 'platform.runtimeDone':
                done.set()
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(('sandbox.localdomain', 4243), Listener)
threading.Thread(target=server.serve_forever, daemon=True).start()
print('subscribed', api('PUT', '/2022-07-01/telemetry', me, {
    'schemaVersion': '2022-12-13', 'types': ['platform', 'function'],
    'buffering': {'maxItems': 1000, 'maxBytes': 262144, 'timeoutMs': 25},
    'destination': {'protocol': 'HTTP', 'URI': 'http://sandbox.localdomain:4243'}})[1])
while api('GET', '/2020-01-01/extension/event/next', me)[1]['eventType'] == 'INVOKE':
    done.wait(10)
    done.clear()
"""
# No interpreter of ours: what a compiled extension does, in the shell's own words.
NATIVE = """#!/bin/bash
exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API/://}"
ask() {
  printf '%s\\r\\nHost: x\\r\\nLambda-Extension-%s\\r\\n' "$1" "$2" >&3
  printf 'Content-Length: %s\\r\\n\\r\\n%s' "${#3}" "$3" >&3
  while IFS= read -r line <&3; do
    line=${line%$'\\r'}
    case "$line" in
      Lambda-Extension-Identifier:*) id=${line#*: };;
      Content-Length:*) size=${line#*: };;
      '') break;;
    esac
  done
  read -r -N "$size" body <&3
}
ask 'POST /2020-01-01/extension/register HTTP/1.1' "Name: ${0##*/}" '{"events":["INVOKE"]}'
while true; do
  ask 'GET /2020-01-01/extension/event/next HTTP/1.1' "Identifier: $id" ''
  echo "native extension saw $body"
done
"""
CRASH = "\nwhile True:\n    api('GET', '/2020-01-01/extension/event/next', me)\n    sys.exit(3)\n"
HELLO = """
import logging, time
log = logging.getLogger()
def handler(event, context):
    log.warning('careful', extra={'part': 7})
    log.info('by the way')
    print('{"level": "debug", "message": "noise"}')
    time.sleep(event.get('wait', 0))
    return 'hello'
"""


def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, text)
    return out.getvalue()


class Extensions(unittest.TestCase):
    setUp = lambda_test.Functions.setUp
    create = lambda_test.Functions.create
    messages = lambda_test.Functions.messages
    raw = lambda_control_test.Control.raw  # what this boto3 does not know yet

    def tearDown(self):
        for name in (self.name, self.name + "-a", self.name + "-b"):
            try:
                self.client.delete_function(FunctionName=name)
            except botocore.exceptions.ClientError:
                pass
        for layer in [layer["LayerName"] for layer in self.client.list_layers()["Layers"]]:
            for version in self.client.list_layer_versions(LayerName=layer)["LayerVersions"]:
                self.client.delete_layer_version(LayerName=layer, VersionNumber=version["Version"])
        self.iam.detach_role_policy(RoleName=self.name, PolicyArn=lambda_test.LOGS)
        self.iam.delete_role(RoleName=self.name)

    def layer(self, name, files):
        content = {"ZipFile": packed({f"extensions/{file}": text for file, text in files.items()})}
        made = self.client.publish_layer_version(LayerName=self.name + name, Content=content)
        return made["LayerVersionArn"]

    def invoke(self, name=None, event=None):
        answer = self.client.invoke(FunctionName=name or self.name, Payload=json.dumps(event or {}))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    def renew(self):
        """Ends the environment that is idle, and gives another one an invocation."""
        self.client.update_function_configuration(FunctionName=self.name, Description="another environment")
        self.assertEqual(self.invoke(), (None, "hello"))

    def test_external(self):
        """extensions of two layers, one in Python and one native, live and end with their environment"""
        layers = [self.layer("-a", {"in_python": PYTHON + FOLLOW}), self.layer("-b", {"native": NATIVE})]
        self.create(files={"app.py": HELLO}, Layers=layers)
        self.assertEqual(self.invoke(), (None, "hello"))
        self.assertEqual(self.invoke(), (None, "hello"))
        self.renew()
        log = self.messages(self.name, "SHUTDOWN spindown")
        self.assertIn(f"registered for {self.name} $LATEST app.handler", log)
        self.assertIn("EXTENSION\tName: in_python\tState: Ready\tEvents: [INVOKE,SHUTDOWN]", log)
        self.assertIn("EXTENSION\tName: native\tState: Ready\tEvents: [INVOKE]", log)
        self.assertGreaterEqual(log.count("python extension saw INVOKE"), 2)
        self.assertGreaterEqual(log.count('native extension saw {"eventType":"INVOKE"'), 2)
        self.assertIn("python extension saw SHUTDOWN spindown", log)

    def test_crash(self):
        """an extension that ends fails the invocation as Extension.Crash, and the next one works"""
        layer = self.layer("-a", {"fragile": PYTHON + CRASH})
        self.create(files={"app.py": HELLO}, Layers=[layer], Timeout=20)
        error, answer = self.invoke(event={"wait": 15})
        self.assertEqual(error, "Unhandled")
        self.assertEqual(answer["errorType"], "Extension.Crash")
        self.assertRegex(answer["errorMessage"], "^RequestId: [0-9a-f-]{36} Error: exit status 3$")
        self.client.update_function_configuration(FunctionName=self.name, Layers=[])
        self.assertEqual(self.invoke(), (None, "hello"))

    def test_telemetry(self):
        """a subscriber hears of the function's life and lines"""
        layer = self.layer("-a", {"listener": PYTHON + LISTEN})
        self.create(files={"app.py": HELLO}, Layers=[layer], Timeout=20)
        self.assertEqual(self.invoke(), (None, "hello"))
        self.renew()
        log = self.messages(self.name, '"type": "platform.report"')
        self.assertIn("TELEMETRY\tName: listener\tState: Subscribed\tTypes: [Platform, Function]", log)
        for word in ("initStart", "start", "runtimeDone", "report"):
            self.assertIn(f'"type": "platform.{word}"', log)
        self.assertRegex(log, r'heard .*"type": "function", "record": "\[WARNING\].*careful')

    def test_json(self):
        """logs in JSON form: the platform's documents by level, the function's records by level"""
        config = {"LogFormat": "JSON", "ApplicationLogLevel": "WARN"}
        for name, level in ((self.name + "-a", "DEBUG"), (self.name + "-b", "WARN")):
            self.create(name, {"app.py": HELLO})
            path = f"/2015-03-31/functions/{name}/configuration"
            status, made = self.raw("PUT", path, {"LoggingConfig": config | {"SystemLogLevel": level}})
            self.assertEqual((status, made["LoggingConfig"]["SystemLogLevel"]), (200, level))
            self.assertEqual(self.invoke(name), (None, "hello"))
        log = self.messages(self.name + "-a", "platform.report")
        records = [json.loads(line) for line in log.splitlines()]
        types = [record["type"].removeprefix("platform.") for record in records if "type" in record]
        self.assertEqual(
            types, ["initStart", "initRuntimeDone", "initReport", "start", "runtimeDone", "report"]
        )
        report = next(record for record in records if record.get("type") == "platform.report")
        self.assertEqual(report["record"]["status"], "success")
        self.assertGreater(report["record"]["metrics"]["billedDurationMs"], 0)
        own = [record for record in records if "type" not in record]
        self.assertEqual([(record["level"], record["message"]) for record in own], [("WARNING", "careful")])
        self.assertEqual((own[0]["part"], own[0]["logger"]), (7, "root"))
        self.assertEqual(own[0]["requestId"], report["record"]["requestId"])
        self.assertNotIn("platform.", self.messages(self.name + "-b", "careful"))
        status, answer = self.raw(
            "PUT",
            f"/2015-03-31/functions/{self.name}-a/configuration",
            {"LoggingConfig": {"LogFormat": "Text", "SystemLogLevel": "INFO"}},
        )
        self.assertEqual((status, answer["Type"]), (400, "User"))

    def test_events(self):
        """an event whose environment cannot begin for its extension is an error of the function"""
        self.create(files={"app.py": HELLO}, Layers=[self.layer("-a", {"broken": "#!/nowhere/at/all\n"})])
        error, answer = self.invoke()
        self.assertEqual((error, answer["errorType"]), ("Unhandled", "Extension.LaunchError"))
        self.assertIn("EXTENSION\tName: broken\tState: LaunchError", self.messages(self.name, "LaunchError"))
