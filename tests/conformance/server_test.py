"""The server as a process and a door: TLS, broken requests, what it refuses to start on, restarts."""

import json
import os
import pathlib
import socket
import stat
import subprocess
import tempfile
import time
import unittest

import boto3
import botocore.config
import botocore.exceptions

import harness


def start_fails(data, port, *more):
    """Starts a server that must not start; returns its exit code and what it says."""
    command = [harness.binary(), "serve", "--data", str(data), "--listen", f"127.0.0.1:{port}", *more]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
        env=harness.client_environment(),
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


class Door(unittest.TestCase):
    def talk(self, data, wanted=b"\r\n\r\n"):
        """Sends bytes as they are and reads until the wanted bytes came, or the end."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
            received = b""
            try:
                connection.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                return received
            while wanted not in received:
                try:
                    chunk = connection.recv(65536)
                except ConnectionResetError:
                    break
                if not chunk:
                    break
                received += chunk
            return received

    def test_isolation(self):
        """virtual machines without what they need are refused, and nothing is made; status tells the tier"""
        with tempfile.TemporaryDirectory() as folder:
            data = pathlib.Path(folder, "data")
            code, said = start_fails(data, 0, "--isolation", "microvm", "--guest-kernel", folder)
            self.assertEqual(code, 1)
            self.assertIn("virtual machines for functions are refused", said)
            for part in ("kvm", "qemu", "kernel", "program"):
                self.assertRegex(said.lower(), rf"(there|missing) .*{part}")
            self.assertIn("Debian: linux-image-amd64", said)
            self.assertFalse(data.exists())
            tier = ("--isolation", "microvm-emulated")
            code, said = start_fails(data, 0, *tier, "--guest-kernel", folder, "--debug", "f=9229")
            self.assertEqual(code, 1)
            self.assertIn("--debug is refused with --isolation microvm-emulated", said)
        shown = subprocess.run(
            [harness.binary(), "status", "--json", "--data", self.server.data],
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(json.loads(shown.stdout)["isolation"], "process")

    def test_tls(self):
        """TLS is spoken on the same port, with a certificate of the authority in the data directory"""
        authority = next(self.server.data.rglob("ca.pem"))
        client = boto3.session.Session().client(
            "sts",
            endpoint_url=f"https://localhost:{self.server.port}",
            region_name=harness.REGION,
            aws_access_key_id=self.server.credentials.access_key_id,
            aws_secret_access_key=self.server.credentials.secret_access_key,
            verify=str(authority),
            config=botocore.config.Config(retries={"max_attempts": 0}),
        )
        self.assertEqual(client.get_caller_identity()["Account"], self.server.account)

    def test_nonsense(self):
        """bytes that are no HTTP get a 400 and the server goes on"""
        for data in (b"hello\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n"):
            self.assertRegex(self.talk(data), rb"^HTTP/1\.1 (400|505) ")
        self.server.boto("sts").get_caller_identity()

    def test_large_head(self):
        """a head without end is refused, not collected"""
        head = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 1_000_000
        answer = self.talk(head)  # comes back only when the server answered or cut the connection
        if answer:
            self.assertRegex(answer, rb"^HTTP/1\.1 4(00|31) ")
        self.server.boto("sts").get_caller_identity()

    def test_smuggling(self):
        """two lengths, or a length beside chunks, are refused"""
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
        for lengths in (
            b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ):
            self.assertRegex(self.talk(head + lengths), rb"^HTTP/1\.1 400 ")

    def test_pipelining(self):
        """requests sent at once are answered in order on one connection"""
        one = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        last = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        self.assertEqual(self.talk(one * 3 + last, wanted=b"never").count(b"HTTP/1.1 403 "), 4)

    def test_many_connections(self):
        """a thousand idle connections do not keep a signed request out"""
        held = [socket.create_connection(("127.0.0.1", self.server.port), timeout=10) for _ in range(1000)]
        try:
            self.server.boto("sts").get_caller_identity()
        finally:
            for connection in held:
                connection.close()

    def test_large_body(self):
        """a body beyond what an API takes is refused and the connection ends"""
        body = "x" * (8 << 20)
        logs = self.server.boto("logs", parameter_validation=False)
        with self.assertRaises(Exception) as refusal:
            logs.create_log_group(logGroupName=body)
        self.assertNotIn("InternalFailure", str(refusal.exception))
        self.server.boto("sts").get_caller_identity()


class Directory(unittest.TestCase):
    def test_modes(self):
        """the data directory is its owner's alone, secrets included"""
        self.assertEqual(stat.S_IMODE(self.server.data.stat().st_mode), 0o700)
        for path in self.server.data.rglob("*"):
            if path.is_file() and self.server.credentials.secret_access_key.encode() in path.read_bytes():
                # Private by itself, or behind a folder that only the owner may enter.
                modes = path.stat().st_mode & 0o077, path.parent.stat().st_mode & 0o077
                self.assertIn(0, modes, path)

    def test_second_server(self):
        """a second server on the same directory is refused and the first goes on"""
        code, said = start_fails(self.server.data, harness.free_port())
        self.assertNotEqual(code, 0)
        self.assertRegex(said, "(?i)another|in use|lock")
        self.server.boto("sts").get_caller_identity()

    def test_port_taken(self):
        """a port that is taken is told"""
        with tempfile.TemporaryDirectory() as folder:
            code, said = start_fails(pathlib.Path(folder) / "data", self.server.port)
        self.assertNotEqual(code, 0)
        self.assertIn(str(self.server.port), said)

    def test_any_port(self):
        """a server on port 0 says and records the port that it got"""
        with tempfile.TemporaryDirectory() as folder:
            data = pathlib.Path(folder) / "data"
            command = [harness.binary(), "serve", "--data", str(data), "--listen", "127.0.0.1:0"]
            with subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=harness.client_environment(),
            ) as process:
                try:
                    said = next(line for line in process.stdout if line.startswith("Haneul serves"))
                    recorded = json.loads((data / "run.json").read_text())["endpoint"]
                finally:
                    process.terminate()
        self.assertIn(f" {recorded} ", said)
        self.assertRegex(recorded, r"^http://127\.0\.0\.1:[1-9]\d*$")

    def test_newer_version(self):
        """a directory of a newer version is refused with both versions named"""
        with tempfile.TemporaryDirectory() as folder:
            data = pathlib.Path(folder) / "data"
            data.mkdir(mode=0o700)
            (data / "format").write_text("haneul data directory, format 99\n")
            code, said = start_fails(data, harness.free_port())
        self.assertNotEqual(code, 0)
        self.assertIn("99", said)

    def test_unwritable(self):
        """a directory that cannot be made is told"""
        code, said = start_fails("/proc/haneul-data", harness.free_port())
        self.assertNotEqual(code, 0)
        self.assertIn("/proc/haneul-data", said)

    def test_disk_full(self):
        """a full disk refuses writes with a server's error, loses nothing, and is over when there is room"""
        with tempfile.TemporaryDirectory() as folder:
            mount = ["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", folder]
            mounted = subprocess.run(mount, check=False)
            if mounted.returncode:
                self.skipTest("a small file system cannot be mounted here")
            try:
                self.fill(harness.Server(data=pathlib.Path(folder) / "data"))
            finally:
                subprocess.run(["umount", "--lazy", folder], check=True)

    def fill(self, server):
        body = os.urandom(2 << 20)
        with server:
            s3 = server.boto("s3")
            s3.create_bucket(Bucket="full")
            stored = 0
            with self.assertRaises(botocore.exceptions.ClientError) as refused:
                for stored in range(100):
                    s3.put_object(Bucket="full", Key=f"{stored:03d}", Body=body)
            self.assertEqual(refused.exception.response["ResponseMetadata"]["HTTPStatusCode"], 503)
            server.kill()
            server.start()
            s3 = server.boto("s3")
            listed = s3.list_objects_v2(Bucket="full")["Contents"]
            self.assertEqual([item["Key"] for item in listed], [f"{number:03d}" for number in range(stored)])
            self.assertEqual(s3.get_object(Bucket="full", Key=listed[-1]["Key"])["Body"].read(), body)
            for item in listed[:10]:
                s3.delete_object(Bucket="full", Key=item["Key"])
            deadline = time.monotonic() + 20
            while True:  # what was deleted is given back to the disk a little later
                try:
                    s3.put_object(Bucket="full", Key="again", Body=body)
                    break
                except botocore.exceptions.ClientError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.1)

    def test_restart(self):
        """what was made is there after a graceful stop and after a kill, with the same keys"""
        with tempfile.TemporaryDirectory() as folder:
            server = harness.Server(data=pathlib.Path(folder) / "data")
            with server:
                keys = server.credentials
                server.boto("s3").create_bucket(Bucket="kept")
                self.assertEqual(server.stop(), 0)
                server.start()
                self.assertEqual(server.credentials, keys)
                server.boto("s3").put_object(Bucket="kept", Key="a", Body=b"hello")
                server.kill()
                server.start()
                body = server.boto("s3").get_object(Bucket="kept", Key="a")["Body"].read()
                self.assertEqual(body, b"hello")
                other = server.boto("sts", harness.OTHER_ROOT).get_caller_identity()
                self.assertEqual(other["Account"], harness.OTHER_ACCOUNT)


