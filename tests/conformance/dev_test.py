"""haneul dev end to end: a template deployed, its code and itself changed on disk, logs shown."""

import contextlib
import json
import os
import pathlib
import re
import signal
import stat
import subprocess
import tempfile
import threading
import time
import unittest

import debuggers
import harness

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting:
    Type: String
Resources:
  Greet:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-greet
      CodeUri: src
      Handler: app.handler
      Runtime: python3.11
      Environment:
        Variables:
          GREETING: !Ref Greeting
"""
CODE = """
import os
def handler(event, context):
    print('greeting', event)
    return os.environ['GREETING'] + ' ' + %r
"""
PATIENCE = 30


class Dev:
    """haneul dev in a process, with what it printed so far."""

    def __init__(self, data, *arguments):
        command = [harness.binary(), "dev", *map(str, arguments), "--data", str(data)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
        environment = harness.client_environment()
        self.process = subprocess.Popen(command, text=True, env=environment, **pipes)
        self.lines = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def wait_for(self, pattern, begin=0):
        """The match of the first line from the one numbered `begin` on that has the pattern."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for line in self.lines[begin:]:
                if found := re.search(pattern, line):
                    return found
            time.sleep(0.02)
        raise AssertionError(f"no line with {pattern}:\n" + "".join(self.lines))

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=PATIENCE)


