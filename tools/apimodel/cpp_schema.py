"""The schema tables: shapes.h (declarations), shapes_<n>.cc (shapes and members), schema.cc (errors,
operations and the service)."""

from . import patterns
from .cpp_text import fields, header, literal, source, text_or_none, true_or_none
from .names import snake_case

KINDS = {
    "boolean": "kBoolean", "integer": "kInteger", "long": "kLong", "float": "kFloat", "double": "kDouble",
    "string": "kString", "character": "kString", "blob": "kBlob", "timestamp": "kTimestamp", "list": "kList",
    "map": "kMap", "structure": "kStructure",
}
SCALAR_OPS = {
    "boolean": "kBoolOps", "integer": "kInt32Ops", "long": "kInt64Ops", "float": "kFloatOps",
    "double": "kDoubleOps", "string": "kStringOps", "character": "kStringOps", "blob": "kBlobOps",
    "timestamp": "kTimestampOps",
}
FORMATS = {"unixTimestamp": "kEpochSeconds", "iso8601": "kIso8601", "rfc822": "kHttpDate"}
LOCATIONS = {"header": "kHeader", "headers": "kHeaders", "querystring": "kQuery", "uri": "kUri",
             "statusCode": "kStatus"}
PROTOCOLS = {"json-1.0": "kJson10", "json-1.1": "kJson11", "rest-json": "kRestJson", "rest-xml": "kRestXml",
             "query": "kQuery", "ec2": "kEc2", "rpc-v2-cbor": "kRpcV2Cbor"}


def identifier(shape):
    return "k" + shape[0].upper() + shape[1:] if shape[0].isupper() else "k_" + shape


def ops(api, name):
    shape = api.shapes[name]
    if api.is_document(name):
        return "&model::kDocumentOps"
    if shape["type"] == "structure":
        if name not in api.struct_names:
            return None
        return f"&model::{'kBoxedOps' if name in api.boxed else 'kStructOps'}<{api.struct_names[name]}>"
    if shape["type"] in SCALAR_OPS:
        return f"&model::{SCALAR_OPS[shape['type']]}"
    element = shape["member" if shape["type"] == "list" else "value"]["shape"]
    inner = api.cpp_type(element) if has_type(api, element) else None
    if inner is None:
        return None
    return f"&model::{'kListOps' if shape['type'] == 'list' else 'kMapOps'}<{inner}>"


def has_type(api, name):
    """Shapes that only errors and event streams use have no C++ type."""
    return all(target in api.struct_names for target in api.reach([name]) if api.is_struct(target))


def location(api, member):
    where = member.get("location")
    if where is None:
        return None
    if where == "querystring" and api.shapes[member["shape"]]["type"] == "map":
        return "Location::kQueryMap"
    return f"Location::{LOCATIONS[where]}"


def timestamp_format(owner):
    value = owner.get("timestampFormat")
    return f"TimestampFormat::{FORMATS[value]}" if value else None


def member_text(api, struct, key, member):
    shape = api.shapes[struct]
    target = api.shapes[member["shape"]]
    space = member.get("xmlNamespace", {})
    streaming = api.is_streaming(member)
    in_struct = struct in api.struct_names and not streaming
    return fields([
        ("name", literal(key)),
        ("shape", f"&{identifier(member['shape'])}"),
        ("location", location(api, member)),
        ("wire_name", text_or_none(member.get("locationName"))),
        ("query_name", text_or_none(member.get("queryName"))),
        ("required", true_or_none(key in shape.get("required", ()))),
        ("payload", true_or_none(shape.get("payload") == key)),
        ("streaming", true_or_none(streaming)),
        ("xml_attribute", true_or_none(member.get("xmlAttribute"))),
        ("flattened", true_or_none(member.get("flattened") or target.get("flattened"))),
        ("idempotency_token", true_or_none(member.get("idempotencyToken"))),
        ("context_param", true_or_none(member.get("contextParam"))),
        ("timestamp_format", timestamp_format(member)),
        ("xml_namespace", text_or_none(space.get("uri"))),
        ("xml_namespace_prefix", text_or_none(space.get("prefix"))),
        ("offset", f"offsetof({api.struct_names[struct]}, {snake_case(key)})" if in_struct else None),
    ])


def kind(shape):
    if shape.get("document"):
        return "kDocument"
    return "kUnion" if shape.get("union") else KINDS[shape["type"]]


