"""Starts the real binary on a free loopback port with clean data, and hands out clients that sign their
requests.

A Server is used as a context manager. It is ended by its own process id; its data directory goes with it. The
account and keys of the first start come from "haneul env"; a second account is declared by a bootstrap
file, so that cross-account rules can be tried.
"""

import dataclasses
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import boto3
import botocore.config

ROOT = pathlib.Path(__file__).resolve().parents[2]
AWS_CLI = "/usr/bin/aws"
REGION = "us-east-1"
OTHER_ACCOUNT = "222233334444"
READY_SECONDS = 20

BOOTSTRAP = f"""\
accounts:
  - id: "{OTHER_ACCOUNT}"
    alias: other
    root_keys:
      - access_key_id: AKIAOTHERACCOUNT0000
        secret_access_key: 1other/account+secret/key00000000000000/
"""


@dataclasses.dataclass(frozen=True)
class Credentials:
    access_key_id: str
    secret_access_key: str
    session_token: str = ""


OTHER_ROOT = Credentials("AKIAOTHERACCOUNT0000", "1other/account+secret/key00000000000000/")


def binary():
    """The program under test: $HANEUL, else the release build, else the build of the edit loop."""
    if named := os.environ.get("HANEUL"):
        return pathlib.Path(named)
    for preset in ("release", "dev"):
        path = ROOT / "build" / preset / "apps/haneul/haneul"
        if path.exists():
            return path
    raise SystemExit("no haneul binary: run tools/build")


def free_port():
    """Below the range that systems take clients' ports from, so that no client gets it before the server."""
    while True:
        port = secrets.choice(range(12000, 32000))
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def client_environment():
    """This process's environment without anything that would lead a client elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    kept.update(
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE="/dev/null",
        AWS_SHARED_CREDENTIALS_FILE="/dev/null",
        AWS_PAGER="",
        NO_PROXY="127.0.0.1,localhost",
        no_proxy="127.0.0.1,localhost",
    )
    return kept


# boto3 in this process reads the same clean environment.
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ.update(client_environment())


# One for all clients: it keeps the API descriptions that it has read. One thread at a time makes clients.
_session = boto3.session.Session()
_session_lock = threading.Lock()


class Server:
    def __init__(self, data=None, port=None, log=None):
        self.keep_data = data is not None
        self.data = pathlib.Path(data or tempfile.mkdtemp(prefix="haneul-test-"))
        self.port = port or free_port()
        self.log = pathlib.Path(log or tempfile.mkstemp(prefix="haneul-test-", suffix=".log")[1])
        self.keep_log = log is not None
        self.process = None
        self.credentials = None
        self.account = None

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        accounts = self.data.with_name(self.data.name + ".accounts.yaml")
        accounts.write_text(BOOTSTRAP)
        command = [binary(), "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command([*command, "--bootstrap", accounts, *self.arguments()]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=client_environment(),
                **self.process_options(),
            )
        self.await_ready()
        self.credentials = self.read_credentials()
        return self

    def arguments(self):
        """More of the command line, for those who inherit."""
        return []

    def command(self, command):
        """What is executed: the server itself, or what starts it."""
        return command

    def process_options(self):
        """Of the process: as whom it runs, for those who inherit."""
        return {}

    def await_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log_tail()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise RuntimeError(f"the server was not ready within {READY_SECONDS} s:\n{self.log_tail()}")

    def read_credentials(self):
        shown = subprocess.run(
            [binary(), "env", "--data", self.data], capture_output=True, text=True, check=True
        ).stdout
        exports = dict(
            line.removeprefix("export ").split("=", 1)
            for line in shown.splitlines()
            if line.startswith("export ")
        )
        unquoted = {name: value.strip("'\"") for name, value in exports.items()}
        return Credentials(unquoted["AWS_ACCESS_KEY_ID"], unquoted["AWS_SECRET_ACCESS_KEY"])

    def log_tail(self, lines=20):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def kill(self):
        """Ends the server as a power cut would: no handler runs."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """A graceful stop; returns the exit code."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL

    def __enter__(self):
        return self.start()

    def __exit__(self, kind=None, *_):
        if kind is not None:
            ended = self.process and self.process.poll()
            state = "runs" if ended is None else f"ended with {ended}"
            print(f"the server {state}; its log:\n{self.log_tail()}", flush=True)
        self.stop()
        self.data.with_name(self.data.name + ".accounts.yaml").unlink(missing_ok=True)
        shutil.rmtree(self.data.with_name(self.data.name + ".aws-cli"), ignore_errors=True)
        if not self.keep_data:
            shutil.rmtree(self.data, ignore_errors=True)
        if not self.keep_log:
            self.log.unlink(missing_ok=True)

    def boto(self, service, credentials=None, region=REGION, **config):
        """A boto3 client that does not retry, so that a test sees the first answer."""
        used = credentials or self.credentials
        options = {"retries": {"max_attempts": 0}, "connect_timeout": 5, "read_timeout": 60, **config}
        if service == "s3":
            options.setdefault("s3", {"addressing_style": "path"})
            # Old versions presign with SigV2, which S3 refuses for buckets made since 2020.
            options.setdefault("signature_version", "s3v4")
        with _session_lock:
            return _session.client(
                service,
                endpoint_url=self.endpoint,
                region_name=region,
                aws_access_key_id=used.access_key_id,
                aws_secret_access_key=used.secret_access_key,
                aws_session_token=used.session_token or None,
                config=botocore.config.Config(**options),
            )

    def client_variables(self, credentials=None, region=REGION):
        """The environment in which a client program (AWS CLI, Node.js) reaches this server."""
        used = credentials or self.credentials
        variables = client_environment()
        variables.update(
            AWS_ACCESS_KEY_ID=used.access_key_id,
            AWS_SECRET_ACCESS_KEY=used.secret_access_key,
            AWS_DEFAULT_REGION=region,
            AWS_REGION=region,
            AWS_ENDPOINT_URL=self.endpoint,
            AWS_MAX_ATTEMPTS="1",
        )
        if used.session_token:
            variables["AWS_SESSION_TOKEN"] = used.session_token
        return variables

    def cli_rules(self):
        """Where the AWS CLI finds this server in commands without --endpoint-url (cloudformation package)."""
        folder = self.data.with_name(self.data.name + ".aws-cli")
        if not folder.exists():
            subprocess.run([ROOT / "tools/cli_endpoints", self.endpoint, folder], check=True)
        return folder

    def cli(self, *arguments, credentials=None, region=REGION, stdin=None):
        """Runs the AWS CLI; returns the finished process (returncode, stdout, stderr as text)."""
        return subprocess.run(
            [AWS_CLI, "--endpoint-url", self.endpoint, "--output", "json", *map(str, arguments)],
            env=self.client_variables(credentials, region) | {"AWS_DATA_PATH": str(self.cli_rules())},
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
