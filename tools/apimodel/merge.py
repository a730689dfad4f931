"""Adds what the npm package knows and botocore does not: operations, members, structures, enum values.

Two things that botocore states are taken back: operations that the newest package has dropped (they share
their routes with their successors) and members that are no longer required. The package has no constraints; a
new member of a scalar type takes the shape that all members of that name have in botocore, or an open one.
"""

from . import npm_source
from .js_tables import Name

SCALARS = {0: "string", 1: "integer", 2: "boolean", 4: "timestamp", 5: "timestamp", 6: "timestamp",
           7: "timestamp", 21: "blob", 42: "blob"}
FORMATS = {5: "iso8601", 6: "rfc822", 7: "unixTimestamp"}
DOCUMENT, STREAM = 15, 42
# The package says "number" of whole and broken ones alike. These are broken; all others are taken for 64-bit
# integers.
BROKEN = frozenset(("ExecutionEnvironmentMemoryGiBPerVCpu", "PercentageCompleted", "TargetValue", "minValue",
                    "maxValue", "estimatedBytesSkipped", "estimatedRecordsSkipped", "logGroupsScanned"))
COPIED_TRAITS = (("xmlFlattened", "flattened"), ("xmlAttribute", "xmlAttribute"), ("hostLabel", "hostLabel"),
                 ("idempotencyToken", "idempotencyToken"), ("eventPayload", "eventpayload"))
LOCATIONS = (("httpHeader", "header"), ("httpQuery", "querystring"), ("httpPrefixHeaders", "headers"))


