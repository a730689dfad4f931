"""The npm packages @aws-sdk/client-*: newest shapes, without constraints. `npm pack` brings a pinned version;
its tables are read as text and never run."""

import json
import pathlib
import subprocess
import tarfile
import tempfile

from . import js_tables

LABEL, TOKEN, SENSITIVE, PAYLOAD, STATUS, QUERY_MAP = 1, 4, 8, 16, 32, 64
TRAIT_BITS = {LABEL: "httpLabel", TOKEN: "idempotencyToken", SENSITIVE: "sensitive", PAYLOAD: "httpPayload",
              STATUS: "httpResponseCode", QUERY_MAP: "httpQueryParams"}
LIST, MAP = 64, 128


def pins(models):
    return json.loads((models / "sources.json").read_text())["npm"]


def read_package(package, version, cache):
    """The files we need of one package: path inside the package -> text."""
    name = f"aws-sdk-client-{package}-{version}.tgz"
    path = pathlib.Path(cache) / name if cache else None
    with tempfile.TemporaryDirectory() as folder:
        if path is None or not path.exists():
            subprocess.run(["npm", "pack", "--silent", f"@aws-sdk/client-{package}@{version}"], cwd=folder,
                           check=True, stdout=subprocess.DEVNULL)
            path = pathlib.Path(folder) / name
        with tarfile.open(path) as archive:
            return {member.name.removeprefix("package/"): archive.extractfile(member).read().decode()
                    for member in archive if wanted(member.name.removeprefix("package/"))}


def wanted(path):
    return (path == "dist-es/schemas/schemas_0.js"
            or (path.startswith("dist-types/models/") and path.endswith(".d.ts"))
            or (path.startswith("dist-types/commands/") and path.endswith("Command.d.ts")))


def traits(value):
    if isinstance(value, dict):
        return value
    return {name: 1 for bit, name in TRAIT_BITS.items() if value & bit}


def is_inline(value):
    """Whether a list or map is written out where it is used: [1 or 2, namespace, name, ...]."""
    return isinstance(value, list) and len(value) > 4 and isinstance(value[1], str)


class Package:
    """One package's tables: shapes and operations by their Smithy names."""

    def __init__(self, package, version, cache=None):
        self.version = version
        files = read_package(package, version, cache)
        tables = js_tables.read_tables(files["dist-es/schemas/schemas_0.js"])
        types = "\n".join(text for path, text in sorted(files.items())
                          if path.startswith("dist-types/models/"))
        self.enums = js_tables.read_enums(types)
        self.fields = js_tables.read_fields(types)
        self.shapes, self.operations, self.numbers = {}, {}, {}
        self.names = {}  # of a JavaScript variable -> of the shape
        for variable, table in tables.items():
            if isinstance(table, int):
                self.numbers[variable.lstrip("_")] = table
            elif isinstance(table, list) and table and isinstance(table[0], int):
                self.names[variable] = table[2]
                (self.operations if table[0] == 9 else self.shapes)[table[2]] = table
        self.throws = {name: js_tables.read_throws(files.get(f"dist-types/commands/{name}Command.d.ts", ""))
                       for name in self.operations}

    def target(self, name):
        """The shape behind a js_tables.Name, None for the unit type (which is a string constant)."""
        return None if isinstance(name, str) else self.names.get(name.text, name.text.lstrip("_"))

    def members(self, shape):
        """(name, schema, traits) of each member of a structure, and how many of the first are required."""
        table = self.shapes[shape]
        schemas = [one if isinstance(one, list) and not is_inline(one) else [one, 0] for one in table[5]]
        required = table[6] if len(table) > 6 else 0
        return [(name, one[0], traits(one[1])) for name, one in zip(table[4], schemas)], required

    def field_type(self, shape, member):
        """The enum that a member's values come from, or None."""
        kind = self.fields.get((shape, member)) or self.fields.get(("_" + shape, member)) or ""
        for name in (kind.removesuffix("[]"), kind.removeprefix("Partial<Record<").split(",")[0]):
            if name in self.enums:
                return name
        return None
