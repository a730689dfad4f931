"""Scenarios: what a client does and must see, once for all clients (scenarios/<service>.yaml).

    - name: an object comes back as it was put
      clients: [boto3, cli, js]                 # all when absent
      steps:
      - s3.PutObject: {Bucket: "${bucket}", Key: a, Body: !bytes hello}
        expect: {ETag: !matches '"5d41402abc4b2a76b9719d911017c592"'}
        save: {etag: ETag}                      # later steps write ${etag}
      - s3.GetObject: {Bucket: "${bucket}", Key: b}
        error: NoSuchKey
        status: 404
        message: does not exist                 # a regular expression
      - lambda.GetFunction: {FunctionName: f}
        eventually: 30                          # seconds; the step is repeated until it holds
        as: reader                              # saved before by save_credentials: {reader: AccessKey}
        region: eu-west-3                       # us-east-1 when absent

An expectation holds when every member named in it is there and holds; a list has the same length and its
members hold one by one. Tags: !bytes TEXT, !repeat [TEXT, N], !zip {FILE: TEXT}, !time ISO, !now_events
[{offset: MS, message: TEXT}], !matches REGEX, !base64_matches REGEX, !contains [MEMBERS], !any, !absent,
!not X, !count N. Besides saved values, ${unique} (new per scenario and client), ${account}, ${region} and
${other_account} are known.
"""

import base64
import dataclasses
import hashlib
import io
import pathlib
import re
import time
import zipfile

import yaml

import harness

HERE = pathlib.Path(__file__).resolve().parent
STEP_WORDS = {
    "expect",
    "error",
    "status",
    "message",
    "save",
    "save_credentials",
    "eventually",
    "as",
    "region",
}


@dataclasses.dataclass
class Expectation:
    kind: str
    value: object = None


class Loader(yaml.SafeLoader):
    """YAML with the tags above."""


def _zip(loader, node):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in loader.construct_mapping(node, deep=True).items():
            entry = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, text)
    return {"$base64": base64.b64encode(packed.getvalue()).decode()}


def _any_node(loader, node):
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_object(
        yaml.ScalarNode(loader.resolve(yaml.ScalarNode, node.value, (True, False)), node.value)
    )


def _now_events(loader, node):
    """Log events whose times are offsets in milliseconds from the moment the scenario is read."""
    now = int(time.time() * 1000)
    events = loader.construct_sequence(node, deep=True)
    return [{"timestamp": now + event["offset"], "message": event["message"]} for event in events]


def _repeat(loader, node):
    text, times = loader.construct_sequence(node)
    return {"$base64": base64.b64encode(text.encode() * times).decode()}


Loader.add_constructor("!repeat", _repeat)
Loader.add_constructor("!zip", _zip)
Loader.add_constructor("!now_events", _now_events)
Loader.add_constructor(
    "!bytes", lambda loader, node: {"$base64": base64.b64encode(node.value.encode()).decode()}
)
Loader.add_constructor("!time", lambda loader, node: {"$time": node.value})
for _kind in ("matches", "base64_matches", "contains", "any", "absent", "count", "not"):
    Loader.add_constructor(
        f"!{_kind}", lambda loader, node, kind=_kind: Expectation(kind, _any_node(loader, node))
    )


class Mismatch(Exception):
    """What a step saw is not what it must see."""


def load(path):
    return yaml.load(path.read_text(), Loader) or []


def fill(value, known):
    """The value with ${name} replaced; a text that is one name alone takes the saved value's type."""
    if isinstance(value, str):
        if (whole := re.fullmatch(r"\$\{(\w+)\}", value)) and whole.group(1) in known:
            return known[whole.group(1)]
        return re.sub(r"\$\{(\w+)\}", lambda found: str(known.get(found.group(1), found.group(0))), value)
    if isinstance(value, dict):
        return {fill(name, known): fill(member, known) for name, member in value.items()}
    if isinstance(value, list):
        return [fill(member, known) for member in value]
    if isinstance(value, Expectation):
        return Expectation(value.kind, fill(value.value, known))
    return value


def look_up(value, path):
    for part in str(path).split("."):
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return value


def holds(seen, wanted):
    try:
        check(seen, wanted, "")
        return True
    except Mismatch:
        return False


