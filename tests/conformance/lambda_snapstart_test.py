"""SnapStart over the wire: published versions begin where their initialisation ended, clients made then sign
with credentials of their own environment, and what cannot be kept is told by the version."""

import json
import os
import pathlib
import tempfile
import time
import unittest

import botocore.exceptions

import harness
import lambda_test

ON = {"ApplyOn": "PublishedVersions"}
ONCE = """
import os, random, boto3
from snapshot_restore_py import register_after_restore, register_before_snapshot
made = os.urandom(8).hex()
s3 = boto3.client("s3")
s3.list_buckets()
early = boto3.Session().get_credentials().get_frozen_credentials().access_key
ran = []
register_before_snapshot(ran.append, "before")
register_after_restore(ran.append, "after")
print("initialised")
def handler(event, context):
    used = []
    def note(request, **_):
        used.append(request.headers["Authorization"])
    s3.meta.events.register("before-send.s3.*", note)
    s3.list_buckets()
    return {"made": made, "ran": ran, "random": random.random(), "again": early.encode() not in used[0],
            "type": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"],
            "key": "AWS_ACCESS_KEY_ID" in os.environ}
"""
THREAD = """
import threading
threading.Thread(target=threading.Event().wait, name="poller", daemon=True).start()
"""
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Quick:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: {name}
      InlineCode: |
        import os
        made = os.urandom(8).hex()
        def handler(event, context):
            return [made, os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]]
      Handler: index.handler
      Runtime: {runtime}
      AutoPublishAlias: live
      SnapStart:
        ApplyOn: PublishedVersions