def shape_lines(api, name):
    shape = api.shapes[name]
    space = shape.get("xmlNamespace", {})
    item = shape.get("member") or shape.get("value") or {}
    members, enums, pattern = None, None, shape.get("pattern", "")
    if shape.get("members"):
        members = f"{identifier(name)}Members"
        yield f"constexpr Member {members}[] = {{"
        for key, member in shape["members"].items():
            yield f"    {member_text(api, name, key, member)},"
        yield "};"
    if shape.get("enum"):
        enums = f"{identifier(name)}Enums"
        yield f"constexpr std::string_view {enums}[] = {{" + ", ".join(map(literal, shape["enum"])) + "};"
    closed = shape.get("enum") and not shape.get("enumOpen", api.metadata.get("enumOpen"))
    yield f"constinit const Shape {identifier(name)} = " + fields([
        ("name", literal(name)),
        ("kind", f"ShapeKind::{kind(shape)}"),
        ("members", members),
        ("element", f"&{identifier(item['shape'])}" if item else None),
        ("key", f"&{identifier(shape['key']['shape'])}" if "key" in shape else None),
        ("element_wire_name", text_or_none(item.get("locationName"))),
        ("key_wire_name", text_or_none(shape.get("key", {}).get("locationName"))),
        ("flattened", true_or_none(shape.get("flattened"))),
        ("sparse", true_or_none(shape.get("sparse"))),
        ("sensitive", true_or_none(shape.get("sensitive"))),
        ("enum_open", "false" if closed else None),
        ("timestamp_format", timestamp_format(shape)),
        ("min", str(shape["min"]) if "min" in shape else None),
        ("max", str(shape["max"]) if "max" in shape else None),
        ("pattern", text_or_none(pattern)),
        ("pattern_re2", text_or_none(shape.get("patternRe2") or patterns.to_re2(pattern))),
        ("enums", enums),
        ("xml_name", text_or_none(shape.get("locationName"))),
        ("xml_namespace", text_or_none(space.get("uri"))),
        ("xml_namespace_prefix", text_or_none(space.get("prefix"))),
        ("ops", ops(api, name)),
    ]) + ";"


def shapes_header(api):
    lines = header(api.service, ["\"model/schema.h\""])
    lines += [f"namespace haneul::{api.service}::shapes {{", ""]
    lines += [f"extern const model::Shape {identifier(name)};" for name in api.shapes]
    return lines + ["", f"}}  // namespace haneul::{api.service}::shapes", ""]


def shapes_source(api, part, parts):
    wanted = [name for index, name in enumerate(api.shapes) if index % parts == part]
    folder = f"gen/{api.service}"
    lines = source(api.service, ["<cstddef>", "", f"\"{folder}/shapes.h\"", f"\"{folder}/types.h\"",
                                 "\"model/binding_ops.h\""])
    lines += [f"namespace haneul::{api.service}::shapes {{", "", "using namespace model;", ""]
    for name in wanted:
        lines += shape_lines(api, name)
    lines += ["", f"}}  // namespace haneul::{api.service}::shapes", "", "namespace haneul::model {", ""]
    for name in wanted:
        if name in api.struct_names:
            lines.append(f"const Shape& ShapeOf<{api.service}::{api.struct_names[name]}>::shape() {{ "
                         f"return {api.service}::shapes::{identifier(name)}; }}")
    return lines + ["", "}  // namespace haneul::model", ""]


def error_lines(api):
    compatible = api.metadata.get("queryCompatible")
    for name, shape in api.errors.items():
        error = shape.get("error", {})
        status = error.get("httpStatusCode", 500 if shape.get("fault") else 400)
        code = error.get("code")
        sender = error.get("senderFault", status < 500)
        yield f"constinit const model::ErrorShape k{name} = " + fields([
            ("name", literal(name)),
            ("code", literal(name if compatible or not code else code)),
            ("query_code", text_or_none(code if compatible and code != name else None)),
            ("status", str(status)),
            ("sender_fault", None if sender else "false"),
            ("shape", f"&shapes::{identifier(name)}"),
        ]) + ";"


