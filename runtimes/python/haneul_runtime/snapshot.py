"""The end of initialisation with SnapStart: the memory image is taken here, and every environment of the
version begins here.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
What a new process cannot have again is named and no image is taken. A restored process has three standard
descriptors and the memory; the rest is made anew: descriptors, variables, generators of random numbers.
"""

import gc
import os
import socket
import stat
import sys

from haneul_runtime import logs
from haneul_runtime.api import RuntimeApi
from haneul_runtime.errors import Fault, encode_report, make_report

_IMAGE_PORT = 9002
_MODULE_PATH = "/var/lang"
_DEVICES = frozenset(["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"])
_PLATFORMS = (b"AWS_LAMBDA_", b"AWS_CONTAINER_")
# AWS's exit codes of a failed hook.
_BEFORE_FAILED = 64
_AFTER_FAILED = 65
# initialised and run_hooks stand above a hook.
_OWN_FRAMES = 2


def initialised(api):
    """Returns in restored environments only, with their own Runtime API."""
    try:
        _run_before_hooks()
        plan = _Plan(api)
    except BaseException as error:
        _report(error, "Runtime.BeforeSnapshotError", api.report_init_error)
        os._exit(_BEFORE_FAILED)
    api.end_init()
    api.close()
    try:
        _take()
    except RuntimeError as error:
        api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
        _report(_refusal(str(error)), "", api.report_init_error)
        os._exit(_BEFORE_FAILED)
    plan.restore()
    _renew_randomness()
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        _run_after_hooks()
    except BaseException as error:
        _report(error, "Runtime.AfterRestoreError", api.report_restore_error)
        os._exit(_AFTER_FAILED)
    return api


def _hooks():
    return sys.modules.get("snapshot_restore_py")


def _run_before_hooks():
    library = _hooks()
    waiting = library.get_before_snapshot() if library else []
    while waiting:
        function, arguments, named = waiting.pop()
        function(*arguments, **named)


def _run_after_hooks():
    library = _hooks()
    for function, arguments, named in library.get_after_restore() if library else []:
        function(*arguments, **named)


def _report(error, error_type, send):
    report = make_report(error, "", _OWN_FRAMES)
    logs.write_error(report)
    send(encode_report(report), report["errorType"] if isinstance(error, Fault) else error_type)


def _refusal(reason):
    return Fault("Runtime.SnapshotError", "The initialized function cannot be part of a snapshot: " + reason)


def _take():
    sys.path.append(_MODULE_PATH)
    try:
        import haneul_snapshot
    except ImportError:
        raise RuntimeError("there are no snapshots on this kind of processor") from None
    finally:
        sys.path.remove(_MODULE_PATH)
        sys.path_importer_cache.pop(_MODULE_PATH, None)
    del sys.modules["haneul_snapshot"]
    gc.collect()
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.connect(("127.0.0.1", _IMAGE_PORT))
    # From here on a number: the restored process has no such descriptor.
    image = connection.detach()
    if haneul_snapshot.take(image):
        return
    os.read(image, 1)  # the image is stored
    os._exit(0)


def _variables():
    with open("/proc/self/environ", "rb") as file:
        entries = file.read().split(b"\0")
    return dict(entry.partition(b"=")[::2] for entry in entries if b"=" in entry)


class _Plan:
    """What a restored process gets again; refuses what it cannot have."""

    def __init__(self, api):
        _require_alone()
        own = api.descriptor()
        self.descriptors = [_describe(number) for number in _open_descriptors() if number != own]
        self.variables = _variables()
        self.directory = os.getcwd()
        if not os.statvfs(self.directory).f_flag & os.ST_RDONLY:
            raise _refusal("the working directory is %s" % self.directory)
        self.mask = os.umask(0)
        os.umask(self.mask)

    def restore(self):
        for descriptor in self.descriptors:
            descriptor.open_again()
        os.chdir(self.directory)
        os.umask(self.mask)
        # What a wrapper or initialisation has set stays; the platform's own word is that of this environment.
        for name, value in _variables().items():
            is_known = name in self.variables
            if not is_known or (name.startswith(_PLATFORMS) and self.variables[name] != value):
                os.environb[name] = value


def _require_alone():
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        import threading
        names = [each.name for each in threading.enumerate() if each is not threading.main_thread()]
        raise _refusal("%d threads run (%s)" % (threads, ", ".join(names) or "none of them Python's"))
    own = {1, os.getpid()}
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in own:
            raise _refusal("the process %s runs" % name)


def _open_descriptors():
    numbers = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    for number in numbers:
        if number > 2:
            try:
                os.fstat(number)
            except OSError:
                continue  # of the listing itself
            yield number


class _Descriptor:
    def __init__(self, number):
        self.number = number
        self.is_inheritable = os.get_inheritable(number)

    def take_place(self, opened):
        if opened != self.number:
            os.dup2(opened, self.number)
            os.close(opened)
        os.set_inheritable(self.number, self.is_inheritable)


class _File(_Descriptor):
    """Of a read-only tree, or a device that is the same everywhere."""

    def __init__(self, number, path):
        import fcntl
        super().__init__(number)
        self.path = path
        self.flags = fcntl.fcntl(number, fcntl.F_GETFL)
        self.offset = os.lseek(number, 0, os.SEEK_CUR) if stat.S_ISREG(os.fstat(number).st_mode) else 0

    def open_again(self):
        opened = os.open(self.path, self.flags)
        if self.offset:
            os.lseek(opened, self.offset, os.SEEK_SET)
        self.take_place(opened)


class _Connection(_Descriptor):
    """Comes back closed by its peer: clients connect anew."""

    def open_again(self):
        here, there = socket.socketpair()
        there.close()
        self.take_place(here.detach())


def _describe(number):
    path = os.readlink("/proc/self/fd/%d" % number)
    status = os.fstat(number)
    if stat.S_ISCHR(status.st_mode) and path in _DEVICES:
        return _File(number, path)
    if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
        if os.fstatvfs(number).f_flag & os.ST_RDONLY and not path.endswith(" (deleted)"):
            return _File(number, path)
    if stat.S_ISSOCK(status.st_mode) and _is_connection(number):
        return _Connection(number)
    raise _refusal("the descriptor %d is open (%s)" % (number, path))


def _is_connection(number):
    with socket.socket(fileno=os.dup(number)) as each:
        return (each.family in (socket.AF_INET, socket.AF_INET6) and each.type == socket.SOCK_STREAM
                and not each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _renew_randomness():
    """Modules that ask to be told of forks have renewed theirs; these compare process ids, or nothing."""
    if "_ssl" in sys.modules:
        import ssl
        ssl.RAND_add(os.urandom(48), 48.0)
    if "uuid" in sys.modules:
        sys.modules["uuid"]._node = None
        sys.modules["uuid"]._last_timestamp = None
    if "tempfile" in sys.modules:
        sys.modules["tempfile"]._name_sequence = None
    if "random" in sys.modules:
        sys.modules["random"].seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
