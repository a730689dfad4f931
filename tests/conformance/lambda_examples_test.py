"""The examples: built if they have programs of their own, deployed from their templates, used."""

import http.client
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Example(unittest.TestCase):
    def deploy(self, example):
        """Builds a copy of the example and deploys it as its page says; returns the stack's outputs."""
        with tempfile.TemporaryDirectory() as folder:
            here = pathlib.Path(folder, example)
            shutil.copytree(ROOT / "examples" / example, here, ignore=shutil.ignore_patterns("package"))
            if (here / "build").exists():
                subprocess.run([here / "build"], check=True, capture_output=True)
            self.server.boto("s3").create_bucket(Bucket=example + "-code")
            packaged = here / "packaged.yaml"
            files = ["--template-file", here / "template.yaml", "--output-template-file", packaged]
            self.cli("package", *files, "--s3-bucket", example + "-code")
            stack = ["--template-file", packaged, "--stack-name", example]
            self.cli("deploy", *stack, "--capabilities", "CAPABILITY_IAM")
        stack = self.server.boto("cloudformation").describe_stacks(StackName=example)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def cli(self, *arguments):
        done = self.server.cli("cloudformation", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)


class NativeExamples(Example):
    def invoke(self, function, event):
        answer = self.server.boto("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        return answer.get("FunctionError"), json.load(answer["Payload"])

    def test_cpp(self):
        """C++"""
        function = self.deploy("native-cpp")["Function"]
        order = {"id": "7", "items": [{"price": 2.5, "count": 2}, {"count": 1, "price": 1, "note": "ü"}]}
        for _ in range(2):
            self.assertEqual(self.invoke(function, order), (None, {"total": 6.0, "items": 2}))
        failed = {"errorType": "Error", "errorMessage": "an item needs a price and a count"}
        self.assertEqual(self.invoke(function, {"items": [{"price": 1}]}), ("Unhandled", failed))

    @unittest.skipUnless(shutil.which("rustc"), "rustc is not installed")
    def test_rust(self):
        """Rust"""
        function = self.deploy("native-rust")["Function"]
        self.assertEqual(self.invoke(function, "a b a"), (None, {"a": 2, "b": 1}))
        failed = {"errorType": "Refused", "errorMessage": "the event must be a plain text"}
        self.assertEqual(self.invoke(function, {"a": 1}), ("Unhandled", failed))


class SessionStore(Example):
    def ask(self, method, path, body=None):
        """By the address of the server: Python's resolver does not know names below localhost."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            headers = {"Host": urllib.parse.urlsplit(self.url).netloc, "Content-Type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        finally:
            connection.close()

    def wait_for(self, user, **wanted):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            told = self.ask("GET", "/users/" + user)[1]
            if {name: told[name] for name in wanted} == wanted:
                return told
            time.sleep(0.05)
        self.fail(f"{told} and not {wanted}")

    def test_session_store(self):
        """sessions are opened, used, closed and counted"""
        outputs = self.deploy("session-store")
        self.url = outputs["Url"]
        opened = {}
        for user, data in (("ann", {"cart": ["tea"]}), ("ann", {}), ("bob", {"ä": 1})):
            status, session = self.ask("POST", "/sessions", {"user": user, "data": data})
            self.assertEqual((status, session["user"], session["data"]), (201, user, data))
            opened.setdefault(user, []).append(session)
        first, second = opened["ann"]
        status, used = self.ask("GET", "/sessions/" + first["id"])
        self.assertEqual((status, used["data"]), (200, {"cart": ["tea"]}))
        self.assertGreaterEqual(used["expires"], first["expires"])
        told = self.wait_for("ann", opened=2, closed=0)
        self.assertEqual([one["id"] for one in told["sessions"]], [second["id"], first["id"]])
        self.assertEqual(self.ask("DELETE", "/sessions/" + first["id"]), (204, None))
        self.assertEqual(self.ask("GET", "/sessions/" + first["id"])[0], 404)
        told = self.wait_for("ann", opened=2, closed=1, expired=0)
        self.assertEqual([one["id"] for one in told["sessions"]], [second["id"]])
        self.wait_for("bob", opened=1, closed=0)
        self.assertEqual(self.ask("POST", "/sessions", {"data": 1})[0], 400)
        self.assertEqual(self.ask("GET", "/elsewhere")[0], 404)
        self.expire(outputs["Sessions"])
        self.count_again(outputs)
        self.assertEqual(self.wait_for("ann", opened=2, closed=1)["expired"], 0)

    def expire(self, table):
        """A session whose time is over is not there, before its item is gone."""
        past = {"id": {"S": "past"}, "user": {"S": "eve"}, "opened": {"S": "2020"}, "expires": {"N": "9"}}
        client = self.server.boto("dynamodb")
        client.put_item(TableName=table, Item=past | {"data": {"S": "{}"}})
        self.assertEqual(self.ask("GET", "/sessions/past")[0], 404)
        self.assertEqual(self.wait_for("eve", opened=1)["sessions"], [])

    def count_again(self, outputs):
        """A batch that comes again counts nothing twice."""
        counted = self.server.boto("dynamodb").scan(TableName=outputs["Counted"])["Items"]
        image = {"user": {"S": "ann"}}
        change = {"SequenceNumber": "1", "OldImage": image, "NewImage": image}
        records = [
            {"eventID": one["change"]["S"], "eventName": "INSERT", "dynamodb": change} for one in counted
        ]
        self.assertGreaterEqual(len(records), 5)
        answer = self.server.boto("lambda").invoke(
            FunctionName="session-store-count", Payload=json.dumps({"Records": records})
        )
        self.assertEqual(json.load(answer["Payload"]), {"batchItemFailures": []})