class CommandLine(unittest.TestCase):
    def haneul(self, *arguments):
        return subprocess.run(
            [harness.binary(), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            env=harness.client_environment() | {"HANEUL_DATA": str(self.server.data)},
            check=False,
        )

    def test_env(self):
        """haneul env prints lines that a shell takes"""
        done = self.haneul("env", "--data", self.server.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        script = done.stdout + "\nprintf '%s' \"$AWS_ACCESS_KEY_ID\""
        shell = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        self.assertEqual(shell.stdout, self.server.credentials.access_key_id)

    def test_help(self):
        """the commands are listed, and an unknown one is refused with the list"""
        listed = self.haneul("--help")
        self.assertEqual(listed.returncode, 0)
        for command in ("serve", "env", "status", "logs", "invoke", "bill", "gaps"):
            self.assertIn(command, listed.stdout)
        self.assertNotEqual(self.haneul("nonsense").returncode, 0)

    def test_gaps(self):
        """the gaps are listed by service and operation"""
        done = self.haneul("gaps")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("dynamodb", done.stdout.lower())

    def test_bad_bootstrap(self):
        """a bootstrap file that says nothing sensible stops the start with its reason"""
        with tempfile.TemporaryDirectory() as folder:
            accounts = pathlib.Path(folder) / "accounts.yaml"
            accounts.write_text('accounts:\n  - id: "12"\n')
            done = self.haneul(
                "serve",
                "--data",
                pathlib.Path(folder) / "data",
                "--listen",
                f"127.0.0.1:{harness.free_port()}",
                "--bootstrap",
                accounts,
            )
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("12", done.stderr + done.stdout)
