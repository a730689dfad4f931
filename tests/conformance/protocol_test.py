"""The wire itself, below what SDKs show: bodies, headers and errors of each protocol, signed by hand."""

import json
import re
import unittest
import urllib.error
import urllib.parse
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials

import harness

JSON = "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body.decode()

    def json(self):
        return json.loads(self.text)

    def tag(self, name):
        found = re.search(f"<{name}>([^<]*)</{name}>", self.text)
        return found and found.group(1)


class Wire(unittest.TestCase):
    def send(self, method, path, body=b"", headers=(), service=None, region=harness.REGION):
        """Sends a request, signed when a service is named."""
        given = {name: value for name, value in dict(headers).items()}
        request = botocore.awsrequest.AWSRequest(method, self.server.endpoint + path, given, body)
        if service:
            mine = self.server.credentials
            keys = botocore.credentials.Credentials(mine.access_key_id, mine.secret_access_key)
            botocore.auth.SigV4Auth(keys, service, region).add_auth(request)
        prepared = request.prepare()
        wire = urllib.request.Request(
            prepared.url, body or None, dict(prepared.headers.items()), method=method
        )
        try:
            with urllib.request.urlopen(wire, timeout=30) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, refusal.headers, refusal.read())

    def json_call(self, operation, body, **kwargs):
        headers = {"Content-Type": JSON, "X-Amz-Target": f"Logs_20140328.{operation}"}
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send("POST", "/", text, headers, **({"service": "logs"} | kwargs))

    def form_call(self, service="sts", **fields):
        body = urllib.parse.urlencode(fields).encode()
        return self.send("POST", "/", body, {"Content-Type": FORM}, service)


class Json(Wire):
    def test_answer(self):
        """JSON 1.1: the answer has the type of the request and an id"""
        answer = self.json_call("DescribeLogGroups", {})
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, JSON))
        self.assertRegex(answer.headers["x-amzn-RequestId"], r"^[0-9a-f-]{36}$")
        self.assertEqual(answer.json()["logGroups"], [])
        empty = self.json_call("CreateLogGroup", {"logGroupName": "wire"})
        self.assertEqual((empty.status, empty.text or "{}"), (200, "{}"))

    def test_errors(self):
        """JSON 1.1: errors name their type in the body"""
        for operation, body, wanted in (
            ("DeleteLogGroup", {"logGroupName": "no"}, "ResourceNotFoundException"),
            ("DeleteLogGroup", {}, "InvalidParameterException"),
            ("DeleteLogGroup", {"logGroupName": "a b"}, "InvalidParameterException"),
            ("DeleteLogGroup", {"logGroupName": 1}, "SerializationException"),
            ("DeleteLogGroup", b"{", "SerializationException"),
            ("NoSuchOperation", {}, "UnknownOperationException"),
        ):
            answer = self.json_call(operation, body)
            self.assertEqual(answer.status, 400, answer.text)
            self.assertEqual(answer.json()["__type"].split("#")[-1], wanted, answer.text)

    def test_unknown_members(self):
        """JSON 1.1: members that the service does not know are ignored, null is absent"""
        answer = self.json_call("DescribeLogGroups", {"noSuchMember": [1], "limit": None})
        self.assertEqual(answer.status, 200, answer.text)

    def test_not_implemented(self):
        """an operation that is modelled and not served says so by name"""
        query = {"startTime": 0, "endTime": 1, "queryString": "fields @message"}
        answer = self.json_call("StartQuery", query)
        self.assertEqual(answer.status, 501, answer.text)
        self.assertIn("StartQuery", answer.text)


