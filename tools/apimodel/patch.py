"""models/<service>.patch.json: what the import gets wrong or does not know. A list of entries, each

  {"at": "shapes/Runtime/enumOpen", "value": true, "reason": "..."}    set (path of keys; made when not there)
  {"at": "shapes/X/pattern", "remove": true, "reason": "..."}          remove (must be there)
  {"at": "shapes/X/enum", "append": [...], "reason": "..."}            add to a list (must not be there yet)
  {"errors": {"404": ["NoSuchTagSet"]}, "reason": "..."}               errors that the sources do not list

A "/" inside a key is written "~1". An entry without a reason or one that changes nothing is an error: a patch
that the sources have caught up with must go.
"""

import json


class PatchError(Exception):
    pass


def walk(model, path, at):
    node = model
    for key in path:
        if not isinstance(node, dict):
            raise PatchError(f"{at}: {key!r} is not below an object")
        node = node.setdefault(key, {})
    return node


def add_errors(model, by_status):
    for status, names in by_status.items():
        for name in names:
            if name in model["shapes"]:
                raise PatchError(f"{name}: already there")
            model["shapes"][name] = {"type": "structure", "exception": True, "members": {},
                                     "error": {"httpStatusCode": int(status)}}


def apply_entry(model, entry):
    at = entry.get("at", "errors")
    if not entry.get("reason"):
        raise PatchError(f"{at}: no reason")
    if "errors" in entry:
        return add_errors(model, entry["errors"])
    *path, last = [key.replace("~1", "/") for key in at.split("/")]
    node = walk(model, path, at)
    if entry.get("remove"):
        if last not in node:
            raise PatchError(f"{at}: nothing to remove")
        del node[last]
    elif "append" in entry:
        known = [item for item in entry["append"] if item in node.get(last, [])]
        if known:
            raise PatchError(f"{at}: already has {known}")
        node[last] = node.get(last, []) + entry["append"]
    else:
        if node.get(last) == entry["value"]:
            raise PatchError(f"{at}: already so")
        node[last] = entry["value"]


def apply_patch(model, path):
    if not path.exists():
        return
    for entry in json.loads(path.read_text()):
        try:
            apply_entry(model, entry)
        except PatchError as problem:
            raise SystemExit(f"{path.name}: {problem}") from None
