#!/usr/bin/python3
"""Every member of the input of every implemented operation is named by its service's code, or stands on the
gap page, or has a reason in fields/explained.py why it needs no code. And docs/gaps.md is what `haneul gaps`
says.

Usage: tests/tools/fields_test.py [SERVICE...] [--results FILE] [--outputs]

--outputs lists the members of answers that no code names: many are rightly never there, so it is for reading.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]

from fields import members, uses  # noqa: E402
from fields.explained import EXPLAINED  # noqa: E402


def binary():
    if named := os.environ.get("HANEUL"):
        return pathlib.Path(named)
    for preset in ("release", "dev"):
        path = ROOT / "build" / preset / "apps/haneul/haneul"
        if path.exists():
            return path
    raise SystemExit("no haneul binary: run tools/build")


def ask_gaps(*arguments):
    return subprocess.run([binary(), "gaps", *arguments], check=True, capture_output=True, text=True).stdout


class Audit:
    """What is wrong with the members of one service, and which explanations it needed."""

    def __init__(self, gaps, named):
        self.service, self.named = gaps["name"], named  # a set that grows while sources are asked
        self.model = members.load(self.service)
        self.operations = [one["name"] for one in gaps["operations"] if one["implemented"]]
        self.refused = {(row["operation"], row["member"]) for row in gaps["refused"]}
        self.explanations_used = set()

    def listed(self, operation, member):
        """A row may name the whole path, or the member alone wherever it is ("*")."""
        name = member.path.rsplit(".", 1)[-1]
        return not self.refused.isdisjoint(
            {("*", member.path), ("*", name), (operation, member.path), (operation, name)}
        )

    def explained(self, operation, member):
        entries = {(self.service, "*", member.path), (self.service, operation, member.path)} & set(EXPLAINED)
        self.explanations_used |= entries
        return bool(entries)

    def unnamed(self):
        """(operation, member) of members that no code is known to name and that are not listed."""
        for operation in self.operations:

            def effective(member):
                return (member.structure, member.field) in self.named

            def reaches_below(member):
                return effective(member) and not self.listed(operation, member)

            for member in members.input_members(self.model, operation, reaches_below):
                if not effective(member) and not self.listed(operation, member):
                    yield operation, member

    def inert(self):
        """(operation, path) of members that nobody answers for."""
        for operation, member in self.unnamed():
            if not self.explained(operation, member):
                yield operation, member.path

    def unknown_rows(self):
        """Rows of the gap page about operations or members that are not there."""
        paths = {
            operation: {one.path for one in members.input_members(self.model, operation, lambda _: True)}
            for operation in self.operations
        }
        for operation, member in sorted(self.refused):
            name = member.split("=")[0].split(" ")[0]
            known = paths.get(operation, set()) if operation != "*" else set().union(*paths.values())
            if not any(path == name or path.endswith("." + name) for path in known):
                yield operation, member

    def silent_outputs(self):
        for operation in self.operations:
            shape = self.model.operations[operation].get("output")
            if shape is None:
                continue
            known = self.model.operations[operation]
            self.model.operations[operation] = {"input": shape}
            for one in members.input_members(
                self.model, operation, lambda m: (m.structure, m.field) in self.named
            ):
                if (one.structure, one.field) not in self.named:
                    yield operation, one.path
            self.model.operations[operation] = known


TYPES = """#pragma once
#include <string>
struct A {
  std::string named;
  int32_t in_template = 0;
  std::string copied;
};
"""
SOURCE = """#include "types.h"
template <class T> int take(const T& in) { return in.in_template; }
A copy(const A& a) { return a; }
int use(const A& a) { return take(a) + copy(a).named.size(); }
"""


def check_mechanism():
    """A member that is named counts, in a template too; one that is only copied along does not."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        include = folder / "include"
        include.mkdir()
        (include / "types.h").write_text(uses.mark_members(TYPES))
        source = folder / "a.cc"
        source.write_text(SOURCE)
        command = f"clang++-19 -std=c++2b -o a.o -c {source}"
        entry = {"file": str(source), "directory": name, "command": command}
        prelude = uses.Prelude("mechanism", [entry], include)
        words = uses.clang(entry, include, str(source), folder / "a.d")
        words[1:1] = ["-include-pch", str(prelude.compiled)]
        found = {tuple(use) for use in uses.ask_compiler([*words, "-fsyntax-only"], entry, include)}
    wanted = {("A", "named"), ("A", "in_template")}
    return [] if found == wanted else [f"found {sorted(found)}, wanted {sorted(wanted)}"]


def ask_code(chosen, wants_all):
    """service -> its Audit, once its code has been asked for every member that must be named."""
    with concurrent.futures.ThreadPoolExecutor(uses.workers()) as pool:
        folders = uses.folders_of_services([gaps["name"] for gaps in chosen], pool)
        audits = {gaps["name"]: Audit(gaps, folders[gaps["name"]].named) for gaps in chosen}
        for folder in set(folders.values()):
            own = [audits[service] for service in folders if folders[service] is folder]
            if wants_all:
                folder.ask_all(pool)
            while names := {member.field for audit in own for _, member in audit.unnamed()}:
                if not folder.ask_for(names, pool):
                    break
    return audits


def main():
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("services", nargs="*")
    parser.add_argument("--results")
    parser.add_argument("--outputs", action="store_true")
    arguments = parser.parse_args()
    page = json.loads(ask_gaps("--json"))["services"]
    implemented = [one for one in page if any(op["implemented"] for op in one["operations"])]
    chosen = [one for one in implemented if not arguments.services or one["name"] in arguments.services]
    audits = ask_code(chosen, arguments.outputs)
    outcomes, needed = [], set()
    outcomes.append(("the audit sees what is named and nothing else", check_mechanism()))
    is_stale = (ROOT / "docs/gaps.md").read_text() != ask_gaps()
    stale = ["write it anew: haneul gaps > docs/gaps.md"] if is_stale else []
    outcomes.append(("docs/gaps.md is what haneul gaps says", stale))
    for gaps in chosen:
        audit = audits[gaps["name"]]
        inert = [f"{op}: nothing reads {path}, and it is not listed" for op, path in audit.inert()]
        outcomes.append((f"every input member of {audit.service} is effective or listed", inert))
        unknown = [f"{op}: no input has {member}" for op, member in audit.unknown_rows()]
        outcomes.append((f"every row of the gap page of {audit.service} is about a member", unknown))
        needed |= audit.explanations_used
        if arguments.outputs:
            print("\n".join(f"{audit.service} {op}: {path}" for op, path in audit.silent_outputs()))
    names = {one["name"] for one in chosen}
    unneeded = [" ".join(entry) for entry in sorted(set(EXPLAINED) - needed) if entry[0] in names]
    outcomes.append(("every explanation is needed", unneeded))
    return report(outcomes, arguments.results)


def report(outcomes, results):
    for name, problems in outcomes:
        for problem in problems:
            print(f"FAILED {name}: {problem}")
    if results:
        lines = [f"{'fail' if problems else 'pass'}\tfields: {name}" for name, problems in outcomes]
        with pathlib.Path(results).open("a") as file:
            file.write("\n".join(lines) + "\n")
    failed = sum(bool(problems) for _, problems in outcomes)
    print(f"fields: {len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