class Query(Wire):
    def test_answer(self):
        """query: by POST and by GET, with the id of the request in the body"""
        posted = self.form_call(Action="GetCallerIdentity", Version="2011-06-15")
        self.assertEqual((posted.status, posted.headers["Content-Type"]), (200, "text/xml"))
        self.assertEqual(posted.tag("Account"), self.server.account)
        self.assertRegex(posted.tag("RequestId"), r"^[0-9a-f-]{36}$")
        self.assertIn('xmlns="https://sts.amazonaws.com/doc/2011-06-15/"', posted.text)
        got = self.send("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", service="sts")
        self.assertEqual((got.status, got.tag("Account")), (200, self.server.account))

    def test_errors(self):
        """query: an error has a type, a code and a message"""
        missing = self.form_call("iam", Action="GetUser", Version="2010-05-08", UserName="nobody")
        self.assertEqual((missing.status, missing.tag("Code")), (404, "NoSuchEntity"))
        self.assertEqual(missing.tag("Type"), "Sender")
        unknown = self.form_call(Action="NoSuchAction", Version="2011-06-15")
        self.assertEqual((unknown.status, unknown.tag("Code")), (400, "InvalidAction"))
        invalid = self.form_call("iam", Action="GetRole", Version="2010-05-08")
        self.assertEqual((invalid.status, invalid.tag("Code")), (400, "ValidationError"))


class RestJson(Wire):
    def test_answer(self):
        """REST JSON: resources are paths, absent members are left out"""
        answer = self.send("GET", "/2015-03-31/functions/", service="lambda")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/json"))
        self.assertEqual(answer.json()["Functions"], [])

    def test_errors(self):
        """REST JSON: the type of an error is a header, its body says whose fault it is"""
        answer = self.send("GET", "/2015-03-31/functions/no", service="lambda")
        self.assertEqual(answer.status, 404)
        self.assertEqual(answer.headers["x-amzn-ErrorType"].split(":")[0], "ResourceNotFoundException")
        self.assertEqual(answer.json()["Type"], "User")
        self.assertIn("Function not found", answer.json()["Message"])


class Signature(Wire):
    def test_unsigned(self):
        """nothing is answered to who does not sign, in the words of each protocol"""
        answer = self.json_call("DescribeLogGroups", {}, service=None)
        self.assertEqual(answer.status, 400, answer.text)
        self.assertEqual(answer.json()["__type"].split("#")[-1], "MissingAuthenticationTokenException")
        form = self.form_call(None, Action="GetCallerIdentity", Version="2011-06-15")
        self.assertEqual((form.status, form.tag("Code")), (403, "MissingAuthenticationToken"))

    def test_changed_body(self):
        """a body that is not the one that was signed is refused"""
        request = botocore.awsrequest.AWSRequest(
            "POST",
            self.server.endpoint + "/",
            {"Content-Type": JSON, "X-Amz-Target": "Logs_20140328.DescribeLogGroups"},
            b"{}",
        )
        mine = self.server.credentials
        keys = botocore.credentials.Credentials(mine.access_key_id, mine.secret_access_key)
        botocore.auth.SigV4Auth(keys, "logs", harness.REGION).add_auth(request)
        headers = dict(request.prepare().headers.items())
        answer = self.send("POST", "/", b'{"limit":1}', headers)
        self.assertEqual(answer.status, 400)
        self.assertEqual(answer.json()["__type"].split("#")[-1], "InvalidSignatureException")

    def test_other_region(self):
        """the region of the signature is the region of the answer"""
        self.json_call("CreateLogGroup", {"logGroupName": "here"}, region="eu-north-1")
        answer = self.json_call("DescribeLogGroups", {}, region="eu-north-1")
        self.assertIn(":eu-north-1:", answer.json()["logGroups"][0]["arn"])

    def test_presigned(self):
        """an address signed in advance is good for who has it, until it is changed"""
        sts = self.server.boto("sts")
        url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
        with urllib.request.urlopen(url, timeout=30) as answer:
            self.assertIn(self.server.account, answer.read().decode())
        with self.assertRaises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(url.replace("Expires=60", "Expires=3600"), timeout=30)
        refusal.exception.close()
        self.assertEqual(refusal.exception.code, 403)
