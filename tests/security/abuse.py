"""Functions that misuse what they have: memory, disks, processors, output, the Runtime API, what others left.

Each attempt is a function of its own with one purpose; the file abusers.py is what they are made of. Beside
what the abuser itself could do, its neighbour is looked at: it must be served and see nothing.
"""

import io
import json
import pathlib
import stat
import threading
import zipfile

import botocore.exceptions

import functions
import harness

HERE = pathlib.Path(__file__).resolve().parent
ABUSERS = (HERE / "abusers.py").read_text()
LIAR = (HERE / "liar.py").read_text()
NEIGHBOUR = """
import glob, os, socket
def handler(event, context):
    if event.get("hold"):
        held = socket.socket(socket.AF_UNIX)
        held.bind("\\0neighbours-socket")
        held.listen()
        globals()["held"] = held
    found = [path for path in glob.glob("/tmp/*") + glob.glob("/dev/shm/*")]
    return {"pid": os.getpid(), "found": found}
"""


class Field:
    """A server with a neighbour that must stay well, and abusers deployed one at a time."""

    def __init__(self, server):
        self.server = server
        self.client = server.boto("lambda", read_timeout=90)
        functions.deploy(server, "neighbour", {"app.py": NEIGHBOUR})
        self.well = self.ask_neighbour({"hold": True})

    def ask_neighbour(self, event):
        return functions.invoke(self.server, "neighbour", event)

    def neighbour_is_well(self):
        """None, or what is wrong: the same process answers as before."""
        seen = self.ask_neighbour({})
        return None if seen == self.well else f"the neighbour answers {seen}, before it was {self.well}"

    def deploy(self, name, memory=1024, timeout=20, **variables):
        functions.deploy(self.server, name, {"app.py": ABUSERS}, variables, handler=f"app.{variables['DO']}")
        self.configure(name, memory, timeout)

    def configure(self, name, memory, timeout):
        self.client.update_function_configuration(FunctionName=name, MemorySize=memory, Timeout=timeout)

    def run(self, name, event=None):
        """(payload as a document, error type or None)."""
        answer = self.client.invoke(FunctionName=name, Payload=json.dumps(event or {}))
        body = answer["Payload"].read().decode()
        document = json.loads(body) if body else None
        if "FunctionError" in answer:
            return document, (document or {}).get("errorType", "unknown")
        return document, None

    def create_function(self, packed):
        role = self.server.boto("iam").get_role(RoleName="neighbour")["Role"]["Arn"]
        self.client.create_function(
            FunctionName="archive", Role=role, Runtime="python3.11", Handler="app.x", Code={"ZipFile": packed}
        )

    def publish_layer(self, packed):
        self.client.publish_layer_version(LayerName="archive", Content={"ZipFile": packed})

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024


def own_probes(field):
    """What one function tries by itself and reports: None, or what it reached."""
    names = [
        line.split("(")[0].removeprefix("def try_")
        for line in ABUSERS.splitlines()
        if line.startswith("def try_")
    ]
    for name in names:
        function = f"abuser-{name.replace('_', '-')}"
        field.deploy(function, DO=f"try_{name}")
        reached, error = field.run(function)
        problem = f"failed with {error}: {reached}" if error else reached
        yield f"a function cannot {name.replace('_', ' ')}", problem or field.neighbour_is_well()
        field.client.delete_function(FunctionName=function)


def bombs(field):
    field.deploy("memory-bomb", memory=128, DO="memory_bomb")
    _, error = field.run("memory-bomb")
    yield "a memory bomb ends itself only", (
        field.neighbour_is_well() if error in ("Runtime.OutOfMemory", "Runtime.ExitError") else f"was {error}"
    )
    field.deploy("processor-hog", timeout=8, DO="processor_hog")
    hog = threading.Thread(target=field.run, args=("processor-hog",))
    hog.start()
    answers = []
    while hog.is_alive():
        answers.append(field.neighbour_is_well())
    hog.join()
    wrong = [answer for answer in answers if answer]
    yield "a processor hog does not starve its neighbour", wrong[0] if wrong else None
    yield "a processor hog is stopped by its time limit", (
        None if field.run("processor-hog")[1] == "Sandbox.Timedout" else "it was not"
    )


