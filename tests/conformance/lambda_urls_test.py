"""Function URLs over HTTP: curl as anybody has it, signed requests, streams, and functions that call them."""

import base64
import http.client
import json
import subprocess
import time
import unittest
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials

import lambda_test

STREAM = """
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const prelude = { statusCode: 202, headers: { 'X-Streamed': 'yes' }, cookies: ['a=1', 'b=2'] };
  stream = awslambda.HttpResponseStream.from(stream, prelude);
  stream.write('first ');
  await new Promise((resolve) => setTimeout(resolve, 400));
  if (event.rawPath === '/fail') throw new Error('in the middle');
  stream.end('second');
});
"""
CALLS = """
import json, os, ssl, urllib.error, urllib.request
def handler(event, context):
    context = ssl.create_default_context(cafile=os.environ['AWS_CA_BUNDLE'])
    with urllib.request.urlopen(event['url'], data=b'{}', context=context) as answer:
        return json.load(answer)
"""
FORBIDDEN = json.dumps(
    {
        "Message": "Forbidden. For troubleshooting Function URL authorization issues, see: "
        "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
    },
    separators=(",", ":"),
)


class FunctionUrls(unittest.TestCase):
    setUp = lambda_test.Functions.setUp
    create = lambda_test.Functions.create

    def api(self, path, **members):
        """An operation with members that Debian's boto3 does not know."""
        status, body = self.signed(self.server.endpoint + path, self.server.credentials, json.dumps(members))
        self.assertEqual(status, 201, body)
        return json.loads(body)

    def url(self, auth="NONE", **more):
        return self.api(f"/2021-10-31/functions/{self.name}/url", AuthType=auth, **more)["FunctionUrl"]

    def open_to_all(self):
        path, named = f"/2015-03-31/functions/{self.name}/policy", {"Principal": "*"}
        url = {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"}
        self.api(path, StatementId="url", **url, **named)
        invoke = {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True}
        self.api(path, StatementId="invoke", **invoke, **named)

    def curl(self, url, *arguments):
        """(status, headers by lower-case name, body, exit status) as plain curl sees them."""
        command = ["curl", "-sS", "-i", "--no-buffer", "--max-time", "20", *arguments, url]
        ended = subprocess.run(command, capture_output=True, timeout=30, check=False)
        head, _, body = ended.stdout.decode().partition("\r\n\r\n")
        lines = head.split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            headers.setdefault(name.lower(), []).append(value)
        return int(lines[0].split()[1]), headers, body, ended.returncode

    def signed(self, url, credentials, body="{}", service="lambda"):
        request = botocore.awsrequest.AWSRequest(
            "POST", url, data=body, headers={"Content-Type": "application/json"}
        )
        keys = botocore.credentials.Credentials(credentials.access_key_id, credentials.secret_access_key)
        botocore.auth.SigV4Auth(keys, service, "us-east-1").add_auth(request)
        status, answer = self.send("POST", url, body, dict(request.headers))
        return status, answer.read().decode()

    def send(self, method, url, body=None, headers=None):
        """By the address of the server: Python's resolver does not know names below localhost."""
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        self.addCleanup(connection.close)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body, {"Host": parts.netloc, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer

    def test_curl(self):
        """plain curl reaches a public function at its address, and nobody does before it is public"""
        self.create()
        url = self.url()
        self.assertRegex(url, r"^http://[a-z2-7]{32}\.lambda-url\.us-east-1\.localhost:\d+/$")
        self.assertEqual(self.curl(url)[0::2], (403, FORBIDDEN))
        self.open_to_all()
        status, headers, body, _ = self.curl(f"{url}a/b?x=1&x=2", "-d", "form=1", "-b", "c=1; d=2")
        event = json.loads(body)
        self.assertEqual(status, 200)
        self.assertEqual(headers["content-type"], ["application/json"])
        self.assertEqual(event["requestContext"]["http"]["method"], "POST")
        self.assertEqual(event["requestContext"]["requestId"], headers["x-amzn-requestid"][0])
        self.assertEqual((event["rawPath"], event["rawQueryString"]), ("/a/b", "x=1&x=2"))
        self.assertEqual(event["cookies"], ["c=1", "d=2"])
        self.assertEqual(base64.b64decode(event["body"]), b"form=1")

    def test_aws_host(self):
        """the name a URL has on AWS leads to the same function"""
        self.create()
        url = self.url()
        self.open_to_all()
        host = url.split("/")[2].replace(f"localhost:{self.server.port}", "on.aws")
        status, _, body, _ = self.curl(self.server.endpoint + "/x", "-H", f"Host: {host}")
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(body)["requestContext"]["domainName"], host)

    def test_answers(self):
        """status, headers, cookies and bytes are those the function describes"""
        answer = {
            "statusCode": 418,
            "headers": {"Content-Type": "image/gif", "X-Tea": "pot"},
            "cookies": ["a=1", "b=2"],
            "body": base64.b64encode(b"\0\1GIF").decode(),
            "isBase64Encoded": True,
        }
        self.create(files={"app.py": f"def handler(event, context):\n    return {answer!r}\n"})
        url = self.url()
        self.open_to_all()
        status, headers, body, _ = self.curl(url)
        self.assertEqual((status, body), (418, "\0\1GIF"))
        self.assertEqual((headers["x-tea"], headers["set-cookie"]), (["pot"], ["a=1", "b=2"]))

    def test_failures(self):
        """a function that fails is a bad gateway, a reserved concurrency of zero is too many requests"""
        self.create(files={"app.py": "def handler(event, context):\n    raise ValueError('secret')\n"})
        url = self.url()
        self.open_to_all()
        self.assertEqual(self.curl(url)[0::2], (502, "Internal Server Error"))
        self.client.put_function_concurrency(FunctionName=self.name, ReservedConcurrentExecutions=0)
        self.assertEqual(self.curl(url)[0], 429)

    def test_signed(self):
        """with AWS_IAM only those may call who sign and are allowed to; the function learns who they are"""
        self.create()
        url = self.url("AWS_IAM")
        self.assertEqual(self.curl(url)[0::2], (403, FORBIDDEN))
        status, body = self.signed(url + "p?q=1", self.server.credentials)
        self.assertEqual(status, 200, body)
        event = json.loads(body)
        self.assertEqual(event["requestContext"]["authorizer"]["iam"]["accountId"], self.server.account)
        self.assertEqual(event["requestContext"]["accountId"], self.server.account)
        self.assertNotIn("authorization", event["headers"])
        self.iam.create_user(UserName=self.name)
        key = self.iam.create_access_key(UserName=self.name)["AccessKey"]
        user = type(self.server.credentials)(key["AccessKeyId"], key["SecretAccessKey"])
        self.assertEqual(self.signed(url, user)[0], 403)
        allow = {"Effect": "Allow", "Action": "lambda:InvokeFunctionUrl", "Resource": "*"}
        self.put_policy(allow)
        self.assertEqual(self.signed(url, user)[0], 403)
        via = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}
        self.put_policy(allow, {**via, "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}})
        self.assertEqual(self.signed(url, user)[0], 200)
        # The same grant does not open the API.
        with self.assertRaises(self.client.exceptions.ClientError):
            self.server.boto("lambda", credentials=user).invoke(FunctionName=self.name)

    def put_policy(self, *statements):
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.iam.put_user_policy(UserName=self.name, PolicyName="p", PolicyDocument=document)

    def test_stream(self):
        """a streaming URL sends first bytes while the function runs, and a broken stream is seen as one"""
        self.create(files={"index.js": STREAM}, Runtime="nodejs20.x", Handler="index.handler", Timeout=10)
        url = self.url(InvokeMode="RESPONSE_STREAM")
        self.open_to_all()
        status, headers, body, code = self.curl(url)
        self.assertEqual((status, body, code), (202, "first second", 0))
        self.assertEqual(headers["x-streamed"], ["yes"])
        self.assertEqual(headers["set-cookie"], ["a=1", "b=2"])
        began = time.monotonic()
        _, answer = self.send("GET", url)
        self.assertEqual(answer.read(6), b"first ")
        first = time.monotonic() - began
        self.assertEqual(answer.read(), b"second")
        self.assertGreater(time.monotonic() - began, first + 0.2)
        status, _, body, code = self.curl(url + "fail")
        self.assertEqual((status, body), (202, "first "))
        self.assertNotEqual(code, 0)

    def test_alias(self):
        """an alias has a URL of its own, which runs the version it points at"""
        self.create(files={"app.py": "def handler(e, c):\n    return c.function_version\n"})
        version = self.client.publish_version(FunctionName=self.name)["Version"]
        self.client.create_alias(FunctionName=self.name, Name="live", FunctionVersion=version)
        url = self.client.create_function_url_config(
            FunctionName=self.name, Qualifier="live", AuthType="AWS_IAM"
        )["FunctionUrl"]
        self.assertEqual(self.signed(url, self.server.credentials), (200, f'"{version}"'))

    def test_from_inside(self):
        """a function calls a URL by the name it has on AWS, over TLS"""
        self.create()
        url = self.url()
        self.open_to_all()
        host = url.split("/")[2].replace(f"localhost:{self.server.port}", "on.aws")
        caller = self.name + "-caller"
        self.create(caller, files={"app.py": CALLS}, Timeout=20)
        asked = json.dumps({"url": f"https://{host}/inside"})
        answer = self.client.invoke(FunctionName=caller, Payload=asked)
        self.assertEqual(json.load(answer["Payload"]).get("rawPath"), "/inside")

    def test_template(self):
        """a SAM template with FunctionUrlConfig makes a URL that anybody can call, and takes it away again"""
        template = {
            "Transform": "AWS::Serverless-2016-10-31",
            "Resources": {
                "Hello": {
                    "Type": "AWS::Serverless::Function",
                    "Properties": {
                        "Runtime": "python3.11",
                        "Handler": "index.handler",
                        "InlineCode": "def handler(event, context):\n    return event['rawPath']\n",
                        "FunctionUrlConfig": {"AuthType": "NONE", "Cors": {"AllowOrigins": ["*"]}},
                    },
                }
            },
            "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["HelloUrl", "FunctionUrl"]}}},
        }
        stacks = self.server.boto("cloudformation")
        allowed = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
        body = json.dumps(template)
        stacks.create_stack(StackName=self.name, TemplateBody=body, Capabilities=allowed)
        stacks.get_waiter("stack_create_complete").wait(StackName=self.name, WaiterConfig={"Delay": 1})
        url = stacks.describe_stacks(StackName=self.name)["Stacks"][0]["Outputs"][0]["OutputValue"]
        self.assertEqual(self.curl(url + "made")[0::2], (200, '"/made"'))
        template["Resources"]["Hello"]["Properties"]["FunctionUrlConfig"] = {"AuthType": "AWS_IAM"}
        body = json.dumps(template)
        stacks.update_stack(StackName=self.name, TemplateBody=body, Capabilities=allowed)
        stacks.get_waiter("stack_update_complete").wait(StackName=self.name, WaiterConfig={"Delay": 1})
        self.assertEqual(self.curl(url)[0], 403)
        self.assertEqual(self.signed(url, self.server.credentials)[0], 200)
        stacks.delete_stack(StackName=self.name)
        stacks.get_waiter("stack_delete_complete").wait(StackName=self.name, WaiterConfig={"Delay": 1})
        self.assertEqual(self.signed(url, self.server.credentials)[0], 403)

    def test_restart(self):
        """a URL is still there after the server was killed"""
        self.create()
        url = self.url()
        self.open_to_all()
        self.server.kill()
        self.server.start()
        self.assertEqual(self.curl(url)[0], 200)

