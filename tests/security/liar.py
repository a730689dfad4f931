#!/usr/bin/python3
"""A custom runtime that does not keep the Runtime API's rules; $LIE says how."""

import http.client
import json
import os
import socket
import sys
import time

ADDRESS = os.environ["AWS_LAMBDA_RUNTIME_API"]
PREFIX = "/2018-06-01/runtime/"


class Api:
    def __init__(self):
        self.connection = http.client.HTTPConnection(ADDRESS)

    def next(self):
        """(status, request id)"""
        self.connection.request("GET", PREFIX + "invocation/next")
        answer = self.connection.getresponse()
        answer.read()
        return answer.status, answer.headers["Lambda-Runtime-Aws-Request-Id"]

    def respond(self, request_id, document):
        self.connection.request("POST", f"{PREFIX}invocation/{request_id}/response", json.dumps(document))
        answer = self.connection.getresponse()
        answer.read()
        return answer.status


def raw(data):
    """Sends bytes on a connection of their own; what came back, or nothing."""
    host, port = ADDRESS.split(":")
    with socket.create_connection((host, int(port)), timeout=2) as connection:
        try:
            connection.sendall(data)
            return connection.recv(4096)
        except OSError:
            return b""


def wrong_id(api, request_id):
    if api.respond("8476a536-e9f4-11e8-9739-2dfe598c3fcd", {"answer": "another's"}) != 400:
        api.respond(request_id, "a wrong id was accepted")
    sys.exit(3)


def two_answers(api, request_id):
    api.respond(request_id, {"answer": 1})
    if api.respond(request_id, {"answer": 9}) < 400:
        sys.exit(4)


def no_answer(api, request_id):
    Api().next()
    time.sleep(60)


def long_head(api, request_id):
    raw(b"GET / HTTP/1.1\r\nX-Long: " + b"x" * (4 << 20) + b"\r\n\r\n")
    api.respond(request_id, {"answer": 2})


def long_fields(api, request_id):
    long = b"x" * 100_000
    raw(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + long + b"\r\n\r\n")
    raw(b"GET / HTTP/1.1\r\nHost: x\r\n" + long + b": x\r\n\r\n")
    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-Long\r\n\r\n"
    raw(chunked + b"0\r\nX-Long: " + long + b"\r\n\r\n")
    api.respond(request_id, {"answer": 4})


def half_body(api, request_id):
    path = f"{PREFIX}invocation/{request_id}/response"
    raw(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{}}".encode())
    sys.exit(5)


def not_http(api, request_id):
    raw(os.urandom(8192))
    raw(b"\r\n" * 4096)
    raw(b"POST / HTTP/1.1\r\nContent-Length: -1\r\nTransfer-Encoding: nonsense\r\n\r\n")
    api.respond(request_id, {"answer": 3})


def main():
    api = Api()
    while True:
        _, request_id = api.next()
        globals()[os.environ["LIE"]](api, request_id)


main()
