"""Functions under a debugger: Node.js by its inspector, Python by debugpy or pdb, from a port of the host."""

import contextlib
import io
import json
import pathlib
import re
import socket
import subprocess
import threading
import time
import unittest
import zipfile

import debuggers
import harness

NODE_CODE = """\
let count = 0;
exports.handler = async (event) => {
  const word = 'seen ' + event.n;
  count += 1;
  return { word, count };
};
"""
PYTHON_CODE = """\
import time
def handler(event, context):
    word = 'seen %s' % event['n']
    return word
"""
SLEEPER = """
exports.handler = async () => new Promise((resolve) => setTimeout(() => resolve('late'), 2500));
"""
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


class Call:
    """An invocation that waits for its debugger meanwhile."""

    def __init__(self, client, name, event):
        self.client, self.name, self.event = client, name, event
        self.answer = self.error = None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            payload = json.dumps(self.event)
            self.answer = self.client.invoke(FunctionName=self.name, Payload=payload)["Payload"].read()
        except Exception as error:  # noqa: BLE001 - told by result
            self.error = error

    def result(self):
        self.thread.join(timeout=debuggers.PATIENCE)
        if self.error or self.thread.is_alive():
            raise AssertionError(f"{self.name} did not answer: {self.error}")
        return json.loads(self.answer)


class DebuggedServer(harness.Server):
    """A server with functions that wait for debuggers; ports are free ones."""

    def __init__(self, *names):
        super().__init__()
        self.ports = {name: harness.free_port() for name in names}

    def arguments(self):
        return [part for name, port in self.ports.items() for part in ("--debug", f"{name}={port}")]


