"""Client of the Lambda Runtime API over one keep-alive socket.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
An answer and the poll for the next invocation leave in one write: the round trip of a warm invocation is one
packet each way. Only the Python standard library is used, and no more of it than a cold start can afford.
"""

import socket

_PREFIX = b"/2018-06-01/runtime/"
_RECEIVE_BYTES = 65536


class Invocation:
    """One event with the headers that came with it; header names are lower case."""

    __slots__ = ("request_id", "headers", "body")

    def __init__(self, headers, body):
        self.headers = headers
        self.body = body
        self.request_id = headers.get("lambda-runtime-aws-request-id", "")


class RuntimeApi:
    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self._host = address.encode("ascii")
        # The address is numeric: connecting directly spares the name codec that create_connection would load.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.connect((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()
        self._next = b"GET " + _PREFIX + b"invocation/next HTTP/1.1\r\nHost: " + self._host + b"\r\n\r\n"
        self._polling = False

    def next(self):
        """Blocks until there is an invocation."""
        if not self._polling:
            self._socket.sendall(self._next)
        self._polling = False
        status, headers, body = self._read_answer()
        if status != 200:
            raise RuntimeError("the runtime API answered %d to next" % status)
        return Invocation(headers, body)

    def respond(self, request_id, body):
        self._post_and_poll(b"invocation/" + request_id.encode("ascii") + b"/response", body, None)

    def report_error(self, request_id, body, error_type):
        self._post_and_poll(b"invocation/" + request_id.encode("ascii") + b"/error", body, error_type)

    def report_init_error(self, body, error_type):
        self._socket.sendall(self._post(b"init/error", body, error_type))
        self._read_answer()

    def report_restore_error(self, body, error_type):
        self._socket.sendall(self._post(b"restore/error", body, error_type))
        self._read_answer()

    def end_init(self):
        """Says that the function is initialised and its image comes; nothing else is said here afterwards."""
        head = b"GET " + _PREFIX + b"restore/next HTTP/1.1\r\nHost: " + self._host
        self._socket.sendall(head + b"\r\n\r\n")
        status, _, _ = self._read_answer()
        if status != 200:
            raise RuntimeError("the runtime API answered %d to the end of initialisation" % status)

    def descriptor(self):
        return self._socket.fileno()

    def close(self):
        self._socket.close()

    def _post(self, path, body, error_type):
        head = b"POST " + _PREFIX + path + b" HTTP/1.1\r\nHost: " + self._host
        head += b"\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
        if error_type:
            safe = error_type.encode("ascii", "replace").replace(b"\r", b"?").replace(b"\n", b"?")
            head += b"Lambda-Runtime-Function-Error-Type: " + safe + b"\r\n"
        return head + b"\r\n" + body

    def _post_and_poll(self, path, body, error_type):
        self._socket.sendall(self._post(path, body, error_type) + self._next)
        self._polling = True
        self._read_answer()

    def _read_answer(self):
        buffer = self._buffer
        while True:
            end = buffer.find(b"\r\n\r\n")
            if end >= 0:
                break
            self._receive()
        lines = bytes(buffer[:end]).decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        start = end + 4
        total = start + int(headers.get("content-length", "0"))
        while len(buffer) < total:
            self._receive()
        body = bytes(buffer[start:total])
        del buffer[:total]
        return int(lines[0].split(" ", 2)[1]), headers, body

    def _receive(self):
        piece = self._socket.recv(_RECEIVE_BYTES)
        if not piece:
            raise ConnectionError("the runtime API closed the connection")
        self._buffer += piece
