"""A model made ready for writing C++: which structures exist, what they are called, in which order they must
stand, and which of them can contain themselves."""

import json
import pathlib

from . import names
from .patch import apply_patch

SCALARS = {
    "boolean": "bool", "integer": "int32_t", "long": "int64_t", "float": "float", "double": "double",
    "string": "std::string", "character": "std::string", "blob": "::haneul::Blob",
    "timestamp": "::haneul::Timestamp",
}


class Api:
    def __init__(self, models, service):
        model = json.loads((models / f"{service}.json").read_text())
        apply_patch(model, models / f"{service}.patch.json")
        self.service = service
        self.metadata = model["metadata"]
        self.operations = dict(sorted(model["operations"].items()))
        self.shapes = dict(sorted(model["shapes"].items()))
        self.errors = {name: s for name, s in self.shapes.items() if s.get("exception")}
        self._keep_reachable()
        self.struct_names = self._name_structs()
        self.boxed = self._find_boxed()

    # Which shapes are needed.

    def references(self, name):
        shape = self.shapes[name]
        for member in shape.get("members", {}).values():
            yield member["shape"]
        for part in ("member", "key", "value"):
            if part in shape:
                yield shape[part]["shape"]

    def reach(self, roots):
        seen, todo = set(), list(roots)
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo.extend(self.references(name))
        return seen

    def _keep_reachable(self):
        roots = [op[side] for op in self.operations.values() for side in ("input", "output") if side in op]
        used = self.reach(roots)
        kept = used | self.reach(self.errors)
        self.shapes = {name: shape for name, shape in self.shapes.items() if name in kept}
        # Errors are thrown as classes with loose fields; only what operations carry gets a struct.
        self.structs = sorted(name for name in used
                              if self.is_struct(name) and not self.is_event_stream(name)
                              and name not in self.errors)

    def is_struct(self, name):
        shape = self.shapes[name]
        return shape["type"] == "structure" and not self.is_document(name)

    def is_document(self, name):
        """Open values, and shapes whose service has a type of its own for them (bindAs)."""
        shape = self.shapes[name]
        return bool(shape.get("document")) or shape.get("bindAs") == "document"

    def is_event_stream(self, name):
        return bool(self.shapes[name].get("eventstream"))

    def is_streaming(self, member):
        return bool(member.get("streaming") or self.shapes[member["shape"]].get("streaming")
                    or self.is_event_stream(member["shape"]))

    # What they are called.

    def _name_structs(self):
        uses = {name: 0 for name in self.shapes}
        for name in self.shapes:
            for target in self.references(name):
                uses[target] += 1
        sides = [(op[side], operation + side.capitalize())
                 for operation, op in self.operations.items() for side in ("input", "output") if side in op]
        for shape, _ in sides:
            uses[shape] += 1
        out = {name: name for name in self.structs}
        for shape, wanted in sides:
            if uses[shape] == 1 and wanted not in self.shapes:
                out[shape] = wanted
        return out

    def side(self, operation, side):
        """The promised name of an operation's input or output and the struct it is; None for an empty one."""
        wanted = operation + side.capitalize()
        shape = self.operations[operation].get(side)
        if shape is None:
            return wanted, None
        return wanted, self.struct_names[shape]

    # How they are laid out.

    def direct(self, name):
        """Structures held by value: through a list or a map they are behind a pointer already."""
        for member in self.shapes[name].get("members", {}).values():
            if member["shape"] in self.struct_names and not self.is_streaming(member):
                yield member["shape"]

    def _find_boxed(self):
        boxed = set()
        for name in self.structs:
            seen, todo = set(), list(self.direct(name))
            while todo:
                at = todo.pop()
                if at not in seen:
                    seen.add(at)
                    todo.extend(self.direct(at))
            if name in seen:
                boxed.add(name)
        return boxed

    def struct_order(self):
        """Every structure after those it holds by value, and if it can be after those it holds in lists."""
        out, state = [], {}

        def visit(name):
            if state.get(name):
                return
            state[name] = "open"
            for target in sorted(self.reach(self.references(name)) & set(self.struct_names)):
                if target not in self.boxed or target in self.direct(name):
                    visit(target)
            state[name] = "done"
            out.append(name)

        for name in self.structs:
            visit(name)
        return out

    def cpp_type(self, name):
        shape = self.shapes[name]
        kind = shape["type"]
        if self.is_document(name):
            return "::haneul::Document"
        if kind == "structure":
            return self.struct_names[name]
        if kind == "list":
            return f"std::vector<{self.cpp_type(shape['member']['shape'])}>"
        if kind == "map":
            return f"std::map<std::string, {self.cpp_type(shape['value']['shape'])}>"
        return SCALARS[kind]

    def fields(self, name):
        """(member name, member, field name, C++ type, required) of each member that the struct has."""
        shape = self.shapes[name]
        required = set(shape.get("required", ()))
        for key, member in shape["members"].items():
            if self.is_streaming(member):
                continue
            target = self.cpp_type(member["shape"])
            if key in required:
                yield key, member, names.snake_case(key), target, True
            else:
                boxed = f"model::Box<{target}>" if member["shape"] in self.boxed else target
                yield key, member, names.snake_case(key), f"std::optional<{boxed}>", False


def load(models, service):
    return Api(pathlib.Path(models), service)
