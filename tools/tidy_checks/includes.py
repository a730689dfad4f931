"""Checks of #include lines: floors, ports between services, fences around third-party headers."""

import re

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def includes(tree):
    """(path, line number, quoted or not, name) of every include below src/ and apps/."""
    for path in tree.cpp():
        if not path.startswith(("src/", "apps/")):
            continue
        for number, line in enumerate(tree.lines(path), 1):
            if match := INCLUDE.match(line):
                yield path, number, match.group(1) == '"', match.group(2)


def floor_of(path):
    parts = path.removeprefix("src/").split("/")
    return parts[0] if len(parts) > 1 else ""


def check_floors(tree):
    floors, known = tree.rules["floors"], set(tree.paths)
    generated = [re.compile(pattern) for pattern in tree.rules["generated_includes"]]
    for path, number, quoted, name in includes(tree):
        if not quoted or path.startswith("apps/"):
            continue
        here, there = floor_of(path), name.split("/")[0]
        if f"src/{name}" not in known:
            if not any(pattern.search(name) for pattern in generated):
                yield f'{path}:{number}: "{name}" is no file below src/ and not generated'
        elif there != here and there not in floors.get(here, []):
            yield f"{path}:{number}: {here}/ may not include {there}/ (only lower floors)"


def check_service_ports(tree):
    allowed = tree.rules["service_ports"]
    for path, number, quoted, name in includes(tree):
        here, there = re.match(r"src/services/([^/]+)/", path), re.match(r"services/([^/]+)/(.+)", name)
        if not quoted or not here or not there or here.group(1) == there.group(1):
            continue
        if there.group(2) == "testing.h" and path.endswith(("_test.cc", "_fixture.h")):
            continue  # a test may build the real neighbour
        if there.group(2) != "port.h":
            yield f"{path}:{number}: a service sees another only through its port.h, not {name}"
        elif there.group(1) not in allowed.get(here.group(1), []):
            pair = f"{here.group(1)} -> {there.group(1)}"
            yield f"{path}:{number}: {pair} is not on the list in tools/tidy_rules.json"


def check_fences(tree):
    fences = {re.compile(pattern): folders for pattern, folders in tree.rules["fences"].items()}
    for path, number, quoted, name in includes(tree):
        for pattern, folders in fences.items():
            if not quoted and pattern.search(name) and not path.startswith(tuple(f + "/" for f in folders)):
                yield f"{path}:{number}: <{name}> stays in {', '.join(folders)}"
