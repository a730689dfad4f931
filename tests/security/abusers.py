"""What abusive functions are made of: each handler tries one thing. Those named try_* answer with None when
they were stopped, else with a sentence about what they reached. Only the standard library is used.
"""

import builtins
import contextlib
import errno
import glob
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time

MIB = 1 << 20


def visible_processes():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def try_reach_sockets_of_others(event, context):
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect("\0neighbours-socket")
            return "the neighbour's abstract socket answers"
        except OSError:
            return None


def try_listen_where_others_do(event, context):
    """What listens in its network is its own Runtime API, its resolver and its way to the services."""
    listening = set()
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A":
            listening.add(int(fields[1].split(":")[1], 16))
    own = int(os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")[1])
    strange = listening - {own, 53, 80, 443}
    return f"ports {sorted(strange)} are open in its network" if strange else None


def try_see_network_interfaces(event, context):
    names = [name for _, name in socket.if_nameindex()]
    return None if names == ["lo"] else f"there are {names}"


def try_resolve_names_of_the_outside(event, context):
    try:
        return f"example.com is {socket.getaddrinfo('example.com', 80)[0][4]}"
    except OSError:
        return None


def try_use_up_the_way_to_the_services(event, context):
    """Hundreds of connections, kept: the neighbour is looked at while they are open elsewhere too."""
    held = []
    try:
        for _ in range(2000):
            held.append(socket.create_connection(("s3.us-east-1.amazonaws.com", 443), timeout=2))
        return f"{len(held)} connections were held"
    except OSError:
        return None
    finally:
        globals()["held"] = held  # until this environment ends


def try_make_device_nodes(event, context):
    for kind, major, minor in ((stat.S_IFCHR, 1, 1), (stat.S_IFBLK, 8, 0), (stat.S_IFCHR, 10, 232)):
        try:
            os.mknod("/tmp/node", kind | 0o666, os.makedev(major, minor))
            os.close(os.open("/tmp/node", os.O_RDONLY))
            return f"device {major}:{minor} was opened"
        except OSError:
            pathlib.Path("/tmp/node").unlink(missing_ok=True)
    return None


def try_write_to_the_kernels_files(event, context):
    written = []
    places = ["/sys", "/proc/sys", "/proc/sysrq-trigger", "/proc/self/attr", "/proc/acpi", "/proc/irq"]
    for place in places:
        paths = [pathlib.Path(place)]
        if paths[0].is_dir():
            paths = [pathlib.Path(top, name) for top, _, names in os.walk(place) for name in names]
        for path in paths:
            try:
                os.close(os.open(path, os.O_WRONLY))
                written.append(str(path))
            except OSError:
                continue
    written = [path for path in written if not path.startswith("/proc/self/attr")]
    return f"may write {written[:5]}" if written else None


def try_leave_its_control_groups(event, context):
    for path in glob.glob("/sys/fs/cgroup/**/cgroup.procs", recursive=True) + ["/sys/fs/cgroup/cgroup.procs"]:
        try:
            pathlib.Path(path).write_text(str(os.getpid()))
            return f"{path} took it"
        except OSError:
            continue
    return None


def try_use_setuid_files(event, context):
    shutil.copy("/usr/bin/id", "/tmp/id")
    try:
        os.chown("/tmp/id", 0, 0)
        os.chmod("/tmp/id", 0o6755)
    except OSError:
        pass
    seen = subprocess.run(["/tmp/id", "-u"], capture_output=True, text=True, check=False).stdout.strip()
    flags = os.statvfs("/tmp").f_flag
    problem = None if flags & os.ST_NOSUID else "/tmp honours setuid files"
    return problem or (None if seen == str(os.getuid()) else f"it became {seen}")


def try_link_out_of_tmp(event, context):
    pathlib.Path("/tmp/mine").write_text("x")
    for source, target in (("/etc/passwd", "/tmp/passwd"), ("/tmp/mine", "/var/task/mine")):
        for call in (os.link, os.rename):
            try:
                call(source, target)
                return f"{call.__name__} of {source} to {target} succeeded"
            except OSError:
                continue
    return None


def try_walk_out_of_its_root(event, context):
    for path in ("/proc/1/root", "/proc/self/root/../..", "/proc/1/cwd", "/var/task/../../.."):
        try:
            names = set(os.listdir(path))
        except OSError:
            continue
        if names - set(os.listdir("/")):
            return f"{path} shows {sorted(names - set(os.listdir('/')))[:5]}"
    return None


def try_fill_the_disk(event, context):
    written = 0
    try:
        with open("/tmp/bomb", "wb") as file:
            while written < 2048 * MIB:
                file.write(b"\0" * MIB)
                written += MIB
        return f"{written} bytes were written"
    except OSError as error:
        return None if error.errno == errno.ENOSPC and written <= 512 * MIB else f"{error} after {written}"


def try_fill_shared_memory(event, context):
    written = 0
    try:
        with open("/dev/shm/bomb", "wb") as file:
            while written < 1024 * MIB:
                file.write(b"\0" * MIB)
                written += MIB
        return f"{written} bytes were written"
    except OSError as error:
        return None if error.errno == errno.ENOSPC else str(error)


def try_use_up_inodes(event, context):
    try:
        for number in range(200_000):
            open(f"/tmp/{number}", "w").close()
        return "200000 files were made"
    except OSError as error:
        return None if error.errno == errno.ENOSPC else str(error)


def try_use_up_descriptors(event, context):
    held = []
    try:
        for _ in range(10_000):
            held.append(os.dup(0))
        return f"{len(held)} descriptors were opened"
    except OSError as error:
        return None if error.errno == errno.EMFILE else str(error)
    finally:
        for descriptor in held:
            os.close(descriptor)


def try_raise_its_limits(event, context):
    for name in ("RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_CORE", "RLIMIT_MEMLOCK"):
        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY and name not in ("RLIMIT_NPROC",):
            return f"{name} is unlimited"
        try:
            resource.setrlimit(kind, (hard + 1, hard + 1))
            return f"{name} was raised"
        except (OSError, ValueError):
            continue
    return None


def try_signal_strangers(event, context):
    own = {1, *visible_processes()}  # process 1 is the environment's own, though it is not shown
    with contextlib.suppress(PermissionError):
        os.kill(1, signal.SIGKILL)  # which no kernel lets its children do
    for pid in [number for number in range(1, 70_000) if number not in own]:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            continue
        except OSError as error:
            return f"process {pid} is there: {error}"
        if pid not in visible_processes() and not pathlib.Path(f"/proc/{pid}").exists():
            return f"process {pid} took a signal"
    return None


def try_see_memory_of_others(event, context):
    for table in ("shm", "sem", "msg"):
        try:
            rows = pathlib.Path("/proc/sysvipc", table).read_text().splitlines()[1:]
        except OSError:
            continue
        if rows:
            return f"/proc/sysvipc/{table} has {rows[:2]}"
    return None


def try_read_the_kernels_messages(event, context):
    for path in ("/dev/kmsg", "/proc/kmsg", "/proc/kallsyms", "/proc/kcore"):
        try:
            with open(path, "rb") as file:
                if file.read(64).strip(b"0 \0"):
                    return f"{path} can be read"
        except OSError:
            continue
    return None


def memory_bomb(event, context):
    held = []
    while True:
        held.append(bytearray(8 * MIB))


def processor_hog(event, context):
    for _ in range(6):
        if os.fork() == 0:
            while True:
                pass
    while True:
        pass


def output_flood(event, context):
    line = "x" * 65_536
    for _ in range(3072):
        print(line)


def answer_flood(event, context):
    return "x" * (64 * MIB)


def leave_something(event, context):
    found = sorted(glob.glob("/tmp/left-*") + glob.glob("/dev/shm/left-*"))
    seen = visible_processes()
    for place in ("/tmp/left-file", "/dev/shm/left-memory"):
        pathlib.Path(place).write_text("mine")
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(0.05)
            pathlib.Path("/tmp/left-by-child").touch()
    while not os.path.exists("/tmp/left-by-child"):
        time.sleep(0.01)
    left = sorted(glob.glob("/tmp/left-*") + glob.glob("/dev/shm/left-*"))
    return {"found": found, "left": left, "host_visible": seen}


def spoil_the_interpreter(event, context):
    builtins.spoilt = json.spoilt = sys.spoilt = True
    os.environ["SPOILT"] = "1"
    for path in list(sys.path) + ["/usr/lib/python3/dist-packages", "/var/runtime"]:
        try:
            pathlib.Path(path, "sitecustomize.py").write_text("import builtins; builtins.spoilt = True")
        except OSError:
            continue
    for pid in visible_processes():
        try:
            with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
                if pid != os.getpid():
                    return f"the memory of process {pid} is open: {memory.name}"
        except OSError:
            continue
    return None


def is_spoilt(event, context):
    marks = [module.__name__ for module in (builtins, json, sys) if hasattr(module, "spoilt")]
    return f"marks in {marks}" if marks or "SPOILT" in os.environ else None