"""


class SnapStart(unittest.TestCase):
    setUp = lambda_test.Functions.setUp
    create = lambda_test.Functions.create
    messages = lambda_test.Functions.messages

    def create_quick(self, code=ONCE, **more):
        self.iam.attach_role_policy(
            RoleName=self.name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
        )
        files = {"app.py": code}
        settings = {"Runtime": "python3.13", "SnapStart": ON, "MemorySize": 256, "Timeout": 30, **more}
        return self.create(files=files, **settings)

    def settled(self, version):
        for _ in range(1200):
            shown = self.client.get_function_configuration(FunctionName=self.name, Qualifier=version)
            if shown["State"] != "Pending":
                return shown
            time.sleep(0.1)
        return self.fail("the version stays Pending")

    def call(self, version):
        answer = self.client.invoke(FunctionName=self.name, Qualifier=version)
        text = answer["Payload"].read().decode()
        self.assertNotIn("FunctionError", answer, text)
        return json.loads(text)

    def refusal(self, call, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(FunctionName=self.name, **arguments)
        error = caught.exception.response["Error"]
        return f"{error['Code']}: {error['Message']}"

    def test_begins_from_a_snapshot(self):
        """a version is initialised once; its environments go on from there with credentials of their own"""
        made = self.create_quick()
        self.assertEqual(made["SnapStart"], {**ON, "OptimizationStatus": "Off"})
        active = self.client.get_waiter("function_active_v2")
        active.wait(FunctionName=self.name, WaiterConfig={"Delay": 1})
        published = self.client.publish_version(FunctionName=self.name)
        self.assertEqual((published["State"], published["StateReasonCode"]), ("Pending", "Creating"))
        waiter = self.client.get_waiter("published_version_active")
        waiter.wait(FunctionName=self.name, Qualifier="1", WaiterConfig={"Delay": 1})
        shown = self.client.get_function_configuration(FunctionName=self.name, Qualifier="1")
        self.assertEqual(shown["SnapStart"], {**ON, "OptimizationStatus": "On"})
        first, second = self.call("1"), self.call("1")
        self.assertEqual((first["ran"], first["type"]), (["before", "after"], "snap-start"))
        self.assertTrue(first["again"], "an early client signs with credentials of the snapshot")
        self.assertFalse(first["key"])
        self.assertEqual(second["made"], first["made"])
        text = self.messages(self.name, "Billed Restore Duration")
        self.assertEqual(text.count("initialised"), 1, text)
        for wanted in ("INIT_REPORT Init Duration: ", "RESTORE_START Runtime Version: ", "RESTORE_REPORT "):
            self.assertIn(wanted, text)
        latest = self.client.invoke(FunctionName=self.name)
        self.assertEqual(json.load(latest["Payload"])["type"], "on-demand")

    def test_survives_a_kill(self):
        """a version that a kill interrupted becomes active after the next start, and keeps its image"""
        with tempfile.TemporaryDirectory() as folder:
            with harness.Server(data=pathlib.Path(folder) / "data") as self.server:
                self.setUp()
                self.create_quick()
                self.client.publish_version(FunctionName=self.name)
                self.restart()
                self.assertEqual(self.settled("1")["State"], "Active")
                made = self.call("1")["made"]
                self.restart()
                self.assertEqual(self.call("1")["made"], made)

    def restart(self):
        self.server.kill()
        self.server.start()
        self.client = self.server.boto("lambda")

    def test_what_cannot_be_kept(self):
        """a version says what of it cannot be part of a snapshot, and is not run"""
        self.create_quick(code=THREAD + lambda_test.ECHO)
        self.client.publish_version(FunctionName=self.name)
        shown = self.settled("1")
        self.assertEqual(
            (shown["State"], shown["StateReasonCode"]), ("Failed", "FunctionError.RuntimeInitError")
        )
        self.assertIn("2 threads run (poller)", shown["StateReason"])
        self.assertIn("ResourceConflictException", self.refusal(self.client.invoke, Qualifier="1"))

    def test_failing_hooks(self):
        """a hook that fails after the restore is the caller's SnapStartException"""
        hook = "import snapshot_restore_py as s\n@s.register_after_restore\ndef fail():\n  1 / 0\n"
        self.create_quick(code=hook + lambda_test.ECHO)
        self.client.publish_version(FunctionName=self.name)
        self.assertEqual(self.settled("1")["State"], "Active")
        self.assertTrue(self.refusal(self.client.invoke, Qualifier="1").startswith("SnapStartException"))

    def test_refusals(self):
        """what AWS does not have with SnapStart is refused"""
        end = " is not supported for SnapStart enabled functions."
        for runtime in ("python3.11", "nodejs20.x", "ruby3.3", "provided.al2023"):
            with self.assertRaises(botocore.exceptions.ClientError) as caught:
                self.create(Runtime=runtime, SnapStart=ON)
            error = caught.exception.response["Error"]
            self.assertEqual(error["Code"], "InvalidParameterValueException")
            self.assertEqual(error["Message"], runtime + end)
        self.create_quick(code=lambda_test.ECHO)
        self.client.publish_version(FunctionName=self.name)
        put = self.client.put_provisioned_concurrency_config
        said = self.refusal(put, Qualifier="1", ProvisionedConcurrentExecutions=1)
        self.assertTrue(said.endswith("Provisioned Concurrency" + end), said)
        change = self.client.update_function_configuration
        self.assertTrue(self.refusal(change, EphemeralStorage={"Size": 1024}).endswith(end))
        changed = change(FunctionName=self.name, SnapStart={"ApplyOn": "None"})
        self.assertEqual(changed["SnapStart"]["ApplyOn"], "None")

    def test_cli(self):
        """the CLI turns it on, waits for the version and invokes it"""
        self.create(files={"app.py": lambda_test.ECHO}, Runtime="python3.12")
        for arguments in (
            ("update-function-configuration", "--snap-start", "ApplyOn=PublishedVersions"),
            ("publish-version",),
            ("wait", "published-version-active", "--qualifier", "1"),
            ("invoke", "--qualifier", "1", os.devnull),
        ):
            head = arguments[:2] if arguments[0] == "wait" else arguments[:1]
            rest = arguments[len(head) :]
            done = self.server.cli("lambda", *head, "--function-name", self.name, *rest)
            self.assertEqual(done.returncode, 0, done.stderr)
        shown = self.client.get_function_configuration(FunctionName=self.name, Qualifier="1")
        self.assertEqual(shown["SnapStart"]["OptimizationStatus"], "On")

    def test_template(self):
        """a template with AutoPublishAlias and SnapStart deploys, and its alias begins from the snapshot"""
        stacks = self.server.boto("cloudformation")
        body = TEMPLATE.format(name=self.name, runtime="python3.13")
        capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
        stacks.create_stack(StackName=self.name, TemplateBody=body, Capabilities=capabilities)
        stacks.get_waiter("stack_create_complete").wait(
            StackName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )
        first, second = self.call("live"), self.call("live")
        self.assertEqual((first, first[1]), (second, "snap-start"))
        stacks.delete_stack(StackName=self.name)
        stacks.get_waiter("stack_delete_complete").wait(
            StackName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )
        kept = [json.loads(each.read_text()) for each in self.server.data.glob("snapshots/*/about.json")]
        self.assertFalse([each for each in kept if each["function"].endswith(":" + self.name)])
