"""How Lambda keeps functions ready, stops those that run in circles, and what configures them: provisioned
concurrency over restarts and in templates, recursion through the real paths, policies as documents."""

import json
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials

import harness
import lambda_test

WHO = "import os\nME = os.urandom(8).hex()\ndef handler(event, context):\n    return [ME, os.environ['{}']]\n"
KIND = WHO.format("AWS_LAMBDA_INITIALIZATION_TYPE")
AGAIN = """
import boto3, json
def handler(event, context):
    print('round', event['n'])
    client = boto3.client('lambda')
    client.invoke(FunctionName=context.function_name, InvocationType=event['type'],
                  Payload=json.dumps({'n': event['n'] + 1, 'type': event['type']}))
"""
COPY = """
import boto3, json
def handler(event, context):
    bucket = event['Records'][0]['s3']['bucket']['name']
    print('round of', bucket)
    boto3.client('s3').put_object(Bucket=bucket, Key=context.aws_request_id, Body=b'x')
"""
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Ready:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: {name}
      Runtime: python3.11
      Handler: index.handler
      AutoPublishAlias: live
      RecursiveLoop: Allow
      RuntimeManagementConfig: {{UpdateRuntimeOn: FunctionUpdate}}
      ProvisionedConcurrencyConfig: {{ProvisionedConcurrentExecutions: {count}}}
      InlineCode: |
        {code}
