"""Concurrent transactions against the real server, and whether some serial order explains what each saw.

Every key holds a list that transactions and updates append to, and that is read alone, in transactions and in
the answers of updates. By hand, longer: HANEUL_SECONDS=60 HANEUL_SEED=7
tests/conformance/run dynamodb_transactions.
"""

import os
import random
import threading
import time
import unittest

import botocore.exceptions

import harness
from list_append import Transaction, anomalies

THREADS = 6
KEYS = 5  # few, so that they meet
SECONDS = float(os.environ.get("HANEUL_SECONDS", "3"))
SEED = int(os.environ.get("HANEUL_SEED", "42"))
TABLE = "lists"
REFUSED = ("TransactionCanceledException", "ConditionalCheckFailedException")
APPEND = "SET v = list_append(if_not_exists(v, :none), :one) ADD version :step"


def append_of(value):
    given = {":none": {"L": []}, ":one": {"L": [{"N": str(value)}]}, ":step": {"N": "1"}}
    return {"UpdateExpression": APPEND, "ExpressionAttributeValues": given}


def values_in(item):
    held = [int(element["N"]) for element in item.get("v", {"L": []})["L"]]
    assert int(item.get("version", {"N": "0"})["N"]) == len(held), f"the version of {item} is another"
    return held


class Client:
    """One thread's transactions. Steps fill in what was appended and what was seen."""

    def __init__(self, history, seed, number):
        self.history, self.dice, self.number = history, random.Random(f"{seed} {number}"), number
        self.client, self.problem = None, None

    def run(self, stop):
        writes = [self.update, self.update, self.transact, self.transact, self.state, self.state]
        reads = [self.read, self.read_together, self.select_together]
        while not stop.is_set() and not self.problem:
            step = self.dice.choice([*writes, self.versioned, *reads])
            one = self.history.begin()
            try:
                step(one)
                one.outcome = "done"
            except botocore.exceptions.ClientError as error:
                if error.response["Error"]["Code"] in REFUSED:
                    one.outcome, one.reads = "refused", {}
                elif error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                    self.problem = repr(error)
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.HTTPClientError, OSError):
                stop.wait(0.02)  # killed: the outcome stays unknown
            except Exception as error:  # noqa: BLE001 - told by the test
                self.problem = repr(error)
            if one.outcome != "unknown":
                one.ended = time.monotonic()

    def key(self):
        return f"k{self.dice.randrange(KEYS)}"

    def keys(self):
        names = [f"k{number}" for number in range(KEYS)]
        return self.dice.sample(names, 2 + self.dice.randrange(2))

    def named(self, key):
        return {"TableName": TABLE, "Key": {"pk": {"S": key}}}

    def update(self, one):
        key = self.key()
        one.appends[key] = one.number
        answer = self.client.update_item(**self.named(key), **append_of(one.number), ReturnValues="ALL_NEW")
        self.seen_after(one, key, answer["Attributes"])

    def seen_after(self, one, key, item):
        """What an update returns tells what it found: all but what it appended."""
        held = values_in(item)
        assert held[-1] == one.number, f"{one.number} is not the last of {held}"
        one.reads[key] = held[:-1]

    def transact(self, one):
        actions = []
        for key in self.keys():
            if self.dice.random() < 0.3:
                check = {"ConditionExpression": "attribute_not_exists(gone)"}
                actions.append({"ConditionCheck": self.named(key) | check})
            else:
                one.appends[key] = one.number
                actions.append({"Update": self.named(key) | append_of(one.number)})
        self.client.transact_write_items(TransactItems=actions)

    def state(self, one):
        """A transaction of statements; those of a key that is not there yet cancel it."""
        statements, one.by_statements = [], True
        for key in self.keys():
            if self.dice.random() < 0.3:
                statement = f"EXISTS(SELECT * FROM {TABLE} WHERE pk = ? AND gone IS MISSING)"
                given = [{"S": key}]
            else:
                one.appends[key] = one.number
                statement = f"UPDATE {TABLE} SET v = list_append(v, ?) SET version = version + 1 WHERE pk = ?"
                given = [{"L": [{"N": str(one.number)}]}, {"S": key}]
            statements.append({"Statement": statement, "Parameters": given})
        self.client.execute_transaction(TransactStatements=statements)

    def versioned(self, one):
        """Two reads, then a transaction that writes if neither has changed: it has seen both at its time."""
        left, right = self.keys()[:2]
        found = {}
        for key in (left, right):
            item = self.client.get_item(**self.named(key), ConsistentRead=True).get("Item", {})
            found[key] = values_in(item)
        actions = []
        for key, held in found.items():
            given = {":version": {"N": str(len(held))}}
            condition = "version = :version" if held else "attribute_not_exists(version)"
            if key == left:
                one.appends[key] = one.number
                action = self.named(key) | append_of(one.number) | {"ConditionExpression": condition}
                if held:
                    action["ExpressionAttributeValues"] |= given
                actions.append({"Update": action})
            else:
                check = self.named(key) | {"ConditionExpression": condition}
                actions.append({"ConditionCheck": check})
                if held:
                    check["ExpressionAttributeValues"] = given
        self.client.transact_write_items(TransactItems=actions)
        one.reads = found

    def read(self, one):
        key = self.key()
        item = self.client.get_item(**self.named(key), ConsistentRead=True).get("Item", {})
        one.reads[key] = values_in(item)

    def read_together(self, one):
        keys = self.keys()
        answer = self.client.transact_get_items(TransactItems=[{"Get": self.named(key)} for key in keys])
        for key, response in zip(keys, answer["Responses"], strict=True):
            one.reads[key] = values_in(response.get("Item", {}))

    def select_together(self, one):
        keys = self.keys()
        select = f"SELECT * FROM {TABLE} WHERE pk = ?"
        statements = [{"Statement": select, "Parameters": [{"S": key}]} for key in keys]
        answer = self.client.execute_transaction(TransactStatements=statements)
        for key, response in zip(keys, answer["Responses"], strict=True):
            one.reads[key] = values_in(response.get("Item", {}))


