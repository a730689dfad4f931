"""models/<service>.json on disk: one line per operation and per member, operations and shapes sorted, members
in the model's own order (answers and violations are written in that order)."""

import json


def compact(value):
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "))


def shape_lines(name, shape):
    members = shape.get("members")
    if not members:
        return [f"    {compact(name)}: {compact(shape)}"]
    rest = compact({k: v for k, v in shape.items() if k != "members"})[1:-1]
    lines = [f"    {compact(name)}: {{{rest}, \"members\": {{"]
    lines.append(",\n".join(f"      {compact(key)}: {compact(value)}" for key, value in members.items()))
    lines.append("    }}")
    return ["\n".join(lines)]


def render(model):
    operations = [f"    {compact(name)}: {compact(op)}" for name, op in sorted(model["operations"].items())]
    shapes = [line for name, shape in sorted(model["shapes"].items()) for line in shape_lines(name, shape)]
    return "\n".join([
        "{",
        f"  \"service\": {compact(model['service'])},",
        f"  \"source\": {compact(model['source'])},",
        f"  \"metadata\": {compact(model['metadata'])},",
        "  \"operations\": {",
        ",\n".join(operations),
        "  },",
        "  \"shapes\": {",
        ",\n".join(shapes),
        "  }",
        "}",
        "",
    ])
