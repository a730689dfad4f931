"""Tables in templates: what an update changes in place and what it replaces, and what is refused."""

import json
import os
import unittest

import botocore.exceptions

import fields_test

KEYS = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
}
BASE = KEYS | {"BillingMode": "PAY_PER_REQUEST"}


def with_index(name, attribute="owner", **more):
    index = {
        "IndexName": name,
        "KeySchema": [{"AttributeName": attribute, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    definitions = KEYS["AttributeDefinitions"] + [{"AttributeName": attribute, "AttributeType": "S"}]
    return BASE | {"AttributeDefinitions": definitions, "GlobalSecondaryIndexes": [index | more]}


class Tables(unittest.TestCase):
    def setUp(self):
        self.client = self.server.boto("cloudformation")
        # Debian's boto3 does not know the protection against deletion.
        self.dynamodb = fields_test.newest_client(self.server, "dynamodb")
        self.stack = "s" + os.urandom(6).hex()

    def tearDown(self):
        self.client.delete_stack(StackName=self.stack)
        self.wait("stack_delete_complete")

    def template(self, properties, kind="AWS::DynamoDB::Table", outputs=("Arn",), **more):
        values = {name: {"Value": {"Fn::GetAtt": ["Table", name]}} for name in outputs}
        values["Name"] = {"Value": {"Ref": "Table"}}
        table = {"Type": kind, "Properties": properties, **more}
        return json.dumps({"Resources": {"Table": table}, "Outputs": values})

    def wait(self, waiter):
        self.client.get_waiter(waiter).wait(
            StackName=self.stack, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )

    def create(self, properties, **more):
        self.client.create_stack(StackName=self.stack, TemplateBody=self.template(properties, **more))
        self.wait("stack_create_complete")
        return self.outputs()

    def update(self, properties, **more):
        self.client.update_stack(StackName=self.stack, TemplateBody=self.template(properties, **more))
        self.wait("stack_update_complete")
        return self.table()

    def outputs(self):
        shown = self.client.describe_stacks(StackName=self.stack)["Stacks"][0]["Outputs"]
        return {one["OutputKey"]: one["OutputValue"] for one in shown}

    def table(self):
        return self.dynamodb.describe_table(TableName=self.outputs()["Name"])["Table"]

    def reasons(self):
        events = self.client.describe_stack_events(StackName=self.stack)["StackEvents"]
        return " ".join(event.get("ResourceStatusReason", "") for event in events)

    def test_created(self):
        """a table has the properties of its template, a name of its stack, and is active when it is done"""
        local = {
            "IndexName": "by-age",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "age", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["text"]},
        }
        names = {"pk": "S", "sk": "B", "age": "N"}
        properties = {
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind} for name, kind in names.items()
            ],
            "KeySchema": KEYS["KeySchema"] + [{"AttributeName": "sk", "KeyType": "RANGE"}],
            "LocalSecondaryIndexes": [local],
            "ProvisionedThroughput": {"ReadCapacityUnits": "3", "WriteCapacityUnits": 4},
            "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
            "TimeToLiveSpecification": {"AttributeName": "until", "Enabled": True},
            "TableClass": "STANDARD_INFREQUENT_ACCESS",
            "Tags": [{"Key": "team", "Value": "blue"}],
        }
        told = self.create(properties, outputs=("Arn", "StreamArn", "TableId"))
        table = self.table()
        self.assertRegex(told["Name"], f"^{self.stack}-Table-[A-Z0-9]+$")
        self.assertEqual(told["Arn"], table["TableArn"])
        self.assertEqual(told["StreamArn"], table["LatestStreamArn"])
        self.assertEqual(told["TableId"], table["TableId"])
        self.assertEqual(table["TableStatus"], "ACTIVE")
        self.assertEqual(table["ProvisionedThroughput"]["ReadCapacityUnits"], 3)
        self.assertEqual(table["TableClassSummary"]["TableClass"], "STANDARD_INFREQUENT_ACCESS")
        self.assertEqual(table["LocalSecondaryIndexes"][0]["Projection"]["NonKeyAttributes"], ["text"])
        living = self.dynamodb.describe_time_to_live(TableName=told["Name"])["TimeToLiveDescription"]
        self.assertEqual(living["AttributeName"], "until")
        tags = self.dynamodb.list_tags_of_resource(ResourceArn=told["Arn"])["Tags"]
        self.assertEqual(tags, [{"Key": "team", "Value": "blue"}])

    def test_changed_in_place(self):
        """indexes, billing, stream, time to live, tags and protection change while the items stay"""
        name = self.create(BASE)["Name"]
        table_id = self.table()["TableId"]
        self.dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "owner": {"S": "ann"}})
        table = self.update(with_index("by-owner"))
        self.assertEqual(table["GlobalSecondaryIndexes"][0]["IndexStatus"], "ACTIVE")
        asked = {"TableName": name, "IndexName": "by-owner"}
        self.assertEqual(self.dynamodb.scan(**asked)["Count"], 1)
        units = {"ReadCapacityUnits": 2, "WriteCapacityUnits": 2}
        paid = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
        table = self.update(with_index("by-owner", ProvisionedThroughput=units) | paid)
        self.assertEqual(table["BillingModeSummary"]["BillingMode"], "PROVISIONED")
        index = table["GlobalSecondaryIndexes"][0]
        self.assertEqual(index["ProvisionedThroughput"]["WriteCapacityUnits"], 2)
        more = {
            "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
            "TimeToLiveSpecification": {"AttributeName": "until", "Enabled": "true"},
            "DeletionProtectionEnabled": True,
            "TableClass": "STANDARD_INFREQUENT_ACCESS",
            "Tags": [{"Key": "a", "Value": "b"}],
        }
        table = self.update(BASE | more, outputs=("Arn", "StreamArn"))
        self.assertNotIn("GlobalSecondaryIndexes", table)
        self.assertEqual(table["StreamSpecification"]["StreamViewType"], "KEYS_ONLY")
        self.assertTrue(table["DeletionProtectionEnabled"])
        first = self.outputs()["StreamArn"]
        more["StreamSpecification"] = {"StreamViewType": "NEW_IMAGE"}
        table = self.update(BASE | more, outputs=("Arn", "StreamArn"))
        self.assertNotEqual(self.outputs()["StreamArn"], first)
        self.assertEqual(self.outputs()["StreamArn"], table["LatestStreamArn"])
        table = self.update(BASE)
        self.assertNotIn("StreamSpecification", table)
        self.assertFalse(table["DeletionProtectionEnabled"])
        self.assertEqual(table["TableClassSummary"]["TableClass"], "STANDARD")
        living = self.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        self.assertEqual(living["TimeToLiveStatus"], "DISABLED")
        self.assertEqual(self.dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"], [])
        self.assertEqual((table["TableId"], table["ItemCount"]), (table_id, 1))

    def policy_of(self, arn):
        try:
            shown = self.dynamodb._make_api_call("GetResourcePolicy", {"ResourceArn": arn})
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"]
        return json.loads(shown["Policy"])["Statement"][0]["Action"]

    def test_policies(self):
        """a table and its stream have the policies of the template, also when the stream is another one"""

        def policy(action):
            who = {"AWS": self.server.boto("sts").get_caller_identity()["Account"]}
            statement = {"Effect": "Allow", "Principal": who, "Action": action, "Resource": "*"}
            return {"PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}

        def stream(view, *action):
            given = {"ResourcePolicy": policy(*action)} if action else {}
            return {"StreamSpecification": {"StreamViewType": view} | given}

        arns = ("Arn", "StreamArn")
        own = {"ResourcePolicy": policy("dynamodb:GetItem")}
        told = self.create(BASE | own | stream("KEYS_ONLY", "dynamodb:GetRecords"), outputs=arns)
        self.assertEqual(self.policy_of(told["Arn"]), "dynamodb:GetItem")
        self.assertEqual(self.policy_of(told["StreamArn"]), "dynamodb:GetRecords")
        own = {"ResourcePolicy": policy("dynamodb:Query")}
        self.update(BASE | own | stream("NEW_IMAGE", "dynamodb:GetRecords"), outputs=arns)
        self.assertNotEqual(self.outputs()["StreamArn"], told["StreamArn"])
        told = self.outputs()
        self.assertEqual(self.policy_of(told["Arn"]), "dynamodb:Query")
        self.assertEqual(self.policy_of(told["StreamArn"]), "dynamodb:GetRecords")
        self.update(BASE | stream("NEW_IMAGE"), outputs=arns)
        self.assertEqual(self.policy_of(told["Arn"]), "PolicyNotFoundException")
        self.assertEqual(self.policy_of(told["StreamArn"]), "PolicyNotFoundException")

    def test_capacity(self):
        """maxima and warm throughput of a table and its indexes follow the template; warmth is never taken"""
        reads, writes = {"MaxReadRequestUnits": 5}, {"MaxWriteRequestUnits": "6"}
        warm = {"ReadUnitsPerSecond": 12500}
        plain = {"SSESpecification": {"SSEEnabled": False}}
        indexed = with_index("by-owner", OnDemandThroughput=writes, WarmThroughput=warm)
        self.create(indexed | plain | {"OnDemandThroughput": reads, "WarmThroughput": warm})
        table = self.table()
        index = table["GlobalSecondaryIndexes"][0]
        self.assertEqual(table["OnDemandThroughput"], reads)
        self.assertEqual(index["OnDemandThroughput"]["MaxWriteRequestUnits"], 6)
        for shown in (table, index):
            self.assertEqual(shown["WarmThroughput"]["ReadUnitsPerSecond"], 12500)
        warmer = {"WarmThroughput": {"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 5000}}
        table = self.update(with_index("by-owner", OnDemandThroughput=reads, **warmer) | warmer)
        index = table["GlobalSecondaryIndexes"][0]
        self.assertNotIn("OnDemandThroughput", table)
        self.assertEqual(index["OnDemandThroughput"], reads)
        for shown in (table, index):
            self.assertEqual(shown["WarmThroughput"]["WriteUnitsPerSecond"], 5000)
        colder = with_index("by-owner") | {"WarmThroughput": {"ReadUnitsPerSecond": 1}}
        self.client.update_stack(StackName=self.stack, TemplateBody=self.template(colder))
        with self.assertRaises(botocore.exceptions.WaiterError):
            self.wait("stack_update_complete")
        self.assertIn("decreasing WarmThroughput is not supported", self.reasons())
        self.assertEqual(self.table()["WarmThroughput"], table["WarmThroughput"])

    def test_encrypted(self):
        """a table that asks for a key of its own is not made: there is no key service"""
        body = self.template(BASE | {"SSESpecification": {"SSEEnabled": True}})
        self.client.create_stack(StackName=self.stack, TemplateBody=body)
        with self.assertRaises(botocore.exceptions.WaiterError):
            self.wait("stack_create_complete")
        self.assertIn("there is no key service", self.reasons())

    def test_replaced(self):
        """another key makes another table, and the old one goes; a change set says so before"""
        old = self.create(BASE)["Name"]
        kinds = [{"AttributeName": "pk", "AttributeType": "N"}]
        body = self.template(BASE | {"AttributeDefinitions": kinds})
        self.client.create_change_set(StackName=self.stack, ChangeSetName="other", TemplateBody=body)
        planned = self.client.describe_change_set(StackName=self.stack, ChangeSetName="other")
        self.assertEqual(planned["Changes"][0]["ResourceChange"]["Replacement"], "True")
        self.client.execute_change_set(StackName=self.stack, ChangeSetName="other")
        self.wait("stack_update_complete")
        self.assertNotEqual(self.outputs()["Name"], old)
        with self.assertRaises(self.dynamodb.exceptions.ResourceNotFoundException):
            self.dynamodb.describe_table(TableName=old)

    def test_rolled_back(self):
        """an update that asks for two indexes at once fails before it touches the table"""
        self.create(with_index("by-owner"))
        before = self.table()
        body = self.template(with_index("by-name", "name") | {"Tags": [{"Key": "a", "Value": "b"}]})
        self.client.update_stack(StackName=self.stack, TemplateBody=body)
        with self.assertRaises(botocore.exceptions.WaiterError):
            self.wait("stack_update_complete")
        self.assertIn("Cannot perform more than one GSI creation or deletion", self.reasons())
        self.assertEqual(self.table(), before)

    def test_kept_and_protected(self):
        """a table that is to be retained outlives its stack; a protected one does not let its stack go"""
        name = self.create(BASE | {"DeletionProtectionEnabled": True})["Name"]
        self.client.delete_stack(StackName=self.stack)
        with self.assertRaises(botocore.exceptions.WaiterError):
            self.wait("stack_delete_complete")
        self.assertIn("protected against deletion", self.reasons())
        self.dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        self.client.delete_stack(StackName=self.stack)
        self.wait("stack_delete_complete")
        self.stack += "b"
        kept = self.create(BASE, DeletionPolicy="Retain")["Name"]
        self.client.delete_stack(StackName=self.stack)
        self.wait("stack_delete_complete")
        self.assertEqual(self.dynamodb.delete_table(TableName=kept)["TableDescription"]["TableName"], kept)

    def recovery(self):
        name = self.outputs()["Name"]
        shown = self.dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        recovery = shown["PointInTimeRecoveryDescription"]
        return recovery["PointInTimeRecoveryStatus"], recovery.get("RecoveryPeriodInDays")

    def test_recovery(self):
        """point-in-time recovery is turned on and off, and its period changed, with the template"""

        def wish(**more):
            return BASE | {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True} | more}

        self.create(wish(RecoveryPeriodInDays=7))
        self.assertEqual(self.recovery(), ("ENABLED", 7))
        self.update(wish())
        self.assertEqual(self.recovery(), ("ENABLED", 35))
        self.update(wish(PointInTimeRecoveryEnabled=False))
        self.assertEqual(self.recovery()[0], "DISABLED")
        self.update(wish())
        self.update(BASE)
        self.assertEqual(self.recovery()[0], "DISABLED")

    def test_imported(self):
        """a table is made from a bucket, and is another one when its source changes"""
        more = {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}
        more["Tags"] = [{"Key": "team", "Value": "blue"}]
        source = self.rows_in_bucket()
        told = self.create(BASE | more | {"ImportSourceSpecification": source}, outputs=("Arn", "StreamArn"))
        items = self.dynamodb.scan(TableName=told["Name"])["Items"]
        texts = {item["pk"]["S"]: item["text"]["S"] for item in items}
        self.assertEqual(texts, {"a": "one", "b": "two"})
        tags = self.dynamodb.list_tags_of_resource(ResourceArn=told["Arn"])["Tags"]
        self.assertEqual(tags, [{"Key": "team", "Value": "blue"}])
        self.update(BASE | more | {"ImportSourceSpecification": source | {"InputCompressionType": "NONE"}})
        self.assertNotEqual(self.outputs()["Name"], told["Name"])

    def rows_in_bucket(self):
        bucket = "b" + os.urandom(6).hex()
        s3 = self.server.boto("s3")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="rows/a", Body=b"pk;text\na;one\nb;two\n")
        return {
            "InputFormat": "CSV",
            "InputFormatOptions": {"Csv": {"Delimiter": ";"}},
            "S3BucketSource": {"S3Bucket": bucket, "S3KeyPrefix": "rows/"},
        }

    def test_import_fails(self):
        """a table whose import fails is rolled back, with the reason of the import"""
        source = self.rows_in_bucket() | {"InputCompressionType": "GZIP"}
        body = self.template(BASE | {"ImportSourceSpecification": source, "TableName": self.stack})
        self.client.create_stack(StackName=self.stack, TemplateBody=body)
        with self.assertRaises(botocore.exceptions.WaiterError):
            self.wait("stack_create_complete")
        stack = self.client.describe_stacks(StackName=self.stack)["Stacks"][0]
        self.assertEqual(stack["StackStatus"], "ROLLBACK_COMPLETE")
        self.assertIn("has failed: ItemValidationError: Some of the items failed", self.reasons())
        with self.assertRaises(self.dynamodb.exceptions.ResourceNotFoundException):
            self.dynamodb.describe_table(TableName=self.stack)

    def test_refused(self):
        """what has no effect is refused by name before anything is made"""
        for more, kind, words in (
            ({"KinesisStreamSpecification": {"StreamArn": "arn"}}, "Table", "KinesisStreamSpecification"),
            ({"ImportSourceSpecification": {"InputFormat": "CSV"}}, "Table", "S3BucketSource"),
            ({}, "GlobalTable", "AWS::DynamoDB::GlobalTable is not supported by Haneul: tables have no"),
        ):
            body = self.template(BASE | more, kind="AWS::DynamoDB::" + kind)
            with self.assertRaises(botocore.exceptions.ClientError) as refused:
                self.client.create_stack(StackName=self.stack, TemplateBody=body)
            self.assertEqual(refused.exception.response["Error"]["Code"], "ValidationError")
            self.assertIn(words, refused.exception.response["Error"]["Message"])

    def test_simple_table(self):
        """a simple table of SAM is a table with a key, and takes items"""
        body = {"Transform": "AWS::Serverless-2016-10-31"}
        body |= json.loads(self.template({"Tags": {"a": "b"}}, kind="AWS::Serverless::SimpleTable"))
        self.client.create_stack(
            StackName=self.stack, TemplateBody=json.dumps(body), Capabilities=["CAPABILITY_AUTO_EXPAND"]
        )
        self.wait("stack_create_complete")
        table = self.table()
        self.assertEqual(table["KeySchema"], [{"AttributeName": "id", "KeyType": "HASH"}])
        self.assertEqual(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST")
        self.dynamodb.put_item(TableName=table["TableName"], Item={"id": {"S": "a"}})


if __name__ == "__main__":
    unittest.main()
