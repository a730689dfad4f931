"""The crash test's worker for imports of DynamoDB: tables are made from objects while the server is killed.
An import that was acknowledged comes to its end with the items that its objects have, each counted once,
and what it has told of its progress stays true.
"""

import gzip
import json
import time

from load import BUCKET, Lost
from tables import TableWorker, every, number, text

IMPORTS_MAX = 6
ITEMS = 4000  # of the large object
DONE_SECONDS = 240
TABLE = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "group", "AttributeType": "N"},
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-group",
            "KeySchema": [{"AttributeName": "group", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


class Imports(TableWorker):
    def __init__(self, name, seed):
        super().__init__(name, seed)
        self.wanted = {}  # what the tables hold at the end
        self.counts = None  # processed, imported, errors
        self.running = {}  # ARN -> table, and how many items it has told of
        self.turn = 0

    def prepare(self, server):
        lines, bad = [], 0
        for at in range(ITEMS):
            item = {"pk": text(f"item-{at % (ITEMS - 500)}"), "at": number(at), "group": number(at % 9)}
            if at % 400 == 7:
                item, bad = {"at": number(at)}, bad + 1
            else:
                self.wanted[item["pk"]["S"]] = at
            lines.append(json.dumps({"Item": item | {"filler": text("x" * self.dice.randrange(1500))}}))
        cut = [json.dumps({"Item": {"pk": text("cut")}}), "no item", json.dumps({"Item": {"pk": text("no")}})]
        self.wanted["cut"] = None
        self.counts = (ITEMS + 2, ITEMS - bad + 1, bad + 1)
        s3 = server.boto("s3")
        for name, parts in (("a", lines), ("b", cut)):
            body = "\n".join(parts).encode()
            s3.put_object(Bucket=BUCKET, Key=f"imports/NONE/{name}", Body=body)
            s3.put_object(Bucket=BUCKET, Key=f"imports/GZIP/{name}", Body=gzip.compress(body))

    def step(self):
        self.turn += 1
        if self.turn % 15 == 1 and len(self.running) < IMPORTS_MAX:
            return self.begin()
        time.sleep(0.02)
        return self.verify()

    def begin(self):
        """What is not acknowledged may or may not have begun, and is of no interest."""
        packing, table = self.dice.choice(["NONE", "GZIP"]), f"crash-import-{self.turn}"
        made = self.client.import_table(
            S3BucketSource={"S3Bucket": BUCKET, "S3KeyPrefix": f"imports/{packing}/"},
            InputFormat="DYNAMODB_JSON",
            InputCompressionType=packing,
            TableCreationParameters=TABLE | {"TableName": table},
        )
        self.running[made["ImportTableDescription"]["ImportArn"]] = [table, 0]

    def described(self, arn):
        return self.client.describe_import(ImportArn=arn)["ImportTableDescription"]

    def verify(self):
        for arn, known in self.running.items():
            now = self.described(arn)["ProcessedItemCount"]
            if now < known[1]:
                raise Lost(f"{arn} had taken {known[1]} items, and has taken {now}")
            known[1] = now

    def finish(self):
        if not self.running:
            raise Lost("no import was acknowledged")
        for arn, (table, _) in self.running.items():
            deadline = time.monotonic() + DONE_SECONDS
            while (seen := self.described(arn))["ImportStatus"] == "IN_PROGRESS":
                if time.monotonic() > deadline:
                    raise Lost(f"{arn} was never finished")
                time.sleep(0.1)
            counts = tuple(seen[f"{name}Count"] for name in ("ProcessedItem", "ImportedItem", "Error"))
            if counts != self.counts or seen.get("FailureCode") != "ItemValidationError":
                raise Lost(f"{arn} tells {seen}, its objects have {self.counts}")
            held = {
                item["pk"]["S"]: int(item["at"]["N"]) if "at" in item else None
                for item in every(self.client.scan, TableName=table)
            }
            if held != self.wanted:
                raise Lost(f"{table} holds {len(held)} items, of {len(self.wanted)}, or others")