def operation_lines(api, name):
    op = api.operations[name]
    errors = op.get("errors", [])
    if errors:
        yield f"constexpr const ErrorShape* k{name}Errors[] = {{" + ", ".join(
            f"&error_shapes::k{error}" for error in errors) + "};"
    streams = {side: any(api.is_event_stream(m["shape"]) for m in api.shapes[op[side]]["members"].values())
               if side in op else False for side in ("input", "output")}
    yield f"constexpr OperationModel k{name} = " + fields([
        ("name", literal(name)),
        ("http_method", literal(op["http"]["method"])),
        ("http_path", literal(op["http"]["requestUri"])),
        ("http_status", str(op["http"].get("responseCode", 200))),
        ("input", f"&shapes::{identifier(op['input'])}" if "input" in op else None),
        ("output", f"&shapes::{identifier(op['output'])}" if "output" in op else None),
        ("input_xml_name", text_or_none(op.get("inputXmlName"))),
        ("input_xml_namespace", text_or_none(op.get("inputXmlNamespace"))),
        ("result_wrapper", text_or_none(op.get("resultWrapper"))),
        ("errors", f"k{name}Errors" if errors else None),
        ("unsigned_payload", true_or_none(op.get("unsignedPayload"))),
        ("checksum_required", true_or_none(op.get("checksumRequired"))),
        ("event_stream_output", true_or_none(streams["output"])),
        ("event_stream_input", true_or_none(streams["input"])),
        ("unwrapped_output", true_or_none(op.get("unwrappedOutput"))),
        ("host_prefix", text_or_none(op.get("hostPrefix"))),
    ]) + ";"


def service_lines(api):
    meta = api.metadata
    yield "constexpr Protocol kProtocols[] = {" + ", ".join(
        f"Protocol::{PROTOCOLS[protocol]}" for protocol in meta["protocols"]) + "};"
    yield "constexpr const OperationModel* kOperations[] = {" + ", ".join(
        f"&k{name}" for name in api.operations) + "};"
    if api.errors:
        yield "constexpr const ErrorShape* kErrors[] = {" + ", ".join(
            f"&error_shapes::k{name}" for name in api.errors) + "};"
    yield "constexpr ServiceModel kService = " + fields([
        ("name", literal(api.service)),
        ("id", literal(meta["serviceId"])),
        ("signing_name", literal(meta["signingName"])),
        ("endpoint_prefix", literal(meta["endpointPrefix"])),
        ("arn_namespace", literal(meta["arnNamespace"])),
        ("api_version", literal(meta["apiVersion"])),
        ("target_prefix", text_or_none(meta.get("targetPrefix"))),
        ("rpc_name", text_or_none(meta.get("targetPrefix"))),
        ("xml_namespace", text_or_none(meta.get("xmlNamespace"))),
        ("query_compatible", true_or_none(meta.get("queryCompatible"))),
        ("global", true_or_none(meta.get("global"))),
        ("protocols", "kProtocols"),
        ("operations", "kOperations"),
        ("errors", "kErrors" if api.errors else None),
    ]) + ";"


def schema_header(api):
    lines = header(api.service, ["\"model/schema.h\""])
    return lines + [f"namespace haneul::{api.service} {{", "",
                    "const model::ServiceModel& service_model();", "",
                    f"}}  // namespace haneul::{api.service}", ""]


def schema_source(api):
    included = ("errors", "operations", "schema", "shapes", "types")
    lines = source(api.service, [f"\"gen/{api.service}/{name}.h\"" for name in included])
    lines += [f"namespace haneul::{api.service} {{", "", "namespace error_shapes {", *error_lines(api), "}",
              "", "namespace {", "", "using namespace model;", ""]
    empty = []
    for operation in api.operations:
        lines += operation_lines(api, operation)
        sides = (api.side(operation, side) for side in ("input", "output"))
        empty += [wanted for wanted, actual in sides if actual is None]
    lines += service_lines(api)
    lines += [empty_shape(name) for name in empty]
    lines += ["", "}  // namespace", "", "const model::ServiceModel& service_model() { return kService; }"]
    lines += [f"const model::ServiceModel& op::{name}::service() {{ return kService; }}"
              for name in api.operations]
    lines += [f"const model::OperationModel& op::{name}::model() {{ return k{name}; }}"
              for name in api.operations]
    lines += ["", f"}}  // namespace haneul::{api.service}", "", "namespace haneul::model {", ""]
    for name in empty:
        lines.append(f"const Shape& ShapeOf<{api.service}::{name}>::shape() {{ "
                     f"return {api.service}::k{name}Shape; }}")
    return lines + ["", "}  // namespace haneul::model", ""]


def empty_shape(name):
    return f"constexpr Shape k{name}Shape = " + fields([("name", literal(name)),
                                                       ("kind", "ShapeKind::kStructure")]) + ";"
