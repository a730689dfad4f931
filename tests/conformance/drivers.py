"""Three clients behind one call: boto3, the AWS CLI and the AWS SDK for JavaScript.

call(service, operation, parameters, credentials, region) returns a Result. Parameters are plain JSON
values; bytes are written {"$base64": "..."}. Results are plain too: times are ISO 8601 text, bytes are
text, policy documents of IAM are parsed, so that one expectation fits every client.
"""

import base64
import dataclasses
import datetime
import json
import pathlib
import re
import subprocess
import tempfile
import urllib.parse

import botocore.exceptions
import botocore.loaders
import botocore.model
from botocore import xform_name

import harness
import warm_cli

HERE = pathlib.Path(__file__).resolve().parent
CLI_NAMES = {"cloudwatch-logs": "logs", "s3": "s3api"}


@dataclasses.dataclass
class Result:
    output: object = None
    code: str = ""  # of the error; empty when the call succeeded
    status: int = 0
    message: str = ""


def plain(value):
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items() if name != "ResponseMetadata"}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if hasattr(value, "read"):
        return value.read().decode("utf-8", "replace")
    if isinstance(value, str) and value.startswith("%7B"):
        return json.loads(urllib.parse.unquote(value))
    return value


def decode_bytes(value):
    """Parameters for boto3: the bytes instead of their base64 form."""
    if isinstance(value, dict):
        if set(value) == {"$base64"}:
            return base64.b64decode(value["$base64"])
        if set(value) == {"$time"}:
            return datetime.datetime.fromisoformat(value["$time"].replace("Z", "+00:00"))
        return {name: decode_bytes(member) for name, member in value.items()}
    if isinstance(value, list):
        return [decode_bytes(member) for member in value]
    return value


class Boto3:
    name = "boto3"

    def __init__(self, server):
        self.server, self.clients = server, {}

    def call(self, service, operation, parameters, credentials=None, region=harness.REGION):
        key = (service, credentials, region)
        if key not in self.clients:
            self.clients[key] = self.server.boto(service, credentials, region, parameter_validation=False)
        try:
            answer = getattr(self.clients[key], xform_name(operation))(**decode_bytes(parameters))
            return Result(plain(answer), status=answer["ResponseMetadata"]["HTTPStatusCode"])
        except botocore.exceptions.ClientError as error:
            facts = error.response
            return Result(
                plain(facts),
                facts["Error"].get("Code", ""),
                facts["ResponseMetadata"].get("HTTPStatusCode", 0),
                facts["Error"].get("Message", ""),
            )

    def close(self):
        for client in self.clients.values():
            client.close()


class Cli:
    name = "cli"
    FAILED = re.compile(
        r"An error occurred \(([^)]+)\) when calling the (\w+) operation"
        r"(?: \(reached max retries: \d+\))?: ?(.*)",
        re.DOTALL,
    )

    def __init__(self, server):
        self.run = warm_cli.WarmCli(server)
        self.loader = botocore.loaders.Loader()
        self.models = {}

    def operation_model(self, service, operation):
        if service not in self.models:
            description = self.loader.load_service_model(service, "service-2")
            self.models[service] = botocore.model.ServiceModel(description, service)
        return self.models[service].operation_model(operation)

    def call(self, service, operation, parameters, credentials=None, region=harness.REGION):
        model = self.operation_model(service, operation)
        with tempfile.TemporaryDirectory() as folder:
            arguments, given, outfile = self.arguments(model, parameters, pathlib.Path(folder))
            arguments = [
                "--no-paginate",
                CLI_NAMES.get(service, service),
                xform_name(operation, "-"),
                *arguments,
            ]
            if given:
                arguments += ["--cli-input-json", json.dumps(encode_for_cli(given))]
            if outfile:
                arguments.append(str(outfile))
            done = self.run(*arguments, credentials=credentials, region=region)
            if done.returncode != 0:
                found = self.FAILED.search(done.stderr)
                if not found:
                    return Result(
                        code="ClientFailure", message=done.stderr.strip() or f"exit {done.returncode}"
                    )
                return Result(code=found.group(1), message=found.group(3).strip())
            output = json.loads(done.stdout) if done.stdout.strip() else {}
            if outfile:
                member = model.output_shape.serialization["payload"]
                output[member] = outfile.read_bytes().decode("utf-8", "replace") if outfile.exists() else ""
            return Result(plain_times(output))

    @staticmethod
    def arguments(model, parameters, folder):
        """What the CLI wants outside of --cli-input-json: streamed bodies and zip files are files."""
        given, arguments, outfile = dict(parameters), [], None
        body = model.input_shape.serialization.get("payload") if model.input_shape else None
        if body and not model.input_shape.members[body].serialization.get("streaming"):
            body = None
        if body and body in given:
            path = folder / "body"
            path.write_bytes(base64.b64decode(given.pop(body)["$base64"]))
            arguments += ["--" + xform_name(body, "-"), str(path)]
        holder = "Code" if model.name == "CreateFunction" else "Content"
        zipped = given if model.name == "UpdateFunctionCode" else given.get(holder, {})
        if isinstance(zipped, dict) and "ZipFile" in zipped:
            path = folder / "code.zip"
            path.write_bytes(base64.b64decode(zipped["ZipFile"]["$base64"]))
            arguments += ["--zip-file", f"fileb://{path}"]
            if zipped is given:
                given.pop("ZipFile")
            else:
                given.pop(holder)
        if model.has_streaming_output and not model.has_event_stream_output:
            # The CLI does not take --cli-input-json together with a file for the answer.
            outfile = folder / "answer"
            for name, value in given.items():
                text = encode_for_cli(value)
                text = text if isinstance(text, str) else json.dumps(text)
                arguments += ["--" + xform_name(name, "-"), text]
            given = {}
        return arguments, given, outfile

    def close(self):
        self.run.close()


def encode_for_cli(value):
    if isinstance(value, dict):
        if set(value) in ({"$base64"}, {"$time"}):
            return next(iter(value.values()))
        return {name: encode_for_cli(member) for name, member in value.items()}
    return [encode_for_cli(member) for member in value] if isinstance(value, list) else value


def plain_times(value):
    """The CLI writes times with +00:00; the other drivers write Z."""
    if isinstance(value, dict):
        return {name: plain_times(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain_times(member) for member in value]
    if isinstance(value, str):
        found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(\+00:00|Z)", value)
        return found.group(1) + "Z" if found else value
    return value


class JavaScript:
    """One Node.js process that makes the calls it reads, one JSON line each."""

    name = "js"

    def __init__(self, server):
        self.server = server
        self.process = subprocess.Popen(
            ["node", str(HERE / "driver.mjs")],
            env=server.client_variables(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, service, operation, parameters, credentials=None, region=harness.REGION):
        used = credentials or self.server.credentials
        request = {
            "service": service,
            "operation": operation,
            "parameters": parameters,
            "endpoint": self.server.endpoint,
            "region": region,
            "credentials": {
                "accessKeyId": used.access_key_id,
                "secretAccessKey": used.secret_access_key,
                **({"sessionToken": used.session_token} if used.session_token else {}),
            },
        }
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            return Result(code="ClientFailure", message="the Node.js driver ended")
        answer = json.loads(line)
        return Result(
            plain_times(plain(answer.get("output"))), answer["code"], answer["status"], answer["message"]
        )

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()


DRIVERS = {driver.name: driver for driver in (Boto3, Cli, JavaScript)}
