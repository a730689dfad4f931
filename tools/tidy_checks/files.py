"""Checks of whole files: sizes, line length, banned words, machine paths, dead headers, service READMEs."""

import pathlib
import re

from .tree import is_test

SOURCE_LINES_MAX = 500
HEADER_LINES_MAX = 250
TEST_LINES_MAX = 600
LINE_LENGTH_MAX = 110

# Spelled in two parts so that this file passes its own check.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE_PATHS = re.compile(r"(?<![A-Za-z0-9_.-])/(work|farm)/")
REGISTRY_HOSTS = re.compile(r"https?://(registry|deb|security|snapshot|mirror)\.[a-z]+\.(org|com|net)")
BANNED_CPP = {
    re.compile(r"\bstd::endl\b"): "std::endl flushes: write '\\n'",
    re.compile(r"\busing namespace std\b"): "using namespace std",
}
SLEEPS = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.])sleep\s*\(")


def check_file_sizes(tree):
    for path in tree.code():
        count = len(tree.lines(path))
        if is_test(path):
            kind, limit = "test file", TEST_LINES_MAX
        elif path.endswith(".h"):
            kind, limit = "header", HEADER_LINES_MAX
        else:
            kind, limit = "source file", SOURCE_LINES_MAX
        if count > limit:
            yield f"{path}:{limit}: {kind} of {count} lines, at most {limit}"


def check_line_length(tree):
    for path in tree.code():
        for number, line in enumerate(tree.lines(path), 1):
            if len(line) > LINE_LENGTH_MAX:
                yield f"{path}:{number}: line of {len(line)} characters, at most {LINE_LENGTH_MAX}"


def check_banned_words(tree):
    for path in tree.code():
        for number, line in enumerate(tree.lines(path), 1):
            if match := UNFINISHED.search(line):
                yield f"{path}:{number}: unfinished work is not marked but finished: {match.group(0)}"
            if not path.endswith((".cc", ".h", ".c")):
                continue
            for pattern, why in BANNED_CPP.items():
                if pattern.search(line):
                    yield f"{path}:{number}: {why}"


def check_sleeps_in_unit_tests(tree):
    for path in tree.cpp():
        if not path.endswith("_test.cc"):
            continue
        for number, line in enumerate(tree.lines(path), 1):
            if SLEEPS.search(line.split("//")[0]):
                yield f"{path}:{number}: unit tests do not sleep: use VirtualClock and ManualExecutor"


def check_machine_paths(tree):
    for path in tree.paths:
        for number, line in enumerate(tree.lines(path), 1):
            if MACHINE_PATHS.search(line):
                yield f"{path}:{number}: a path of somebody's machine"
            if REGISTRY_HOSTS.search(line):
                yield f"{path}:{number}: a registry's host: the machine's own configuration names it"


def check_head_comments(tree):
    """A header says first what it is for, and so does a source that has no header of its own."""
    known = set(tree.paths)
    for path in tree.cpp():
        if not path.startswith(("src/", "apps/", "runtimes/")) or path.endswith("_test.cc"):
            continue
        paired = path.endswith(".cc") and path.removesuffix(".cc") + ".h" in known
        if not paired and not tree.text(path).startswith(("//", "/*")):
            yield f"{path}:1: the file says first what it is for"


def check_dead_headers(tree):
    """A header that nothing includes is dead; sources are all built, since the build globs them."""
    included = set()
    for path in tree.cpp():
        for match in re.finditer(r'^\s*#\s*include\s+"([^"]+)"', tree.text(path), re.MULTILINE):
            included.add(match.group(1))
            included.add(str(pathlib.PurePath(path).parent / match.group(1)))
    generators = "".join(tree.text(path) for path in tree.paths if path.startswith(("tools/", "cmake/")))
    for path in tree.cpp():
        name = path.removeprefix("src/")
        if path.endswith(".h") and not {path, name} & included and name not in generators:
            yield f"{path}:1: nothing includes this header"


def check_service_readmes(tree):
    services = {path.split("/")[2] for path in tree.paths if re.match(r"src/services/[^/]+/", path)}
    for service in sorted(services):
        path = f"src/services/{service}/README.md"
        if path not in tree.paths:
            yield f"{path}:1: every service has a README"
            continue
        headings = " / ".join(line.lower() for line in tree.lines(path) if line.startswith("#"))
        for wanted in tree.rules["readme_headings"]:
            if wanted not in headings:
                yield f"{path}:1: no heading about '{wanted}'"
