"""Hostile functions: deploys hostile.py beside a victim and asks it what it could reach."""

import io
import json
import pathlib
import time
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
WORD = "the-victims-secret-word-81604"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
ROLE_PROBE = """
import boto3, botocore.exceptions
def handler(event, context):
    reached = {}
    for service, call in (("iam", "list_users"), ("s3", "list_buckets"), ("lambda", "list_functions")):
        try:
            getattr(boto3.client(service, region_name="us-east-1"), call)()
            reached[service] = "was allowed"
        except botocore.exceptions.ClientError as error:
            reached[service] = error.response["Error"]["Code"]
    return reached
"""


def packed(files, executable=False):
    archive_bytes = io.BytesIO()
    with zipfile.ZipFile(archive_bytes, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            archive.writestr(entry, content)
    return archive_bytes.getvalue()


EITHER = """

def either(event, context):
    return forked(event, context) if event.get("kind") == "forked" else handler(event, context)
"""


def deploy(server, name, files, variables=None, handler="app.handler", **settings):
    iam = server.boto("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    server.boto("lambda").create_function(
        FunctionName=name,
        Role=role,
        Runtime=settings.pop("runtime", "python3.11"),
        Handler=handler,
        Timeout=60,
        MemorySize=1024,  # room for as many processes as the limit on processes lets it make
        Code={"ZipFile": packed(files)},
        Environment={"Variables": variables or {}},
        **settings,
    )


def invoke(server, name, event):
    answer = server.boto("lambda", read_timeout=90).invoke(FunctionName=name, Payload=json.dumps(event))
    text = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise RuntimeError(f"{name} failed: {text[:500]}")
    return json.loads(text)


def deploy_forked(server, files):
    """A function of these files whose environment is a fork of a zygote; the first starts are not."""
    probe = "\ndef forked(event, context):\n    return '--zygote' in open('/proc/self/cmdline').read()\n"
    changed = {name: text + probe if name == "app.py" else text for name, text in files.items()}
    for number in range(200):
        name = f"forked-{number}"
        deploy(server, name, changed, handler="app.either")
        if invoke(server, name, {"kind": "forked"}):
            return name
    raise RuntimeError("no start of a Python function was a fork")


def forks_of(server):
    """Process ids of zygotes and their forks below this server."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
            if b"--zygote" in line and is_below(int(entry.name), server.process.pid):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def is_below(pid, ancestor):
    while pid > 1 and pid != ancestor:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        pid = int(status.split("PPid:")[1].split()[0])
    return pid == ancestor


def leftovers(server):
    """Ends the server by force; what is wrong afterwards."""
    pids = forks_of(server)
    if len(pids) < 2:
        return f"there was no zygote with a fork to look at: {pids}"
    server.kill()
    for _ in range(100):
        alive = [pid for pid in pids if pathlib.Path(f"/proc/{pid}").exists()]
        if not alive:
            return None
        time.sleep(0.1)
    return f"still running: {alive}"


def attempts(server):
    hostile = (HERE / "hostile.py").read_text()
    deploy(server, "victim", {"app.py": hostile, "secret.txt": WORD}, {"VICTIM_WORD": WORD})
    deploy(server, "hostile", {"app.py": hostile})
    deploy(server, "no-rights", {"app.py": ROLE_PROBE})
    seen = invoke(server, "victim", {"kind": "victim"})
    yield "the victim runs", None if seen["word"] == WORD else f"answered {seen}"
    event = {"word": WORD, "port": server.port, "data": str(server.data)}
    for probe, reached in invoke(server, "hostile", event).items():
        yield f"a function cannot {probe}", reached
    yield "the victim is unharmed", None if invoke(
        server, "victim", {"kind": "victim"}
    ) == seen else "it changed"
    name = deploy_forked(server, {"app.py": hostile + EITHER})
    for probe, reached in invoke(server, name, event).items():
        yield f"a function in a zygote's fork cannot {probe}", reached
    for service, code in invoke(server, "no-rights", {}).items():
        good = code in ("AccessDenied", "AccessDeniedException")
        yield f"a function whose role has no rights cannot use {service}", None if good else code
    yield "no zygote and no fork outlives the server", leftovers(server)
