"""DynamoDB beside dynalite (LevelDB) and DynamoDB Local (SQLite), all with the same signed requests.

Our runs and the peers' alternate. Tables are on demand; ours acknowledges what is on disk, the peers do not.
"""

import contextlib
import json

import servers
from figures import LoadFailed, run_load

TABLE = {"TableName": "bench-table"}
KEYS = 1000
FILLER = "x" * 960  # an item of 1 KiB with its names and key
SMALL = "y" * 100
QUERIED = 100


def key(name, part="0"):
    return {"pk": {"S": name}, "sk": {"S": part}}


def put_body(name, part, filler):
    return TABLE | {"Item": key(name, part) | {"filler": {"S": filler}}}


CASES = (
    # figure, operation, request
    ("put_1kib", "PutItem", put_body("item-KEY", "0", FILLER)),
    ("get_1kib", "GetItem", TABLE | {"Key": key("item-KEY"), "ConsistentRead": True}),
    (
        "query_100_items",
        "Query",
        TABLE
        | {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "collection"}}},
    ),
    (
        "transact_write_4_items",
        "TransactWriteItems",
        {"TransactItems": [{"Put": put_body(f"move-KEY-{at}", "0", SMALL)} for at in range(4)]},
    ),
)


def send(server, target, request, **options):
    body = json.dumps(request, separators=(",", ":"))
    return run_load(server, "dynamodb", target=target, body=body, keys=KEYS, **options)


def create_table(server):
    client = servers.client(server, "dynamodb")
    client.create_table(
        **TABLE,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(**TABLE, WaiterConfig={"Delay": 1})


def prepare(server):
    create_table(server)
    send(server, "PutItem", put_body("item-KEY", "0", FILLER), requests=KEYS, seconds=20, connections=8)
    send(server, "PutItem", put_body("collection", "KEY", SMALL), requests=QUERIED, seconds=20)


def peers_of(bench, stack):
    found = []
    for kind, install in (
        (servers.Dynalite, lambda: None),
        (servers.DynamoDbLocal, servers.install_dynamodb_local),
    ):
        if not bench.peers:
            continue
        try:
            install()
        except (RuntimeError, OSError) as problem:
            bench.report.remark(f"{kind.name} left out: {problem}")
            continue
        if peer := bench.peer(stack, kind):
            found.append(peer)
    return found


def works(bench, server, target, request):
    """Whether a peer knows the operation at all."""
    try:
        send(server, target, request, requests=1, seconds=5)
    except LoadFailed as problem:
        bench.report.remark(f"{server.name} left out of {target}: {problem}")
        return False
    return True


def measure_rates(bench, haneul, peers):
    for title, target, request in CASES:
        beside = [peer for peer in peers if works(bench, peer, target, request)]
        for connections in (1, 32):
            runs = {server.name: [] for server in (haneul, *beside)}
            for _ in range(bench.runs):
                for server in (haneul, *beside):
                    before = server.processor_seconds()
                    run = send(server, target, request, connections=connections, seconds=bench.seconds)
                    used = server.processor_seconds() - before
                    run["processor_us"] = used * 1e6 / (run["requests_per_second"] * bench.seconds)
                    runs[server.name].append(run)
            report(bench, f"dynamodb_{title}_{connections}c", runs)


def report(bench, title, runs):
    """A line for each peer, or one without."""
    columns = [(title, "requests/s", "requests_per_second", "more"), (title + "_p50", "us", "p50_us", "less")]
    columns.append((title + "_p99", "us", "p99_us", "less"))
    # Of the server alone: what another machine at work does not change much.
    columns.append((title + "_processor_time", "us", "processor_us", "less"))
    ours = runs.pop("haneul")
    for name, unit, field, better in columns:
        mine = [run[field] for run in ours]
        for peer, theirs in runs.items() or ((None, ()),):
            bench.report.figure(name, unit, mine, peer, [run[field] for run in theirs], better)


def measure_starts(bench, peers):
    starts, memory = {}, {}
    for kind in (servers.Haneul, *peers):
        for _ in range(bench.runs):
            pss = memory.setdefault(kind.name, [])
            bench.start_once(kind(), starts.setdefault(kind.name, []), [], [], pss, "dynamodb")
    for title, unit, found in (
        ("dynamodb_start_to_first_answer", "ms", starts),
        ("dynamodb_idle_pss_all_processes", "MiB", memory),
    ):
        ours = found.pop("haneul")
        for peer, theirs in found.items() or ((None, ()),):
            bench.report.figure(title, unit, ours, peer, theirs, better="less")


def measure(bench):
    with contextlib.ExitStack() as stack:
        haneul = stack.enter_context(servers.Haneul())
        peers = peers_of(bench, stack)
        for server in (haneul, *peers):
            prepare(server)
        measure_rates(bench, haneul, peers)
    measure_starts(bench, [type(peer) for peer in peers])
