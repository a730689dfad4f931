"""The durable execution SDK of npm as a function's package, and boto3 for what it is too old for."""

import io
import json
import pathlib
import zipfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
MODEL = TESTS.parent / "models/lambda.json"
SDK = "@aws/durable-execution-sdk-js"


def packages(name, below=TESTS, found=None):
    """The folders of a package and of all that it needs, as Node.js finds them from the folder `below`."""
    found = {} if found is None else found
    while not (folder := below / "node_modules" / name).is_dir():
        if below == TESTS:
            raise RuntimeError(f"{name} is not installed: npm ci in {TESTS}")
        below = below.parent
    if folder not in found:
        found[folder] = json.loads((folder / "package.json").read_text())
        for needed in found[folder].get("dependencies", {}):
            packages(needed, folder, found)
    return found


def with_sdk(code):
    """A zip of a function that requires the SDK: index.js and the CommonJS side of its packages."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.js", code)
        for folder in packages(SDK):
            for path in sorted(folder.rglob("*.*js*")):
                inner = path.relative_to(folder).parts
                if path.suffix in (".js", ".cjs", ".json") and not {"node_modules", "dist-es"} & set(inner):
                    archive.write(path, path.relative_to(TESTS))
    return out.getvalue()


class Client:
    """Calls of Lambda by operation name, with our own model: client("Invoke", FunctionName=...)."""

    def __init__(self, server, credentials=None):
        self.boto = server.boto("lambda", credentials, parameter_validation=False, read_timeout=120)
        model = json.loads(MODEL.read_text())
        known = self.boto.meta.service_model._service_description
        for name, shape in model["shapes"].items():
            old = known["shapes"].setdefault(name, shape)
            for member, reference in shape.get("members", {}).items():
                old.setdefault("members", {}).setdefault(member, reference)
        for name, operation in model["operations"].items():
            if name not in known["operations"]:
                known["operations"][name] = {
                    "name": name,
                    "http": operation["http"],
                    **({"input": {"shape": operation["input"]}} if "input" in operation else {}),
                    **({"output": {"shape": operation["output"]}} if "output" in operation else {}),
                    "errors": [{"shape": error} for error in operation.get("errors", [])],
                }

    def __call__(self, operation, **parameters):
        return self.boto._make_api_call(operation, parameters)
