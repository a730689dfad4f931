"""The examples with programs of their own: built, deployed from their templates, invoked."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class NativeExamples(unittest.TestCase):
    def deploy(self, example):
        """Builds a copy of the example and deploys it as its page says; returns the stack's function."""
        with tempfile.TemporaryDirectory() as folder:
            here = pathlib.Path(folder, example)
            shutil.copytree(ROOT / "examples" / example, here, ignore=shutil.ignore_patterns("package"))
            subprocess.run([here / "build"], check=True, capture_output=True)
            self.server.boto("s3").create_bucket(Bucket=example + "-code")
            packaged = here / "packaged.yaml"
            files = ["--template-file", here / "template.yaml", "--output-template-file", packaged]
            self.cli("package", *files, "--s3-bucket", example + "-code")
            stack = ["--template-file", packaged, "--stack-name", example]
            self.cli("deploy", *stack, "--capabilities", "CAPABILITY_IAM")
        stack = self.server.boto("cloudformation").describe_stacks(StackName=example)["Stacks"][0]
        return stack["Outputs"][0]["OutputValue"]

    def cli(self, *arguments):
        done = self.server.cli("cloudformation", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)

    def invoke(self, function, event):
        answer = self.server.boto("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        return answer.get("FunctionError"), json.load(answer["Payload"])

    def test_cpp(self):
        """C++"""
        function = self.deploy("native-cpp")
        order = {"id": "7", "items": [{"price": 2.5, "count": 2}, {"count": 1, "price": 1, "note": "ü"}]}
        for _ in range(2):
            self.assertEqual(self.invoke(function, order), (None, {"total": 6.0, "items": 2}))
        failed = {"errorType": "Error", "errorMessage": "an item needs a price and a count"}
        self.assertEqual(self.invoke(function, {"items": [{"price": 1}]}), ("Unhandled", failed))

    @unittest.skipUnless(shutil.which("rustc"), "rustc is not installed")
    def test_rust(self):
        """Rust"""
        function = self.deploy("native-rust")
        self.assertEqual(self.invoke(function, "a b a"), (None, {"a": 2, "b": 1}))
        failed = {"errorType": "Refused", "errorMessage": "the event must be a plain text"}
        self.assertEqual(self.invoke(function, {"a": 1}), ("Unhandled", failed))
