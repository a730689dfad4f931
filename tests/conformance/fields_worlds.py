"""Where fields_test.py sends its inputs: for each service something to work on, an input of every operation
that the gap page names which works there, and a picture of the state that a refusal must leave as it was.
"""

import io
import json
import os
import time
import zipfile

import botocore.exceptions

import fields_cases as cases
import harness

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def unique(prefix):
    return prefix + os.urandom(6).hex()


def package(text="def handler(event, context): return event\n"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("app.py", text)
    return out.getvalue()


def answer_of(call, *given, **arguments):
    """An answer without what differs from one time to the next; the code when it is an error."""
    try:
        answer = call(*given, **arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    answer.pop("ResponseMetadata")
    return json.dumps(answer, default=str, sort_keys=True)


class World:
    """inputs: operation -> input that works."""

    def __init__(self, server, client):
        self.server, self.client = server, client
        self.inputs = {}
        self.prepare()

    def prepare(self):
        raise NotImplementedError

    def picture(self):
        return []


class S3World(World):
    def prepare(self):
        s3 = self.client
        self.bucket, other = unique("fields-"), unique("fields-")
        s3.create_bucket(Bucket=self.bucket)
        for key in ("kept", "gone", "gone-too"):
            s3.put_object(Bucket=self.bucket, Key=key, Body=b"bytes")
        upload = s3.create_multipart_upload(Bucket=self.bucket, Key="parts")["UploadId"]
        part = s3.upload_part(Bucket=self.bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"part")
        aborted = s3.create_multipart_upload(Bucket=self.bucket, Key="aborted")["UploadId"]
        here = {"Bucket": self.bucket}
        parts = here | {"Key": "parts", "UploadId": upload}
        source = {"CopySource": {"Bucket": self.bucket, "Key": "kept"}}
        kept = here | {"Key": "kept"}
        encryption = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        versioning = {"Status": "Enabled"}
        ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        self.inputs = {
            "CreateBucket": {"Bucket": other},
            "GetObject": kept,
            "HeadObject": kept,
            "GetObjectAttributes": kept | {"ObjectAttributes": ["ETag"]},
            "ListObjects": here,
            "ListObjectsV2": here,
            "ListObjectVersions": here,
            "ListParts": parts,
            "PutObject": here | {"Key": "new", "Body": b"bytes"},
            "CopyObject": here | {"Key": "copy"} | source,
            "CreateMultipartUpload": here | {"Key": "more-parts"},
            "UploadPart": parts | {"PartNumber": 2, "Body": b"part"},
            "UploadPartCopy": parts | {"PartNumber": 3} | source,
            "CompleteMultipartUpload": parts
            | {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}},
            "AbortMultipartUpload": here | {"Key": "aborted", "UploadId": aborted},
            "DeleteObject": here | {"Key": "gone"},
            "DeleteObjects": here | {"Delete": {"Objects": [{"Key": "gone-too"}]}},
            "PutBucketAcl": here | {"ACL": "private"},
            "PutBucketEncryption": here | {"ServerSideEncryptionConfiguration": {"Rules": encryption}},
            "PutBucketVersioning": here | {"VersioningConfiguration": versioning},
            "PutBucketOwnershipControls": here | {"OwnershipControls": ownership},
            "PutBucketNotificationConfiguration": here | {"NotificationConfiguration": {}},
        }

    def picture(self):
        here = {"Bucket": self.bucket}
        one = self.inputs["ListParts"]
        calls = ["list_object_versions", "list_multipart_uploads", "get_bucket_versioning"]
        calls += ["get_bucket_encryption", "get_bucket_ownership_controls", "get_bucket_acl"]
        calls += ["get_bucket_notification_configuration"]
        seen = [answer_of(getattr(self.client, call), **here) for call in calls]
        return seen + [answer_of(self.client.list_buckets), answer_of(self.client.list_parts, **one)]


class LambdaWorld(World):
    def prepare(self):
        iam, name = self.server.boto("iam"), unique("fields")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        code, self.name, self.layer = {"ZipFile": package()}, name, unique("layer")
        shape = {"Runtime": "python3.12", "Handler": "app.handler", "Role": made["Role"]["Arn"]}
        self.client.create_function(FunctionName=name, Code=code, **shape)
        self.client.publish_layer_version(LayerName=self.layer, Content=code)
        here = {"FunctionName": name}
        self.client.put_function_event_invoke_config(**here, MaximumRetryAttempts=2)
        grant = {"StatementId": "one", "Action": "lambda:InvokeFunction", "Principal": self.server.account}
        reads = "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"
        iam.attach_role_policy(RoleName=name, PolicyArn=reads)
        position = {"StartingPosition": "LATEST"}
        sources = [{"EventSourceArn": self.make_stream(name + end)} | position for end in ("-a", "-b")]
        mapping = self.client.create_event_source_mapping(**here, **sources[0])["UUID"]
        self.wait_enabled(mapping)
        layer_grant = {"StatementId": "one", "Action": "lambda:GetLayerVersion", "Principal": "*"}
        function_arn = f"arn:aws:lambda:us-east-1:{self.server.account}:function:{name}:1"
        options = {"ChainedInvokeOptions": {"FunctionName": name}}
        # No execution runs: what is refused before its token is looked at is told first.
        REFUSED_ANYWAY["lambda", "CheckpointDurableExecution"] = {
            "DurableExecutionArn": function_arn + "/durable-execution/name/id",
            "CheckpointToken": "some",
            "Updates": [{"Id": "some", "Type": "CHAINED_INVOKE", "Action": "START"} | options],
        }
        self.inputs = {
            "ListFunctions": {},
            "Invoke": here | {"InvocationType": "DryRun"},
            "UpdateFunctionConfiguration": here | {"Timeout": 7},
            "UpdateFunctionCode": here | {"ZipFile": package("def handler(e, c): return 1\n")},
            "PublishVersion": here,
            "PutFunctionEventInvokeConfig": here | {"MaximumRetryAttempts": 1},
            "UpdateFunctionEventInvokeConfig": here | {"MaximumRetryAttempts": 0},
            "AddPermission": here | grant,
            "AddLayerVersionPermission": {"LayerName": self.layer, "VersionNumber": 1} | layer_grant,
            "PublishLayerVersion": {"LayerName": self.layer, "Content": code},
            "CreateFunction": {"FunctionName": name + "-new", "Code": code} | shape,
            "CreateEventSourceMapping": here | sources[1],
            "UpdateEventSourceMapping": {"UUID": mapping, "BatchSize": 5},
        }

    def make_stream(self, name):
        """The stream of a new table."""
        made = self.server.boto("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        )
        return made["TableDescription"]["LatestStreamArn"]

    def wait_enabled(self, mapping):
        deadline = time.monotonic() + 30
        while self.client.get_event_source_mapping(UUID=mapping)["State"] != "Enabled":
            assert time.monotonic() < deadline, "the mapping was not enabled in time"
            time.sleep(0.05)

    def picture(self):
        here = {"FunctionName": self.name}
        return [
            answer_of(self.client.list_functions, FunctionVersion="ALL"),
            answer_of(self.client.get_policy, **here),
            answer_of(self.client.get_function_event_invoke_config, **here),
            answer_of(self.client.list_layer_versions, LayerName=self.layer),
            answer_of(self.client.get_layer_version_policy, LayerName=self.layer, VersionNumber=1),
            answer_of(self.client.list_event_source_mappings),
        ]


class IamWorld(World):
    def prepare(self):
        user = self.client.create_user(UserName=unique("fields"))["User"]["Arn"]
        asked = {"ActionNames": ["s3:GetObject"]}
        self.inputs = {
            "SimulateCustomPolicy": asked | {"PolicyInputList": [cases.POLICY]},
            "SimulatePrincipalPolicy": asked | {"PolicySourceArn": user},
        }

    def picture(self):
        return [answer_of(self.client.get_account_authorization_details)]


class StsWorld(World):
    """Roles are not assumed by the root of an account, so a user asks."""

    def prepare(self):
        iam, name = self.server.boto("iam"), unique("fields")
        iam.create_user(UserName=name)
        allow = {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        self.user = harness.Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        trust = json.loads(json.dumps(TRUST))
        trust["Statement"][0]["Principal"] = {"AWS": self.server.account}
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        self.inputs = {
            "AssumeRole": {"RoleArn": role, "RoleSessionName": "fields"},
            "GetSessionToken": {},
            "GetFederationToken": {"Name": "fields"},
        }


class LogsWorld(World):
    def prepare(self):
        self.group = unique("fields")
        self.client.create_log_group(logGroupName=self.group)
        self.client.create_log_stream(logGroupName=self.group, logStreamName="one")
        here = {"logGroupName": self.group}
        event = {"timestamp": int(time.time() * 1000), "message": "words"}
        self.inputs = {
            "CreateLogGroup": {"logGroupName": self.group + "-new"},
            "DescribeLogGroups": {},
            "FilterLogEvents": here,
            "PutLogEvents": here | {"logStreamName": "one", "logEvents": [event]},
        }

    def picture(self):
        return [answer_of(self.client.describe_log_groups)]


class DynamoDbWorld(World):
    def prepare(self):
        table = {
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        there = unique("fields")
        arn = self.client.create_table(TableName=there, **table)["TableDescription"]["TableArn"]
        recovery = {"PointInTimeRecoveryEnabled": True}
        self.client.update_continuous_backups(TableName=there, PointInTimeRecoverySpecification=recovery)
        made = self.client.create_backup(TableName=there, BackupName="fields")
        self.inputs = {
            "RestoreTableFromBackup": {
                "TargetTableName": unique("fields-new"),
                "BackupArn": made["BackupDetails"]["BackupArn"],
            },
            "RestoreTableToPointInTime": {
                "SourceTableName": there,
                "TargetTableName": unique("fields-new"),
                "UseLatestRestorableTime": True,
            },
            "ExportTableToPointInTime": {"TableArn": arn, "S3Bucket": "no-such-bucket"},
            "ImportTable": {
                "S3BucketSource": {"S3Bucket": "no-such-bucket"},
                "InputFormat": "CSV",
                "TableCreationParameters": table | {"TableName": unique("fields-new")},
            },
            "CreateTable": table | {"TableName": unique("fields-new")},
            "UpdateTable": {"TableName": there, "TableClass": "STANDARD_INFREQUENT_ACCESS"},
        }

    def picture(self):
        there = self.inputs["UpdateTable"]["TableName"]
        return [answer_of(self.client.list_tables), answer_of(self.client.describe_table, TableName=there)]


class StreamsWorld(World):
    """Refuses nothing."""

    def prepare(self):
        self.inputs = {"ListStreams": {}}


class CloudFormationWorld(World):
    def prepare(self):
        words = ("planned", "changed", "deleted", "new", "review")
        names = {word: unique("fields-" + word) for word in words}
        for word in ("planned", "changed", "deleted"):
            self.client.create_stack(StackName=names[word], TemplateBody=cases.TEMPLATE)
        for word in ("planned", "changed", "deleted"):
            waiter = self.client.get_waiter("stack_create_complete")
            waiter.wait(StackName=names[word], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        review = {"StackName": names["review"], "ChangeSetName": "first"}
        self.client.create_change_set(**review, ChangeSetType="CREATE", TemplateBody=cases.TEMPLATE)
        self.inputs = {
            "GetTemplateSummary": {"TemplateBody": cases.TEMPLATE},
            "CreateChangeSet": {
                "StackName": names["planned"],
                "ChangeSetName": "next",
                "TemplateBody": cases.OTHER_TEMPLATE,
            },
            "ExecuteChangeSet": review,
            "UpdateStack": {"StackName": names["changed"], "TemplateBody": cases.OTHER_TEMPLATE},
            "DeleteStack": {"StackName": names["deleted"]},
            "CreateStack": {"StackName": names["new"], "TemplateBody": cases.TEMPLATE},
        }

    def picture(self):
        seen = [answer_of(self.client.describe_stacks), answer_of(self.client.list_stacks)]
        planned = self.inputs["CreateChangeSet"]["StackName"]
        return seen + [answer_of(self.client.list_change_sets, StackName=planned)]


# Inputs of operations that answer no input well: they are only refused.
REFUSED_ANYWAY = {
    ("iam", "CreateServiceLinkedRole"): {"AWSServiceName": "lex.amazonaws.com"},
    ("cloudformation", "ContinueUpdateRollback"): {"StackName": "no-such-stack"},
}
WORLDS = {
    "s3": S3World,
    "lambda": LambdaWorld,
    "iam": IamWorld,
    "sts": StsWorld,
    "logs": LogsWorld,
    "dynamodb": DynamoDbWorld,
    "dynamodbstreams": StreamsWorld,
    "cloudformation": CloudFormationWorld,
}
