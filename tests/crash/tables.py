"""The crash test's workers for DynamoDB: items with indexes and a stream, transactions, and time to live.

What is written names the whole state that follows, so that an item whose write is in doubt has one of two
states, whatever was written to it before.
"""

import itertools
import time
import uuid

from load import Lost, Worker

STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
UNITS = 1000  # that each account has at first
EXPIRED, KEPT = -60, 36_000  # seconds from now
EXPIRY_SECONDS = 90


def number(value):
    return {"N": str(value)}


def text(value):
    return {"S": value}


def make_table(client, name, keys, **more):
    """`keys`: names of hash and range key, each text but those named "n...", which are numbers."""
    used = {*keys, *(key["AttributeName"] for index in more.get("indexes", ()) for key in index["KeySchema"])}
    kinds = [
        {"AttributeName": key, "AttributeType": "N" if key.startswith("n") else "S"} for key in sorted(used)
    ]
    given = {"AttributeDefinitions": kinds, "KeySchema": schema(*keys), "BillingMode": "PAY_PER_REQUEST"}
    for index in more.pop("indexes", ()):
        where = "Local" if index["KeySchema"][0]["AttributeName"] == keys[0] else "Global"
        given.setdefault(f"{where}SecondaryIndexes", []).append(index)
    client.create_table(TableName=name, **given, **more)
    client.get_waiter("table_exists").wait(TableName=name)


def schema(*keys):
    kinds = zip(keys, ("HASH", "RANGE"), strict=False)
    return [{"AttributeName": key, "KeyType": kind} for key, kind in kinds]


def index_of(name, *keys):
    return {"IndexName": name, "KeySchema": schema(*keys), "Projection": {"ProjectionType": "ALL"}}


def every(page_of, **request):
    """The items of all pages."""
    while True:
        page = page_of(**request)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


class TableWorker(Worker):
    """One client for all starts: the port stays, and a client takes a tenth of a second to make."""

    client = None

    def connect(self, server):
        self.server = server
        self.client = self.client or server.boto("dynamodb", read_timeout=120)


