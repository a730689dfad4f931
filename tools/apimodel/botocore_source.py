"""Debian's python3-botocore as a source: constraints, error lists, XML names and documentation links.

The result is a model in our own form (see docs/models.md): botocore's words for shapes, without prose.
"""

import json
import pathlib

DATA = pathlib.Path("/usr/lib/python3/dist-packages/botocore/data")
SHAPE_KEYS = ("type", "enum", "min", "max", "pattern", "sensitive", "timestampFormat", "flattened", "payload",
              "exception", "fault", "event", "eventstream", "document", "union", "locationName")
MEMBER_KEYS = ("shape", "location", "locationName", "flattened", "xmlAttribute", "idempotencyToken",
               "streaming", "jsonvalue", "eventpayload", "eventheader", "hostLabel", "queryName",
               "timestampFormat")


def version():
    """The version of the installed package, read from its source rather than by importing it."""
    for line in (DATA.parent / "__init__.py").read_text().splitlines():
        if line.startswith("__version__"):
            return line.split("'")[1]
    raise SystemExit(f"{DATA.parent} has no __version__")


def namespace(value):
    """xmlNamespace as an object: some models write the bare uri."""
    return {"uri": value} if isinstance(value, str) else dict(value)


def member(source, query_names):
    out = {key: source[key] for key in MEMBER_KEYS if key in source}
    if "xmlNamespace" in source:
        out["xmlNamespace"] = namespace(source["xmlNamespace"])
    if "contextParam" in source:
        out["contextParam"] = True
    if query_names and "location" not in out and "locationName" in out:
        out["queryName"] = out.pop("locationName")
    return out


def shape(source, query_names):
    out = {key: source[key] for key in SHAPE_KEYS if key in source}
    if "xmlNamespace" in source:
        out["xmlNamespace"] = namespace(source["xmlNamespace"])
    if source.get("streaming"):
        out["streaming"] = True
    if out["type"] == "structure":
        if source.get("required"):
            out["required"] = list(source["required"])
        out["members"] = {name: member(m, query_names) for name, m in source.get("members", {}).items()}
    for part in ("member", "key", "value"):
        if part in source:
            out[part] = {k: source[part][k] for k in ("shape", "locationName") if k in source[part]}
    if "error" in source:
        out["error"] = dict(source["error"])
    return out


def operation(source):
    out = {"http": dict(source["http"])}
    if "input" in source:
        out["input"] = source["input"]["shape"]
        if "locationName" in source["input"]:
            out["inputXmlName"] = source["input"]["locationName"]
        if "xmlNamespace" in source["input"]:
            out["inputXmlNamespace"] = namespace(source["input"]["xmlNamespace"])["uri"]
    if "output" in source:
        out["output"] = source["output"]["shape"]
        if "resultWrapper" in source["output"]:
            out["resultWrapper"] = source["output"]["resultWrapper"]
    if source.get("errors"):
        out["errors"] = sorted({error["shape"] for error in source["errors"]})
    if source.get("httpChecksumRequired") or source.get("httpChecksum", {}).get("requestChecksumRequired"):
        out["checksumRequired"] = True
    if source.get("authtype") == "v4-unsigned-body":
        out["unsignedPayload"] = True
    if source.get("endpoint", {}).get("hostPrefix"):
        out["hostPrefix"] = source["endpoint"]["hostPrefix"]
    if "documentationUrl" in source:
        out["documentationUrl"] = source["documentationUrl"]
    return out


def metadata(source, service):
    signing = service.signing_name or source.get("signingName") or source["endpointPrefix"]
    out = {
        "apiVersion": source["apiVersion"],
        "arnNamespace": signing,
        "endpointPrefix": source["endpointPrefix"],
        "protocols": list(service.protocols),
        "serviceId": source["serviceId"],
        "signingName": signing,
        "targetPrefix": service.target_prefix or source.get("targetPrefix", ""),
        "xmlNamespace": service.xml_namespace or source.get("xmlNamespace", ""),
    }
    for key, wanted in (("global", service.is_global), ("enumOpen", service.enum_open),
                        ("queryCompatible", service.query_compatible)):
        if wanted:
            out[key] = True
    return {key: value for key, value in sorted(out.items()) if value != ""}


def load(service):
    path = DATA / service.botocore / "service-2.json"
    source = json.loads(path.read_text())
    # A service that speaks json beside query has names of its own on the query side only.
    query_names = "query" in service.protocols and len(service.protocols) > 1
    return {
        "service": service.name,
        "metadata": metadata(source["metadata"], service),
        "operations": {name: operation(op) for name, op in source["operations"].items()},
        "shapes": {name: shape(one, query_names) for name, one in source["shapes"].items()},
    }
