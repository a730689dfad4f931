"""Functions in virtual machines: what the tier does, and the hostile functions inside it.

With KVM where a guest boots on it; else the same machines emulated, which proves everything but KVM itself;
else, without QEMU or a kernel for guests, nothing, with the reason.
"""

import base64
import json
import os
import pathlib
import subprocess
import tempfile
import time

import abuse
import functions
import harness
import rootless

HERE = pathlib.Path(__file__).resolve().parent
TIERS = ("microvm", "microvm-emulated")
BOOT_SECONDS = 120  # of an emulated guest on a busy machine

DOER = r"""
import ctypes, json, os, signal, socket, subprocess, sys, time
def handler(event, context):
    return globals()[event["do"]](event)
def look(event):
    return {
        "kernel": os.uname().release,
        "user": os.getuid(),
        "now": time.time(),
        "monotonic": time.monotonic(),
        "word": globals().setdefault("word", os.urandom(8).hex()),
    }
def hang(event):
    time.sleep(60)
def leave(event):
    os._exit(event["code"])
def crash(event):
    os.kill(os.getpid(), signal.SIGSEGV)
def eat(event):
    held = []
    while True:
        held.append(b"x" * (8 << 20))
def write(event):
    sys.stdout.write("one\n\x1b[31m\x00\x7f two\n")
    sys.stderr.write("three\n")
def flood(event):
    for _ in range(600):
        os.write(1, b"flood " * 5461 + b"\n")
    return "done"
def name(event):
    return socket.getaddrinfo("sqs.us-east-1.amazonaws.com", 443)[0][4]
def role(event):
    import boto3
    return boto3.client("sts", region_name="us-east-1").get_caller_identity()["Arn"]
def fill(event):
    try:
        with open("/tmp/file", "wb") as file:
            while file.write(b"x" * (1 << 20)):
                pass
    except OSError as error:
        return [error.errno, os.path.getsize("/tmp/file") >> 20]
def privileged(event):
    with open("/proc/self/status") as file:
        lines = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    return {key: lines[key] for key in ("CapEff", "CapPrm", "CapBnd", "NoNewPrivs", "Seccomp")}
def devices(event):
    return sorted(os.listdir("/dev"))
def mounts(event):
    with open("/proc/mounts") as file:
        return [line.split()[1] for line in file if " rw," in line]
"""


class MachinesServer(harness.Server):
    def __init__(self, tier):
        super().__init__()
        self.tier = tier

    def await_ready(self):
        deadline = time.monotonic() + BOOT_SECONDS
        while b"Haneul serves" not in self.log.read_bytes():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{self.log_tail()}")
            time.sleep(0.05)

    def arguments(self):
        return ["--isolation", self.tier, *kernel_arguments()]


def kernel_arguments():
    """Of an unpacked kernel, where this machine has none installed."""
    unpacked = os.environ.get("HANEUL_GUEST_KERNEL", harness.ROOT / "build/guest-kernel")
    return ["--guest-kernel", str(unpacked)] if pathlib.Path(unpacked, "boot").is_dir() else []


def refusal(tier):
    """Why the server refuses the tier; None when it does not."""
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder, "data")
        command = [harness.binary(), "serve", "--data", data, "--listen", "127.0.0.1:0", "--isolation", tier]
        log = pathlib.Path(folder, "log")
        with log.open("wb") as out:
            process = subprocess.Popen([*command, *kernel_arguments()], stdout=out, stderr=out)
        try:
            deadline = time.monotonic() + BOOT_SECONDS
            while process.poll() is None and b"Haneul serves" not in log.read_bytes():
                if time.monotonic() > deadline:
                    return "it neither starts nor ends"
                time.sleep(0.05)
        finally:
            if process.poll() is None:
                process.terminate()
            code = process.wait()
        return log.read_text() if code != 0 else None


def choose_tier():
    for tier in TIERS:
        why = refusal(tier)
        if why is None:
            print(f"microvm: functions run with --isolation {tier}", flush=True)
            return tier
        print(f"microvm: no {tier}: {why.strip()}", flush=True)
    return None


class Machine:
    """Functions of the server, called with everything that is known of the result."""

    def __init__(self, server):
        self.server = server
        self.client = server.boto("lambda", read_timeout=BOOT_SECONDS)

    def configure(self, name, **configuration):
        self.client.update_function_configuration(FunctionName=name, **configuration)

    def call(self, name, **event):
        """(document, error type, log)."""
        answer = self.client.invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
        document = json.loads(answer["Payload"].read() or b"null")
        error = document.get("errorType") if "FunctionError" in answer else None
        return document, error, base64.b64decode(answer["LogResult"]).decode(errors="replace")


def runs(machine):
    server = machine.server
    code = functions.packed({"index.js": rootless.NODE})
    rootless.deploy(server, "node", "nodejs20.x", "index.handler", code)
    rootless.deploy(server, "native", "provided.al2023", "x", rootless.native_package())
    for turn in range(2):
        document, error, _ = machine.call("node", n=turn)
        good = document == {"answer": turn + 1}
        yield f"a Node.js function runs ({turn})", None if good else (document, error)
    document, error, _ = machine.call("native", n=1)
    good = document == {"native": True}
    yield "a native function runs", None if good else (document, error)
    first, error, _ = machine.call("doer", do="look")
    own = first and first.get("kernel") != os.uname().release and first.get("user") not in (None, 0)
    yield "a Python function runs under a kernel of its own, as nobody", None if own else (first, error)
    # Long enough that it is frozen, and that the process outside notices afterwards.
    time.sleep(4)
    again, error, _ = machine.call("doer", do="look")
    late = error or abs(again["now"] - time.time()) > 2 or again["now"] - first["now"] < 4
    yield "after a standstill a guest's clock is right", (first, again) if late else None
    same = not error and again["word"] == first["word"]
    yield "a guest serves its function again", None if same else (first, again)