class History:
    def __init__(self):
        self.lock, self.all = threading.Lock(), []

    def begin(self):
        with self.lock:
            one = Transaction(len(self.all), time.monotonic(), float("inf"), "unknown")
            self.all.append(one)
            return one


def run_load(server, seed, interrupt=None):
    """A history of some seconds; interrupt() comes in its middle. Ends with a read of every key."""
    history, stop = History(), threading.Event()
    clients = [Client(history, seed, number) for number in range(THREADS)]
    for one in clients:
        one.client = server.boto("dynamodb", read_timeout=20)
    threads = [threading.Thread(target=one.run, args=(stop,)) for one in clients]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS / 2)
    if interrupt:
        interrupt()
    time.sleep(SECONDS / 2)
    stop.set()
    for thread in threads:
        thread.join()
    last = Client(history, seed, "last")
    last.client = server.boto("dynamodb")
    for number in range(KEYS):
        one = history.begin()
        item = last.client.get_item(**last.named(f"k{number}"), ConsistentRead=True).get("Item", {})
        one.reads[f"k{number}"] = values_in(item)
        one.ended, one.outcome = time.monotonic(), "done"
    return history.all, [one.problem for one in clients if one.problem]


def make_table(server):
    server.boto("dynamodb").create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def made_up(*transactions):
    """A history of (appends, reads), one after the other where times matter not."""
    return [
        Transaction(number, 0, 1, "done", dict(appends), dict(reads))
        for number, (appends, reads) in enumerate(transactions)
    ]


class Checker(unittest.TestCase):
    """The checker must see what it is there for."""

    def test_serialisable(self):
        """the checker accepts what is serialisable"""
        history = made_up(({"x": 0}, {}), ({"x": 1, "y": 1}, {"x": [0]}), ({}, {"x": [0, 1], "y": [1]}))
        self.assertEqual(anomalies(history), [])

    def test_anomalies(self):
        """the checker names write skew, lost updates, fractured and stale reads, and what came back"""
        skew = made_up(({"x": 0}, {"y": []}), ({"y": 1}, {"x": []}), ({}, {"x": [0], "y": [1]}))
        self.assertRegex("\n".join(anomalies(skew)), "a cycle: .*rw.*rw")
        fractured = made_up(({"x": 0, "y": 0}, {}), ({}, {"x": [0], "y": []}), ({}, {"y": [0]}))
        self.assertRegex("\n".join(anomalies(fractured)), "a cycle")
        lost = made_up(({"x": 0}, {"x": []}), ({"x": 1}, {"x": []}), ({}, {"x": [1]}))
        self.assertRegex("\n".join(anomalies(lost)), "x lost 0 of transaction 0")
        stale = made_up(({"x": 0}, {}), ({}, {"x": []}), ({}, {"x": [0]}))
        stale[1].began, stale[1].ended = 2, 3
        self.assertRegex("\n".join(anomalies(stale)), "a cycle: .*rt")
        refused = made_up(({"x": 0}, {}), ({}, {"x": [0]}))
        refused[0].outcome = "refused"
        self.assertRegex("\n".join(anomalies(refused)), "which was refused")
        part = made_up(({"x": 0, "y": 0}, {}), ({}, {"x": [0], "y": []}))
        part[0].outcome = "unknown"
        self.assertRegex("\n".join(anomalies(part)), "in part")


class Load(unittest.TestCase):
    def judge(self, history, problems):
        self.assertEqual(problems, [])
        self.assertEqual(anomalies(history), [], f"replay with HANEUL_SEED={SEED}")
        done = [one for one in history if one.outcome == "done"]
        self.assertGreater(len(done), 50)
        self.assertTrue(any(len(one.appends) > 1 for one in done))
        self.assertTrue(any(one.by_statements and one.appends for one in done))

    def test_concurrent(self):
        """transactions, updates and reads of six clients have a serial order that their times agree with"""
        make_table(self.server)
        self.judge(*run_load(self.server, SEED))
        self.server.boto("dynamodb").delete_table(TableName=TABLE)

    def test_killed(self):
        """so they have when the server is killed in their middle: nothing half done, nothing lost"""
        with harness.Server() as server:
            make_table(server)

            def interrupt():
                server.kill()
                server.start()

            self.judge(*run_load(server, SEED + 1, interrupt))