class Items(TableWorker):
    """Puts, updates, batches and deletes of items with a local and a global index and a stream."""

    GROUPS = ("p0", "p1", "p2", "p3")
    COLORS = ("red", "green", "blue")

    def __init__(self, name, seed):
        super().__init__(name, seed)
        self.table = f"crash-{name}"
        self.state = {(group, at): None for group in self.GROUPS for at in range(8)}
        self.doubt, self.turn = {}, 0

    def prepare(self, server):
        indexes = [index_of("by-rank", "pk", "nrank"), index_of("by-color", "color", "nrank")]
        client = server.boto("dynamodb")
        make_table(client, self.table, ("pk", "nsk"), indexes=indexes, StreamSpecification=STREAM)

    def key(self, place):
        return {"pk": text(place[0]), "nsk": number(place[1])}

    def item(self, place):
        """A new item, which nearly always has the key attributes of both indexes."""
        self.turn += 1
        item = self.key(place) | {"turn": number(self.turn), "filler": text("x" * self.dice.randrange(2000))}
        if self.dice.random() < 0.8:
            item["nrank"] = number(self.dice.randrange(50))
        if self.dice.random() < 0.8:
            item["color"] = text(self.dice.choice(self.COLORS))
        return item

    def step(self):
        places = [self.dice.choice(list(self.state))]
        kind = self.dice.choice(["put", "put", "update", "update", "delete", "batch"])
        if kind == "batch":
            places = self.dice.sample(list(self.state), 4)
        wanted = {place: None if kind == "delete" else self.item(place) for place in places}
        for place, item in wanted.items():
            self.doubt.setdefault(place, []).append(item)
        self.send(kind, wanted)
        for place, item in wanted.items():
            self.state[place] = item
            self.doubt.pop(place)

    def send(self, kind, wanted):
        ((place, item), *_) = wanted.items()
        named = {"TableName": self.table, "Key": self.key(place)}
        if kind == "put":
            self.client.put_item(TableName=self.table, Item=item)
        elif kind == "delete":
            self.client.delete_item(**named)
        elif kind == "batch":
            requests = [{"PutRequest": {"Item": item}} for item in wanted.values()]
            answer = self.client.batch_write_item(RequestItems={self.table: requests})
            if answer["UnprocessedItems"]:
                raise Lost(f"{self.table} left items of a batch unwritten")
        else:
            names = [name for name in item if name not in ("pk", "nsk")]
            sets = ", ".join(f"#{name} = :{name}" for name in names)
            gone = ", ".join(name for name in ("nrank", "color") if name not in item)
            self.client.update_item(
                **named,
                UpdateExpression=f"SET {sets}" + (f" REMOVE {gone}" if gone else ""),
                ExpressionAttributeNames={f"#{name}": name for name in names},
                ExpressionAttributeValues={f":{name}": item[name] for name in names},
            )

    def place_of(self, item):
        return item["pk"]["S"], int(item["nsk"]["N"])

    def verify(self):
        held = {self.place_of(item): item for item in every(self.client.scan, TableName=self.table)}
        for place, item in self.state.items():
            seen = held.pop(place, None)
            if seen != item and seen not in self.doubt.get(place, []):
                raise Lost(f"{self.table} {place} is {seen}, acknowledged was {item}")
            self.state[place] = seen
        if held:
            raise Lost(f"{self.table} has items that nobody wrote: {held}")
        self.doubt.clear()
        self.verify_index("by-rank", "pk", self.GROUPS)
        self.verify_index("by-color", "color", self.COLORS)

    def verify_index(self, name, key, values):
        for value in values:
            found = list(
                every(
                    self.client.query,
                    TableName=self.table,
                    IndexName=name,
                    KeyConditionExpression=f"{key} = :value",
                    ExpressionAttributeValues={":value": text(value)},
                )
            )
            items = [item for item in self.state.values() if item and item.get(key) == text(value)]
            wanted = {self.place_of(item): item for item in items if "nrank" in item}
            if {self.place_of(item): item for item in found} != wanted or len(found) != len(wanted):
                raise Lost(f"{self.table} by {name} has {found} of {value}, the table has {wanted}")

    def finish(self):
        """The records of the stream, in order, make the table of an empty one."""
        arn = self.client.describe_table(TableName=self.table)["Table"]["LatestStreamArn"]
        replayed = {}
        for record in self.records(arn):
            change = record["dynamodb"]
            place = self.place_of(change["Keys"])
            if replayed.pop(place, None) != change.get("OldImage"):
                raise Lost(f"{self.table}: the record {change} does not follow from the one before")
            if "NewImage" in change:
                replayed[place] = change["NewImage"]
        wanted = {place: item for place, item in self.state.items() if item}
        if replayed != wanted:
            raise Lost(f"{self.table}: the stream gives {replayed}, the table has {wanted}")

    def records(self, arn):
        streams = self.server.boto("dynamodbstreams")
        shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        for shard in shards:
            named = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            at = streams.get_shard_iterator(**named)["ShardIterator"]
            while at:
                page = streams.get_records(ShardIterator=at)
                yield from page["Records"]
                at = page.get("NextShardIterator") if page["Records"] else None


