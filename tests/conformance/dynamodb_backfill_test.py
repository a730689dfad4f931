"""Indexes made, and deleted, while items are written: when one is active it agrees with the table."""

import random
import subprocess
import threading
import time
import unittest

import botocore.exceptions

import harness

TABLE = "backfill"
COLORS = ("red", "green", "blue")
ITEMS = 400


class Writer:
    """Puts, recolours and deletes items until it is told to stop; losing the server is no error."""

    def __init__(self, client, seed):
        self.client, self.dice, self.problem, self.writes = client, random.Random(seed), None, 0

    def run(self, stop):
        while not stop.is_set() and not self.problem:
            try:
                self.step()
                self.writes += 1
            except botocore.exceptions.ClientError as error:
                self.problem = repr(error)
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.HTTPClientError, OSError):
                stop.wait(0.02)

    def step(self):
        key = {"pk": {"S": f"item-{self.dice.randrange(ITEMS)}"}}
        color = {"color": {"S": self.dice.choice(COLORS)}}
        kind = self.dice.randrange(4)
        if kind == 0:
            self.client.delete_item(TableName=TABLE, Key=key)
        elif kind == 1:
            given = {":c": color["color"]}
            update = {"UpdateExpression": "SET color = :c", "ExpressionAttributeValues": given}
            self.client.update_item(TableName=TABLE, Key=key, **update)
        else:
            self.client.put_item(TableName=TABLE, Item=key | (color if kind == 2 else {}))


class Backfill(unittest.TestCase):
    def make(self, server):
        client = server.boto("dynamodb")
        client.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for number in range(ITEMS):
            item = {"pk": {"S": f"item-{number}"}, "color": {"S": COLORS[number % 3]}}
            client.put_item(TableName=TABLE, Item=item)
        return client

    def add_index(self, client, name):
        index = {
            "IndexName": name,
            "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        kinds = [{"AttributeName": at, "AttributeType": "S"} for at in ("pk", "color")]
        updates = [{"Create": index}]
        client.update_table(
            TableName=TABLE, AttributeDefinitions=kinds, GlobalSecondaryIndexUpdates=updates
        )

    def await_active(self, client, name):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            table = client.describe_table(TableName=TABLE)["Table"]
            states = {one["IndexName"]: one["IndexStatus"] for one in table.get("GlobalSecondaryIndexes", [])}
            if states.get(name) == "ACTIVE":
                return
            time.sleep(0.05)
        self.fail(f"index {name} never became active: {states}")

    def agree(self, client, name):
        def pages(call, **request):
            return [item for page in client.get_paginator(call).paginate(**request) for item in page["Items"]]

        items = {item["pk"]["S"]: item for item in pages("scan", TableName=TABLE)}
        for color in COLORS:
            found = pages(
                "query",
                TableName=TABLE,
                IndexName=name,
                KeyConditionExpression="color = :c",
                ExpressionAttributeValues={":c": {"S": color}},
            )
            wanted = {key: item for key, item in items.items() if item.get("color") == {"S": color}}
            self.assertEqual({item["pk"]["S"]: item for item in found}, wanted)
            self.assertEqual(len(found), len(wanted))

    def under_writes(self, server, act):
        """Runs act() while four clients write; every one of them must have written."""
        stop = threading.Event()
        writers = [Writer(server.boto("dynamodb"), seed) for seed in range(4)]
        threads = [threading.Thread(target=one.run, args=(stop,)) for one in writers]
        for thread in threads:
            thread.start()
        try:
            act()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual([one.problem for one in writers if one.problem], [])
        self.assertTrue(all(one.writes for one in writers))

    def test_under_writes(self):
        """an index made while items are written has each as it is, and can be deleted and made again"""
        with harness.Server() as server:
            client = self.make(server)

            def act():
                for name in ("first", "second"):
                    self.add_index(client, name)
                    self.await_active(client, name)
                gone = [{"Delete": {"IndexName": "first"}}]
                client.update_table(TableName=TABLE, GlobalSecondaryIndexUpdates=gone)
                deadline = time.monotonic() + 60
                while time.monotonic() < deadline:
                    table = client.describe_table(TableName=TABLE)["Table"]
                    if [one["IndexName"] for one in table["GlobalSecondaryIndexes"]] == ["second"]:
                        break
                    time.sleep(0.05)
                self.add_index(client, "first")
                self.await_active(client, "first")

            self.under_writes(server, act)
            for name in ("first", "second"):
                self.agree(client, name)
            self.check(server)

    def test_killed(self):
        """an index whose making is cut off by a kill is made to its end after the start"""
        with harness.Server() as server:
            client = self.make(server)

            def act():
                self.add_index(client, "cut")
                server.kill()
                server.start()
                self.await_active(server.boto("dynamodb"), "cut")

            self.under_writes(server, act)
            self.agree(server.boto("dynamodb"), "cut")
            self.check(server)

    def check(self, server):
        server.stop()
        command = [harness.binary(), "check", "--data", server.data]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