def check_special(seen, wanted, where):
    if wanted.kind == "any":
        good = seen is not None
    elif wanted.kind == "absent":
        good = seen is None or seen in ([], {}, "")
    elif wanted.kind == "matches":
        good = seen is not None and re.search(str(wanted.value), str(seen)) is not None
    elif wanted.kind == "base64_matches":
        seen = base64.b64decode(seen or "").decode("utf-8", "replace")
        good = re.search(str(wanted.value), seen) is not None
    elif wanted.kind == "count":
        good = len(seen or []) == wanted.value
    elif wanted.kind == "not":
        good = not holds(seen, wanted.value)
    else:
        members = wanted.value if isinstance(wanted.value, list) else [wanted.value]
        good = all(any(holds(one, member) for one in seen or []) for member in members)
    if not good:
        raise Mismatch(f"{where or 'the answer'} is {seen!r}, wanted !{wanted.kind} {wanted.value!r}")


def check(seen, wanted, where):
    if isinstance(wanted, Expectation):
        check_special(seen, wanted, where)
    elif isinstance(wanted, dict):
        if not isinstance(seen, dict):
            raise Mismatch(f"{where or 'the answer'} is {seen!r}, wanted members {list(wanted)}")
        for name, member in wanted.items():
            check(seen.get(name), member, f"{where}.{name}".lstrip("."))
    elif isinstance(wanted, list):
        if not isinstance(seen, list) or len(seen) != len(wanted):
            raise Mismatch(f"{where} is {seen!r}, wanted {wanted!r}")
        for index, member in enumerate(wanted):
            check(seen[index], member, f"{where}[{index}]")
    elif seen != wanted and not (
        isinstance(seen, (int, float)) and isinstance(wanted, (int, float, str)) and str(seen) == str(wanted)
    ):
        raise Mismatch(f"{where or 'the answer'} is {seen!r}, wanted {wanted!r}")


def check_result(result, step):
    if "error" not in step:
        if result.code:
            raise Mismatch(f"refused: {result.code} ({result.status}): {result.message}")
        check(result.output if result.output is not None else {}, step.get("expect", {}), "")
        return
    if not result.code:
        raise Mismatch(f"succeeded, wanted {step['error']}")
    # Clients put "Exception" behind some codes.
    if not re.fullmatch(f"({step['error']})(Exception)?", result.code):
        raise Mismatch(f"refused with {result.code} ({result.message}), wanted {step['error']}")
    if "status" in step and result.status and result.status != step["status"]:
        raise Mismatch(f"status is {result.status}, wanted {step['status']}")
    if "message" in step and not re.search(step["message"], result.message):
        raise Mismatch(f"message is {result.message!r}, wanted {step['message']!r}")


class Run:
    """One scenario by one client."""

    def __init__(self, driver, server, scenario):
        self.driver, self.scenario = driver, scenario
        mark = hashlib.sha256(f"{driver.name} {scenario['name']}".encode()).hexdigest()[:10]
        self.known = {
            "unique": f"h{mark}",
            "account": server.account,
            "other_account": harness.OTHER_ACCOUNT,
            "region": harness.REGION,
            **fill(scenario.get("values", {}), {"unique": f"h{mark}", "account": server.account}),
        }
        self.users = {"other": harness.OTHER_ROOT}
        self.called = set()

    def run(self):
        for number, step in enumerate(self.scenario["steps"], 1):
            name = next(key for key in step if key not in STEP_WORDS)
            try:
                self.run_step(name, step)
            except Mismatch as mismatch:
                raise Mismatch(f"step {number}, {name}: {mismatch}") from None

    def run_step(self, name, step):
        service, operation = name.split(".")
        filled = fill({key: value for key, value in step.items() if key != name}, self.known)
        parameters = fill(step[name] or {}, self.known)
        user = self.users[step["as"]] if "as" in step else None
        deadline = time.monotonic() + float(step.get("eventually", 0))
        while True:
            result = self.driver.call(
                service, operation, parameters, user, step.get("region", harness.REGION)
            )
            try:
                check_result(result, filled)
                break
            except Mismatch:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.1)
        if not result.code:
            self.called.add((service, operation))
        for variable, path in step.get("save", {}).items():
            self.known[variable] = look_up(result.output, path)
        for user_name, path in step.get("save_credentials", {}).items():
            found = look_up(result.output, path)
            self.users[user_name] = harness.Credentials(
                found["AccessKeyId"], found["SecretAccessKey"], found.get("SessionToken", "")
            )
