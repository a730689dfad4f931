"""types.h: structures, enum constants and ShapeOf; errors.h: error classes; operations.h: operation tags."""

from . import names
from .cpp_text import header, literal

DEFAULTS = {"bool": " = false", "int32_t": " = 0", "int64_t": " = 0", "float": " = 0", "double": " = 0"}


def enum_lines(api):
    for name, shape in api.shapes.items():
        if not shape.get("enum"):
            continue
        yield f"namespace {names.snake_case(name)} {{  // {name}"
        for constant, value in names.constants(shape["enum"]):
            yield f"inline constexpr std::string_view {constant} = {literal(value)};"
        yield "}"


def struct_lines(api, name):
    yield f"struct {api.struct_names[name]} {{"
    for _, _, field, cpp_type, _ in api.fields(name):
        yield f"  {cpp_type} {field}{DEFAULTS.get(cpp_type, '')};"
    yield "};"


def types_header(api):
    lines = header(api.service, ["<map>", "<optional>", "<string>", "<string_view>", "<vector>", "",
                                 "\"base/document.h\"", "\"model/binding.h\""])
    lines += [f"namespace haneul::{api.service} {{", ""]
    lines += enum_lines(api)
    lines += [""] + [f"struct {api.struct_names[name]};" for name in api.structs] + [""]
    for name in api.struct_order():
        lines += struct_lines(api, name)
    empty = []
    for operation in api.operations:
        for side in ("input", "output"):
            wanted, actual = api.side(operation, side)
            if actual is None:
                lines.append(f"struct {wanted} {{}};")
                empty.append(wanted)
            elif actual != wanted:
                lines.append(f"using {wanted} = {actual};")
    lines += ["", f"}}  // namespace haneul::{api.service}", "", "namespace haneul::model {", ""]
    for struct in sorted(list(api.struct_names.values()) + empty):
        lines += [f"template <> struct ShapeOf<{api.service}::{struct}> {{ static const Shape& shape(); }};"]
    return lines + ["", "}  // namespace haneul::model", ""]


def errors_header(api):
    lines = header(api.service, ["<string>", "<utility>", "", "\"model/error.h\""])
    lines += [f"namespace haneul::{api.service} {{", "", "namespace error_shapes {"]
    lines += [f"extern const model::ErrorShape k{name};" for name in api.errors]
    lines += ["}", ""]
    for name in api.errors:
        lines += [f"class {name} final : public model::ServiceError {{", " public:",
                  f"  explicit {name}(std::string message) : "
                  f"ServiceError(error_shapes::k{name}, std::move(message)) {{}}", "};"]
    return lines + ["", f"}}  // namespace haneul::{api.service}", ""]


def operations_header(api):
    lines = header(api.service, [f"\"gen/{api.service}/types.h\""])
    lines += [f"namespace haneul::{api.service}::op {{", ""]
    for operation in api.operations:
        lines += [f"struct {operation} {{", f"  using Input = {api.service}::{operation}Input;",
                  f"  using Output = {api.service}::{operation}Output;",
                  "  static const model::OperationModel& model();",
                  "  static const model::ServiceModel& service();", "};"]
    return lines + ["", f"}}  // namespace haneul::{api.service}::op", ""]
