"""Requests by hand: any operation with made-up parameters, signed rightly, wrongly, late, or not at all."""

import base64
import dataclasses
import datetime
import hashlib
import http.client
import json
import re
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.serialize
import botocore.session

POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
# Where a member's name says more than its shape.
TABLE = "arn:aws:dynamodb:us-east-1:{account}:table/probe"
BY_NAME = {
    "AssumeRolePolicyDocument": TRUST,
    "PolicyDocument": POLICY,
    "PolicyInputList": [POLICY],
    "TemplateBody": '{"Resources": {"A": {"Type": "AWS::Logs::LogGroup"}}}',
    "Bucket": "probe-bucket",
    "CopySource": "probe-bucket/probe",
    "Role": "arn:aws:iam::{account}:role/probe",
    "RoleArn": "arn:aws:iam::{account}:role/probe-role",
    "PolicyArn": "arn:aws:iam::{account}:policy/probe",
    "PermissionsBoundary": "arn:aws:iam::{account}:policy/probe",
    "PolicySourceArn": "arn:aws:iam::{account}:user/probe",
    "Resource": "arn:aws:lambda:us-east-1:{account}:function:probe",
    "resourceArn": "arn:aws:logs:us-east-1:{account}:log-group:probe",
    "Arn": "arn:aws:lambda:us-east-1:{account}:layer:probe:1",
    "ResourceArn": TABLE,
    "Statement": "SELECT * FROM probe WHERE pk = 'probe'",
    "TransactItems": [{"Put": {"TableName": "probe", "Item": {"pk": {"S": "probe"}}}}],
    "AccessKeyId": "AKIAPROBE00000000000",
    "ActionNames": ["s3:GetObject"],
    "FunctionVersion": "1",
    "Runtime": "python3.11",
    "Action": "lambda:InvokeFunction",
    "Principal": "s3.amazonaws.com",
    "retentionInDays": 7,
    "CreateBucketConfiguration": None,
    "ChangeSetType": None,
    "PartNumber": 1,
    "Code": {"ZipFile": b"PK\x05\x06" + b"\0" * 18},
    "Content": {"ZipFile": b"PK\x05\x06" + b"\0" * 18},
    "FunctionName": "probe",
    "Handler": "app.handler",
    "Tagging": {"TagSet": []},
    "VersioningConfiguration": {"Status": "Enabled"},
    "CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
    "Policy": POLICY,
    "Delete": {"Objects": [{"Key": "probe"}]},
}
# Parameters of operations that came after this botocore.
NEWER = {
    "PutLogGroupDeletionProtection": {"logGroupIdentifier": "probe", "deletionProtectionEnabled": True},
    "PutResourcePolicy": {"ResourceArn": TABLE, "Policy": "{}"},
    "GetResourcePolicy": {"ResourceArn": TABLE},
    "DeleteResourcePolicy": {"ResourceArn": TABLE},
}
# Operations that came after it and are found by their path.
RECURSION = "/2024-08-31/functions/probe/recursion-config"
RUNTIME = "/2021-07-20/functions/probe/runtime-management-config"
POLICY = "/2026-07-09/resource-policy/arn%3Aaws%3Alambda%3Aus-east-1%3A111122223333%3Afunction%3Aprobe"
EXECUTION = (
    "/2025-12-01/durable-executions/arn%3Aaws%3Alambda%3Aus-east-1%3A111122223333%3Afunction%3Aprobe%3A1"
    "%2Fdurable-execution%2Fprobe%2Fprobe"
)
CALLBACK = "/2025-12-01/durable-execution-callbacks/cHJvYmU%3D"
NEWER_PATHS = {
    "CheckpointDurableExecution": ("POST", EXECUTION + "/checkpoint", b'{"CheckpointToken": "probe"}'),
    "GetDurableExecution": ("GET", EXECUTION, b""),
    "GetDurableExecutionHistory": ("GET", EXECUTION + "/history", b""),
    "GetDurableExecutionState": ("GET", EXECUTION + "/state?CheckpointToken=probe", b""),
    "StopDurableExecution": ("POST", EXECUTION + "/stop", b"{}"),
    "ListDurableExecutionsByFunction": ("GET", "/2025-12-01/functions/probe/durable-executions", b""),
    "SendDurableExecutionCallbackSuccess": ("POST", CALLBACK + "/succeed", b"{}"),
    "SendDurableExecutionCallbackFailure": ("POST", CALLBACK + "/fail", b"{}"),
    "SendDurableExecutionCallbackHeartbeat": ("POST", CALLBACK + "/heartbeat", b""),
    "InvokeWithResponseStream": (
        "POST",
        "/2021-11-15/functions/probe/response-streaming-invocations",
        b"{}",
    ),
    "PutFunctionRecursionConfig": ("PUT", RECURSION, b'{"RecursiveLoop": "Allow"}'),
    "GetFunctionRecursionConfig": ("GET", RECURSION, b""),
    "PutRuntimeManagementConfig": ("PUT", RUNTIME, b'{"UpdateRuntimeOn": "Auto"}'),
    "GetRuntimeManagementConfig": ("GET", RUNTIME, b""),
    "PutResourcePolicy": ("PUT", POLICY, b'{"Policy": "{}"}'),
    "GetResourcePolicy": ("GET", POLICY, b""),
    "DeleteResourcePolicy": ("DELETE", POLICY, b""),
}
OPTIONAL = {
    "TransactGetItems": {"TransactItems": [{"Get": {"TableName": "probe", "Key": {"pk": {"S": "probe"}}}}]},
    "AddLayerVersionPermission": {"Action": "lambda:GetLayerVersion", "Principal": "*"},
    "DeletePolicyVersion": {"VersionId": "v1"},
    "GetPolicyVersion": {"VersionId": "v1"},
    "SetDefaultPolicyVersion": {"VersionId": "v1"},
    "UpdateFunctionCode": {"ZipFile": b"PK\x05\x06" + b"\0" * 18},
    "UpdateUser": {"NewUserName": "other"},
    "CreateStack": {"TemplateBody": BY_NAME["TemplateBody"]},
    "UpdateStack": {"TemplateBody": BY_NAME["TemplateBody"]},
    "CreateChangeSet": {"TemplateBody": BY_NAME["TemplateBody"]},
    "ValidateTemplate": {"TemplateBody": BY_NAME["TemplateBody"]},
    "GetTemplateSummary": {"TemplateBody": BY_NAME["TemplateBody"]},
    "GetTemplate": {"StackName": "probe"},
    "DescribeStackResources": {"StackName": "probe"},
    "DescribeStackEvents": {"StackName": "probe"},
    "DescribeChangeSet": {"StackName": "probe"},
    "ExecuteChangeSet": {"StackName": "probe"},
    "DeleteChangeSet": {"StackName": "probe"},
    "PutBucketTagging": {},
    "FilterLogEvents": {"logGroupName": "probe"},
    "DescribeLogStreams": {"logGroupName": "probe"},
    "CompleteMultipartUpload": {
        "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": '"00000000000000000000000000000000"'}]}
    },
}


