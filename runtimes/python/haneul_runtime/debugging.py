"""A debugger for the function: debugpy when package, layer or machine brings it, else pdb on a socket.

The function waits here, before its module is imported, until somebody is there. The port is on the
environment's own loopback; the server leads its own port to it.

https://github.com/microsoft/debugpy/wiki/API-Reference
"""

import pdb
import socket
import sys


def await_debugger(port):
    try:
        import debugpy
    except ImportError:
        _await_terminal(port)
        return
    # Programs that the function starts are not followed: they would look for ports of their own.
    debugpy.configure(subProcess=False)
    debugpy.listen(("127.0.0.1", port))
    _say("waiting for a debugger that speaks DAP (debugpy) on 127.0.0.1:%d" % port)
    debugpy.wait_for_client()


def _await_terminal(port):
    listener = socket.create_server(("127.0.0.1", port))
    _say("debugpy is neither in the package, a layer nor the machine: waiting for a terminal "
         "(nc 127.0.0.1 %d) to pdb" % port)
    terminal = _Terminal(listener)
    sys.breakpointhook = lambda: terminal.begin(sys._getframe(1))
    terminal.begin(sys._getframe(2))


def _say(text):
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class _Output:
    """What is written to somebody who has gone is lost, and stops nothing."""

    def __init__(self, stream):
        self.stream = stream

    def write(self, text):
        try:
            self.stream.write(text)
        except OSError:
            pass

    def flush(self):
        try:
            self.stream.flush()
        except OSError:
            pass


class _Input:
    """Who has gone says nothing more."""

    def __init__(self, stream):
        self.stream = stream

    def readline(self):
        try:
            return self.stream.readline()
        except OSError:
            return ""


class _Terminal(pdb.Pdb):
    """pdb at the other end of a connection; without one, breakpoint() waits for the next."""

    def __init__(self, listener):
        self.listener = listener
        self.connection = None
        super().__init__(stdin=_Input(None), stdout=_Output(None), nosigint=True, readrc=False)
        self.use_rawinput = False

    def begin(self, frame):
        if self.connection is None:
            self.connection, _ = self.listener.accept()
            stream = self.connection.makefile("rw", encoding="utf-8", errors="replace")
            self.stdin.stream = self.stdout.stream = stream
        self.set_trace(frame)

    def do_detach(self, _):
        """detach: remove every breakpoint and go on; breakpoint() then waits for somebody again."""
        self.clear_all_breaks()
        self.set_continue()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()
        self.connection = None
        return 1

    # Leaving pdb would end the function.
    do_EOF = do_q = do_quit = do_exit = do_detach

    def do_run(self, _):
        """A function cannot be run anew from here."""
        self.error("a function is not run anew from here: invoke it again")

    do_restart = do_run
