"""Hostile extensions: they may speak for themselves only, reach nothing outside, and outlive nothing.

Each attempt is a function with one layer that holds intruder.py; a neighbour must stay well beside it.
"""

import io
import pathlib
import time
import zipfile

import functions
import harness

INTRUDER = (pathlib.Path(__file__).resolve().parent / "intruder.py").read_text()
ASK = """
import json, os, time
def handler(event, context):
    for _ in range(event.get("lines", 0)):
        print("y" * 1000)
    while not os.path.exists("/tmp/reached"):
        time.sleep(0.01)
    return json.load(open("/tmp/reached"))
"""
INNER = """
import http.client, json, os
def ask(method, path, headers, body=None):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"], timeout=5)
    connection.request(method, path, body, headers)
    return connection.getresponse().status
def handler(event, context):
    reached = []
    for name in ("intruder", "late"):
        headers = {"Lambda-Extension-Name": name}
        if ask("POST", "/2020-01-01/extension/register", headers, '{"events":["INVOKE"]}') < 400:
            reached.append("registered as " + name)
    other = "a1b2c3d4-5678-90ab-cdef-111111111111"
    for method, path in (("GET", "2020-01-01/extension/event/next"), ("PUT", "2022-07-01/telemetry")):
        if ask(method, "/" + path, {"Lambda-Extension-Identifier": other}, "{}") < 400:
            reached.append(path)
    return reached
"""
NEIGHBOUR = "def handler(event, context):\n    return 'well'\n"
SLACK_MB = 96


def layer_of(server, text):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("extensions/intruder")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, text)
    made = server.boto("lambda").publish_layer_version(
        LayerName="intruder", Content={"ZipFile": out.getvalue()}
    )
    return made["LayerVersionArn"]


def memory_mb(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


def processes_with(word):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and word in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def neighbour(server):
    began = time.monotonic()
    answer = functions.invoke(server, "neighbour", {})
    took = time.monotonic() - began
    return None if answer == "well" and took < 5 else f"answered {answer} after {took:.1f} s"


def intrude(server, layer, what, event=None, code=ASK):
    name = f"intruder-{what.replace('_', '-')}"
    functions.deploy(server, name, {"app.py": code}, {"DO": what})
    server.boto("lambda").update_function_configuration(FunctionName=name, Layers=[layer], Timeout=30)
    return name, functions.invoke(server, name, event or {})


def reported(reached):
    return "; ".join(map(str, reached)) or None


def attempts(server):
    layer = layer_of(server, INTRUDER)
    functions.deploy(server, "neighbour", {"app.py": NEIGHBOUR})
    neighbour(server)
    before = memory_mb(server)
    for what, how in (
        ("pretend", "speak for another"),
        ("crowd", "register more than ten"),
        ("lead_out", "have telemetry sent outside"),
        ("shoot", "end what holds its environment"),
    ):
        yield f"an extension cannot {how}", reported(intrude(server, layer, what)[1])
    yield "a function cannot speak for an extension", reported(intrude(server, layer, "stay", code=INNER)[1])
    name, _ = intrude(server, layer, "serve_badly", {"lines": 20_000})
    for _ in range(3):
        functions.invoke(server, name, {"lines": 5_000})
    grown = memory_mb(server) - before
    yield "listeners that serve badly do not fill the server", (
        None if grown < SLACK_MB else f"it grew by {grown} MB"
    )
    yield "hostile extensions leave the neighbour well", neighbour(server)
    stays = processes_with(b"97611")
    for each in ("stay", "serve-badly", "shoot"):
        server.boto("lambda").delete_function(FunctionName=f"intruder-{each}")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and set(stays) & set(processes_with(b"97611")):
        time.sleep(0.05)
    left = set(stays) & set(processes_with(b"97611"))
    yield "an extension that stays is ended with what it started", (
        f"still there: {left}" if left else None if stays else "it never began"
    )
    alive = server.process.poll() is None
    yield "the server lives", None if alive else harness.Server.log_tail(server)
