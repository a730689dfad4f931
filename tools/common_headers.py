#!/usr/bin/python3
"""Which headers many of some sources include, directly or through others: worth parsing once for all of them.

Usage: tools/common_headers.py --out HEADER SOURCE...

Writes a header that includes them; leaves the file alone when that changes nothing.
"""

import argparse
import collections
import functools
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
INCLUDE = re.compile(r'^#include ([<"]\S+[>"])', re.M)
SHARE = 0.4  # of the sources that must include it


@functools.cache
def named_in(path):
    return tuple(INCLUDE.findall(path.read_text()))


def own_header(name):
    """The house's header of an include; None of the system's, and of a generated one."""
    path = ROOT / "src" / name.strip('"')
    return path if name[0] == '"' and path.exists() else None


@functools.cache
def included(path):
    """Every name that a file includes, directly or not."""
    found, waiting = set(), [path]
    while waiting:
        for name in named_in(waiting.pop()):
            if name not in found:
                found.add(name)
                if header := own_header(name):
                    waiting.append(header)
    return frozenset(found)


def common_headers(sources, share=SHARE):
    """Their names, without those that others of them include."""
    counts = collections.Counter()
    for source in sources:
        counts.update(included(source))
    often = {name for name, count in counts.items() if count >= share * len(sources)}
    brought = frozenset().union(*(included(header) for name in often if (header := own_header(name))))
    return sorted(often - brought)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("sources", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    text = "".join(f"#include {name}\n" for name in common_headers(arguments.sources))
    if not arguments.out.exists() or arguments.out.read_text() != text:
        arguments.out.write_text(text)


if __name__ == "__main__":
    sys.exit(main())
