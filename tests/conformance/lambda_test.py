"""What Lambda does beyond single calls: waiters, packages that come back, events that outlive the server."""

import io
import json
import os
import time
import unittest
import urllib.error
import urllib.request
import zipfile

import botocore.exceptions

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
ECHO = "def handler(event, context):\n    print('got', event)\n    return event\n"


def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


class Functions(unittest.TestCase):
    def setUp(self):
        self.client, self.iam = self.server.boto("lambda"), self.server.boto("iam")
        self.name = "f" + os.urandom(6).hex()
        self.role = self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        self.iam.attach_role_policy(RoleName=self.name, PolicyArn=LOGS)

    def create(self, name=None, files=None, **more):
        arguments = {"Runtime": "python3.11", "Handler": "app.handler", "Role": self.role, **more}
        code = {"ZipFile": packed(files or {"app.py": ECHO})}
        return self.client.create_function(FunctionName=name or self.name, Code=code, **arguments)

    def messages(self, name, wanted, seconds=20):
        """The log of a function once it has the text, as one text."""
        logs, deadline, found = self.server.boto("logs"), time.monotonic() + seconds, ""
        while time.monotonic() < deadline and wanted not in found:
            try:
                events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
                found = "".join(event["message"] for event in events)
            except botocore.exceptions.ClientError:
                pass
            time.sleep(0.1)
        return found

    def test_waiters(self):
        """the SDK's waiters end"""
        self.create()
        self.client.get_waiter("function_active_v2").wait(FunctionName=self.name)
        self.client.get_waiter("function_exists").wait(FunctionName=self.name)
        self.client.update_function_configuration(FunctionName=self.name, Timeout=5)
        self.client.get_waiter("function_updated_v2").wait(FunctionName=self.name)

    def test_code_location(self):
        """the address of a package leads to its bytes, and only as it was signed"""
        package = packed({"app.py": ECHO})
        self.client.create_function(
            FunctionName=self.name,
            Runtime="python3.11",
            Handler="app.handler",
            Role=self.role,
            Code={"ZipFile": package},
        )
        location = self.client.get_function(FunctionName=self.name)["Code"]["Location"]
        with urllib.request.urlopen(location, timeout=10) as answer:
            self.assertEqual(answer.read(), package)
        for changed in (location[:-1] + ("0" if location[-1] != "0" else "1"), location.split("?")[0]):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(changed, timeout=10)
            self.assertEqual(refused.exception.code, 403)

    def test_policy_is_of_one_user(self):
        """a statement goes on naming the user that it was made for, also beside one about the next user"""
        self.create()
        user = "u" + self.name
        grant = {"FunctionName": self.name, "Action": "lambda:InvokeFunction"}

        def named():
            policy = json.loads(self.client.get_policy(FunctionName=self.name)["Policy"])
            return {one["Sid"]: one["Principal"]["AWS"] for one in policy["Statement"]}

        made = self.iam.create_user(UserName=user)["User"]
        self.client.add_permission(**grant, StatementId="first", Principal=made["Arn"])
        self.assertEqual(named(), {"first": made["Arn"]})
        self.iam.delete_user(UserName=user)
        self.assertEqual(named(), {"first": made["UserId"]})
        with self.assertRaises(self.client.exceptions.InvalidParameterValueException):
            self.client.add_permission(**grant, StatementId="second", Principal=made["Arn"])
        again = self.iam.create_user(UserName=user)["User"]
        self.client.add_permission(**grant, StatementId="second", Principal=again["Arn"])
        self.assertEqual(named(), {"first": made["UserId"], "second": again["Arn"]})

    def test_large_package(self):
        """a package of forty megabytes is taken, one above the limit is refused"""
        self.create(files={"app.py": ECHO, "ballast": os.urandom(40 << 20)})
        answer = self.client.invoke(FunctionName=self.name, Payload=b'"hi"')
        self.assertEqual(answer["Payload"].read(), b'"hi"')
        with self.assertRaises(botocore.exceptions.ClientError) as refused:
            self.create(name=self.name + "b", files={"ballast": os.urandom(51 << 20)})
        self.assertEqual(refused.exception.response["ResponseMetadata"]["HTTPStatusCode"], 413)
        self.assertEqual(refused.exception.response["Error"]["Code"], "RequestEntityTooLargeException")

    def test_bomb(self):
        """an archive that grows beyond the limit is refused"""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("zeros", bytes(300 << 20))
        with self.assertRaises(botocore.exceptions.ClientError) as refused:
            self.client.create_function(
                FunctionName=self.name,
                Runtime="python3.11",
                Handler="app.handler",
                Role=self.role,
                Code={"ZipFile": out.getvalue()},
            )
        self.assertIn("must be smaller than 262144000 bytes", str(refused.exception))

    def test_payload_limits(self):
        """payloads above the limits are refused by name"""
        self.create()
        for kind, size in (("RequestResponse", 6_291_457), ("Event", 1_048_577)):
            with self.assertRaises(self.client.exceptions.RequestTooLargeException):
                self.client.invoke(
                    FunctionName=self.name, InvocationType=kind, Payload=b'"' + b"x" * (size - 2) + b'"'
                )

    def test_throttled(self):
        """a function without concurrency is throttled, and says why"""
        self.create()
        self.client.put_function_concurrency(FunctionName=self.name, ReservedConcurrentExecutions=0)
        with self.assertRaises(self.client.exceptions.TooManyRequestsException) as refused:
            self.client.invoke(FunctionName=self.name)
        self.assertEqual(
            refused.exception.response["Reason"], "ReservedFunctionConcurrentInvocationLimitExceeded"
        )
        self.client.delete_function_concurrency(FunctionName=self.name)
        self.assertEqual(self.client.invoke(FunctionName=self.name)["StatusCode"], 200)

    def test_destination(self):
        """what a function cannot process goes to its destination, when its role may call that"""
        self.create(files={"app.py": "def handler(event, context):\n    raise ValueError('no')\n"})
        rescue = self.create(name=self.name + "-rescue")["FunctionArn"]
        statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": rescue}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.iam.put_role_policy(RoleName=self.name, PolicyName="rescue", PolicyDocument=policy)
        self.client.put_function_event_invoke_config(
            FunctionName=self.name,
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": rescue}},
        )
        self.client.invoke(FunctionName=self.name, InvocationType="Event", Payload=b'{"a": 1}')
        log = self.messages(self.name + "-rescue", "RetriesExhausted")
        self.assertIn("'condition': 'RetriesExhausted'", log)

    def test_bucket_of_failures(self):
        """a bucket gets an object for each event that failed, as the function's role"""
        s3, bucket = self.server.boto("s3"), self.name + "-failures"
        s3.create_bucket(Bucket=bucket)
        self.create(files={"app.py": "def handler(event, context):\n    raise ValueError('no')\n"})
        self.client.put_function_event_invoke_config(
            FunctionName=self.name,
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}},
        )
        statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.iam.put_role_policy(RoleName=self.name, PolicyName="failures", PolicyDocument=policy)
        self.client.invoke(FunctionName=self.name, InvocationType="Event", Payload=b'{"a": 1}')
        deadline, found = time.monotonic() + 30, []
        while not found and time.monotonic() < deadline:
            found = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
            time.sleep(0.1)
        self.assertEqual(len(found), 1)
        day = r"\d{4}/\d\d/\d\d/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d"
        self.assertRegex(found[0]["Key"], rf"^aws/lambda/async/{self.name}/{day}-[0-9a-f-]{{36}}$")
        record = json.load(s3.get_object(Bucket=bucket, Key=found[0]["Key"])["Body"])
        self.assertEqual(record["requestPayload"], {"a": 1})
        self.assertEqual(record["requestContext"]["condition"], "RetriesExhausted")
        self.assertEqual(record["responsePayload"]["errorType"], "ValueError")

    def test_events_outlive_the_server(self):
        """an event that was answered with 202 is run, though the server was killed at once"""
        self.create()
        self.client.invoke(FunctionName=self.name)
        answer = self.client.invoke(FunctionName=self.name, InvocationType="Event", Payload=b'"kept"')
        self.server.kill()
        self.server.start()
        self.assertEqual(answer["StatusCode"], 202)
        self.client = self.server.boto("lambda")
        self.assertIn("got kept", self.messages(self.name, "got kept"))
        self.assertEqual(self.client.invoke(FunctionName=self.name, Payload=b"3")["Payload"].read(), b"3")


if __name__ == "__main__":
    unittest.main()