def floods(field):
    before = field.resident_bytes()
    field.deploy("output-flood", memory=512, timeout=60, DO="output_flood")
    _, error = field.run("output-flood")
    grown = field.resident_bytes() - before
    yield "a flood of output is bounded", (
        f"failed: {error}" if error else f"the server grew by {grown}" if grown > 256 << 20 else None
    )
    field.deploy("answer-flood", memory=1024, timeout=60, DO="answer_flood")
    document, error = field.run("answer-flood")
    yield "a flooding answer is refused", (
        None if error == "Function.ResponseSizeTooLarge" else f"was {error}: {str(document)[:200]}"
    )
    yield "floods leave the neighbour well", field.neighbour_is_well()


def liars(field):
    """Custom runtimes that do not keep the Runtime API's rules."""
    expected = {
        "wrong_id": ("Runtime.ExitError", None),
        "two_answers": (None, {"answer": 1}),
        "no_answer": ("Sandbox.Timedout", None),
        "long_head": (None, {"answer": 2}),
        "long_fields": (None, {"answer": 4}),
        "half_body": ("Runtime.ExitError", None),
        "not_http": (None, {"answer": 3}),
    }
    for lie, (wanted_error, wanted) in expected.items():
        name = f"liar-{lie.replace('_', '-')}"
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as made:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            made.writestr(entry, LIAR)
        functions.deploy(field.server, name, {"app.py": ""}, {"LIE": lie})
        field.client.update_function_code(FunctionName=name, ZipFile=archive.getvalue())
        field.client.update_function_configuration(FunctionName=name, Runtime="provided.al2023", Timeout=4)
        document, error = field.run(name)
        good = error == wanted_error and (wanted is None or document == wanted)
        problem = None if good else f"{error}: {document}"
        yield f"a runtime that lies ({lie.replace('_', ' ')}) harms itself only", (
            problem or field.neighbour_is_well()
        )


def leftovers(field):
    field.deploy("stayer", DO="leave_something")
    first, _ = field.run("stayer")
    alive = [pid for pid in first["host_visible"] if pid == field.server.process.pid]
    yield "a process that stays behind sees no server", f"it sees {alive}" if alive else None
    again, error = field.run("stayer")
    kept = None if error is None and again["found"] == first["left"] else f"{error}: {again}"
    yield "an environment keeps its own files between invocations", kept
    field.client.update_function_configuration(FunctionName="stayer", Timeout=21)
    anew, error = field.run("stayer")
    yield "a new environment finds nothing of the last one", (
        f"{error}: {anew}" if error or anew["found"] else None
    )
    field.client.delete_function(FunctionName="stayer")
    field.deploy("spoiler", DO="spoil_the_interpreter")
    spoilt, error = field.run("spoiler")
    problem = f"failed: {error}: {spoilt}" if error else None
    for number in range(3):
        name = f"after-spoiler-{number}"
        field.deploy(name, DO="is_spoilt")
        found, error = field.run(name)
        problem = problem or (f"failed: {error}" if error else found)
    yield "a function cannot spoil the interpreter of the next", problem
    yield "leftovers do not reach the neighbour", field.neighbour_is_well()


def archive_of(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def hostile_archives(field):
    link = stat.S_IFLNK | 0o777
    plain = stat.S_IFREG | 0o644
    bomb = b"\0" * (300 << 20)
    archives = {
        "climbs out": [("../../climbed.py", "x = 1", plain)],
        "names an absolute path": [("/tmp/climbed.py", "x = 1", plain)],
        "links to the host": [("app.py", "", plain), ("host", "/etc", link)],
        "writes through a link": [("out", "/tmp", link), ("out/climbed.py", "x = 1", plain)],
        "climbs through a link": [("a", "..", link), ("a/climbed.py", "x = 1", plain)],
        "is a bomb": [("app.py", bomb, plain)],
        "is a device": [("app.py", "", stat.S_IFCHR | 0o666)],
    }
    for how, entries in archives.items():
        packed = archive_of(entries)
        problems = []
        for what, call in (("function", field.create_function), ("layer", field.publish_layer)):
            try:
                call(packed)
                problems.append(f"it was accepted as a {what}")
            except botocore.exceptions.ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                    problems.append(str(error))
        climbed = [str(path) for path in field.server.data.parent.glob("climbed.py")]
        climbed += [path for path in ("/tmp/climbed.py", "/climbed.py") if pathlib.Path(path).exists()]
        yield f"an archive that {how} is refused", "; ".join(problems + climbed) or None


def attempts(server):
    field = Field(server)
    for part in (own_probes, bombs, floods, liars, leftovers, hostile_archives):
        yield from part(field)
    yield "the neighbour was well to the end", field.neighbour_is_well()
    alive = server.process.poll() is None
    yield "the server lives", None if alive else harness.Server.log_tail(server)
