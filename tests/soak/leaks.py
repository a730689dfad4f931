"""What a server holds of the machine: processes, cgroups, mounts, network namespaces, descriptors."""

import os
import pathlib


def children_of(pid):
    """Every process below this one, itself not included."""
    found, waiting = [], [pid]
    while waiting:
        for task in pathlib.Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            try:
                below = [int(number) for number in task.read_text().split()]
            except OSError:
                continue
            found += below
            waiting += below
    return found


def name_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def parent_of(pid):
    try:
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def launcher_of(pid):
    """The process that makes environments: the server's own child."""
    return next((child for child in children_of(pid) if parent_of(child) == pid), None)


def descriptors_of(pid, data):
    """Open descriptors but for files of the data directory, which the store opens and closes at will."""
    count = 0
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            count += not os.readlink(entry).startswith(str(data))
        except OSError:
            continue
    return count


def cgroups():
    """Directories of environments, in every hierarchy, of every server on the machine."""
    found = set()
    for top, folders, _ in os.walk("/sys/fs/cgroup"):
        if os.path.basename(top) == "haneul":
            found.update(os.path.join(top, folder) for folder in folders)
            for folder in folders:
                for below, deeper, _ in os.walk(os.path.join(top, folder)):
                    found.update(os.path.join(below, name) for name in deeper)
            folders.clear()
    return found


def network_namespaces(pids):
    found = set()
    for pid in pids:
        try:
            found.add(os.readlink(f"/proc/{pid}/ns/net"))
        except OSError:
            continue
    return found


def mounts_of(pid):
    try:
        return len(pathlib.Path(f"/proc/{pid}/mountinfo").read_text().splitlines())
    except OSError:
        return 0


def holdings(pid, data):
    """What is counted before and after, by name."""
    below = children_of(pid)
    launcher = launcher_of(pid)
    return {
        "processes": len(below),
        "cgroups": len(cgroups()),
        "mounts": mounts_of(pid),
        "mounts of the launcher": mounts_of(launcher),
        "network namespaces": len(network_namespaces([pid, *below])),
        "descriptors of the server": descriptors_of(pid, data),
        "descriptors of the launcher": descriptors_of(launcher, data) if launcher else 0,
        "files of environments": sum(1 for _ in (pathlib.Path(data) / "compute").rglob("*")),
    }
