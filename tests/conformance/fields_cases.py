"""What fields_test.py sends: of each operation an input that works, and of each row of the gap page a value.

A value stands for the member that the row names, at every place where an operation's input has it. A Placed
value is put elsewhere, when the member alone would be wrong for another reason.
"""

import base64
import dataclasses
import datetime
import json
import platform

MOMENT = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
ACCOUNT = "123456789012"
EVERYONE = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
TEMPLATE = json.dumps({"Resources": {"Group": {"Type": "AWS::Logs::LogGroup"}}})
OTHER_TEMPLATE = json.dumps(
    {"Resources": {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}}}
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
)
SECRET = "k" * 32


@dataclasses.dataclass(frozen=True)
class Placed:
    path: str
    value: object
    beside: dict = dataclasses.field(default_factory=dict)  # other members that it is refused with


def encoded(size):
    return base64.b64encode(bytes(size)).decode()


def arn(service, rest):
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{rest}"


S3_VALUES = {
    "SSECustomerAlgorithm": "AES256",
    "SSECustomerKey": SECRET,
    "SSECustomerKeyMD5": encoded(16),
    "CopySourceSSECustomerAlgorithm": "AES256",
    "CopySourceSSECustomerKey": SECRET,
    "CopySourceSSECustomerKeyMD5": encoded(16),
    "SSEKMSKeyId": arn("kms", "key/1"),
    "SSEKMSEncryptionContext": encoded(12),
    "BucketKeyEnabled": True,
    "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
    "ObjectLockMode": "GOVERNANCE",
    "ObjectLockRetainUntilDate": MOMENT,
    "ObjectLockLegalHoldStatus": "ON",
    "ObjectLockEventHold": "ON",
    "ObjectLockEventHoldDurationDays": 3,
    "ObjectLockEventHoldDurationYears": 3,
    "ObjectLockEnabledForBucket": True,
    "BypassGovernanceRetention": True,
    "WebsiteRedirectLocation": "/elsewhere",
    "ChecksumSHA512": encoded(64),
    "ChecksumMD5": encoded(16),
    "ChecksumXXHASH64": encoded(8),
    "ChecksumXXHASH3": encoded(8),
    "ChecksumXXHASH128": encoded(16),
    "OptionalObjectAttributes": ["RestoreStatus"],
    "WriteOffsetBytes": 5,
    "AnnotationDirective": "COPY",
    "IfMatchInitiatedTime": MOMENT,
    "BucketNamespace": "account-regional",
    "CreateBucketConfiguration.Location": {"Name": "use1-az1", "Type": "AvailabilityZone"},
    "CreateBucketConfiguration.Bucket": {"DataRedundancy": "SingleAvailabilityZone", "Type": "Directory"},
    "ACL": "public-read",
    "GrantFullControl": EVERYONE,
    "GrantRead": EVERYONE,
    "GrantReadACP": EVERYONE,
    "GrantWrite": EVERYONE,
    "GrantWriteACP": EVERYONE,
    "AccessControlPolicy": {
        "Owner": {"ID": "0" * 64},
        "Grants": [
            {
                "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
                "Permission": "READ",
            }
        ],
    },
    "TopicConfigurations": [{"TopicArn": arn("sns", "topic"), "Events": ["s3:ObjectCreated:*"]}],
    "QueueConfigurations": [{"QueueArn": arn("sqs", "queue"), "Events": ["s3:ObjectCreated:*"]}],
    "EventBridgeConfiguration": {},
}

