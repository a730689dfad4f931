"""A hostile function: tries what a sandbox must not allow, and answers with what happened.

Each probe returns None when it was stopped, else a sentence about what it reached. The test deploys this
file as it is; it uses the standard library only.
"""

import ctypes
import errno
import os
import pathlib
import socket
import subprocess

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER = 0x10000000
SYSCALLS = {
    "mount": 165,
    "unshare": 272,
    "setns": 308,
    "ptrace": 101,
    "bpf": 321,
    "io_uring_setup": 425,
    "userfaultfd": 323,
    "perf_event_open": 298,
    "keyctl": 250,
    "add_key": 248,
    "init_module": 175,
    "kexec_load": 246,
    "open_by_handle_at": 304,
    "process_vm_readv": 310,
    "chroot": 161,
    "clock_settime": 227,
    "personality": 135,
}


def syscall(name, *arguments):
    """None when the call is refused for want of right, or unknown to this kernel."""
    ctypes.set_errno(0)
    result = libc.syscall(SYSCALLS[name], *arguments)
    refused = result == -1 and ctypes.get_errno() in (errno.EPERM, errno.EACCES, errno.ENOSYS)
    return None if refused else f"{name} answered {result} (errno {ctypes.get_errno()})"


def reads(path):
    try:
        text = pathlib.Path(path).read_bytes()[:200]
        return f"{path} holds {text[:40]!r}" if text else None
    except OSError:
        return None


def writes(path):
    try:
        pathlib.Path(path).write_bytes(b"mine")
        return f"{path} was written"
    except OSError:
        return None


def finds(directory, word):
    """A file below the directory whose content has the word."""
    for folder, _, names in os.walk(directory):
        for name in names:
            path = pathlib.Path(folder, name)
            try:
                if path.is_file() and path.stat().st_size < 100_000 and word in path.read_bytes():
                    return f"{path} has the other function's word"
            except OSError:
                continue
    return None


def reaches(address, port):
    try:
        socket.create_connection((address, port), timeout=1).close()
        return f"{address}:{port} accepts a connection"
    except OSError:
        return None


def opens(family, kind, protocol=0):
    try:
        socket.socket(family, kind, protocol).close()
        return f"a socket of family {family} was made"
    except OSError:
        return None


def others():
    """Processes of others: in a sandbox of its own a function sees its own few only."""
    numbers = [name for name in os.listdir("/proc") if name.isdigit()]
    for number in numbers:
        line = pathlib.Path("/proc", number, "cmdline")
        try:
            if b"haneul" in line.read_bytes() and b"serve" in line.read_bytes():
                return f"the server is process {number} here"
        except OSError:
            continue
    return f"{len(numbers)} processes are visible" if len(numbers) > 8 else None


def environment_of_others(word):
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                if word in pathlib.Path("/proc", name, "environ").read_bytes():
                    return f"process {name} shows the other function's environment"
            except OSError:
                continue
    return None


def becomes_root():
    try:
        os.setuid(0)
        return "setuid(0) succeeded" if os.stat("/proc/self").st_uid != 0 else None
    except OSError:
        return None


def capabilities():
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return None if int(line.split()[1], 16) == 0 else f"effective capabilities {line.split()[1]}"
    return "no CapEff line"


def no_new_privileges():
    status = pathlib.Path("/proc/self/status").read_text()
    return None if "NoNewPrivs:\t1" in status else "NoNewPrivs is not set"


def descriptors():
    kept = [os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if int(name) > 2]
    strange = [
        target for target in kept if not target.startswith(("socket:", "/proc", "/dev/null", "/var/task"))
    ]
    return f"inherited {strange}" if strange else None


def fork_bomb():
    started = []
    try:
        for _ in range(1500):
            pid = os.fork()
            if pid == 0:
                signal_wait()
            started.append(pid)
        return f"{len(started)} processes were started"
    except OSError:
        return None
    finally:
        for pid in started:
            os.kill(pid, 9)
        for pid in started:
            os.waitpid(pid, 0)


def signal_wait():
    import signal

    signal.pause()


def handler(event, context):
    if event.get("kind") == "victim":
        return {"word": os.environ.get("VICTIM_WORD")}
    word, port, data = event["word"].encode(), event["port"], event["data"]
    buffer = ctypes.create_string_buffer(128)
    probes = {
        "read the shadow file": lambda: reads("/etc/shadow"),
        "read the data directory": lambda: os.path.exists(data) and f"{data} is visible" or None,
        "read the root credentials": lambda: reads(data + "/root-credentials")
        or reads(data + "/credentials"),
        "find another function's code": lambda: finds("/var", word)
        or finds("/tmp", word)
        or finds("/opt", word),
        "see other processes": others,
        "read another function's environment": lambda: environment_of_others(word),
        "write its own code": lambda: writes("/var/task/app.py"),
        "write a system file": lambda: writes("/etc/passwd") or writes("/usr/bin/python3"),
        "write core_pattern": lambda: writes("/proc/sys/kernel/core_pattern"),
        "reach the server's port on the host": lambda: reaches("127.0.0.1", port),
        "reach a metadata address": lambda: reaches("169.254.169.254", 80),
        "reach the outside": lambda: reaches("1.1.1.1", 53),
        "open a raw socket": lambda: opens(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
        "open a packet socket": lambda: opens(socket.AF_PACKET, socket.SOCK_RAW),
        "open a hypervisor socket": lambda: opens(40, socket.SOCK_STREAM),
        "open a kernel crypto socket": lambda: opens(38, socket.SOCK_SEQPACKET),
        "mount": lambda: syscall("mount", b"none", b"/tmp", b"tmpfs", 0, None),
        "make a user namespace": lambda: syscall("unshare", CLONE_NEWUSER),
        "enter a namespace": lambda: syscall("setns", 0, 0),
        "trace a process": lambda: syscall("ptrace", 16, os.getppid(), 0, 0),
        "read another process's memory": lambda: syscall("process_vm_readv", os.getppid(), 0, 0, 0, 0, 0),
        "load a bpf program": lambda: syscall("bpf", 0, buffer, 128),
        "use io_uring": lambda: syscall("io_uring_setup", 1, buffer),
        "use userfaultfd": lambda: syscall("userfaultfd", 0),
        "use perf events": lambda: syscall("perf_event_open", buffer, 0, -1, -1, 0),
        "use keyrings": lambda: syscall("keyctl", 0, -3, 1) or syscall("add_key", b"user", b"a", b"b", 1, -3),
        "load a kernel module": lambda: syscall("init_module", buffer, 1, b""),
        "load another kernel": lambda: syscall("kexec_load", 0, 0, 0, 0),
        "open files by handle": lambda: syscall("open_by_handle_at", -100, buffer, 0),
        "change the root": lambda: syscall("chroot", b"/tmp"),
        "set the clock": lambda: syscall("clock_settime", 0, buffer),
        "turn address randomisation off": lambda: syscall("personality", 0x0040000),
        "become root": becomes_root,
        "hold capabilities": capabilities,
        "gain privileges by exec": no_new_privileges,
        "use inherited descriptors": descriptors,
        "start endless processes": fork_bomb,
    }
    return {name: tell(probe) for name, probe in probes.items()}


def tell(probe):
    try:
        return probe()
    except (OSError, subprocess.SubprocessError):
        return None