@dataclasses.dataclass
class Answer:
    status: int
    code: str
    body: str


class Prober:
    def __init__(self, server):
        self.server = server
        self.session = botocore.session.get_session()
        self.models = {}

    def model(self, service):
        if service not in self.models:
            self.models[service] = self.session.get_service_model(service)
        return self.models[service]

    def knows(self, service, operation):
        return operation in self.model(service).operation_names

    def value(self, name, shape):
        if name in BY_NAME:
            given = BY_NAME[name]
            return given.replace("{account}", self.server.account) if isinstance(given, str) else given
        kind = shape.type_name
        if kind == "structure":
            return {each: self.value(each, shape.members[each]) for each in shape.required_members}
        if kind == "list":
            return [self.value(shape.member.name, shape.member)]
        if kind == "map":
            return {"probe": self.value("probe", shape.value)}
        if kind in ("integer", "long", "float", "double"):
            return max(1, int(shape.metadata.get("min", 1)))
        if kind == "boolean":
            return False
        if kind == "timestamp":
            return datetime.datetime(2026, 1, 1)
        if kind == "blob":
            return b"{}"
        if shape.metadata.get("enum"):
            return shape.metadata["enum"][0]
        return "probe".ljust(int(shape.metadata.get("min", 1)), "0")

    def parameters(self, service, operation):
        shape = self.model(service).operation_model(operation).input_shape
        if shape is None:
            return {}
        given = {name: self.value(name, shape.members[name]) for name in shape.required_members}
        given.update(OPTIONAL.get(operation, {}))
        return {name: value for name, value in given.items() if value is not None}

    def build(self, service, operation):
        """The request as bytes: (method, path with query, headers, body)."""
        if not self.knows(service, operation):
            return self.build_newer(service, operation)
        model = self.model(service).operation_model(operation)
        serializer = botocore.serialize.create_serializer(
            model.metadata["protocol"], include_validation=False
        )
        built = serializer.serialize_to_request(self.parameters(service, operation), model)
        path = built["url_path"]
        body = built.get("body") or b""
        if isinstance(body, dict):
            body = urllib.parse.urlencode(body).encode()
            built["headers"]["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        if isinstance(body, str):
            body = body.encode()
        query = built.get("query_string") or {}
        query = query if isinstance(query, str) else urllib.parse.urlencode(query)
        if query:
            path += ("&" if "?" in path else "?") + query
        if model.http_checksum_required or operation == "DeleteObjects":
            # S3 looks at the digest of such a body first.
            built["headers"]["Content-MD5"] = base64.b64encode(hashlib.md5(body).digest()).decode()
        return built["method"], path, dict(built["headers"]), body

    def build_newer(self, service, operation):
        """An operation that came after this botocore."""
        # DynamoDB and Lambda have operations of the same names.
        if operation in NEWER_PATHS and service != "dynamodb":
            method, path, body = NEWER_PATHS[operation]
            return method, path, {"Content-Type": "application/json"}, body
        metadata = self.model(service).metadata
        headers = {
            "Content-Type": f"application/x-amz-json-{metadata['jsonVersion']}",
            "X-Amz-Target": f"{metadata['targetPrefix']}.{operation}",
        }
        body = json.dumps(NEWER[operation]).replace("{account}", self.server.account).encode()
        return "POST", "/", headers, body

    def sign(self, request, service, credentials, region="us-east-1", shift=0):
        """The headers of the request with a signature made `shift` seconds away from now."""
        method, path, headers, body = request
        name = self.model(service).signing_name
        signer_type = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
        keys = botocore.credentials.Credentials(
            credentials.access_key_id, credentials.secret_access_key, credentials.session_token or None
        )
        made = botocore.awsrequest.AWSRequest(
            method=method, url=self.server.endpoint + path, headers=dict(headers), data=body
        )
        moment = datetime.datetime.utcnow() + datetime.timedelta(seconds=shift)
        if "Expires" in made.headers:
            del made.headers["Expires"]
        signer = signer_type(keys, name, region)
        original = botocore.auth.datetime
        botocore.auth.datetime = _At(moment)
        try:
            signer.add_auth(made)
        finally:
            botocore.auth.datetime = original
        return dict(made.headers.items())

    def send(self, request, headers):
        method, path, _, body = request
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers={**headers, "Content-Length": str(len(body))})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            return Answer(answer.status, error_code(answer.headers, text), text)
        finally:
            connection.close()


class _At:
    """Stands in for the datetime module inside the signer, at a moment of our choice."""

    def __init__(self, moment):
        moment_given = moment

        class Frozen(datetime.datetime):
            @classmethod
            def utcnow(cls):
                return moment_given

        self.datetime, self.timedelta = Frozen, datetime.timedelta


def error_code(headers, text):
    if named := headers.get("x-amzn-ErrorType") or headers.get("x-amzn-errortype"):
        return named.split(":")[0].split("#")[-1]
    if found := re.search(r"<Code>([^<]+)</Code>", text):
        return found.group(1)
    try:
        return str(json.loads(text).get("__type", "")).split("#")[-1]
    except (ValueError, AttributeError):
        return ""
