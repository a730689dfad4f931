"""Random histories of a table, held against a plain model, and its stream against both.

By hand, more of them: HANEUL_HISTORIES=50 tests/conformance/run dynamodb_model (HANEUL_SEED=N starts there).
"""

import os
import random
import unittest
import uuid

import botocore.exceptions

import dynamodb_values as values
from dynamodb_model import Model, item_text

STEPS = 350
HISTORIES = int(os.environ.get("HANEUL_HISTORIES", "3"))
FIRST_SEED = int(os.environ.get("HANEUL_SEED", "42"))


def read_stream(streams, arn):
    """Every record of a stream, in order."""
    shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    records = []
    for shard in shards:
        named = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        at = streams.get_shard_iterator(**named)["ShardIterator"]
        while at:
            page = streams.get_records(ShardIterator=at)
            records += page["Records"]
            if not page["Records"]:
                break
            at = page.get("NextShardIterator")
    return records


def replay(records, key_names):
    """The table that the records make of an empty one; each must follow from the one before."""
    table, changes = {}, []
    for record in records:
        change = record["dynamodb"]
        key = values.item_from_wire(change["Keys"])
        old, new = (values.item_from_wire(change.get(image)) for image in ("OldImage", "NewImage"))
        kind = "INSERT" if old is None else "MODIFY" if new else "REMOVE"
        assert record["eventName"] == kind, record
        assert set(key) == set(key_names), record
        at = values.frozen_item(key)
        assert table.get(at) == old, f"{record} does not follow from {table.get(at)}"
        if new:
            table[at] = new
        else:
            del table[at]
        changes.append((old, new))
    return table, changes


def texts_of(changes):
    """The changes in an order of their own: those of one key were held against each other before."""
    return sorted(" -> ".join(item_text(image or {}) for image in change) for change in changes)


class Histories(unittest.TestCase):
    def history(self, seed):
        dice = values.Dice(random.Random(seed))
        client = self.server.boto("dynamodb")
        model = Model(client, f"model-{seed}-{uuid.uuid4().hex[:6]}", dice)
        model.create()
        for number in range(STEPS):
            try:
                model.step()
            except AssertionError as error:
                self.fail(f"HANEUL_SEED={seed}, step {number}: {error}")
            except botocore.exceptions.ClientError as error:
                self.fail(f"HANEUL_SEED={seed}, step {number}: {error} to {model.last}")
        return model

    def test_histories(self):
        """random writes, queries and scans answer as a plain model does, and the stream replays them"""
        for seed in range(FIRST_SEED, FIRST_SEED + HISTORIES):
            model = self.history(seed)
            shown = model.client.describe_table(TableName=model.name)["Table"]
            self.assertEqual(shown["ItemCount"], len(model.items))
            for index in shown["LocalSecondaryIndexes"] + shown["GlobalSecondaryIndexes"]:
                mine = next(one for one in model.indexes if one.name == index["IndexName"])
                self.assertEqual(index["ItemCount"], len(model.held_in(mine)), mine.name)
            self.assertGreater(len(model.changes), STEPS // 5)
            records = read_stream(self.server.boto("dynamodbstreams"), shown["LatestStreamArn"])
            table, changes = replay(records, model.primary.keys)
            self.assertEqual(table, model.items)
            self.assertEqual(texts_of(changes), texts_of(model.changes))
            model.client.delete_table(TableName=model.name)
