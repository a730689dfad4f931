"""Backups, restores and exports of a table that clients move units in: each holds all units there are,
since it is the table at one moment, with every transaction whole."""

import base64
import gzip
import hashlib
import json
import random
import threading
import time
import unittest

import botocore.exceptions

import harness
from fields_test import newest_client

TABLE, BUCKET = "accounts", "exports-of-accounts"
ACCOUNTS, UNITS = 40, 100
RECOVERY = {"PointInTimeRecoveryEnabled": True}
SECONDS = 60


def md5(data):
    return base64.b64encode(hashlib.md5(data).digest()).decode()


def move(client, dice):
    giver, taker = dice.sample(range(ACCOUNTS), 2)

    def change(account, by):
        return {
            "Update": {
                "TableName": TABLE,
                "Key": {"pk": {"S": f"account-{account}"}},
                "UpdateExpression": "ADD units :by",
                "ExpressionAttributeValues": {":by": {"N": str(by)}},
            }
        }

    client.transact_write_items(TransactItems=[change(giver, -3), change(taker, 3)])


class Backups(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server()
        self.enterContext(self.server)
        self.client = self.server.boto("dynamodb")
        made = self.client.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.arn = made["TableDescription"]["TableArn"]
        for number in range(ACCOUNTS):
            item = {"pk": {"S": f"account-{number}"}, "units": {"N": str(UNITS)}}
            self.client.put_item(TableName=TABLE, Item=item)
        self.server.boto("s3").create_bucket(Bucket=BUCKET)

    def enable(self):
        self.client.update_continuous_backups(TableName=TABLE, PointInTimeRecoverySpecification=RECOVERY)

    def under_moves(self, act):
        stop, problems = threading.Event(), []

        def run(seed):
            client, dice = self.server.boto("dynamodb"), random.Random(seed)
            while not stop.is_set():
                try:
                    move(client, dice)
                except botocore.exceptions.ClientError as error:
                    problems.append(repr(error))
                    return

        threads = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        try:
            act()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(problems, [])

    def wait(self, look, *wanted):
        deadline = time.monotonic() + SECONDS
        while (seen := look()) not in wanted:
            self.assertLess(time.monotonic(), deadline, f"still {seen}")
            time.sleep(0.05)
        return seen

    def await_table(self, name):
        self.wait(lambda: self.client.describe_table(TableName=name)["Table"]["TableStatus"], "ACTIVE")

    def assert_whole(self, items):
        self.assertEqual(len(items), ACCOUNTS)
        self.assertEqual(sum(int(item["units"]["N"]) for item in items), ACCOUNTS * UNITS)

    def back_up(self, name):
        arn = self.client.create_backup(TableName=TABLE, BackupName=name)["BackupDetails"]["BackupArn"]
        self.wait(lambda: self.describe(arn)["BackupDetails"]["BackupStatus"], "AVAILABLE")
        self.client.restore_table_from_backup(TargetTableName=name, BackupArn=arn)
        self.await_table(name)
        self.assert_whole(self.client.scan(TableName=name)["Items"])

    def describe(self, arn):
        return self.client.describe_backup(BackupArn=arn)["BackupDescription"]

    def restore(self, name):
        self.client.restore_table_to_point_in_time(
            SourceTableName=TABLE, TargetTableName=name, UseLatestRestorableTime=True
        )
        self.await_table(name)
        self.assert_whole(self.client.scan(TableName=name)["Items"])

    def test_whole(self):
        """backups and restores taken while units are moved hold all units"""

        def act():
            for turn in range(3):
                self.back_up(f"backup-{turn}")
            self.enable()
            for turn in range(3):
                self.restore(f"restore-{turn}")

        self.under_moves(act)
        self.assert_whole(self.client.scan(TableName=TABLE)["Items"])

    def export(self, client, **more):
        given = {"TableArn": self.arn, "S3Bucket": BUCKET, "S3Prefix": "some/folder"} | more
        arn = client.export_table_to_point_in_time(**given)["ExportDescription"]["ExportArn"]

        def look():
            return self.client.describe_export(ExportArn=arn)["ExportDescription"]

        self.wait(lambda: look()["ExportStatus"], "COMPLETED", "FAILED")
        return look()

    def body(self, key):
        return self.server.boto("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def lines_of(self, described):
        """The lines of the data files, by way of the manifests and their checksums."""
        manifest = self.body(described["ExportManifest"])
        checksum = described["ExportManifest"].replace(".json", ".md5")
        self.assertEqual(self.body(checksum).decode(), md5(manifest))
        summary = json.loads(manifest)
        self.assertEqual(summary["exportArn"], described["ExportArn"])
        lines = []
        for row in self.body(summary["manifestFilesS3Key"]).decode().splitlines():
            file = json.loads(row)
            data = self.body(file["dataFileS3Key"])
            self.assertEqual(file["md5Checksum"], md5(data))
            inside = gzip.decompress(data).decode().splitlines()
            self.assertEqual(len(inside), file["itemCount"])
            lines += [json.loads(line) for line in inside]
        self.assertEqual(len(lines), described["ItemCount"])
        return lines

    def test_exports(self):
        """an export written while units are moved holds all units; one of a period tells both images"""
        self.enable()
        described = []
        self.under_moves(lambda: described.append(self.export(self.client)))
        self.assertEqual(described[0]["ExportStatus"], "COMPLETED", described[0])
        self.assert_whole([line["Item"] for line in self.lines_of(described[0])])
        table = self.client.describe_continuous_backups(TableName=TABLE)["ContinuousBackupsDescription"]
        since = table["PointInTimeRecoveryDescription"]["EarliestRestorableDateTime"]
        # Times are sent in whole seconds: one after recovery was enabled, and one after the move.
        start = int(since.timestamp()) + 1
        while time.time() < start:
            time.sleep(0.05)
        move(self.client, random.Random(1))
        end = int(time.time()) + 1
        while time.time() < end + 1:
            time.sleep(0.05)
        period = {"ExportFromTime": start, "ExportToTime": end, "ExportViewType": "NEW_AND_OLD_IMAGES"}
        client = newest_client(self.server, "dynamodb")
        changed = self.export(
            client, ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=period
        )
        lines = self.lines_of(changed)
        self.assertGreaterEqual(len(lines), 2)
        images = [(line["OldImage"]["units"]["N"], line["NewImage"]["units"]["N"]) for line in lines]
        moved = [int(after) - int(before) for before, after in images]
        self.assertEqual(sum(moved), 0)
        self.assertNotIn(0, moved)
        self.assertTrue(all(line["Keys"].keys() == {"pk"} for line in lines))
        listed = self.client.list_exports(TableArn=self.arn)["ExportSummaries"]
        wanted = {one["ExportArn"] for one in (described[0], changed)}
        self.assertEqual({one["ExportArn"] for one in listed}, wanted)

    def test_rights(self):
        """an export is written in the name of its caller, who needs rights on table and bucket"""
        self.enable()
        iam = self.server.boto("iam")
        iam.create_user(UserName="exporter")
        key = iam.create_access_key(UserName="exporter")["AccessKey"]
        user = harness.Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        client = self.server.boto("dynamodb", credentials=user)
        with self.assertRaises(client.exceptions.ClientError) as refused:
            self.export(client)
        self.assertEqual(refused.exception.response["Error"]["Code"], "AccessDeniedException")

        def allow(*actions):
            statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
            document = {"Version": "2012-10-17", "Statement": [statement]}
            iam.put_user_policy(UserName="exporter", PolicyName="p", PolicyDocument=json.dumps(document))

        allow("dynamodb:ExportTableToPointInTime")
        failed = self.export(client)
        self.assertEqual((failed["ExportStatus"], failed["FailureCode"]), ("FAILED", "S3AccessDenied"))
        allow("dynamodb:ExportTableToPointInTime", "s3:PutObject")
        self.assertEqual(self.export(client)["ExportStatus"], "COMPLETED")


if __name__ == "__main__":
    unittest.main()
