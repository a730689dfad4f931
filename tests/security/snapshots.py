"""Hostile functions with SnapStart: environments that begin from a memory image are as closed as others,
images are their version's own, and a false image harms whoever made it."""

import concurrent.futures
import json
import pathlib
import time

import functions

HOSTILE = (pathlib.Path(__file__).resolve().parent / "hostile.py").read_text()
LOOK = """
import os, random, secrets, ssl, time, uuid
random.random(), ssl.RAND_bytes(1)
def tries(what):
    try:
        return what()
    except OSError:
        return None
def handler(event, context):
    time.sleep(event.get("pause", 0))
    image = "/mnt/snapshot/image"
    others = [event["data"] + "/snapshots", "/mnt/snapshot/..", "/proc/1/root/mnt", "/proc/1/map_files"]
    beside = [tries(lambda: os.listdir(path)) for path in others]
    mapped = {line.split()[-1] for line in open("/proc/self/maps") if "/snapshot" in line}
    return {
        "seeds": [random.random(), secrets.token_hex(8), str(uuid.uuid4()), ssl.RAND_bytes(8).hex()],
        "user": os.stat("/proc/self").st_uid,
        "beside": [found for found in beside if found not in (None, [], ["snapshot"])],
        "written": tries(lambda: os.open(image, os.O_RDWR)) or tries(lambda: os.unlink(image) or "unlinked"),
        "made": tries(lambda: os.open("/mnt/snapshot/new", os.O_CREAT | os.O_WRONLY)),
        "mapped": sorted(mapped - {image}),
        "sees": os.path.exists(image),
    }
"""
# Hands over an image of its own making before the runtime can.
FORGER = """
import socket, struct, threading
import snapshot_restore_py
kept = []
@snapshot_restore_py.register_before_snapshot
def forge():
    connection = socket.create_connection(("127.0.0.1", 9002))
    connection.setblocking(False)
    kept.append(connection)
    image = bytearray(300_000)
    struct.pack_into("<QQ", image, 0, 0x31676D696E616800, len(image))
    image[16:200] = b"\\xff" * 184
    sent = 0
    while sent < len(image):
        try:
            sent += connection.send(image[sent:])
        except BlockingIOError:
            break
def handler(event, context):
    return "ran"
"""
# Its child, which the runtime client is kept from seeing, promises more than any disk holds.
ENDLESS = """
import os, socket, struct
import haneul_runtime.snapshot
import snapshot_restore_py
haneul_runtime.snapshot._require_alone = lambda: None
@snapshot_restore_py.register_before_snapshot
def flood():
    here, there = socket.socketpair()
    if os.fork() == 0:
        connection = socket.create_connection(("127.0.0.1", 9002))
        connection.send(struct.pack("<QQ", 0x31676D696E616800, 1 << 60) + bytes(100_000))
        there.send(b"1")
        while True:
            connection.sendall(os.urandom(1 << 20))
    here.recv(1)
    here.close(), there.close()
def handler(event, context):
    return "ran"
"""


def publish(server, name, code):
    """Deploys the code with SnapStart and publishes it; the version's state once it is known."""
    snap_start = {"ApplyOn": "PublishedVersions"}
    functions.deploy(server, name, {"app.py": code}, runtime="python3.12", SnapStart=snap_start)
    client = server.boto("lambda")
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    version = client.publish_version(FunctionName=name)["Version"]

    for _ in range(1200):
        shown = client.get_function_configuration(FunctionName=name, Qualifier=version)
        if shown["State"] != "Pending":
            return shown
        time.sleep(0.1)
    raise RuntimeError(f"{name} stays Pending")


def ask(server, name, event=None):
    return functions.invoke(server, name + ":1", event or {})


def compare_environments(server, event):
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        calls = [threads.submit(ask, server, "look", {**event, "pause": 1}) for _ in range(2)]
        one, other = (call.result() for call in calls)
    same = [first for first, second in zip(one["seeds"], other["seeds"]) if first == second]
    yield "environments of one image draw different numbers", f"both drew {same}" if same else None
    yield "a function sees its own image only", str(one["beside"]) if one["beside"] else None
    yield "a function cannot write its image", one["written"] and str(one["written"])
    yield "a function cannot add to its image", one["made"] and str(one["made"])
    yield "an environment maps no other image", str(one["mapped"]) if one["mapped"] else None
    yield "a restored environment has an image at all", None if one["sees"] else "there was none"
    usual = functions.invoke(server, "look", event)
    yield "an ordinary environment has no image", "it has" if usual["sees"] else None


def attempts(server):
    event = {"word": functions.WORD, "port": server.port, "data": str(server.data)}
    knowing = HOSTILE.replace("import ctypes", f"WORD = {functions.WORD!r}\nimport ctypes", 1)
    victim = publish(server, "victim", knowing)
    yield "the victim's version is active", None if victim["State"] == "Active" else str(victim)
    hostile = publish(server, "hostile", HOSTILE)
    yield "the hostile version is active", None if hostile["State"] == "Active" else str(hostile)
    for probe, reached in ask(server, "hostile", event).items():
        yield f"a function from an image cannot {probe}", reached
    publish(server, "look", LOOK)
    yield from compare_environments(server, event)
    forged = publish(server, "forger", FORGER)
    answer = server.boto("lambda")
    try:
        answer.invoke(FunctionName="forger", Qualifier="1")
        yield "a false image does not run", f"it ran; the version was {forged['State']}"
    except answer.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        good = code in ("SnapStartException", "ResourceConflictException")
        yield "a false image does not run", None if good else json.dumps(error.response["Error"])
    endless = publish(server, "endless", ENDLESS)
    yield "an endless image is refused", None if endless["State"] == "Failed" else str(endless)
    well = ask(server, "victim", {"kind": "victim"})
    yield "the victim is unharmed", None if well == {"word": None} else str(well)
