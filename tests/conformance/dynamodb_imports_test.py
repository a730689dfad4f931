"""Imports: what is exported comes back as the same table, and what is wrong is told where AWS tells it."""

import gzip
import json
import time
import unittest

import harness

BUCKET, SECONDS = "imports", 120
TABLE = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
        {"AttributeName": "bytes", "AttributeType": "B"},
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-bytes",
            "KeySchema": [{"AttributeName": "bytes", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
ODD = {
    "pk": {"S": "odd \u00fc \U0001f991 \"quoted\"\n"},
    "sk": {"N": "-0.00000000000000000000000000000000000012345"},
    "bytes": {"B": b"\x00\xff"},
    "m": {"M": {"l": {"L": [{"NULL": True}, {"BOOL": False}, {"N": "1" * 38}]}, "empty": {"S": ""}}},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2.5"]},
    "bs": {"BS": [b"\x01", b"\x02"]},
}


def item_of(number):
    return {"pk": {"S": f"item-{number % 50}"}, "sk": {"N": str(number)}, "text": {"S": "x" * 200}}


def ordered(items):
    def plain(value):
        if isinstance(value, dict):
            return {name: plain(one) for name, one in sorted(value.items())}
        return sorted(map(str, value)) if isinstance(value, list) else str(value)

    return sorted(json.dumps(plain(item)) for item in items)


class Imports(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server()
        self.enterContext(self.server)
        self.client = self.server.boto("dynamodb")
        self.s3 = self.server.boto("s3")
        self.s3.create_bucket(Bucket=BUCKET)

    def wait(self, look, *wanted):
        deadline = time.monotonic() + SECONDS
        while (seen := look()) not in wanted:
            self.assertLess(time.monotonic(), deadline, f"still {seen}")
            time.sleep(0.05)

    def import_table(self, name, client=None, **more):
        """The import, when it has ended."""
        client = client or self.client
        prefix = more.pop("S3KeyPrefix", "")
        given = {
            "S3BucketSource": {"S3Bucket": BUCKET, "S3KeyPrefix": prefix},
            "InputFormat": "DYNAMODB_JSON",
            "TableCreationParameters": TABLE | {"TableName": name},
        } | more
        arn = client.import_table(**given)["ImportTableDescription"]["ImportArn"]

        def look():
            return self.client.describe_import(ImportArn=arn)["ImportTableDescription"]

        self.wait(lambda: look()["ImportStatus"], "COMPLETED", "FAILED")
        return look()

    def counts(self, done):
        names = ("ImportStatus", "ProcessedItemCount", "ImportedItemCount", "ErrorCount")
        return tuple(done[name] for name in names)

    def items_in(self, name):
        pages = self.client.get_paginator("scan").paginate(TableName=name)
        return [item for page in pages for item in page["Items"]]

    def test_round_trip(self):
        """what a table exports is imported as the same table, with its index"""
        arn = self.client.create_table(TableName="first", **TABLE)["TableDescription"]["TableArn"]
        wanted = [item_of(number) for number in range(300)] + [ODD]
        for item in wanted:
            self.client.put_item(TableName="first", Item=item)
        recovery = {"PointInTimeRecoveryEnabled": True}
        self.client.update_continuous_backups(TableName="first", PointInTimeRecoverySpecification=recovery)
        made = self.client.export_table_to_point_in_time(TableArn=arn, S3Bucket=BUCKET, S3Prefix="out")
        export = made["ExportDescription"]["ExportArn"]

        def status():
            return self.client.describe_export(ExportArn=export)["ExportDescription"]["ExportStatus"]

        self.wait(status, "COMPLETED")
        data = f"out/AWSDynamoDB/{export.rsplit('/', 1)[1]}/data/"
        done = self.import_table("second", S3KeyPrefix=data, InputCompressionType="GZIP")
        self.assertEqual(self.counts(done), ("COMPLETED", 301, 301, 0))
        seen = self.items_in("second")
        self.assertEqual(ordered(seen), ordered(wanted))
        self.assertEqual([item for item in seen if "m" in item], [ODD])
        found = self.client.query(
            TableName="second",
            IndexName="by-bytes",
            KeyConditionExpression="#b = :b",
            ExpressionAttributeNames={"#b": "bytes"},
            ExpressionAttributeValues={":b": ODD["bytes"]},
        )
        self.assertEqual(found["Items"], [ODD])
        described = self.client.describe_table(TableName="second")["Table"]
        self.assertEqual((described["TableStatus"], described["ItemCount"]), ("ACTIVE", 301))

    def test_large(self):
        """an object of many stretches is imported whole, packed or not, and counted unpacked"""
        lines = "".join(json.dumps({"Item": item_of(number)}) + "\n" for number in range(20000)).encode()
        self.s3.put_object(Bucket=BUCKET, Key="plain/a", Body=lines)
        self.s3.put_object(Bucket=BUCKET, Key="packed/a", Body=gzip.compress(lines))
        for prefix, more in (("plain", {}), ("packed", {"InputCompressionType": "GZIP"})):
            done = self.import_table(prefix, S3KeyPrefix=prefix, **more)
            self.assertEqual(self.counts(done), ("COMPLETED", 20000, 20000, 0))
            self.assertEqual(done["ProcessedSizeBytes"], len(lines))
            self.assertEqual(self.client.describe_table(TableName=prefix)["Table"]["ItemCount"], 20000)

    def test_rows(self):
        """rows of CSV are items: keys of their types, everything else strings"""
        rows = 'pk,sk,bytes,note\r\na,1.50,AAE=,"says ""so"",\ntwice"\r\nb,2,,\r\nc,x,,\r\n'
        self.s3.put_object(Bucket=BUCKET, Key="rows.csv", Body=rows.encode())
        done = self.import_table("rows", S3KeyPrefix="rows.csv", InputFormat="CSV")
        self.assertEqual(self.counts(done), ("FAILED", 3, 2, 1))
        self.assertEqual(done["FailureCode"], "ItemValidationError")
        wanted = [
            {
                "pk": {"S": "a"},
                "sk": {"N": "1.5"},
                "bytes": {"B": b"\x00\x01"},
                "note": {"S": 'says "so",\ntwice'},
            },
            {"pk": {"S": "b"}, "sk": {"N": "2"}},
        ]
        self.assertEqual(ordered(self.items_in("rows")), ordered(wanted))

    def test_errors_are_logged(self):
        """each error is a line of the import's stream in the group of imports"""
        good = {"pk": {"S": "a"}, "sk": {"N": "1"}}
        lines = [{"Item": good}, {"Item": {"pk": {"S": "b"}}}, {"Item": good | {"bytes": {"S": "no"}}}]
        body = "\n".join(map(json.dumps, lines))
        self.s3.put_object(Bucket=BUCKET, Key="bad", Body=body.encode())
        done = self.import_table("bad", S3KeyPrefix="bad")
        self.assertEqual(self.counts(done), ("FAILED", 3, 1, 2))
        group = done["CloudWatchLogGroupArn"].split(":")[6]
        stream = done["ImportArn"].rsplit("/", 1)[1] + "/error"
        found = self.server.boto("logs").get_log_events(logGroupName=group, logStreamName=stream)
        told = [json.loads(event["message"]) for event in found["events"]]
        self.assertEqual([one["itemS3Pointer"]["itemIndex"] for one in told], [1, 2])
        self.assertEqual({one["itemS3Pointer"]["key"] for one in told}, {"bad"})
        missing = "One or more parameter values were invalid: Missing the key sk in the item"
        self.assertEqual(told[0]["errorMessages"], [missing])

    def test_rights(self):
        """an import reads and tells in the name of its caller, who needs rights on table, bucket and logs"""
        self.s3.put_object(
            Bucket=BUCKET, Key="one", Body=b'{"Item": {"pk": {"S": "a"}, "sk": {"N": "1"}}}'
        )
        iam = self.server.boto("iam")
        iam.create_user(UserName="importer")
        key = iam.create_access_key(UserName="importer")["AccessKey"]
        user = harness.Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        client = self.server.boto("dynamodb", credentials=user)
        with self.assertRaises(client.exceptions.ClientError) as refused:
            self.import_table("mine", client)
        self.assertEqual(refused.exception.response["Error"]["Code"], "AccessDeniedException")
        account = self.server.boto("sts").get_caller_identity()["Account"]
        table = f"arn:aws:dynamodb:us-east-1:{account}:table/mine"
        group = f"arn:aws:logs:us-east-1:{account}:log-group:/aws-dynamodb/*"
        statements = []

        def allow(actions, resource):
            statements.append({"Effect": "Allow", "Action": actions, "Resource": resource})
            document = {"Version": "2012-10-17", "Statement": statements}
            iam.put_user_policy(UserName="importer", PolicyName="p", PolicyDocument=json.dumps(document))

        def failure():
            done = self.import_table("mine", client, S3KeyPrefix="one")
            self.assertEqual(done["ImportStatus"], "FAILED")
            with self.assertRaises(self.client.exceptions.ResourceNotFoundException):
                self.client.describe_table(TableName="mine")
            return done["FailureCode"]

        allow("dynamodb:ImportTable", table)
        self.assertEqual(failure(), "CloudWatchLogsAccessDenied")
        allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], group)
        self.assertEqual(failure(), "S3AccessDenied")
        allow("s3:ListBucket", f"arn:aws:s3:::{BUCKET}")
        allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*")
        self.assertEqual(
            self.counts(self.import_table("mine", client, S3KeyPrefix="one")), ("COMPLETED", 1, 1, 0)
        )
        import_arn = self.client.list_imports()["ImportSummaryList"][0]["ImportArn"]
        with self.assertRaises(client.exceptions.ClientError) as refused:
            client.describe_import(ImportArn=import_arn)
        self.assertEqual(refused.exception.response["Error"]["Code"], "AccessDeniedException")
        allow("dynamodb:DescribeImport", table + "/import/*")
        client.describe_import(ImportArn=import_arn)


if __name__ == "__main__":
    unittest.main()
