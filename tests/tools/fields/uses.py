"""Which members of the API's structures the code of a service names, as the compiler sees it.

Every member of the generated structures is marked deprecated with its own name, and each source of the
service is checked with clang (no code is made): each place that names a member then gives one warning, inside
templates one per instantiation, with the type that was meant. Answers are kept in build/field-audit until a
source or a header that it includes changes.

Most members are named in many sources, and one place is proof: sources are asked in the order of how many of
the members still missing they mention, until none is missing or no other source mentions one.
"""

import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))

import common_headers  # noqa: E402

CACHE = ROOT / "build/field-audit"
MEMBER = re.compile(r"^  (\S.*?) (\w+)((?: = \w+)?);$")
WARNING = re.compile(r"^(\S+?):\d+:\d+: warning: .* is deprecated: api-member (\w+)\.(\w+)", re.M)
MENTION = re.compile(r"(?:\.|->|::)\s*(\w+)")
# Services whose code is in another one's folder.
FOLDERS = {"dynamodbstreams": "dynamodb"}
# The build's own headers do not have the marks.
PRECOMPILED = re.compile(r"-Winvalid-pch|-fpch-instantiate-templates|-Xclang -include(?:-pch)? -Xclang \S+")
DROPPED = ("-Werror", "-Wall", "-Wextra", "-Wno-deprecated-declarations")


def mark_members(text):
    """A types.h in which the use of any member is a warning that names it."""
    lines, struct = [], None
    for line in text.splitlines():
        if opened := re.match(r"struct (\w+) \{$", line):
            struct = opened.group(1)
        elif line == "};":
            struct = None
        elif struct and (found := MEMBER.match(line)):
            line = f'  [[deprecated("api-member {struct}.{found[2]}")]] {found[1]} {found[2]}{found[3]};'
        lines.append(line)
    return "\n".join(lines) + "\n"


def write_marked_types(services):
    include = CACHE / "include"
    for service in services:
        folder = CACHE / "generated" / service
        command = [ROOT / "tools/codegen", service, "--models", ROOT / "models", "--out", folder]
        subprocess.run(command, check=True)
        target, text = include / "gen" / service / "types.h", mark_members((folder / "types.h").read_text())
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_text() != text:
            target.write_text(text)
    return include


def compile_commands():
    for preset in ("release", "dev"):
        path = ROOT / "build" / preset / "compile_commands.json"
        if path.exists():
            return json.loads(path.read_text())
    raise SystemExit("no configured build: run tools/build")


def digest(paths):
    total = hashlib.sha256()
    for path in sorted(set(paths)):
        total.update(path.encode() + b"\0" + pathlib.Path(path).read_bytes())
    return total.hexdigest()


def answer_file(entry):
    return CACHE / "answers" / (hashlib.sha256(entry["file"].encode()).hexdigest() + ".json")


def kept_answer(answer):
    if not answer.exists():
        return None
    kept = json.loads(answer.read_text())
    if all(os.path.exists(path) for path in kept["files"]) and digest(kept["files"]) == kept["digest"]:
        return kept["uses"]
    return None


def clang(entry, include, source, listing):
    """The command that checks `source` as the build compiles `entry`."""
    command = PRECOMPILED.sub("", entry["command"])
    words = [word for word in shlex.split(command) if word not in (*DROPPED, "-c")]
    output = words.index("-o")
    words = [words[0], f"-I{include}", *words[1:output], *words[output + 2 :]]
    words = [source if pathlib.Path(word) == pathlib.Path(entry["file"]) else word for word in words]
    words += ["-Wno-everything", "-Wdeprecated-declarations", "-fno-caret-diagnostics"]
    return [*words, "-ftemplate-backtrace-limit=1", "-MMD", "-MF", str(listing), "-MT", "source"]