class Debugging(unittest.TestCase):
    @contextlib.contextmanager
    def functions(self, **sources):
        """A server that debugs functions of these files, by name, and a client of it."""
        with DebuggedServer(*(name.replace("_", "-") for name in sources)) as server:
            iam = server.boto("iam")
            role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
            client = server.boto("lambda", read_timeout=120)
            for name, files in sources.items():
                is_python = "app.py" in files
                client.create_function(
                    FunctionName=name.replace("_", "-"),
                    Role=role,
                    Runtime="python3.11" if is_python else "nodejs20.x",
                    Handler="app.handler" if is_python else "index.handler",
                    Timeout=1,
                    Code={"ZipFile": packed(files)},
                )
            yield server, client

    def attach(self, server, name):
        """An inspector of the function, once it listens; the program then stands at its first line."""
        return debuggers.until("the inspector", lambda: debuggers.Inspector(server.ports[name]))

    def release(self, inspector):
        inspector.call("Runtime.enable")
        inspector.call("Debugger.enable")
        inspector.call("Runtime.runIfWaitingForDebugger")
        inspector.wait_for("Debugger.paused")

    def test_node_inspector(self):
        """a breakpoint in a Node.js function is hit, no timeout runs, the answer arrives; again, warm"""
        with self.functions(node={"index.js": NODE_CODE}) as (server, client):
            call = Call(client, "node", {"n": 1})
            inspector = self.attach(server, "node")
            self.release(inspector)
            place = {"lineNumber": 4, "urlRegex": "/var/task/index.js$"}
            inspector.call("Debugger.setBreakpointByUrl", **place)
            inspector.call("Debugger.resume")
            for turn in (1, 2):
                paused = inspector.wait_for("Debugger.paused")
                frame = paused["callFrames"][0]
                self.assertEqual(frame["location"]["lineNumber"], 4)
                self.assertTrue(call.thread.is_alive())
                expression = {"callFrameId": frame["callFrameId"], "expression": "word + count"}
                found = inspector.call("Debugger.evaluateOnCallFrame", **expression)
                self.assertEqual(found["result"]["value"], f"seen {turn}{turn}")
                if turn == 1:
                    # Longer than the function's timeout, on purpose: it must not be what ends this.
                    time.sleep(1.5)
                    with self.assertRaises(client.exceptions.TooManyRequestsException):
                        client.invoke(FunctionName="node", Payload="{}")
                inspector.call("Debugger.resume")
                self.assertEqual(call.result(), {"word": f"seen {turn}", "count": turn})
                if turn == 1:
                    # Between two invocations it answers: it is not frozen.
                    time.sleep(0.3)
                    value = inspector.call("Runtime.evaluate", expression="6 * 7")["result"]["value"]
                    self.assertEqual(value, 42)
                    call = Call(client, "node", {"n": 2})
            inspector.close()
            self.assertEqual(self.leave_breakpoints(client), {"word": "seen 3", "count": 3})

    def leave_breakpoints(self, client):
        return Call(client, "node", {"n": 3}).result()

    def test_node_inspect(self):
        """the debugger that comes with Node.js stops at a breakpoint and goes on"""
        with self.functions(node={"index.js": NODE_CODE}) as (server, client):
            call = Call(client, "node", {"n": 5})
            place = f"127.0.0.1:{server.ports['node']}"
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
            self.attach(server, "node").close()
            with subprocess.Popen(["node", "inspect", place], text=True, bufsize=1, **pipes) as debugger:
                seen = []

                def read_until(pattern):
                    while not re.search(pattern, "".join(seen)):
                        piece = debugger.stdout.read(1)
                        if not piece:
                            raise AssertionError("node inspect ended: " + "".join(seen))
                        seen.append(piece)
                    seen.clear()

                def say(text):
                    debugger.stdin.write(text + "\n")
                    debugger.stdin.flush()

                watchdog = threading.Timer(debuggers.PATIENCE, debugger.kill)
                watchdog.start()
                try:
                    # A prompt may come before the program has stopped.
                    read_until(r"[Bb]reak (on start )?in ")
                    read_until("debug> ")
                    say("sb('index.js', 5)")
                    read_until("debug> ")
                    say("cont")
                    read_until(r"break in .*index\.js:5")
                    say("exec('word')")
                    read_until("seen 5")
                    say("cont")
                    self.assertEqual(call.result(), {"word": "seen 5", "count": 1})
                finally:
                    watchdog.cancel()
                    debugger.kill()

    def test_debugpy(self):
        """a breakpoint in a Python function is hit by a DAP client; the answer arrives; another comes"""
        with self.functions(py={"app.py": PYTHON_CODE}) as (server, client):
            for turn in (1, 2):
                call = Call(client, "py", {"n": turn})
                # The first comes before its function listens: it is made to wait, not refused.
                debugger = debuggers.Dap(server.ports["py"])
                if turn == 2:
                    self.assertEqual(call.result(), "seen 2")  # without one attached it runs through
                debugger.attach("/var/task/app.py", 4)
                if turn == 2:
                    call = Call(client, "py", {"n": turn})
                stopped = debugger.event("stopped")
                self.assertEqual(stopped["reason"], "breakpoint")
                frames = debugger.call("stackTrace", threadId=stopped["threadId"])["stackFrames"]
                self.assertEqual((frames[0]["name"], frames[0]["line"]), ("handler", 4))
                found = debugger.call("evaluate", expression="word", frameId=frames[0]["id"], context="watch")
                self.assertEqual(found["result"], f"'seen {turn}'")
                time.sleep(1.5)  # longer than the function's timeout
                debugger.call("continue", threadId=stopped["threadId"])
                self.assertEqual(call.result(), f"seen {turn}")
                debugger.call("disconnect", terminateDebuggee=False)
                debugger.close()

    def test_pdb(self):
        """where there is no debugpy a terminal is given pdb, and leaving it lets the function go on"""
        files = {"app.py": PYTHON_CODE, "debugpy.py": "raise ImportError('none')\n"}
        with self.functions(py={**files}) as (server, client):
            call = Call(client, "py", {"n": 1})
            with socket.create_connection(("127.0.0.1", server.ports["py"]), timeout=60) as terminal:
                seen = b""

                def read_until(text):
                    nonlocal seen
                    while text not in seen:
                        piece = terminal.recv(4096)
                        if not piece:
                            raise AssertionError(f"the connection ended: {seen}")
                        seen += piece
                    seen = seen.partition(text)[2]

                read_until(b"(Pdb) ")
                terminal.sendall(b"b app:4\n")
                read_until(b"Breakpoint 1 at /var/task/app.py:4")
                terminal.sendall(b"c\n")
                read_until(b"-> return word")
                terminal.sendall(b"p word\n")
                read_until(b"'seen 1'")
                terminal.sendall(b"q\n")
                self.assertEqual(call.result(), "seen 1")
                while terminal.recv(4096):
                    pass
            self.assertEqual(Call(client, "py", {"n": 2}).result(), "seen 2")

    def test_others(self):
        """other runtimes are refused; what is not named is not debugged; ports are loopback's alone"""
        with self.functions(named={"index.js": SLEEPER}) as (server, client):
            port = server.ports["named"]
            role = server.boto("iam").get_role(RoleName="r")["Role"]["Arn"]
            client.create_function(
                FunctionName="other",
                Role=role,
                Runtime="nodejs20.x",
                Handler="index.handler",
                Timeout=1,
                Code={"ZipFile": packed({"index.js": SLEEPER})},
            )
            self.assertIn("Task timed out after 1.00 seconds", str(Call(client, "other", {}).result()))
            listening = pathlib.Path("/proc/net/tcp").read_text()
            self.assertIn(f"0100007F:{port:04X}", listening)
            self.assertNotIn(f"00000000:{port:04X}", listening)
            client.delete_function(FunctionName="named")
            client.create_function(
                FunctionName="named",
                Role=role,
                Runtime="ruby3.2",
                Handler="app.handler",
                Code={"ZipFile": packed({"app.rb": "def handler(event:, context:) = 1\n"})},
            )
            self.assertIn("cannot be debugged", str(Call(client, "named", {}).result()))

    def test_arguments(self):
        """what --debug cannot mean is refused at once"""
        with harness.Server() as server:
            taken = server.port
            for argument, reason in (
                ("name", "wants FUNCTION=PORT"),
                ("name=80", "a port from 1024 on"),
                ("name=9001", "other than 9001"),
                ("name=word", "a port from 1024 on"),
                (f"name={taken}", f"port {taken} cannot be opened: Address already in use"),
            ):
                data = server.data.with_name(server.data.name + "-refused")
                command = [harness.binary(), "serve", "--data", data, "--listen", "127.0.0.1:0"]
                done = subprocess.run(
                    [*command, "--debug", argument], capture_output=True, text=True, timeout=60, check=False
                )
                self.assertEqual(done.returncode, 1, argument)
                self.assertIn(reason, done.stderr)
            subprocess.run(["rm", "-rf", data], check=True)