LAMBDA_VALUES = {
    "VpcConfig": {"SubnetIds": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]},
    "FileSystemConfigs": [
        {
            "Arn": arn("elasticfilesystem", "access-point/fsap-0123456789abcdef0"),
            "LocalMountPath": "/mnt/files",
        }
    ],
    "ImageConfig": {"Command": ["app.handler"]},
    "Code.ImageUri": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/app:latest",
    "ImageUri": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/app:latest",
    "KMSKeyArn": arn("kms", "key/1"),
    "Code.SourceKMSKeyArn": arn("kms", "key/1"),
    "SourceKMSKeyArn": arn("kms", "key/1"),
    "DeadLetterConfig.TargetArn": arn("sqs", "queue"),
    "DestinationConfig of queues, topics and buses": {"OnFailure": {"Destination": arn("sqs", "queue")}},
    "Architectures of another machine": ["arm64" if platform.machine() == "x86_64" else "x86_64"],
    "Runtime of dotnet and go": "dotnet8",
    "SnapStart of Java and .NET": Placed(
        "SnapStart", {"ApplyOn": "PublishedVersions"}, beside={"Runtime": "java21"}
    ),
    "CodeSigningConfigArn": arn("lambda", "code-signing-config:csc-0123456789abcdef0"),
    "TenancyConfig": {"TenantIsolationMode": "PER_TENANT"},
    "CapacityProviderConfig": {
        "LambdaManagedInstancesCapacityProviderConfig": {
            "CapacityProviderArn": arn("lambda", "capacity-provider:some")
        }
    },
    "DurableConfig.KMSKeyArn": arn("kms", "key/1"),
    "Updates.ChainedInvokeOptions.TenantId": "some",
    "PublishTo": "LATEST_PUBLISHED",
    "S3ObjectStorageMode": "REFERENCE",
    "EventSourceToken": "token",
    "PrincipalOrgID": "o-0123456789",
    "OrganizationId": "o-0123456789",
    "TenantId": "some",
    "MasterRegion of another region": "eu-west-1",
    "EventSourceArn of Kafka, MQ and DocumentDB": arn("kafka", "cluster/some/1"),
    "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["some:9092"]}},
    "Topics": ["some"],
    "Queues": ["some"],
    "SourceAccessConfigurations": [{"Type": "BASIC_AUTH", "URI": arn("secretsmanager", "secret:some")}],
    "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": "some"},
    "SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": "some"},
    "DocumentDBEventSourceConfig": {"DatabaseName": "some"},
    "MetricsConfig": {"Metrics": ["EventCount"]},
    "LoggingConfig": {"SystemLogLevel": "DEBUG"},
    "ProvisionedPollerConfig": {"MinimumPollers": 2},
}