def ask_compiler(words, entry, include):
    done = subprocess.run(
        words, cwd=entry["directory"], capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{entry['file']} does not compile:\n{done.stderr[-2000:]}")
    # Copying a structure names its members too, in the generated header: that says nothing.
    found = WARNING.findall(done.stderr)
    return sorted({(structure, name) for path, structure, name in found if not path.startswith(str(include))})


def listed_files(listing, entry):
    words = listing.read_text().replace("\\\n", " ").split()[1:]
    return [str(pathlib.Path(entry["directory"]) / word) for word in words]


class Prelude:
    """The headers that many sources of a folder include, parsed once for all of them."""

    def __init__(self, folder, entries, include):
        often = common_headers.common_headers([pathlib.Path(entry["file"]) for entry in entries])
        self.header = CACHE / "preludes" / f"{folder}.h"
        self.header.parent.mkdir(parents=True, exist_ok=True)
        self.header.write_text("".join(f"#include {name}\n" for name in often))
        self.compiled = self.header.with_suffix(".pch")
        listing = self.header.with_suffix(".d")
        words = clang(entries[0], include, str(self.header), listing)
        words[1:1] = ["-x", "c++-header"]
        self.uses = ask_compiler([*words, "-o", str(self.compiled)], entries[0], include)
        self.files = listed_files(listing, entries[0])


def uses_of_source(entry, include, prelude):
    """[[structure, member], ...] named by one source."""
    answer = answer_file(entry)
    listing = answer.with_suffix(".d")
    listing.parent.mkdir(parents=True, exist_ok=True)
    words = [*clang(entry, include, entry["file"], listing), "-fsyntax-only"]
    try:
        uses = ask_compiler([words[0], "-include-pch", str(prelude.compiled), *words[1:]], entry, include)
    except RuntimeError:  # a name of its own that one of those headers has too
        uses = ask_compiler(words, entry, include)
    files = listed_files(listing, entry) + prelude.files
    answer.write_text(json.dumps({"files": files, "digest": digest(files), "uses": uses}))
    return uses


@functools.cache
def mentions(path):
    """Every name behind a dot, an arrow or two colons in a file."""
    return frozenset(MENTION.findall(path.read_text()))


class Source:
    def __init__(self, entry):
        self.entry, path = entry, pathlib.Path(entry["file"])
        included = common_headers.included(path)
        self.sees_types = any(name.endswith(('/types.h"', '/operations.h"')) for name in included)
        self.itself = mentions(path)
        # A template may name it in a header.
        self.all = self.itself.union(*map(mentions, filter(None, map(common_headers.own_header, included))))

    def promise(self, names):
        return len(self.itself & names), len(self.all & names)


class Folder:
    """The code of one folder, and what it is known to name: (structure, member)."""

    def __init__(self, name, entries, include):
        # The others cannot name a member of what they do not see.
        sources = [source for source in map(Source, entries) if source.sees_types]
        self.include = include
        self.prelude = Prelude(name, [source.entry for source in sources], include)
        self.named, self.left = {tuple(use) for use in self.prelude.uses}, []
        for source in sources:
            kept = kept_answer(answer_file(source.entry))
            if kept is None:
                self.left.append(source)
            else:
                self.named |= {tuple(use) for use in kept}

    def ask_for(self, names, pool):
        """Asks the sources that mention most of these members; False when none is left that mentions one."""
        asked, missing = [], set(names)
        for _ in range(workers()):
            left = [source for source in self.left if source.all & names]
            if not left:
                break
            best = max(left, key=lambda source: (source.promise(missing), source.promise(names)))
            missing -= best.itself
            self.left.remove(best)
            asked.append(pool.submit(uses_of_source, best.entry, self.include, self.prelude))
        for answer in asked:
            self.named |= {tuple(use) for use in answer.result()}
        return bool(asked)

    def ask_all(self, pool):
        while self.ask_for(frozenset().union(*(source.all for source in self.left)), pool):
            pass


def workers():
    return os.cpu_count() or 1


def folders_of_services(services, pool):
    """service -> the Folder of its code; the same for services that share one."""
    include = write_marked_types(services)
    entries = {}
    for entry in compile_commands():
        path = pathlib.Path(entry["file"]).resolve()
        if path.is_relative_to(ROOT / "src/services") and not path.name.endswith("_test.cc"):
            entries.setdefault(path.relative_to(ROOT / "src/services").parts[0], []).append(entry)
    wanted = sorted({FOLDERS.get(service, service) for service in services})
    made = pool.map(lambda name: Folder(name, entries[name], include), wanted)
    folders = dict(zip(wanted, made))
    return {service: folders[FOLDERS.get(service, service)] for service in services}