def words(machine):
    """AWS's words for each end, from inside a guest."""
    _, error, log = machine.call("doer", do="leave", code=7)
    good = error == "Runtime.ExitError" and "exit status 7" in log
    yield "an exit status is the function's", None if good else (error, log)
    _, error, log = machine.call("doer", do="crash")
    good = error == "Runtime.ExitError" and "signal: segmentation fault" in log
    yield "a signal is the function's", None if good else (error, log)
    machine.configure("doer", MemorySize=128)
    _, error, log = machine.call("doer", do="eat")
    good = error == "Runtime.OutOfMemory" and "signal: killed" in log
    yield "memory ends where the function's size says", None if good else (error, log)
    machine.configure("doer", MemorySize=512, Timeout=2)
    _, error, log = machine.call("doer", do="hang")
    good = error == "Sandbox.Timedout" and "timed out after 2.00 seconds" in log
    yield "a time limit ends the guest", None if good else (error, log)
    machine.configure("doer", Timeout=60)


def surroundings(machine):
    document, error, log = machine.call("doer", do="write")
    good = not error and "one\n" in log and "\x1b[31m\x00\x7f two\n" in log and "three\n" in log
    yield "output arrives as it was written", None if good else repr(log)
    document, error, log = machine.call("doer", do="flood")
    yield "a flood of output is bounded", None if document == "done" else (document, error)
    document, error, _ = machine.call("doer", do="name")
    good = document == ["127.0.0.1", 443]
    yield "names are those of the environment", None if good else (document, error)
    document, error, _ = machine.call("doer", do="role")
    good = ":assumed-role/doer/" in str(document)
    yield "the AWS endpoint knows its role", None if good else (document, error)
    document, error, _ = machine.call("doer", do="privileged")
    none = {"CapEff": "0" * 16, "CapPrm": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}
    yield "it has no rights in its guest either", None if document == none else (document, error)
    document, error, _ = machine.call("doer", do="devices")
    few = set("fd full null random shm stderr stdin stdout urandom zero".split())
    yield "it has few devices", None if not error and set(document) == few else (document, error)
    document, error, _ = machine.call("doer", do="mounts")
    good = not error and set(document) <= {"/tmp", "/dev/shm", "/proc"}
    yield "it writes to its own places only", None if good else (document, error)
    machine.configure("doer", MemorySize=1024)
    document, error, _ = machine.call("doer", do="fill")
    yield "/tmp is as large as configured", None if document in ([28, 511], [28, 512]) else (document, error)


def refusals(machine):
    """What the tier does not do is refused by name."""
    program = functions.packed({"extensions/watcher": "#!/bin/sh\nexit 0\n"}, executable=True)
    layer = machine.client.publish_layer_version(LayerName="watcher", Content={"ZipFile": program})
    functions.deploy(machine.server, "watched", {"app.py": DOER})
    machine.configure("watched", Layers=[layer["LayerVersionArn"]])
    document, error, log = machine.call("watched", do="look")
    good = error == "Extension.LaunchError" and "do not run in virtual machines: watcher" in str(document)
    yield "external extensions are refused by name", None if good else (document, error, log)


def hostile_functions(server):
    hostile = (HERE / "hostile.py").read_text()
    files = {"app.py": hostile, "secret.txt": functions.WORD}
    functions.deploy(server, "victim", files, {"VICTIM_WORD": functions.WORD})
    functions.deploy(server, "hostile", {"app.py": hostile})
    seen = functions.invoke(server, "victim", {"kind": "victim"})
    event = {"word": functions.WORD, "port": server.port, "data": str(server.data)}
    for probe, reached in functions.invoke(server, "hostile", event).items():
        yield f"a function in a guest cannot {probe}", reached
    again = functions.invoke(server, "victim", {"kind": "victim"})
    yield "the victim is unharmed", None if again == seen else "it changed"


def machines_of(server):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            is_machine = entry.name.isdigit() and b"qemu-system" in (entry / "cmdline").read_bytes()
            if is_machine and functions.is_below(int(entry.name), server.process.pid):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def from_outside(server):
    """QEMU has no more rights than a function of the ordinary tier."""
    pids = machines_of(server)
    yield "guests run as processes of this server", None if pids else "there is none"
    for pid in pids[:1]:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        good = int(lines["CapEff"], 16) == int(lines["CapBnd"], 16) == 0 and lines["Uid"].split()[0] != "0"
        good = good and lines["NoNewPrivs"] == "1" and lines["Seccomp"] == "2"
        yield "the process of a guest is powerless", None if good else status
    server.kill()
    deadline = time.monotonic() + 10
    while any(pathlib.Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    alive = [pid for pid in pids if pathlib.Path(f"/proc/{pid}").exists()]
    yield "no guest outlives the server", f"still running: {alive}" if alive else None


def attempts(_):
    tier = choose_tier()
    if tier is None:
        yield "without a way to run guests the choice is refused", None
        return
    with MachinesServer(tier) as server:
        functions.deploy(server, "doer", {"app.py": DOER})
        machine = Machine(server)
        for part in (runs, words, surroundings, refusals):
            yield from part(machine)
        yield from hostile_functions(server)
        if tier == "microvm":  # emulated, they do not get through within their time limits
            yield from abuse.attempts(server)
        yield from from_outside(server)
