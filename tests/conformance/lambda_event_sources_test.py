"""Event source mappings over the wire: functions that are called with the changes of a table, in their order,
chosen by filters, again when they fail, and from where they were after the server was killed."""

import json
import time
import unittest

import botocore.exceptions

import lambda_test

READS = "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"
# Writes what it is called with into a table of its own; a key that is told to fail fails its batch.
NOTES = """
import json, os, boto3
notes, table = boto3.client('dynamodb'), os.environ['NOTES']
def handler(event, context):
    records = event.get('Records', [])
    keys = [record['dynamodb']['Keys']['pk']['S'] for record in records]
    told = notes.update_item(
        TableName=table, Key={'pk': {'S': 'count'}, 'sk': {'S': '0'}}, UpdateExpression='ADD n :one',
        ExpressionAttributeValues={':one': {'N': '1'}}, ReturnValues='ALL_NEW')
    number = told['Attributes']['n']['N'].zfill(8)
    item = {'pk': {'S': 'note'}, 'sk': {'S': number}, 'event': {'S': json.dumps(event)}}
    notes.put_item(TableName=table, Item=item)
    if any(key.startswith('bad') for key in keys):
        raise ValueError('a bad record')
"""
PLAIN = {"StartingPosition": "TRIM_HORIZON", "BatchSize": 10}


