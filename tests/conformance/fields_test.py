"""What the gap page says is refused is refused, in every operation that has the member, and changes nothing;
and the members that tests/tools/fields/explained.py explains do what it says.
"""

import json
import pathlib
import subprocess
import sys
import unittest

import botocore.exceptions


import fields_cases as cases
import fields_worlds as worlds
import harness

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))

from fields import explained, members  # noqa: E402

STATUS = {"NotImplemented": 501, "InvalidArgument": 400, "AccessControlListNotSupported": 400}


def gap_page():
    shown = subprocess.check_output([harness.binary(), "gaps", "--json"], text=True)
    return {one["name"]: one for one in json.loads(shown)["services"]}


def newest_client(server, service, credentials=None):
    """A boto3 client that knows what our models know and its own are too old for; it checks nothing."""
    client = server.boto(service, credentials, parameter_validation=False)
    known = client.meta.service_model._service_description["shapes"]
    for name, shape in members.load(service).shapes.items():
        old = known.setdefault(name, shape)
        for member, reference in shape.get("members", {}).items():
            old["members"].setdefault(member, reference)
    operations = client.meta.service_model._service_description["operations"]
    for name, operation in members.load(service).operations.items():
        sides = {side: {"shape": operation[side]} for side in ("input", "output") if side in operation}
        operations.setdefault(name, {"name": name, "http": operation["http"], **sides})
    return client


class Rows:
    """The rows of a service's gap page as inputs: (operation, row, path, input)."""

    def __init__(self, service, page, inputs):
        self.service, self.model = service, members.load(service)
        self.operations = [one["name"] for one in page["operations"] if one["implemented"]]
        self.refused, self.inputs = page["refused"], inputs

    def places(self, row):
        name = row["member"].split("=")[0].split(" ")[0]
        for operation in self.operations:
            if row["operation"] not in ("*", operation):
                continue
            for member in members.input_members(self.model, operation, lambda _: True):
                if member.path == name or member.path.endswith("." + name):
                    yield operation, member.path

    def inputs_of(self, row):
        for operation, path in self.places(row):
            given = self.inputs.get(operation, worlds.REFUSED_ANYWAY.get((self.service, operation)))
            if given is None:
                raise KeyError(f"{self.service} {operation}: fields_worlds.py has no input of it")
            value, filled = cases.value_of(self.service, row["member"]), dict(given)
            if isinstance(value, cases.Placed):
                filled |= value.beside
                path, value = value.path, value.value
            cases.put(self.model.shapes, self.model.operations[operation]["input"], filled, path, value)
            yield operation, path, filled


class Refusals(unittest.TestCase):
    def problem_of(self, client, operation, given, answer):
        try:
            seen = client._make_api_call(operation, given)
        except botocore.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            # The answer to HEAD has no body; clients make the code of its status.
            good = code == answer or (operation.startswith("Head") and status == STATUS[answer])
            return None if good else f"answers {code}: {error.response['Error']['Message']}"
        except (botocore.exceptions.BotoCoreError, ValueError, TypeError) as error:
            return f"was never sent: {error!r}"
        where, _, told = answer.partition(": ")
        if told and told in str(seen.get(where)):
            return None
        return "is accepted"

    def check(self, service):
        page = gap_page()[service]
        world = worlds.WORLDS[service](self.server, newest_client(self.server, service))
        client = world.client
        if service == "sts":
            client = newest_client(self.server, service, world.user)
        rows, problems, sent = Rows(service, page, world.inputs), [], 0
        for row in page["refused"]:
            before, count = world.picture(), 0
            for operation, path, given in rows.inputs_of(row):
                count += 1
                problem = self.problem_of(client, operation, given, row["answer"])
                if problem is not None:
                    problems.append(f"{operation} with {path} ({row['member']}) {problem}")
            if count == 0:
                problems.append(f"no operation has the member of the row {row['member']}")
            # A row that is told beside the answer lets the rest of the request happen.
            if ": " not in row["answer"] and world.picture() != before:
                problems.append(f"a refusal of {row['member']} changed something")
            sent += count
        for operation, given in world.inputs.items():
            try:
                client._make_api_call(operation, given)
            except botocore.exceptions.ClientError as error:
                problems.append(f"{operation} fails without any refused member: {error}")
        if problems:
            self.fail(f"{len(problems)} of {sent} inputs:\n" + "\n".join(problems))

    def test_s3(self):
        """S3 refuses what the gap page lists, and changes nothing"""
        self.check("s3")

    def test_lambda(self):
        """Lambda refuses what the gap page lists, and changes nothing"""
        self.check("lambda")

    def test_iam(self):
        """IAM refuses what the gap page lists, and changes nothing"""
        self.check("iam")

    def test_sts(self):
        """STS refuses what the gap page lists"""
        self.check("sts")

    def test_logs(self):
        """CloudWatch Logs refuses what the gap page lists, and changes nothing"""
        self.check("logs")

    def test_dynamodb(self):
        """DynamoDB refuses what the gap page lists, and changes nothing"""
        self.check("dynamodb")

    def test_dynamodbstreams(self):
        """DynamoDB Streams refuses nothing"""
        self.check("dynamodbstreams")

    def test_cloudformation(self):
        """CloudFormation refuses what the gap page lists, and changes nothing"""
        self.check("cloudformation")

    def test_every_service(self):
        """every service that is implemented is tried"""
        page = gap_page().values()
        served = {one["name"] for one in page if any(op["implemented"] for op in one["operations"])}
        self.assertEqual(served, set(worlds.WORLDS))