class DevCommand(unittest.TestCase):
    @contextlib.contextmanager
    def project(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder, "shop")
            (root / "src").mkdir(parents=True)
            (root / "src/app.py").write_text(CODE % "one")
            (root / "template.yaml").write_text(TEMPLATE)
            yield root

    def invoke(self, client):
        return json.load(client.invoke(FunctionName="shop-greet", Payload='{"n": 1}')["Payload"])

    def test_follows_the_disk(self):
        """a template is deployed; code and template follow the disk; logs and figures are shown"""
        client = self.server.boto("lambda")
        with self.project() as root:
            dev = Dev(self.server.data, root / "template.yaml", "--parameter", "Greeting=hello")
            try:
                dev.wait_for("stack shop created in")
                self.assertEqual(self.invoke(client), "hello one")
                dev.wait_for(r"^Greet  greeting \{'n': 1\}")
                dev.wait_for(r"^Greet  [0-9.]+ ms \(init [0-9.]+ ms\), \d+ of 128 MB, USD 0\.0000\d+$")

                begin = len(dev.lines)
                (root / "src/app.py").write_text(CODE % "two")
                took = dev.wait_for(r"^Greet updated in (\d+) ms", begin)
                self.assertEqual(self.invoke(client), "hello two")
                self.assertLess(int(took.group(1)), 1000)  # for a loaded machine: it is a few tens

                begin = len(dev.lines)
                (root / "src/lib").mkdir()
                (root / "src/lib/words.py").write_text("WORD = 'three'\n")
                code = "from lib.words import WORD\n" + CODE.replace("%r", "WORD")
                (root / "src/app.py").write_text(code)
                dev.wait_for("^Greet updated in", begin)
                deadline = time.monotonic() + PATIENCE
                while self.invoke(client) != "hello three" and time.monotonic() < deadline:
                    time.sleep(0.05)
                self.assertEqual(self.invoke(client), "hello three")

                begin = len(dev.lines)
                logging = "      LoggingConfig: {LogFormat: JSON}\n"
                (root / "template.yaml").write_text(TEMPLATE + logging + "      MemorySize: 256\n")
                dev.wait_for("stack shop updated in", begin)
                described = client.get_function_configuration(FunctionName="shop-greet")
                self.assertEqual(described["MemorySize"], 256)
                self.assertEqual(self.invoke(client), "hello three")
                dev.wait_for(r"^Greet  [0-9.]+ ms \(init [0-9.]+ ms\), \d+ of 256 MB, USD 0\.0000\d+$", begin)

                begin = len(dev.lines)
                (root / "template.yaml").write_text("Resources: [\n")
                dev.wait_for("^not deployed: ", begin)
                begin = len(dev.lines)
                (root / "template.yaml").write_text(TEMPLATE)
                dev.wait_for("stack shop updated in", begin)
                failing = "def handler(event, context):\n    raise ValueError('bad')\n"
                (root / "src/app.py").write_text(failing)
                dev.wait_for("^Greet updated in", begin)
                client.invoke(FunctionName="shop-greet")
                dev.wait_for(r"^Greet  \[ERROR\] ValueError: bad", begin)
            finally:
                self.assertEqual(dev.stop(), 0)
        self.server.boto("cloudformation").delete_stack(StackName="shop")

    def test_refusals(self):
        """what cannot be deployed is told in a sentence and waited for"""
        with self.project() as root:
            (root / "template.yaml").write_text(TEMPLATE.replace("CodeUri: src", "CodeUri: gone"))
            arguments = ("--stack", "other", "--parameter", "Greeting=x")
            dev = Dev(self.server.data, root / "template.yaml", *arguments)
            try:
                dev.wait_for("^not deployed: Greet: there is no .*gone")
                (root / "template.yaml").write_text(TEMPLATE.replace("python3.11", "cobol"))
                dev.wait_for("^not deployed: .*Greet: .*cobol")
                (root / "template.yaml").write_text(TEMPLATE)
                dev.wait_for("stack other created in")
            finally:
                self.assertEqual(dev.stop(), 0)
        self.server.boto("cloudformation").delete_stack(StackName="other")

    def replay(self, data, *arguments):
        command = [harness.binary(), "replay", *arguments, "--data", data]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def check_replay(self, data, root, dev):
        """An event is given again, to the same code and to other code; one that is not kept is told."""
        request = dev.wait_for(r"START RequestId: (\S+)").group(1)
        again = self.replay(data, request)
        self.assertEqual((again.returncode, again.stdout), (0, '"x one"\n'), again.stderr)
        self.assertIn("the same code", again.stderr)
        self.assertIn("greeting {'from': 'a file'}", again.stderr)
        begin = len(dev.lines)
        (root / "src/app.py").write_text(CODE % "other")
        dev.wait_for("^Greet updated in", begin)
        other = self.replay(data, request, "--qualifier", "$LATEST")
        self.assertEqual((other.returncode, other.stdout), (0, '"x other"\n'), other.stderr)
        self.assertIn("other code than then", other.stderr)
        unknown = self.replay(data, "00000000-0000-4000-8000-000000000000")
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("no event of request 00000000-0000-4000-8000-000000000000 is kept", unknown.stderr)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(data, "events")).st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(data, "events/current.jsonl")).st_mode), 0o600)

    def test_debugs(self):
        """a function of the template waits for its debugger; one with a server already there is refused"""
        with self.project() as root, tempfile.TemporaryDirectory() as data:
            port = harness.free_port()
            arguments = ("--parameter", "Greeting=x", "--debug", f"Greet={port}", root / "template.yaml")
            refused = Dev(self.server.data, *arguments)
            self.assertEqual(refused.process.wait(timeout=PATIENCE), 1)
            refused.wait_for("a server runs already: end it, or start it with serve --debug NAME=PORT")
            dev = Dev(data, "--listen", f"127.0.0.1:{harness.free_port()}", *arguments)
            try:
                dev.wait_for(f"Function shop-greet waits for its debugger on 127.0.0.1:{port}")
                dev.wait_for("stack shop created in")
                invoke = [harness.binary(), "invoke", "shop-greet", "--data", data]
                pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
                with subprocess.Popen(invoke, text=True, **pipes) as invocation:
                    debugger = debuggers.Dap(port)
                    debugger.attach("/var/task/app.py", 5)
                    stopped = debugger.event("stopped")
                    self.assertEqual(stopped["reason"], "breakpoint")
                    debugger.call("continue", threadId=stopped["threadId"])
                    self.assertEqual(invocation.communicate(timeout=PATIENCE)[0], '"x one"\n')
                debugger.close()
            finally:
                self.assertEqual(dev.stop(), 0)

    def test_starts_a_server(self):
        """without a server it starts one, and ends it"""
        with self.project() as root, tempfile.TemporaryDirectory() as data:
            listen = f"127.0.0.1:{harness.free_port()}"
            arguments = ("--listen", listen, "--parameter", "Greeting=x")
            dev = Dev(data, root / "template.yaml", *arguments)
            try:
                dev.wait_for("stack shop created in")
                invoke = [harness.binary(), "invoke", "shop-greet", "--data", data]
                event = root / "event.json"
                event.write_text('{"from": "a file"}')
                command = [*invoke, "--event", event]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stdout), (0, '"x one"\n'), done.stderr)
                self.assertIn("greeting {'from': 'a file'}", done.stderr)
                self.check_replay(data, root, dev)
            finally:
                self.assertEqual(dev.stop(), 0)
            status = [harness.binary(), "status", "--data", data]
            ended = subprocess.run(status, capture_output=True, check=False)
            self.assertNotEqual(ended.returncode, 0)
            self.assertTrue(os.path.exists(os.path.join(data, "db")))
