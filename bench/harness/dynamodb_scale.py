"""Point operations of DynamoDB on a large table against those on one of 10,000 items.

Two servers, so that the small table does not stand in a large database; their runs alternate, and both are
asked for keys in no order. A ratio of 1 says that size costs nothing; the target is that none is below 1/1.5.
"""

import json
import time

import dynamodb
import servers
from figures import run_load

SMALL_ITEMS = 10_000
BATCH = 25  # the most that BatchWriteItem takes
LOADERS = 32  # connections
QUIET_SHARE = 0.05  # of a core
QUIET_WITHIN = 300  # seconds
WARM_SECONDS = 8
FILLER = "z" * 100
OPERATIONS = (
    ("get", "GetItem", dynamodb.TABLE | {"Key": dynamodb.key("item-KEY"), "ConsistentRead": True}),
    ("put", "PutItem", dynamodb.put_body("item-KEY", "0", FILLER)),
)


class Table:
    """A server with a table of so many items."""

    def __init__(self, server, items):
        self.server, self.items = server, items

    def send(self, target, request, **options):
        body = json.dumps(request, separators=(",", ":"))
        return run_load(self.server, "dynamodb", target=target, body=body, keys=self.items, **options)

    def load(self):
        """Returns the items per second it took."""
        dynamodb.create_table(self.server)
        puts = [{"PutRequest": {"Item": dynamodb.key("item-KEY") | {"filler": {"S": FILLER}}}}] * BATCH
        request = {"RequestItems": {dynamodb.TABLE["TableName"]: puts}}
        began = time.monotonic()
        requests = self.items // BATCH
        self.send("BatchWriteItem", request, requests=requests, seconds=3600 * 6, connections=LOADERS)
        return self.items / (time.monotonic() - began)


def measure(bench):
    with servers.Haneul() as few, servers.Haneul() as many:
        small, large = Table(few, SMALL_ITEMS), Table(many, bench.items)
        small.load()
        bench.report.figure("dynamodb_scale_load", "items/s", [large.load()])
        bench.report.remark(f"{bench.items:,} items, against {SMALL_ITEMS:,}")
        for table in (small, large):
            warm_up(table)
        for name, target, request in OPERATIONS:
            for connections in (1, 32):
                title = f"dynamodb_scale_{name}_{connections}c"
                compare(bench, title, (small, large), target, request, connections=connections)


def warm_up(table):
    """Begins in the state that a while of reads leaves, without the compactions that follow the loading."""
    until = time.monotonic() + QUIET_WITHIN
    while table.server.processor_share() > QUIET_SHARE and time.monotonic() < until:
        pass
    _, target, request = OPERATIONS[0]
    table.send(target, request, connections=LOADERS, seconds=WARM_SECONDS, scatter=True)


def compare(bench, title, tables, target, request, **options):
    runs = {table: [] for table in tables}
    for _ in range(bench.runs):
        for table in tables:
            run = table.send(target, request, seconds=bench.seconds, scatter=True, **options)
            runs[table].append(run)
    small, large = tables
    for name, unit, field, better in (
        (title, "requests/s", "requests_per_second", "more"),
        (title + "_p50", "us", "p50_us", "less"),
    ):
        mine = [run[field] for run in runs[large]]
        theirs = [run[field] for run in runs[small]]
        bench.report.figure(name, unit, mine, f"{SMALL_ITEMS:,} items", theirs, better)
