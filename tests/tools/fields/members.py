"""The input members of operations by path, with the structures that hold them, from the models."""

import dataclasses
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))

from apimodel import api as apimodel  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Member:
    path: str  # "Code.ImageUri"; lists and maps leave no mark
    structure: str  # of the generated C++
    field: str


def load(service):
    return apimodel.load(ROOT / "models", service)


def input_members(model, operation, enters):
    """Every member of an operation's input; below a member only when enters(member)."""
    shape = model.operations[operation].get("input")
    return list(_below(model, shape, "", frozenset(), enters)) if shape else []


def _below(model, name, path, around, enters):
    shape = model.shapes[name]
    if shape["type"] in ("list", "map"):
        inner = shape["member" if shape["type"] == "list" else "value"]["shape"]
        yield from _below(model, inner, path, around, enters)
    elif name in model.struct_names and name not in around:
        for key, member, field, _, _ in model.fields(name):
            found = Member(f"{path}.{key}".lstrip("."), model.struct_names[name], field)
            yield found
            if enters(found):
                yield from _below(model, member["shape"], found.path, around | {name}, enters)