class Merge:
    def __init__(self, model, package, service):
        self.model, self.package, self.service = model, package, service
        self.shapes, self.operations = model["shapes"], model["operations"]
        self.json = service.protocols[0] in ("json-1.0", "json-1.1", "rest-json")
        self.query_names = "query" in service.protocols and len(service.protocols) > 1
        self.rest = service.protocols[0].startswith("rest")
        self.by_member = self._members_by_name()
        self.list_enums = self._enums_of_lists()

    def run(self):
        for name in set(self.operations) - set(self.package.operations):
            del self.operations[name]
        for name, values in sorted(self.package.enums.items()):
            self._enum(name, values)
        for name in sorted(self.package.shapes):
            if name in self.shapes:
                self._widen(name)
        for name in sorted(self.package.operations):
            if name in self.operations:
                self._complete(name)
            else:
                self._operation(name)
        self._errors()

    # Names and scalars.

    def _members_by_name(self):
        out = {}
        for shape in self.shapes.values():
            for name, member in shape.get("members", {}).items():
                out.setdefault(name, set()).add(member["shape"])
        return out

    def _enums_of_lists(self):
        """List shape -> the enum of its items: only the declarations of its users tell."""
        out = {}
        for owner, table in self.package.shapes.items():
            if abs(table[0]) not in (3, 4):
                continue
            for member, schema, _ in self.package.members(owner)[0]:
                enum = self.package.field_type(owner, member)
                if enum and isinstance(schema, Name):
                    out[self.package.target(schema)] = enum
        return out

    def _define(self, name, shape):
        known = self.shapes.setdefault(name, shape)
        if known != shape:
            raise SystemExit(f"{self.service.name}: two shapes are called {name}: {known} and {shape}")
        return name

    def _scalar(self, code, member):
        """A shape for a member: the one its namesakes have if they agree, else one without limits."""
        kind = SCALARS[code]
        namesakes = self.by_member.get(member, set())
        kinds = {"integer", "long", "float", "double"} if code == 1 else {kind}
        if namesakes and all(self.shapes[name]["type"] in kinds for name in namesakes):
            if len(namesakes) == 1 and not self.shapes[next(iter(namesakes))].get("enum"):
                return next(iter(namesakes))
            kind = max(self.shapes[name]["type"] for name in namesakes)  # long rather than integer
        elif code == 1:
            kind = "double" if member in BROKEN else "long"
        return self._define("Any" + kind.capitalize(), {"type": kind})

    def _enum(self, name, values):
        known = self.shapes.get(name, {}).get("enum")
        if known is not None:
            known.extend(value for value in values if value not in known)

    def _enum_shape(self, name):
        if name not in self.shapes:
            self._define(name, {"type": "string", "enum": list(self.package.enums[name])})
        return name

    # Schemas of members, lists and maps.

    def _schema(self, schema, member, owner=None):
        """The shape of a member's schema; made when it is not there yet."""
        if isinstance(schema, Name):
            variable = schema.text.lstrip("_")
            if variable in self.package.numbers and schema.text not in self.package.names:
                return self._collection(variable, self.package.numbers[variable], member, owner)
            return self._named(self.package.target(schema))
        if npm_source.is_inline(schema):
            self.package.shapes[schema[2]] = schema
            return self._named(schema[2])
        if schema == DOCUMENT:
            return self._define("AnyDocument", {"type": "structure", "document": True, "members": {}})
        if schema >= npm_source.LIST:
            return self._collection(None, schema, member, owner)
        enum = self.package.field_type(owner, member) if schema == 0 and owner else None
        if enum:
            return self._enum_shape(enum)
        return self._scalar(schema, member)

    def _collection(self, name, schema, member, owner):
        """Lists and maps of scalars, whose own name the package often leaves out."""
        if name in self.shapes:
            return name
        is_map = schema >= npm_source.MAP
        element = schema & (npm_source.LIST - 1)
        is_text = element == 0
        inner = self._schema(element, member if is_text else name or member, owner if is_text else None)
        if inner in self.by_member.get(member, set()) or self.shapes[inner]["type"] in ("list", "map"):
            inner = self._scalar(element, "")
        if is_map:
            key = self._scalar(0, "")
            return self._define(name or f"{inner}Map",
                                {"type": "map", "key": {"shape": key}, "value": {"shape": inner}})
        return self._define(name or f"{inner}List", {"type": "list", "member": {"shape": inner}})

    def _named(self, name):
        if name in self.shapes:
            return name
        table = self.package.shapes[name]
        kind = abs(table[0])
        if kind == 0:
            return self._define(name, self._simple(table))
        if kind in (3, 4):
            return self._structure(name)
        self.shapes[name] = {}  # containers may hold themselves
        parts = table[4:6] if kind == 2 else table[4:5]
        made = {}
        for part, schema in zip(("key", "value") if kind == 2 else ("member",), parts):
            if not isinstance(schema, list) or npm_source.is_inline(schema):
                schema = (schema, 0)
            schema, item = schema
            enum = self.list_enums.get(name) if part == "member" and schema == 0 else None
            made[part] = {"shape": self._enum_shape(enum) if enum else self._schema(schema, "")}
            if "xmlName" in npm_source.traits(item):
                made[part]["locationName"] = npm_source.traits(item)["xmlName"]
        self.shapes[name] = {"type": "map" if kind == 2 else "list", **made}
        if npm_source.traits(table[3]).get("sparse"):
            self.shapes[name]["sparse"] = True
        return name

    def _simple(self, table):
        out = {"type": SCALARS[table[4]]}
        if npm_source.traits(table[3]).get("sensitive"):
            out["sensitive"] = True
        if table[4] == STREAM:
            out["streaming"] = True
        return out

    def _structure(self, name):
        table = self.package.shapes[name]
        members, required = self.package.members(name)
        shape = self.shapes[name] = {"type": "structure", "members": {}}
        marks = npm_source.traits(table[3])
        if table[0] == -3:
            shape["exception"] = True
        if abs(table[0]) == 4:
            shape["eventstream" if marks.get("streaming") else "union"] = True
        if marks.get("sensitive"):
            shape["sensitive"] = True
        if "xmlName" in marks:
            shape["locationName"] = marks["xmlName"]
        if required:
            shape["required"] = [member for member, _, _ in members[:required]]
        for member, schema, item in members:
            self._member(name, member, schema, item)
        if shape.get("eventstream"):
            for member in shape["members"].values():
                self.shapes[member["shape"]]["event"] = True
        return name

    def _widen(self, name):
        """What the package adds to a known shape: members, fewer required ones, secrecy, XML roots."""
        shape, table = self.shapes[name], self.package.shapes[name]
        marks = npm_source.traits(table[3])
        if marks.get("sensitive"):
            shape["sensitive"] = True
        if shape["type"] != "structure" or abs(table[0]) not in (3, 4):
            return
        if "xmlName" in marks:
            shape.setdefault("locationName", marks["xmlName"])
        known = {member.lower(): value for member, value in shape["members"].items()}
        members, required = self.package.members(name)
        for member, schema, item in members:
            if member.lower() not in known:
                self._member(name, member, schema, item)
            elif item.get("httpPayload") and "xmlName" in item:
                known[member.lower()].setdefault("locationName", item["xmlName"])
        if "required" in shape:
            now = {member for member, _, _ in members[:required]}
            shape["required"] = [member for member in shape["required"] if member in now]
            if not shape["required"]:
                del shape["required"]

    def _member(self, owner, member, schema, item):
        shape = self.shapes[owner]
        target = self._schema(schema, member, owner)
        out = {"shape": target}
        if self.rest:
            self._location(out, member, item)
        if "xmlName" in item and not self.json:
            out["locationName"] = item["xmlName"]
        if "xmlName" in item and self.query_names:
            out["queryName"] = item["xmlName"]
        for trait, key in COPIED_TRAITS:
            if item.get(trait):
                out[key] = True
        if item.get("httpPayload"):
            shape["payload"] = member
        if isinstance(schema, int) and schema in FORMATS:
            out["timestampFormat"] = FORMATS[schema]
        if schema == STREAM:
            out["streaming"] = True
        shape["members"][member] = out

    @staticmethod
    def _location(out, member, item):
        for trait, where in LOCATIONS:
            if trait in item:
                out.update(location=where, locationName=item[trait])
        if item.get("httpLabel"):
            out.update(location="uri", locationName=member)
        if item.get("httpResponseCode"):
            out["location"] = "statusCode"
        if item.get("httpQueryParams"):
            out["location"] = "querystring"

    # Operations and errors.

    def _complete(self, name):
        """An input or output that an operation had not when botocore was made."""
        for side, schema in zip(("input", "output"), self.package.operations[name][4:6]):
            target = self.package.target(schema)
            if side in self.operations[name] or target is None:
                continue
            self.operations[name][side] = self._named(target)
            if side == "output" and "query" in self.service.protocols:
                self.operations[name]["resultWrapper"] = name + "Result"

    def _operation(self, name):
        table = self.package.operations[name]
        method, path, status = npm_source.traits(table[3]).get("http", ["POST", "/", 200])
        sides = {side: self.package.target(schema) for side, schema in zip(("input", "output"), table[4:6])}
        out = {"http": {"method": method, "requestUri": path}}
        if status != 200:
            out["http"]["responseCode"] = status
        for side, target in sides.items():
            if target is not None:
                out[side] = self._named(target)
        members = self.shapes[out["input"]]["members"] if "input" in out else {}
        in_path = members.get("Bucket", {}).get("location") == "uri"
        if self.service.name == "s3" and in_path and "{Bucket}" not in path:  # the package has it in the host
            out["http"]["requestUri"] = "/{Bucket}" + (path[1:] if path.startswith("/?") else path)
        if "output" in out and "query" in self.service.protocols:
            out["resultWrapper"] = name + "Result"
        if self.package.throws[name]:
            out["errors"] = self.package.throws[name]
        if npm_source.traits(table[3]).get("httpChecksum"):
            out["checksumRequired"] = True
        endpoint = npm_source.traits(table[3]).get("endpoint")
        if endpoint:
            out["hostPrefix"] = endpoint[0]
        self.operations[name] = out

    def _errors(self):
        for name, table in sorted(self.package.shapes.items()):
            if table[0] != -3 or name.endswith("ServiceException") and table[1] != self._namespace():
                continue
            self._named(name)
            marks, shape = npm_source.traits(table[3]), self.shapes[name]
            error = shape.setdefault("error", {})
            if "awsQueryError" in marks:
                error.setdefault("code", marks["awsQueryError"][0])
                error.setdefault("httpStatusCode", marks["awsQueryError"][1])
            if "httpError" in marks:
                error.setdefault("httpStatusCode", marks["httpError"])
            if marks.get("error") == "server":
                shape["fault"] = True
                error.setdefault("senderFault", False)
            if not error:
                del shape["error"]

    def _namespace(self):
        """The namespace of real errors; the package's own base class has a made-up one."""
        return next(table[1] for table in self.package.operations.values())


def merge(model, package, service):
    Merge(model, package, service).run()