class EventSources(unittest.TestCase):
    create = lambda_test.Functions.create

    def setUp(self):
        lambda_test.Functions.setUp(self)
        self.dynamodb = self.server.boto("dynamodb")
        self.table, self.notes = self.name + "-table", self.name + "-notes"
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        kinds = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
        paid = {"BillingMode": "PAY_PER_REQUEST"}
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        made = self.dynamodb.create_table(
            TableName=self.table,
            KeySchema=keys[:1],
            AttributeDefinitions=kinds[:1],
            StreamSpecification=stream,
            **paid,
        )
        self.dynamodb.create_table(TableName=self.notes, KeySchema=keys, AttributeDefinitions=kinds, **paid)
        self.stream = made["TableDescription"]["LatestStreamArn"]
        self.iam.attach_role_policy(RoleName=self.name, PolicyArn=READS)
        may = [{"Effect": "Allow", "Action": "dynamodb:*Item", "Resource": "*"}]
        may.append({"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"})
        policy = json.dumps({"Version": "2012-10-17", "Statement": may})
        self.iam.put_role_policy(RoleName=self.name, PolicyName="notes", PolicyDocument=policy)

    def tearDown(self):
        for mapping in self.client.list_event_source_mappings()["EventSourceMappings"]:
            self.delete(mapping["UUID"])
        for table in (self.table, self.notes):
            self.dynamodb.delete_table(TableName=table)

    def function(self, name=None, notes=None):
        variables = {"NOTES": notes or self.notes}
        return self.create(name, {"app.py": NOTES}, Environment={"Variables": variables}, Timeout=20)

    def map(self, **more):
        mapping = self.client.create_event_source_mapping(
            FunctionName=self.name, EventSourceArn=self.stream, **PLAIN | more
        )
        return self.wait(mapping["UUID"], "Enabled")

    def wait(self, uuid, state):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            mapping = self.client.get_event_source_mapping(UUID=uuid)
            if mapping["State"] == state:
                return mapping
            time.sleep(0.05)
        self.fail(f"{mapping['State']} and not {state}")

    def delete(self, uuid):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                self.client.delete_event_source_mapping(UUID=uuid)
            except self.client.exceptions.ResourceInUseException:
                pass
            except self.client.exceptions.ResourceNotFoundException:
                return
            time.sleep(0.05)
        self.fail("the mapping is still there")

    def put(self, *keys):
        for key in keys:
            self.dynamodb.put_item(TableName=self.table, Item={"pk": {"S": key}, "text": {"S": "für"}})

    def events(self, enough, seconds=30, notes=None):
        """What the function was called with, in order, once that is enough."""
        deadline, seen = time.monotonic() + seconds, []
        while time.monotonic() < deadline:
            found = self.dynamodb.query(
                TableName=notes or self.notes,
                KeyConditionExpression="pk = :note",
                ExpressionAttributeValues={":note": {"S": "note"}},
                ConsistentRead=True,
            )["Items"]
            seen = [json.loads(item["event"]["S"]) for item in found]
            if enough(seen):
                return seen
            time.sleep(0.05)
        self.fail(f"not enough: {json.dumps(seen)[:4000]}")

    @staticmethod
    def keys(events):
        """The keys of each batch."""
        return [[one["dynamodb"]["Keys"]["pk"]["S"] for one in event["Records"]] for event in events]

    def flat(self, events):
        return [key for batch in self.keys(events) for key in batch]

    def good(self, events):
        """The keys of the batches that did not fail."""
        return [key for batch in self.keys(events) if "bad" not in batch for key in batch]

    def test_changes_arrive(self):
        """a function is called with what was written before and after its mapping, as AWS would tell it"""
        self.function()
        self.put("a", "b")
        self.map()
        self.dynamodb.update_item(
            TableName=self.table,
            Key={"pk": {"S": "a"}},
            UpdateExpression="SET n = :n, b = :b",
            ExpressionAttributeValues={":n": {"N": "1.50"}, ":b": {"B": b"\x00\xff"}},
        )
        self.dynamodb.delete_item(TableName=self.table, Key={"pk": {"S": "b"}})
        events = self.events(lambda seen: len(self.flat(seen)) == 4)
        records = [record for event in events for record in event["Records"]]
        names = [record["eventName"] for record in records]
        self.assertEqual(names, ["INSERT", "INSERT", "MODIFY", "REMOVE"])
        changed = records[2]
        self.assertEqual(changed["eventSource"], "aws:dynamodb")
        self.assertEqual(changed["eventSourceARN"], self.stream)
        self.assertEqual(changed["awsRegion"], "us-east-1")
        self.assertEqual(changed["dynamodb"]["OldImage"], {"pk": {"S": "a"}, "text": {"S": "für"}})
        self.assertEqual(changed["dynamodb"]["NewImage"]["n"], {"N": "1.5"})
        self.assertEqual(changed["dynamodb"]["NewImage"]["b"], {"B": "AP8="})
        self.assertEqual(changed["dynamodb"]["StreamViewType"], "NEW_AND_OLD_IMAGES")
        self.assertGreater(changed["dynamodb"]["SizeBytes"], 0)
        self.assertAlmostEqual(changed["dynamodb"]["ApproximateCreationDateTime"], time.time(), delta=300)
        numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
        self.assertEqual(numbers, sorted(set(numbers)))

    def test_order_and_batch_size(self):
        """many changes come in their order, in batches no larger than was said"""
        self.function()
        wanted = [f"k{number:03}" for number in range(60)]
        self.put(*wanted)
        self.map(BatchSize=7)
        events = self.events(lambda seen: len(self.flat(seen)) >= 60)
        self.assertEqual(self.flat(events), wanted)
        self.assertLessEqual(max(len(batch) for batch in self.keys(events)), 7)

    def test_filters(self):
        """only what a filter chooses is given, and the rest is passed over"""
        self.function()
        pattern = {"eventName": ["INSERT"], "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "yes"}]}}}}
        self.map(FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
        self.put("no-1", "yes-1", "no-2", "yes-1", "yes-2")
        events = self.events(lambda seen: len(self.flat(seen)) >= 2)
        self.assertEqual(self.flat(events), ["yes-1", "yes-2"])

    def test_failing_batches(self):
        """a failing batch is halved until the bad record is alone, which goes to the destination"""
        rescue, rescued = self.name + "-rescue", self.name + "-rescued"
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        kinds = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
        self.dynamodb.create_table(
            TableName=rescued, KeySchema=keys, AttributeDefinitions=kinds, BillingMode="PAY_PER_REQUEST"
        )
        self.addCleanup(lambda: self.dynamodb.delete_table(TableName=rescued))
        self.function()
        destination = self.function(rescue, rescued)["FunctionArn"]
        self.put("one", "two", "bad", "three", "four")
        mapping = self.map(
            BisectBatchOnFunctionError=True,
            MaximumRetryAttempts=1,
            DestinationConfig={"OnFailure": {"Destination": destination}},
        )
        calls = self.keys(self.events(lambda seen: self.good(seen)[-1:] == ["four"]))
        self.assertIn(["bad"], calls)
        self.assertEqual(self.good(self.events(bool)), ["one", "two", "three", "four"])
        told = self.events(lambda seen: seen, notes=rescued)[0]
        self.assertEqual(told["requestContext"]["condition"], "RetryAttemptsExhausted")
        self.assertEqual(told["DDBStreamBatchInfo"]["batchSize"], 1)
        self.assertEqual(told["DDBStreamBatchInfo"]["streamArn"], self.stream)
        self.assertEqual(mapping["BisectBatchOnFunctionError"], True)

    def test_position_outlives_the_server(self):
        """after a kill the batches that were done do not come again, but for the last; the others come"""
        self.function()
        self.map()
        for count, key in enumerate(("first", "second"), start=1):
            self.put(key)
            self.events(lambda seen, count=count: len(self.flat(seen)) == count)
        self.server.kill()
        self.server.start()
        self.client, self.dynamodb = self.server.boto("lambda"), self.server.boto("dynamodb")
        self.put("after")
        seen = self.flat(self.events(lambda seen: "after" in self.flat(seen)))
        # The checkpoint of the last batch may be lost, never an earlier one: what the function wrote of the
        # second batch came behind it.
        self.assertIn(seen, (["first", "second", "after"], ["first", "second", "second", "after"]))

    def test_disabled_and_changed(self):
        """a mapping that is disabled holds its position, and takes its changes when it goes on"""
        self.function()
        mapping = self.map()
        self.client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        self.wait(mapping["UUID"], "Disabled")
        self.put("a", "b", "c")
        self.client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True, BatchSize=1)
        self.assertEqual(self.wait(mapping["UUID"], "Enabled")["BatchSize"], 1)
        events = self.events(lambda seen: len(self.flat(seen)) >= 3)
        self.assertEqual(self.keys(events), [["a"], ["b"], ["c"]])

    def test_only_who_may_read(self):
        """a role that may not read the stream gets no mapping, nor does a stream that is not there"""
        self.function()
        self.iam.detach_role_policy(RoleName=self.name, PolicyArn=READS)
        for stream in (self.stream, self.stream[:-3] + "999"):
            with self.assertRaises(botocore.exceptions.ClientError) as refused:
                self.client.create_event_source_mapping(
                    FunctionName=self.name, EventSourceArn=stream, **PLAIN
                )
            self.assertEqual(refused.exception.response["Error"]["Code"], "InvalidParameterValueException")


if __name__ == "__main__":
    unittest.main()
