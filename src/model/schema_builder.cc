#include "model/schema_builder.h"

#include <array>
#include <utility>

#include "base/parse_error.h"

namespace haneul::model {
namespace {

template <class T>
using NameTable = std::pair<std::string_view, T>;

constexpr std::array kKinds = {
    NameTable<ShapeKind>{"boolean", ShapeKind::kBoolean},
    NameTable<ShapeKind>{"byte", ShapeKind::kInteger},
    NameTable<ShapeKind>{"short", ShapeKind::kInteger},
    NameTable<ShapeKind>{"integer", ShapeKind::kInteger},
    NameTable<ShapeKind>{"long", ShapeKind::kLong},
    NameTable<ShapeKind>{"float", ShapeKind::kFloat},
    NameTable<ShapeKind>{"double", ShapeKind::kDouble},
    NameTable<ShapeKind>{"string", ShapeKind::kString},
    NameTable<ShapeKind>{"character", ShapeKind::kString},
    NameTable<ShapeKind>{"blob", ShapeKind::kBlob},
    NameTable<ShapeKind>{"timestamp", ShapeKind::kTimestamp},
    NameTable<ShapeKind>{"list", ShapeKind::kList},
    NameTable<ShapeKind>{"map", ShapeKind::kMap},
    NameTable<ShapeKind>{"structure", ShapeKind::kStructure},
};
constexpr std::array kFormats = {
    NameTable<TimestampFormat>{"unixTimestamp", TimestampFormat::kEpochSeconds},
    NameTable<TimestampFormat>{"iso8601", TimestampFormat::kIso8601},
    NameTable<TimestampFormat>{"rfc822", TimestampFormat::kHttpDate},
};
constexpr std::array kLocations = {
    NameTable<Location>{"header", Location::kHeader},     NameTable<Location>{"headers", Location::kHeaders},
    NameTable<Location>{"querystring", Location::kQuery}, NameTable<Location>{"uri", Location::kUri},
    NameTable<Location>{"statusCode", Location::kStatus},
};

template <class Table>
auto look_up(const Table& table, std::string_view name, std::string_view what) {
  for (const auto& [key, value] : table) {
    if (key == name) return value;
  }
  throw ParseError("unknown " + std::string(what) + " \"" + std::string(name) + "\"");
}

std::string_view text(const Document& object, std::string_view key) {
  const Document* value = object.find(key);
  return value != nullptr && value->is_string() ? std::string_view(value->as_string()) : std::string_view();
}

bool flag(const Document& object, std::string_view key) {
  const Document* value = object.find(key);
  return value != nullptr && value->is_bool() && value->as_bool();
}

std::optional<double> number(const Document& object, std::string_view key) {
  const Document* value = object.find(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->as_double();
}

TimestampFormat timestamp_format(const Document& object) {
  const std::string_view name = text(object, "timestampFormat");
  return name.empty() ? TimestampFormat::kDefault : look_up(kFormats, name, "timestamp format");
}

ShapeKind kind_of(const Document& definition) {
  if (flag(definition, "document")) return ShapeKind::kDocument;
  if (flag(definition, "union")) return ShapeKind::kUnion;
  return look_up(kKinds, text(definition, "type"), "shape type");
}

struct XmlNamespace {
  std::string_view uri, prefix;
};

// Written as an object or, in some older descriptions, as the bare uri.
XmlNamespace xml_namespace(const Document& object) {
  const Document* value = object.find("xmlNamespace");
  if (value == nullptr) return {};
  if (value->is_string()) return {value->as_string(), {}};
  return {text(*value, "uri"), text(*value, "prefix")};
}

bool has_event_stream(const Shape* shape, const Document& shapes) {
  if (shape == nullptr) return false;
  for (const Member& member : shape->members) {
    const Document* definition = shapes.find(member.shape->name);
    if (definition != nullptr && flag(*definition, "eventstream")) return true;
  }
  return false;
}

Protocol protocol_of(std::string_view name, const Document& metadata) {
  if (name == "json") return text(metadata, "jsonVersion") == "1.0" ? Protocol::kJson10 : Protocol::kJson11;
  if (name == "rest-json") return Protocol::kRestJson;
  if (name == "rest-xml") return Protocol::kRestXml;
  if (name == "query") return Protocol::kQuery;
  if (name == "ec2") return Protocol::kEc2;
  if (name == "smithy-rpc-v2-cbor") return Protocol::kRpcV2Cbor;
  throw ParseError("unknown protocol \"" + std::string(name) + "\"");
}

}  // namespace

SchemaBuilder::SchemaBuilder(const Document& shapes, const Document& metadata)
    : shapes_(shapes), metadata_(metadata) {
  for (const Document& name :
       keep(metadata_.find("protocols") ? *metadata_.find("protocols") : Document::array()).as_array()) {
    protocols_.push_back(protocol_of(name.as_string(), metadata_));
  }
  if (protocols_.empty() && metadata_.find("protocol") != nullptr) {
    protocols_.push_back(protocol_of(text(metadata_, "protocol"), metadata_));
  }
}

const Document& SchemaBuilder::keep(const Document& value) { return kept_.emplace_back(value); }

const Document& SchemaBuilder::definition(std::string_view name) const {
  const Document* found = shapes_.find(name);
  if (found == nullptr) throw ParseError("no shape \"" + std::string(name) + "\"");
  return *found;
}

const Shape* SchemaBuilder::shape(std::string_view name) {
  if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
  const Document& described = definition(name);
  Shape& made = storage_.emplace_back();
  const auto entry =
      by_name_.emplace(std::string(name), &made).first;  // before filling: shapes may name themselves
  made.name = entry->first;
  fill(made, described);
  return &made;
}

void SchemaBuilder::fill(Shape& out, const Document& definition) {
  out.kind = kind_of(definition);
  out.flattened = flag(definition, "flattened");
  out.sparse = flag(definition, "sparse");
  out.sensitive = flag(definition, "sensitive");
  out.enum_open = definition.find("enumOpen") == nullptr || flag(definition, "enumOpen");
  out.timestamp_format = timestamp_format(definition);
  out.min = number(definition, "min");
  out.max = number(definition, "max");
  out.pattern = text(definition, "pattern");
  out.xml_name = text(definition, "locationName");
  const XmlNamespace space = xml_namespace(definition);
  out.xml_namespace = space.uri;
  out.xml_namespace_prefix = space.prefix;
  if (const Document* values = definition.find("enum")) {
    auto& stored = enums_.emplace_back();
    for (const Document& value : values->as_array()) stored.push_back(value.as_string());
    out.enums = stored;
  }
  if (out.kind == ShapeKind::kList || out.kind == ShapeKind::kMap) fill_container(out, definition);
  if (out.kind == ShapeKind::kStructure || out.kind == ShapeKind::kUnion) fill_members(out, definition);
}

void SchemaBuilder::fill_container(Shape& out, const Document& definition) {
  const bool is_list = out.kind == ShapeKind::kList;
  const Document* item = definition.find(is_list ? "member" : "value");
  if (item == nullptr)
    throw ParseError("shape \"" + std::string(out.name) + "\" does not say what it contains");
  out.element = element(*item);
  out.element_wire_name = text(*item, "locationName");
  if (is_list) return;
  const Document* key = definition.find("key");
  if (key == nullptr)
    throw ParseError("map \"" + std::string(out.name) + "\" does not say what its keys are");
  out.key = element(*key);
  out.key_wire_name = text(*key, "locationName");
}

// The shape behind a reference from a list or map. The namespace of an item is a trait of the reference; a
// copy of the shape carries it.
const Shape* SchemaBuilder::element(const Document& reference) {
  const Shape* target = shape(text(reference, "shape"));
  const XmlNamespace space = xml_namespace(reference);
  if (space.uri.empty()) return target;
  Shape& copy = storage_.emplace_back(*target);
  copy.xml_namespace = space.uri;
  copy.xml_namespace_prefix = space.prefix;
  return &copy;
}

void SchemaBuilder::fill_members(Shape& out, const Document& definition) {
  std::vector<Member> made;
  if (const Document* members = definition.find("members")) {
    for (const auto& [name, reference] : members->as_object()) made.push_back(make_member(name, reference));
  }
  const std::string_view payload = text(definition, "payload");
  const Document* required = definition.find("required");
  for (Member& member : made) {
    member.payload = member.name == payload;
    if (required == nullptr) continue;
    for (const Document& name : required->as_array()) member.required |= name.as_string() == member.name;
  }
  out.members = members_.emplace_back(std::move(made));
}

Member SchemaBuilder::make_member(std::string_view name, const Document& reference) {
  const std::string_view target = text(reference, "shape");
  Member out{.name = name, .shape = shape(target)};
  if (flag(reference, "jsonvalue")) {
    Shape& copy = storage_.emplace_back(*out.shape);
    copy.media_json = true;
    out.shape = &copy;
  }
  out.wire_name = text(reference, "locationName");
  out.query_name = text(reference, "queryName");
  out.streaming = flag(reference, "streaming") || flag(definition(target), "streaming");
  out.xml_attribute = flag(reference, "xmlAttribute");
  out.flattened = flag(reference, "flattened") || flag(definition(target), "flattened");
  out.idempotency_token = flag(reference, "idempotencyToken");
  out.context_param = reference.find("contextParam") != nullptr;
  out.timestamp_format = timestamp_format(reference);
  const XmlNamespace space = xml_namespace(reference);
  out.xml_namespace = space.uri;
  out.xml_namespace_prefix = space.prefix;
  set_location(out, reference);
  return out;
}

void SchemaBuilder::set_location(Member& member, const Document& reference) {
  const std::string_view location = text(reference, "location");
  if (location.empty()) return;
  member.location = look_up(kLocations, location, "location");
  const bool is_map = text(definition(text(reference, "shape")), "type") == "map";
  if (member.location == Location::kQuery && is_map) member.location = Location::kQueryMap;
}

const ErrorShape* SchemaBuilder::error(std::string_view name) {
  if (const auto found = errors_by_name_.find(name); found != errors_by_name_.end()) return found->second;
  const Document& described = definition(name);
  const Shape* target = shape(name);
  ErrorShape& out = errors_.emplace_back();
  out.name = target->name;
  out.code = target->name;
  out.shape = target;
  const bool query_compatible = metadata_.find("awsQueryCompatible") != nullptr;
  if (flag(described, "fault")) {
    out.status = 500;
    out.sender_fault = false;
  }
  if (const Document* error = described.find("error")) {
    const std::string_view code = text(*error, "code");
    if (!code.empty()) (query_compatible ? out.query_code : out.code) = code;
    if (const auto status = number(*error, "httpStatusCode")) out.status = static_cast<int>(*status);
    if (error->find("senderFault") != nullptr) out.sender_fault = flag(*error, "senderFault");
  }
  errors_by_name_.emplace(std::string(name), &out);
  error_list_.push_back(&out);
  return &out;
}

OperationModel SchemaBuilder::operation(const Document& given) {
  const Document& source = keep(given);
  OperationModel out{.name = text(source, "name")};
  if (const Document* http = source.find("http")) {
    out.http_method = text(*http, "method");
    out.http_path = text(*http, "requestUri");
    if (const auto status = number(*http, "responseCode")) out.http_status = static_cast<int>(*status);
  }
  if (const Document* input = source.find("input")) {
    out.input = shape(text(*input, "shape"));
    out.input_xml_name = text(*input, "locationName");
    out.input_xml_namespace = xml_namespace(*input).uri;
  }
  if (const Document* output = source.find("output")) {
    out.output = shape(text(*output, "shape"));
    out.result_wrapper = text(*output, "resultWrapper");
  }
  auto& errors = error_lists_.emplace_back();
  if (const Document* listed = source.find("errors")) {
    for (const Document& one : listed->as_array()) errors.push_back(error(text(one, "shape")));
  }
  out.errors = errors;
  const Document* checksum = source.find("httpChecksum");
  out.checksum_required = flag(source, "httpChecksumRequired") ||
                          (checksum != nullptr && flag(*checksum, "requestChecksumRequired"));
  out.unsigned_payload = flag(source, "unsignedPayload") || text(source, "authtype") == "v4-unsigned-body";
  out.event_stream_input = has_event_stream(out.input, shapes_);
  out.event_stream_output = has_event_stream(out.output, shapes_);
  if (const Document* endpoint = source.find("endpoint")) out.host_prefix = text(*endpoint, "hostPrefix");
  operation_list_.push_back(&operations_.emplace_back(out));
  return out;
}

ServiceModel SchemaBuilder::service() {
  ServiceModel out{.name = text(metadata_, "endpointPrefix"), .id = text(metadata_, "serviceId")};
  out.endpoint_prefix = text(metadata_, "endpointPrefix");
  const std::string_view signing_name = text(metadata_, "signingName");
  out.signing_name = signing_name.empty() ? out.endpoint_prefix : signing_name;
  out.arn_namespace = out.signing_name;
  out.api_version = text(metadata_, "apiVersion");
  out.target_prefix = text(metadata_, "targetPrefix");
  out.rpc_name = out.target_prefix;
  out.xml_namespace = xml_namespace(metadata_).uri;
  out.query_compatible = metadata_.find("awsQueryCompatible") != nullptr;
  out.protocols = protocols_;
  out.operations = operation_list_;
  out.errors = error_list_;
  return out;
}

}  // namespace haneul::model