def client_method(client, operation):
    return next(name for name, known in client.meta.method_to_api_mapping.items() if known == operation)


class Explained(unittest.TestCase):
    """Members that no code names. `shown` says which test shows what of each."""

    shown = {
        ("s3", "*", "RequestPayer"): "test_request_payer",
        ("s3", "*", "MFA"): "test_mfa",
        ("s3", "*", "ContentMD5"): "test_body_digests",
        ("s3", "*", "ChecksumAlgorithm"): "test_body_digests",
        ("s3", "PutObject", "ContentLength"): "test_content_length",
        ("s3", "UploadPart", "ContentLength"): "test_content_length",
        ("s3", "PutBucketCors", "CORSConfiguration.CORSRules.ID"): "test_cors_id",
        ("logs", "FilterLogEvents", "interleaved"): "test_ignored_by_logs",
        ("logs", "PutLogEvents", "sequenceToken"): "test_ignored_by_logs",
        ("cloudformation", "*", "Parameters.ResolvedValue"): "test_resolved_value",
    }

    def setUp(self):
        self.s3 = self.server.boto("s3")

    def bucket(self):
        name = worlds.unique("explained-")
        self.s3.create_bucket(Bucket=name)
        self.s3.put_object(Bucket=name, Key="key", Body=b"bytes")
        return name

    def with_headers(self, operation, headers):
        """A client that adds headers to one operation after everything else."""
        client = self.server.boto("s3")
        client.meta.events.register_last(
            f"before-call.s3.{operation}", lambda params, **_: params["headers"].update(headers)
        )
        return client

    def assert_code(self, code, call, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError, msg=f"{call.__name__}") as refused:
            call(**arguments)
        told = refused.exception.response["Error"]
        self.assertEqual(told["Code"], code, f"{refused.exception.operation_name}: {told['Message']}")

    def test_complete(self):
        """every explanation has a test"""
        self.assertEqual(set(self.shown), set(explained.EXPLAINED))
        self.assertTrue(all(hasattr(self, name) for name in self.shown.values()))

    def test_request_payer(self):
        """a requester who would pay reads like any other, and is told of no charge"""
        answer = self.s3.get_object(Bucket=self.bucket(), Key="key", RequestPayer="requester")
        self.assertEqual(answer["Body"].read(), b"bytes")
        self.assertNotIn("RequestCharged", answer)

    def test_mfa(self):
        """no bucket can be made to ask for MFA, so a token is not asked for"""
        bucket = self.bucket()
        self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        self.assert_code(
            "NotImplemented",
            self.s3.put_bucket_versioning,
            Bucket=bucket,
            VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"},
            MFA="arn:aws:iam::123456789012:mfa/phone 123456",
        )
        self.s3.delete_object(Bucket=bucket, Key="key", MFA="arn:aws:iam::123456789012:mfa/phone 123456")

    def test_body_digests(self):
        """a body that is not what its digest says is refused by every operation that takes one"""
        bucket, tags = self.bucket(), {"TagSet": [{"Key": "a", "Value": "b"}]}
        zeros = {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}
        crc = {"x-amz-checksum-crc32": "AAAAAQ==", "x-amz-sdk-checksum-algorithm": "CRC32"}
        rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        cors = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
        shut = f"arn:aws:s3:::{bucket}/x"
        policy = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": shut}
        block = {"BlockPublicAcls": True}
        inputs = {
            "PutBucketAcl": {"ACL": "private"},
            "PutBucketCors": {"CORSConfiguration": cors},
            "PutBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": rules}},
            "PutBucketOwnershipControls": {
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
            },
            "PutBucketPolicy": {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [policy]})},
            "PutBucketTagging": {"Tagging": tags},
            "PutBucketVersioning": {"VersioningConfiguration": {"Status": "Enabled"}},
            "PutObjectTagging": {"Key": "key", "Tagging": tags},
            "PutPublicAccessBlock": {"PublicAccessBlockConfiguration": block},
            "DeleteObjects": {"Delete": {"Objects": [{"Key": "key"}]}},
        }
        wanted = {
            operation
            for operation, one in members.load("s3").operations.items()
            if operation in {name for name, _ in self.taking_digests()} and one.get("input")
        }
        self.assertEqual(wanted, set(inputs))
        for operation, given in inputs.items():
            for headers in (zeros, crc):
                client = self.with_headers(operation, headers)
                method = getattr(client, client_method(client, operation))
                self.assert_code("BadDigest", method, Bucket=bucket, **given)

    def taking_digests(self):
        """The operations whose ContentMD5 or ChecksumAlgorithm is explained rather than named by code."""
        model, page = members.load("s3"), gap_page()["s3"]
        stream = {"PutObject", "UploadPart", "CopyObject", "CreateMultipartUpload"}  # these name theirs
        for one in page["operations"]:
            if not one["implemented"] or one["name"] in stream:
                continue
            for member in members.input_members(model, one["name"], lambda _: False):
                if member.path in ("ContentMD5", "ChecksumAlgorithm"):
                    yield one["name"], member.path

    def test_content_length(self):
        """a body that is longer than it says is not stored"""
        bucket = self.bucket()
        upload = self.s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
        short = {"Content-Length": "3"}
        with self.assertRaises((botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)):
            self.with_headers("PutObject", short).put_object(Bucket=bucket, Key="long", Body=b"bytes")
        with self.assertRaises((botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)):
            self.with_headers("UploadPart", short).upload_part(
                Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"bytes"
            )
        self.assertEqual(self.s3.list_objects_v2(Bucket=bucket)["KeyCount"], 1)
        self.assertNotIn("Parts", self.s3.list_parts(Bucket=bucket, Key="parts", UploadId=upload))

    def test_cors_id(self):
        """a rule keeps its name"""
        bucket, rule = self.bucket(), {"ID": "first", "AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
        self.s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
        self.assertEqual(self.s3.get_bucket_cors(Bucket=bucket)["CORSRules"], [rule])

    def test_ignored_by_logs(self):
        """sequence tokens and interleaving are taken and make no difference"""
        world = worlds.LogsWorld(self.server, self.server.boto("logs"))
        world.client.put_log_events(**world.inputs["PutLogEvents"], sequenceToken="any")
        for interleaved in (True, False):
            found = world.client.filter_log_events(logGroupName=world.group, interleaved=interleaved)
            self.assertEqual([event["message"] for event in found["events"]], ["words"])

    def test_resolved_value(self):
        """a resolved value in a request does not become the parameter"""
        client, name = self.server.boto("cloudformation"), worlds.unique("explained-")
        template = json.loads(cases.TEMPLATE) | {"Parameters": {"Word": {"Type": "String"}}}
        given = {"ParameterKey": "Word", "ParameterValue": "asked", "ResolvedValue": "other"}
        client.create_stack(StackName=name, TemplateBody=json.dumps(template), Parameters=[given])
        shown = client.describe_stacks(StackName=name)["Stacks"][0]["Parameters"]
        self.assertEqual(shown, [{"ParameterKey": "Word", "ParameterValue": "asked"}])


class Effects(unittest.TestCase):
    """Members whose effect no other test shows."""

    def test_change_set_token(self):
        """a change set that is asked for again with its token is the one that was made"""
        client, name = self.server.boto("cloudformation"), worlds.unique("effects-")
        given = {"StackName": name, "ChangeSetName": "one", "ChangeSetType": "CREATE", "ClientToken": "a"}
        made = [client.create_change_set(**given, TemplateBody=cases.TEMPLATE)["Id"] for _ in range(2)]
        self.assertEqual(made[0], made[1])
        with self.assertRaises(client.exceptions.AlreadyExistsException):
            client.create_change_set(**given | {"ClientToken": "b"}, TemplateBody=cases.TEMPLATE)

    def test_context_type(self):
        """a value that is not of its context key's type is refused by the simulator"""
        iam = self.server.boto("iam")
        asked = {"PolicyInputList": [cases.POLICY], "ActionNames": ["s3:GetObject"]}
        for kind, good, bad in (
            ("numeric", ["1.5"], ["one"]),
            ("date", ["2024-01-01T00:00:00Z"], ["soon"]),
            ("ip", ["10.0.0.1"], ["10.0.0"]),
            ("boolean", ["true"], ["yes"]),
            ("string", ["a"], ["a", "b"]),
            ("stringList", ["a", "b"], None),
        ):
            entry = {"ContextKeyName": "aws:some", "ContextKeyType": kind}
            iam.simulate_custom_policy(**asked, ContextEntries=[entry | {"ContextKeyValues": good}])
            if bad is None:
                continue
            with self.assertRaises(iam.exceptions.InvalidInputException, msg=kind):
                iam.simulate_custom_policy(**asked, ContextEntries=[entry | {"ContextKeyValues": bad}])
