"""States of functions: what is Pending and InProgress becomes ready by itself, scripts without waiters meet
no conflict, and a kill in between changes neither."""

import json
import os
import pathlib
import tempfile
import unittest

import harness
import lambda_test

VALUE = "VALUE = {}\ndef handler(event, context):\n    return VALUE\n"
# Much to unpack: that a kill comes before it is over is likely, and the case holds either way.
MANY_FILES = {f"many/{number}.txt": os.urandom(64) for number in range(8000)}


class States(unittest.TestCase):
    setUp = lambda_test.Functions.setUp
    create = lambda_test.Functions.create

    def wait(self, waiter, **target):
        self.client.get_waiter(waiter).wait(FunctionName=self.name, WaiterConfig={"Delay": 1}, **target)

    def call(self, **more):
        return json.load(self.client.invoke(FunctionName=self.name, **more)["Payload"])

    def test_states(self):
        """a function, a version and an update are told as not ready, and the waiters see them become so"""
        made = self.create(files={"app.py": VALUE.format(1)})
        self.assertEqual((made["State"], made["StateReasonCode"]), ("Pending", "Creating"))
        self.wait("function_active_v2")
        published = self.client.publish_version(FunctionName=self.name)
        self.assertEqual((published["State"], published["LastUpdateStatus"]), ("Active", "Successful"))
        self.wait("published_version_active", Qualifier="1")
        changed = self.client.update_function_code(
            FunctionName=self.name, ZipFile=lambda_test.packed({"app.py": VALUE.format(2)})
        )
        self.assertEqual((changed["State"], changed["LastUpdateStatus"]), ("Active", "InProgress"))
        self.wait("function_updated_v2")
        self.assertEqual((self.call(), self.call(Qualifier="1")), (2, 1))
        published = self.client.update_function_code(
            FunctionName=self.name, ZipFile=lambda_test.packed({"app.py": VALUE.format(3)}), Publish=True
        )
        self.assertEqual((published["State"], published["Version"]), ("Pending", "2"))
        self.wait("published_version_active", Qualifier="2")
        self.assertEqual(self.call(Qualifier="2"), 3)

    def test_without_waiters(self):
        """create, call, change and publish follow each other at once, and each sees what was before it"""
        self.create(files={"app.py": VALUE.format(1), **MANY_FILES})
        self.assertEqual(self.call(), 1)
        for value in (2, 3):
            self.client.update_function_configuration(FunctionName=self.name, Timeout=value)
            package = lambda_test.packed({"app.py": VALUE.format(value), **MANY_FILES})
            self.client.update_function_code(FunctionName=self.name, ZipFile=package)
            version = self.client.publish_version(FunctionName=self.name)["Version"]
            self.assertEqual(self.call(Qualifier=version), value)

    def test_cli_waits(self):
        """the CLI's waiters end"""
        self.create()
        self.client.publish_version(FunctionName=self.name)
        for waiter, more in (
            ("function-active-v2", ()),
            ("function-updated-v2", ()),
            ("published-version-active", ("--qualifier", "1")),
        ):
            done = self.server.cli("lambda", "wait", waiter, "--function-name", self.name, *more)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_kill(self):
        """what a kill interrupted becomes ready after the next start"""
        with tempfile.TemporaryDirectory() as folder:
            with harness.Server(data=pathlib.Path(folder) / "data") as self.server:
                self.setUp()
                self.create(files={"app.py": VALUE.format(1), **MANY_FILES})
                self.server.kill()
                self.server.start()
                self.client = self.server.boto("lambda")
                self.wait("function_active_v2")
                package = lambda_test.packed({"app.py": VALUE.format(2), **MANY_FILES})
                self.client.update_function_code(FunctionName=self.name, ZipFile=package)
                self.server.kill()
                self.server.start()
                self.client = self.server.boto("lambda")
                self.wait("function_updated_v2")
                self.assertEqual(self.call(), 2)