STRINGS = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "tenant", "round")]
WIDE_INDEX = {
    "IndexName": "wide",
    "KeySchema": [
        {"AttributeName": "tenant", "KeyType": "HASH"},
        {"AttributeName": "round", "KeyType": "RANGE"},
        {"AttributeName": "pk", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "ALL"},
}
WIDE_TABLE = {
    "TableName": "wide-table",
    "AttributeDefinitions": STRINGS,
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
    "GlobalSecondaryIndexes": [WIDE_INDEX],
}

VALUES = {
    "s3": S3_VALUES,
    "lambda": LAMBDA_VALUES,
    "iam": {
        "ResourceHandlingOption": "EC2-VPC-InstanceStore",
        "PolicyExclusionList": [{"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
        "OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": [POLICY]}],
        "AWSServiceName": "lex.amazonaws.com",
        "Description": "words",
        "CustomSuffix": "suffix",
    },
    "sts": {
        "SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/phone",
        "TokenCode": "123456",
        "ProvidedContexts": [
            {"ProviderArn": "arn:aws:iam::aws:contextProvider/IdentityCenter", "ContextAssertion": "abcdef"}
        ],
        "MinimumSessionTokenSize": 4096,
    },
    "logs": {
        "kmsKeyId": arn("kms", "key/1"),
        "logGroupClass other than STANDARD": "INFREQUENT_ACCESS",
        "includeLinkedAccounts": True,
        "accountIdentifiers of other accounts": [ACCOUNT],
        "entity": {"keyAttributes": {"Type": "Service", "Name": "shop"}},
    },
    "dynamodb": {
        "SSESpecification.Enabled": True,
        "SSESpecification.KMSMasterKeyId": "alias/key",
        "SSESpecification.SSEType": "KMS",
        "S3SseKmsKeyId": "alias/key",
        "FilterSpecification": {"FilterExpression": "attribute_exists(pk)"},
        "SSESpecificationOverride.Enabled": True,
        "SSESpecificationOverride.KMSMasterKeyId": "alias/key",
        "SSESpecificationOverride.SSEType": "KMS",
        "GlobalSecondaryIndexes.KeySchema of several attributes per part": Placed(
            "GlobalSecondaryIndexes", [WIDE_INDEX], beside={"AttributeDefinitions": STRINGS}
        ),
        "TableCreationParameters.GlobalSecondaryIndexes.KeySchema of several attributes per part": Placed(
            "TableCreationParameters", WIDE_TABLE
        ),
        "GlobalSecondaryIndexUpdates.Create.KeySchema of several attributes per part": Placed(
            "GlobalSecondaryIndexUpdates",
            [{"Create": WIDE_INDEX}],
            beside={"AttributeDefinitions": STRINGS},
        ),
        "VectorIndexOverride": [],
        "VectorIndexes": [],
        "VectorIndexUpdates": [],
        "GlobalTableSourceArn": arn("dynamodb", "table/there"),
        "GlobalTableSettingsReplicationMode": "ENABLED",
        "ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}],
        "MultiRegionConsistency": "STRONG",
        "GlobalTableWitnessUpdates": [{"Create": {"RegionName": "eu-west-1"}}],
        "DisassociationProtectionEnabled": True,
    },
    "cloudformation": {
        "NotificationARNs": [arn("sns", "topic")],
        "ResourceTypes": ["AWS::Logs::*"],
        "RollbackConfiguration.RollbackTriggers": [
            {"Arn": arn("cloudwatch", "alarm:a"), "Type": "AWS::CloudWatch::Alarm"}
        ],
        "RollbackConfiguration.MonitoringTimeInMinutes": 5,
        "RetainExceptOnCreate": True,
        "DeploymentConfig": {"Mode": "EXPRESS"},
        "DisableValidation": True,
        "StackPolicyBody": POLICY,
        "StackPolicyURL": "https://bucket.s3.amazonaws.com/policy.json",
        "StackPolicyDuringUpdateBody": POLICY,
        "StackPolicyDuringUpdateURL": "https://bucket.s3.amazonaws.com/policy.json",
        "ForceRollback": True,
        "ResourcesToImport": [
            {
                "ResourceType": "AWS::Logs::LogGroup",
                "LogicalResourceId": "Group",
                "ResourceIdentifier": {"LogGroupName": "some"},
            }
        ],
        "ImportExistingResources": True,
        "IncludeNestedStacks": True,
        "DeploymentMode": "REVERT_DRIFT",
        "StackSetName": "some",
        "CallAs": "SELF",
        "TemplateSummaryConfig": {"TreatUnrecognizedResourceTypesAsWarnings": True},
    },
}


def value_of(service, member):
    """The value of a row: its own ("MFADelete=Enabled"), else the one above."""
    if "=" in member and member not in VALUES[service]:
        text = member.split("=", 1)[1]
        return {"true": True, "false": False}.get(text, text)
    return VALUES[service][member]


def least(shapes, shape):
    """A value of a shape with what it requires and nothing else."""
    one = shapes[shape]
    if one["type"] == "structure":
        return {
            name: least(shapes, one["members"][name]["shape"]) for name in one.get("required", [])
        }
    if one["type"] == "list":
        return [least(shapes, one["member"]["shape"])]
    if one["type"] == "string":
        return one.get("enum", ["some-name"])[0]
    return one.get("min", 1)


def put(shapes, shape, inputs, path, value):
    """Sets the member at a path, in the first element of each list on the way; makes what is not there."""
    name, _, rest = path.partition(".")
    if not rest:
        inputs[name] = value
        return
    inner = shapes[shapes[shape]["members"][name]["shape"]]
    if inner["type"] == "list":
        inputs[name] = [dict(one) for one in inputs.get(name, [least(shapes, inner["member"]["shape"])])]
        put(shapes, inner["member"]["shape"], inputs[name][0], rest, value)
    else:
        made = least(shapes, shapes[shape]["members"][name]["shape"])
        inputs[name] = dict(inputs.get(name, made))
        put(shapes, shapes[shape]["members"][name]["shape"], inputs[name], rest, value)