"""


class Control(unittest.TestCase):
    setUp = lambda_test.Functions.setUp
    create = lambda_test.Functions.create
    messages = lambda_test.Functions.messages

    def tearDown(self):
        try:
            self.client.delete_function(FunctionName=self.name)
        except self.client.exceptions.ResourceNotFoundException:
            pass

    def call(self, name=None, qualifier="1", payload=b"{}"):
        answer = self.client.invoke(FunctionName=name or self.name, Qualifier=qualifier, Payload=payload)
        return json.load(answer["Payload"])

    def wait_ready(self, qualifier="1", seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            shown = self.client.get_provisioned_concurrency_config(
                FunctionName=self.name, Qualifier=qualifier
            )
            if shown["Status"] == "READY":
                return shown
            time.sleep(0.05)
        self.fail(f"not ready: {shown}")

    def raw(self, method, path, body=None):
        """An operation that Debian's boto3 does not know."""
        url = self.server.endpoint + path
        text = None if body is None else json.dumps(body)
        request = botocore.awsrequest.AWSRequest(method, url, data=text)
        keys = self.server.credentials
        keys = botocore.credentials.Credentials(keys.access_key_id, keys.secret_access_key)
        botocore.auth.SigV4Auth(keys, "lambda", "us-east-1").add_auth(request)
        data = None if text is None else text.encode()
        sent = urllib.request.Request(url, data, dict(request.headers), method=method)
        try:
            with urllib.request.urlopen(sent, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def test_provisioned_outlives_the_server(self):
        """environments that are provisioned are there again after the server was killed"""
        self.create(files={"app.py": KIND}, Publish=True)
        self.client.put_provisioned_concurrency_config(
            FunctionName=self.name, Qualifier="1", ProvisionedConcurrentExecutions=1
        )
        self.wait_ready()
        before = self.call()
        self.assertEqual(before[1], "provisioned-concurrency")
        self.server.kill()
        self.server.start()
        self.client = self.server.boto("lambda")
        self.wait_ready()
        after = self.call()
        self.assertEqual(after[1], "provisioned-concurrency")
        self.assertNotEqual(before[0], after[0])
        self.assertEqual(self.call(), after)

    def test_provisioned_by_template(self):
        """a SAM template with ProvisionedConcurrencyConfig waits for its environments, and fails with them"""
        stacks = self.server.boto("cloudformation")
        fine = "def handler(event, context): return event"

        def body(count, code):
            return TEMPLATE.format(name=self.name, count=count, code=code)

        def settle(operation, count, code, wanted):
            operation(
                StackName=self.name,
                TemplateBody=body(count, code),
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            )
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                status = stacks.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
                if status.endswith(("_COMPLETE", "_FAILED")) and "CLEANUP" not in status:
                    break
                time.sleep(0.05)
            self.assertEqual(status, wanted)

        settle(stacks.create_stack, 2, fine, "CREATE_COMPLETE")
        shown = self.client.get_provisioned_concurrency_config(FunctionName=self.name, Qualifier="live")
        self.assertEqual((shown["Status"], shown["AvailableProvisionedConcurrentExecutions"]), ("READY", 2))
        path = f"/2024-08-31/functions/{self.name}/recursion-config"
        self.assertEqual(self.raw("GET", path), (200, {"RecursiveLoop": "Allow"}))
        path = f"/2021-07-20/functions/{self.name}/runtime-management-config"
        self.assertEqual(self.raw("GET", path)[1]["UpdateRuntimeOn"], "FunctionUpdate")
        settle(stacks.update_stack, 1, fine, "UPDATE_COMPLETE")
        shown = self.client.get_provisioned_concurrency_config(FunctionName=self.name, Qualifier="live")
        self.assertEqual(shown["RequestedProvisionedConcurrentExecutions"], 1)
        settle(stacks.update_stack, 1, "raise ValueError('no')", "UPDATE_ROLLBACK_COMPLETE")
        events = stacks.describe_stack_events(StackName=self.name)["StackEvents"]
        reasons = " ".join(event.get("ResourceStatusReason", "") for event in events)
        self.assertIn("FUNCTION_ERROR_INIT_FAILURE", reasons)
        self.assertEqual(self.call(qualifier="live", payload=b"7"), 7)
        stacks.delete_stack(StackName=self.name)

    def allow(self, *actions):
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.iam.put_role_policy(RoleName=self.name, PolicyName="more", PolicyDocument=policy)

    def rounds(self, word):
        """How often the function ran, once that does not change any more."""
        seen, since = -1, time.monotonic()
        while time.monotonic() - since < 3:
            now = self.messages(self.name, word).count(word)
            if now != seen:
                seen, since = now, time.monotonic()
            time.sleep(0.2)
        return seen

    def test_a_function_that_invokes_itself_is_stopped(self):
        """a function that sends itself events is stopped after sixteen; the next goes to its destination"""
        self.create(files={"app.py": AGAIN}, Timeout=30)
        rescue = self.create(name=self.name + "-rescue")["FunctionArn"]
        self.allow("lambda:InvokeFunction")
        self.client.put_function_event_invoke_config(
            FunctionName=self.name,
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": rescue}},
        )
        event = json.dumps({"n": 1, "type": "Event"})
        self.client.invoke(FunctionName=self.name, InvocationType="Event", Payload=event)
        log = self.messages(self.name + "-rescue", "RecursiveInvocationException", seconds=60)
        self.assertIn("'condition': 'RecursiveInvocationException'", log)
        self.assertIn("'n': 17", log)
        self.assertEqual(self.rounds("round "), 16)
        self.client.delete_function(FunctionName=self.name + "-rescue")

    def test_a_function_that_calls_itself_is_told(self):
        """a function that calls itself and waits gets RecursiveInvocationException from the SDK"""
        self.create(files={"app.py": AGAIN}, Timeout=60)
        self.allow("lambda:InvokeFunction")
        event = json.dumps({"n": 1, "type": "RequestResponse"})
        self.client.invoke(FunctionName=self.name, InvocationType="Event", Payload=event)
        log = self.messages(self.name, "RecursiveInvocationException", seconds=60)
        self.assertIn("RecursiveInvocationException", log)
        self.assertIn("round 16", log)
        self.assertNotIn("round 17", log)

    def test_a_function_that_its_bucket_invokes_is_stopped(self):
        """a function that writes to the bucket whose events invoke it is stopped"""
        arn = self.create(files={"app.py": COPY}, Timeout=30)["FunctionArn"]
        self.allow("s3:PutObject")
        storage, bucket = self.server.boto("s3"), self.name
        storage.create_bucket(Bucket=bucket)
        self.client.add_permission(
            FunctionName=self.name,
            StatementId="bucket",
            Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com",
            SourceArn=f"arn:aws:s3:::{bucket}",
        )
        storage.put_bucket_notification_configuration(
            Bucket=bucket,
            NotificationConfiguration={
                "LambdaFunctionConfigurations": [
                    {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
                ]
            },
        )
        storage.put_object(Bucket=bucket, Key="first", Body=b"x")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.rounds("round of") < 16:
            pass
        self.assertEqual(self.rounds("round of"), 16)
        storage.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})

    def test_policies_as_documents(self):
        """a policy is put as one document, shown, held to its revision, and taken away"""
        arn = self.create()["FunctionArn"]
        path = "/2026-07-09/resource-policy/" + urllib.parse.quote(arn, safe="")
        statement = {
            "Sid": "other",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::222233334444:root"},
            "Action": "lambda:InvokeFunction",
            "Resource": arn,
        }

        def document(**changes):
            return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **changes}]})

        self.assertEqual(self.raw("GET", path)[0], 404)
        status, put = self.raw("PUT", path, {"Policy": document()})
        self.assertEqual(status, 200, put)
        self.assertEqual(json.loads(put["Policy"])["Statement"], [statement])
        self.assertEqual(self.raw("GET", path), (200, put))
        shown = json.loads(self.client.get_policy(FunctionName=self.name)["Policy"])
        self.assertEqual(shown["Statement"], [statement])
        other = self.server.boto("lambda", harness.OTHER_ROOT)
        self.assertEqual(other.invoke(FunctionName=arn, Payload=b"5")["Payload"].read(), b"5")
        for policy, revision, code in (
            ("{", None, 400),
            (document(Resource="*"), None, 400),
            (document(Principal={"AWS": "arn:aws:iam::222233334444:user/nobody"}), None, 400),
            (document(), "another", 412),
        ):
            more = {} if revision is None else {"RevisionId": revision}
            self.assertEqual(self.raw("PUT", path, {"Policy": policy, **more})[0], code, policy)
        self.assertEqual(self.raw("DELETE", path + "?RevisionId=another")[0], 412)
        self.assertEqual(self.raw("DELETE", path + "?RevisionId=" + put["RevisionId"])[0], 204)
        with self.assertRaises(other.exceptions.ClientError):
            other.invoke(FunctionName=arn)


if __name__ == "__main__":
    unittest.main()
