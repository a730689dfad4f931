"""Which members of the API's structures the code of a service names, as the compiler sees it.

Every member of the generated structures is marked deprecated with its own name, and each source of the
service is checked with clang (no code is made): each place that names a member then gives one warning, inside
templates one per instantiation, with the type that was meant. Answers are kept in build/field-audit until a
source or a header that it includes changes.
"""

import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
CACHE = ROOT / "build/field-audit"
MEMBER = re.compile(r"^  (\S.*?) (\w+)((?: = \w+)?);$")
WARNING = re.compile(r"^(\S+?):\d+:\d+: warning: .* is deprecated: api-member (\w+)\.(\w+)", re.M)
INCLUDE = re.compile(r'^#include "(\S+)"$', re.M)
# Services whose code is in another one's folder.
FOLDERS = {"dynamodbstreams": "dynamodb"}
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


def kept_answer(answer):
    if not answer.exists():
        return None
    kept = json.loads(answer.read_text())
    if all(os.path.exists(path) for path in kept["files"]) and digest(kept["files"]) == kept["digest"]:
        return kept["uses"]
    return None


def clang(entry, include, source, listing):
    """The command that checks `source` as the build compiles `entry`."""
    words = [word for word in shlex.split(entry["command"]) if word not in (*DROPPED, "-c")]
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
        counts = collections.Counter()
        for entry in entries:
            counts.update(set(INCLUDE.findall(pathlib.Path(entry["file"]).read_text())))
        often = [name for name, count in counts.items() if count * 4 >= len(entries)]
        self.header = CACHE / "preludes" / f"{folder}.h"
        self.header.parent.mkdir(parents=True, exist_ok=True)
        self.header.write_text("".join(f'#include "{name}"\n' for name in sorted(often)))
        self.compiled = self.header.with_suffix(".pch")
        listing = self.header.with_suffix(".d")
        words = clang(entries[0], include, str(self.header), listing)
        words[1:1] = ["-x", "c++-header"]
        self.uses = ask_compiler([*words, "-o", str(self.compiled)], entries[0], include)
        self.files = listed_files(listing, entries[0])


def uses_of_source(entry, include, prelude):
    """[[structure, member], ...] named by one source."""
    answer = CACHE / "answers" / (hashlib.sha256(entry["file"].encode()).hexdigest() + ".json")
    if (kept := kept_answer(answer)) is not None:
        return kept
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


def uses_of_folder(folder, entries, include, pool):
    prelude = Prelude(folder, entries, include)
    answers = [pool.submit(uses_of_source, entry, include, prelude) for entry in entries]
    found = {tuple(use) for use in prelude.uses}
    for answer in answers:
        found |= {tuple(use) for use in answer.result()}
    return found


def uses_of_services(services):
    """service -> {(structure, member)} that its code names."""
    include = write_marked_types(services)
    folders = {}
    for entry in compile_commands():
        path = pathlib.Path(entry["file"]).resolve()
        if path.is_relative_to(ROOT / "src/services") and not path.name.endswith("_test.cc"):
            folders.setdefault(path.relative_to(ROOT / "src/services").parts[0], []).append(entry)
    wanted = {FOLDERS.get(service, service) for service in services}
    with concurrent.futures.ThreadPoolExecutor(max(1, min(3, os.cpu_count() or 1))) as pool:
        found = {folder: uses_of_folder(folder, folders[folder], include, pool) for folder in sorted(wanted)}
    return {service: found[FOLDERS.get(service, service)] for service in services}
