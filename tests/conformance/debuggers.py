"""Small debuggers: for the inspector protocol of Node.js (a WebSocket), and the Debug Adapter Protocol.

https://chromedevtools.github.io/devtools-protocol/v8/ and
https://microsoft.github.io/debug-adapter-protocol/specification
"""

import base64
import http.client
import json
import os
import socket
import struct
import time

PATIENCE = 60


def until(what, attempt):
    """What the attempt returns, once that is something; errors of connections are tried again."""
    deadline = time.monotonic() + PATIENCE
    last = None
    while time.monotonic() < deadline:
        try:
            if found := attempt():
                return found
        except (OSError, http.client.HTTPException) as error:
            last = error
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {PATIENCE} s ({last})")


class Inspector:
    """A client of one port: finds the target, as Chrome does, and talks to it."""

    def __init__(self, port):
        self.port, self.serial, self.events, self.held = port, 0, [], b""
        target = self.list_targets()[0]
        path = target["webSocketDebuggerUrl"].partition(f":{port}")[2]
        self.stream = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        key = base64.b64encode(os.urandom(16)).decode()
        self.stream.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.take_some()
        head, _, self.held = head.partition(b"\r\n\r\n")
        assert b" 101 " in head, head

    def list_targets(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", "/json/list")
        return json.loads(connection.getresponse().read())

    def take_some(self):
        piece = self.stream.recv(65536)
        if not piece:
            raise ConnectionError("the inspector closed the connection")
        return piece

    def take(self, count):
        while len(self.held) < count:
            self.held += self.take_some()
        taken, self.held = self.held[:count], self.held[count:]
        return taken

    def read(self):
        """One message; those of the protocol are texts in one frame each."""
        _, length = self.take(2)
        length &= 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", self.take(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self.take(8))
        return json.loads(self.take(length))

    def call(self, method, **parameters):
        self.serial += 1
        text = json.dumps({"id": self.serial, "method": method, "params": parameters}).encode()
        size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + struct.pack(">H", len(text))
        self.stream.sendall(b"\x81" + size + b"\0\0\0\0" + text)  # a mask of zeros changes nothing
        while True:
            message = self.read()
            if message.get("id") == self.serial:
                assert "error" not in message, message
                return message["result"]
            self.events.append(message)

    def wait_for(self, method):
        while True:
            for at, message in enumerate(self.events):
                if message.get("method") == method:
                    return self.events.pop(at)["params"]
            self.events.append(self.read())

    def close(self):
        """Leaves as debuggers do. Node.js 18 may crash when a connection breaks off while it stands at a
        breakpoint, so the breakpoints go first."""
        self.call("Debugger.disable")
        self.stream.close()


class Dap:
    """A client of debugpy."""

    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.reader = self.stream.makefile("rb")
        self.serial, self.messages = 0, []

    def send(self, command, **arguments):
        self.serial += 1
        request = {"seq": self.serial, "type": "request", "command": command, "arguments": arguments}
        text = json.dumps(request).encode()
        self.stream.sendall(b"Content-Length: %d\r\n\r\n" % len(text) + text)
        return self.serial

    def read(self):
        length = 0
        while (line := self.reader.readline()) != b"\r\n":
            if not line:
                raise ConnectionError("debugpy closed the connection")
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return json.loads(self.reader.read(length))

    def wait_for(self, is_wanted):
        while True:
            for at, message in enumerate(self.messages):
                if is_wanted(message):
                    return self.messages.pop(at)
            self.messages.append(self.read())

    def event(self, name):
        return self.wait_for(lambda each: each["type"] == "event" and each["event"] == name).get("body", {})

    def answer(self, serial):
        got = self.wait_for(lambda each: each["type"] == "response" and each["request_seq"] == serial)
        assert got["success"], got
        return got.get("body", {})

    def call(self, command, **arguments):
        return self.answer(self.send(command, **arguments))

    def attach(self, source, line):
        """With one breakpoint in a file of the function; the function then goes on."""
        self.call("initialize", adapterID="python", clientID="test", pathFormat="path")
        attached = self.send("attach", justMyCode=True)
        self.event("initialized")
        self.call("setBreakpoints", source={"path": source}, breakpoints=[{"line": line}])
        self.call("configurationDone")
        self.answer(attached)

    def close(self):
        self.reader.close()
        self.stream.close()
