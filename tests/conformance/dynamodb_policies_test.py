"""Resource policies of tables and streams, and what statements ask of IAM: who may do what, with which side
allowing it, in one account and across two.
"""

import json
import os
import unittest

import botocore.exceptions

import fields_test
import harness

DENIED = "AccessDeniedException"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resources, **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources} | more


class Api:
    """Operations by name, also those that Debian's boto3 does not know: the answer, or an error's code."""

    def __init__(self, server, credentials=None, service="dynamodb"):
        self.client, self.keys = fields_test.newest_client(server, service, credentials), credentials

    def __call__(self, operation, **given):
        try:
            answer = self.client._make_api_call(operation, given)
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"]
        answer.pop("ResponseMetadata")
        return answer


class Policies(unittest.TestCase):
    def setUp(self):
        self.name = "p" + os.urandom(6).hex()
        self.api = Api(self.server)
        self.users = []
        made = self.api(
            "CreateTable",
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "by", "AttributeType": "S"},
            ],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "idx",
                    "KeySchema": [{"AttributeName": "by", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        )["TableDescription"]
        self.arn, self.stream = made["TableArn"], made["LatestStreamArn"]
        self.api("PutItem", TableName=self.name, Item={"pk": {"S": "a"}, "by": {"S": "b"}})

    def tearDown(self):
        for iam, name in self.users:
            self.remove_user(iam, name)
        self.api("DeleteTable", TableName=self.name)

    def user(self, *statements, root=None, name=None):
        """A user with these rights: its ARN, and DynamoDB in its name."""
        iam, name = self.server.boto("iam", root), name or self.name + str(len(self.users))
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        self.users.append((iam, name))
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return arn, Api(self.server, harness.Credentials(key["AccessKeyId"], key["SecretAccessKey"]))

    def remove_user(self, iam, name):
        for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
            iam.delete_user_policy(UserName=name, PolicyName=policy)
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName=name)

    def put(self, *statements, arn=None, **more):
        return self.api(
            "PutResourcePolicy", ResourceArn=arn or self.arn, Policy=document(*statements), **more
        )

    def get(self, api, table=None):
        return api("GetItem", TableName=table or self.name, Key={"pk": {"S": "a"}})

    def query(self, api, table=None, index=None):
        question = {
            "TableName": table or self.name,
            "KeyConditionExpression": "#k = :v",
            "ExpressionAttributeNames": {"#k": "by" if index else "pk"},
            "ExpressionAttributeValues": {":v": {"S": "b" if index else "a"}},
        }
        return api("Query", **question, **({"IndexName": index} if index else {}))

    def test_policy_alone_allows(self):
        """a table's policy lets a user of the account in that no other policy allows anything, at once"""
        arn, api = self.user()
        self.assertEqual(self.get(api), DENIED)
        self.put(allow("dynamodb:GetItem", self.arn, Principal={"AWS": arn}))
        self.assertEqual(self.get(api)["Item"]["pk"], {"S": "a"})
        self.assertEqual(api("PutItem", TableName=self.name, Item={"pk": {"S": "b"}}), DENIED)
        both = [{"TableName": self.name, "Key": {"pk": {"S": "a"}}}]
        self.assertIn("Responses", api("TransactGetItems", TransactItems=[{"Get": both[0]}]))
        self.assertEqual(api("ExecuteStatement", Statement=f'SELECT * FROM "{self.name}"'), DENIED)
        self.api("DeleteResourcePolicy", ResourceArn=self.arn)
        self.assertEqual(self.get(api), DENIED)

    def test_index(self):
        """the table's policy is that of its indexes: each is named by its own ARN"""
        arn, api = self.user()
        self.put(allow("dynamodb:Query", self.arn + "/index/idx", Principal={"AWS": arn}))
        self.assertEqual(self.query(api, index="idx")["Count"], 1)
        self.assertEqual(self.query(api), DENIED)
        self.put(allow("dynamodb:Query", self.arn, Principal={"AWS": arn}))
        self.assertEqual(self.query(api, index="idx"), DENIED)
        self.assertEqual(self.query(api)["Count"], 1)

    def test_deny_wins(self):
        """what a table's policy denies is denied to whom everything is allowed, in every operation"""
        arn, api = self.user(allow("dynamodb:*", "*"))
        deny = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": [self.arn, self.arn + "/index/*"]}
        self.put(deny | {"Principal": {"AWS": arn}})
        key, named = {"pk": {"S": "a"}}, {"TableName": self.name}
        update = {"Enabled": True, "AttributeName": "t"}
        one = {"TableName": self.name, "Key": key}
        calls = {
            "GetItem": one,
            "PutItem": named | {"Item": key},
            "UpdateItem": one,
            "DeleteItem": one,
            "Scan": named,
            "BatchGetItem": {"RequestItems": {self.name: {"Keys": [key]}}},
            "BatchWriteItem": {"RequestItems": {self.name: [{"PutRequest": {"Item": key}}]}},
            "TransactGetItems": {"TransactItems": [{"Get": one}]},
            "TransactWriteItems": {"TransactItems": [{"Delete": one}]},
            "ExecuteStatement": {"Statement": f'SELECT * FROM "{self.name}"'},
            "BatchExecuteStatement": {"Statements": [{"Statement": f'DELETE FROM "{self.name}" WHERE pk=1'}]},
            "ExecuteTransaction": {
                "TransactStatements": [{"Statement": f"EXISTS(SELECT * FROM \"{self.name}\" WHERE pk='a')"}]
            },
            "DescribeTable": named,
            "UpdateTable": named | {"TableClass": "STANDARD"},
            "DeleteTable": named,
            "UpdateTimeToLive": named | {"TimeToLiveSpecification": update},
            "DescribeTimeToLive": named,
            "TagResource": {"ResourceArn": self.arn, "Tags": [{"Key": "a", "Value": "b"}]},
            "UntagResource": {"ResourceArn": self.arn, "TagKeys": ["a"]},
            "ListTagsOfResource": {"ResourceArn": self.arn},
            "PutResourcePolicy": {"ResourceArn": self.arn, "Policy": document()},
            "GetResourcePolicy": {"ResourceArn": self.arn},
            "DeleteResourcePolicy": {"ResourceArn": self.arn},
        }
        answers = {operation: api(operation, **given) for operation, given in calls.items()}
        self.assertEqual(answers, dict.fromkeys(calls, DENIED))
        self.assertEqual(self.query(api, index="idx"), DENIED)
        self.assertEqual(self.query(api), DENIED)
        self.api("DeleteResourcePolicy", ResourceArn=self.arn)
        self.assertEqual(self.query(api)["Count"], 1)

    def test_across_accounts(self):
        """a user of another account reaches a table by its ARN when both sides allow it, and only then"""
        arn, api = self.user(allow("dynamodb:*", "*"), root=harness.OTHER_ROOT)
        poor, poor_api = self.user(root=harness.OTHER_ROOT)
        self.assertEqual(self.get(api, self.arn), DENIED)
        actions = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:DescribeTable"]
        actions += ["dynamodb:UpdateTimeToLive", "dynamodb:DescribeTimeToLive"]
        resources = [self.arn, self.arn + "/index/*"]
        self.put(allow(actions, resources, Principal={"AWS": [arn, poor]}))
        self.assertEqual(self.get(api, self.arn)["Item"]["by"], {"S": "b"})
        self.assertEqual(self.query(api, self.arn, "idx")["Count"], 1)
        self.assertEqual(api("PutItem", TableName=self.arn, Item={"pk": {"S": "c"}}), {})
        self.assertEqual(api("DescribeTable", TableName=self.arn)["Table"]["TableArn"], self.arn)
        self.assertEqual(self.get(poor_api, self.arn), DENIED)
        self.assertEqual(api("DescribeTimeToLive", TableName=self.arn), DENIED)
        self.assertEqual(api("DeleteItem", TableName=self.arn, Key={"pk": {"S": "a"}}), DENIED)
        self.assertEqual(self.get(api), "ResourceNotFoundException")  # its own account has no such table

    def test_stream(self):
        """a stream has a policy of its own, which opens it to another account"""
        arn, api = self.user(allow("dynamodb:*", "*"), root=harness.OTHER_ROOT)
        streams = Api(self.server, api.keys, "dynamodbstreams")
        self.put(allow("dynamodb:GetItem", self.arn, Principal={"AWS": arn}))
        self.assertEqual(streams("DescribeStream", StreamArn=self.stream), DENIED)
        actions = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
        self.put(allow(actions, self.stream, Principal={"AWS": arn}), arn=self.stream)
        shard = streams("DescribeStream", StreamArn=self.stream)["StreamDescription"]["Shards"][0]["ShardId"]
        first = {"StreamArn": self.stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        iterator = streams("GetShardIterator", **first)["ShardIterator"]
        self.assertEqual(len(streams("GetRecords", ShardIterator=iterator)["Records"]), 1)
        self.api("DeleteResourcePolicy", ResourceArn=self.stream)
        self.assertEqual(streams("GetRecords", ShardIterator=iterator), DENIED)
        mine = Api(self.server, service="dynamodbstreams")
        self.assertIn("StreamDescription", mine("DescribeStream", StreamArn=self.stream))

    def test_made_again(self):
        """a user made again under the name of one that a policy names is not let in"""
        arn, _ = self.user(name=self.name)
        self.put(allow("dynamodb:GetItem", self.arn, Principal={"AWS": arn}))
        self.remove_user(*self.users.pop())
        shown = json.loads(self.api("GetResourcePolicy", ResourceArn=self.arn)["Policy"])
        self.assertRegex(shown["Statement"][0]["Principal"]["AWS"], "^AIDA")
        _, api = self.user(name=self.name)
        self.assertEqual(self.get(api), DENIED)

    def test_lockout(self):
        """who would take the right to change the policy from himself has to confirm it"""
        arn, api = self.user(allow("dynamodb:*", "*"))
        deny = {"Effect": "Deny", "Action": "dynamodb:PutResourcePolicy", "Resource": self.arn}
        policy = {"ResourceArn": self.arn, "Policy": document(deny | {"Principal": {"AWS": arn}})}
        self.assertEqual(api("PutResourcePolicy", **policy), "ValidationException")
        self.assertEqual(self.api("GetResourcePolicy", ResourceArn=self.arn), "PolicyNotFoundException")
        confirmed = api("PutResourcePolicy", **policy, ConfirmRemoveSelfResourceAccess=True)
        self.assertIn("RevisionId", confirmed)
        self.assertEqual(api("PutResourcePolicy", **policy), DENIED)

    def test_made_with_a_policy(self):
        """who makes a table with a policy needs the right to put one"""
        arn, api = self.user(allow(["dynamodb:CreateTable", "dynamodb:DescribeTable"], "*"))
        name = self.name + "-with"
        table = {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "ResourcePolicy": document(allow("dynamodb:GetItem", "*", Principal={"AWS": arn})),
        }
        self.assertEqual(api("CreateTable", **table), DENIED)
        self.assertIn("TableDescription", self.api("CreateTable", **table))
        self.assertEqual(self.get(api, name), {})
        self.api("DeleteTable", TableName=name)

    def test_rights_on_statements(self):
        """rights on leading keys and against scans hold for statements as for the other operations"""
        mine = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["a"]}}
        whole = {"StringEquals": {"dynamodb:FullTableScan": "true"}}
        actions = ["dynamodb:PartiQLSelect", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"]
        deny = {"Effect": "Deny", "Action": "dynamodb:PartiQLSelect", "Resource": "*", "Condition": whole}
        _, api = self.user(allow(actions, "*", Condition=mine), deny)

        def run(statement):
            return api("ExecuteStatement", Statement=statement.replace("T", f'"{self.name}"'))

        self.assertEqual(len(run("select * from T where pk = 'a'")["Items"]), 1)
        self.assertEqual(run("select * from T where pk in ['a', 'b']"), DENIED)
        self.assertEqual(run("select * from T where \"by\" = 'b'"), DENIED)
        self.assertEqual(run("insert into T value {'pk': 'b'}"), DENIED)
        self.assertEqual(run("update T set n = 1 where pk = 'a'"), {"Items": []})
        self.assertEqual(run("update T set n = 1 where pk = 'b'"), DENIED)
        statement = {"Statement": f"update \"{self.name}\" set n = 1 where pk = 'b'"}
        self.assertEqual(api("ExecuteTransaction", TransactStatements=[statement]), DENIED)