class Accounts(TableWorker):
    """Transactions that move units between accounts; each leaves a journal item, or nothing at all."""

    TABLE = "crash-accounts"
    NAMES = ("ada", "bob", "cyd", "dan", "eve")

    def __init__(self, name, seed):
        super().__init__(name, seed)
        self.balances = dict.fromkeys(self.NAMES, UNITS)
        self.moves, self.turn, self.pending = 0, 0, None  # pending: the request in doubt, and its effect

    def prepare(self, server):
        client = server.boto("dynamodb")
        make_table(client, self.TABLE, ("pk",))
        for name in self.NAMES:
            client.put_item(TableName=self.TABLE, Item={"pk": text(name), "units": number(UNITS)})

    def request(self, giver, taker, units):
        def change(name, sign, condition):
            return {
                "Update": {
                    "TableName": self.TABLE,
                    "Key": {"pk": text(name)},
                    "UpdateExpression": f"SET units = units {sign} :units",
                    "ConditionExpression": condition,
                    "ExpressionAttributeValues": {":units": number(units)},
                }
            }

        entry = {"pk": text(f"move-{self.turn}"), "giver": text(giver), "taker": text(taker)}
        journal = {"TableName": self.TABLE, "Item": entry, "ConditionExpression": "attribute_not_exists(pk)"}
        gives, takes = change(giver, "-", "units >= :units"), change(taker, "+", "attribute_exists(pk)")
        token = str(uuid.UUID(int=self.dice.getrandbits(128)))
        return {"TransactItems": [gives, {"Put": journal}, takes], "ClientRequestToken": token}

    def step(self):
        if self.pending:
            raise ConnectionError("what is in doubt is settled first")
        self.turn += 1
        giver, taker = self.dice.sample(self.NAMES, 2)
        units = self.dice.choice([1, 7, 100, 10 * UNITS])
        request = self.request(giver, taker, units)
        if units > self.balances[giver]:
            return self.must_cancel(request)
        self.pending = (request, giver, taker, units)
        self.client.transact_write_items(**request)
        self.settle(*self.pending[1:])
        if self.dice.random() < 0.2:
            self.client.transact_write_items(**request)  # the same token: nothing happens
        return None

    def must_cancel(self, request):
        try:
            self.client.transact_write_items(**request)
        except self.client.exceptions.TransactionCanceledException as refusal:
            codes = [reason["Code"] for reason in refusal.response["CancellationReasons"]]
            if codes != ["ConditionalCheckFailed", "None", "None"]:
                raise Lost(f"a transaction was cancelled for {codes}") from None
        else:
            raise Lost("more units were given than there were")

    def settle(self, giver, taker, units):
        self.balances[giver] -= units
        self.balances[taker] += units
        self.moves += 1
        self.pending = None

    def verify(self):
        if self.pending:
            request, *effect = self.pending
            entry = request["TransactItems"][1]["Put"]["Item"]["pk"]
            retried = self.dice.random() < 0.5
            if retried:
                self.client.transact_write_items(**request)
            there = "Item" in self.client.get_item(TableName=self.TABLE, Key={"pk": entry})
            if retried and not there:
                raise Lost(f"{entry} was asked again with its token and is not there")
            if there:
                self.settle(*effect)
            self.pending = None
        gets = [{"Get": {"TableName": self.TABLE, "Key": {"pk": text(name)}}} for name in self.NAMES]
        answers = self.client.transact_get_items(TransactItems=gets)["Responses"]
        units = {answer["Item"]["pk"]["S"]: int(answer["Item"]["units"]["N"]) for answer in answers}
        if units != self.balances:
            raise Lost(f"accounts hold {units}, acknowledged was {self.balances}")
        count = self.client.describe_table(TableName=self.TABLE)["Table"]["ItemCount"]
        if count != len(self.NAMES) + self.moves:
            raise Lost(f"{count} items of {self.moves} transactions and {len(self.NAMES)} accounts")

    def finish(self):
        """verify() has seen everything."""


class Expiring(TableWorker):
    """Items with a time to live: those whose time is over may go at any moment, the others stay."""

    TABLE = "crash-expiring"

    def __init__(self, name, seed):
        super().__init__(name, seed)
        self.state = {f"item-{at}": [None] for at in range(30)}  # all that each may be
        self.turns = itertools.count(1)

    def prepare(self, server):
        client = server.boto("dynamodb")
        make_table(client, self.TABLE, ("pk",), StreamSpecification=STREAM)
        spec = {"Enabled": True, "AttributeName": "until"}
        client.update_time_to_live(TableName=self.TABLE, TimeToLiveSpecification=spec)

    def step(self):
        name, life = self.dice.choice(list(self.state)), self.dice.choice([EXPIRED, KEPT])
        item = {"pk": text(name), "turn": number(next(self.turns)), "until": number(int(time.time()) + life)}
        after = [item, None] if life == EXPIRED else [item]
        self.state[name] += after
        self.client.put_item(TableName=self.TABLE, Item=item)
        self.state[name] = after
        time.sleep(0.005)

    def look(self):
        return {item["pk"]["S"]: item for item in every(self.client.scan, TableName=self.TABLE)}

    def verify(self):
        held = self.look()
        for name, allowed in self.state.items():
            seen = held.get(name)
            if seen not in allowed:
                raise Lost(f"{self.TABLE} {name} is {seen}, allowed was {allowed}")
            expired = seen and int(seen["until"]["N"]) < time.time()
            self.state[name] = [seen, None] if expired else [seen]

    def finish(self):
        deadline = time.monotonic() + EXPIRY_SECONDS
        while late := [item for item in self.look().values() if int(item["until"]["N"]) < time.time()]:
            if time.monotonic() > deadline:
                raise Lost(f"{len(late)} items are still there after their time")
            time.sleep(0.5)
        self.verify()
