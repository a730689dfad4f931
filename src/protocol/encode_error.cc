// Errors in every protocol's own shape ("Error" sections of the Smithy protocol pages; S3's "Error
// responses"). Code and message come from the error, further members from its fields, under the names its
// shape gives them.
#include "base/cbor.h"
#include "base/json.h"
#include "base/text.h"
#include "base/xml.h"
#include "protocol/codec.h"
#include "protocol/document_codec.h"
#include "protocol/rest_binding.h"
#include "protocol/scalar.h"
#include "protocol/service_traits.h"
#include "protocol/xml_codec.h"

namespace haneul::protocol {

using model::Protocol;

namespace {

struct Context {
  Protocol protocol;
  const model::ServiceModel& service;
  const ErrorView& error;
};

const Document& fields_of(const ErrorView& error) {
  static const Document kNone = Document::object();
  return error.fields == nullptr ? kNone : *error.fields;
}

const model::Member* find_member(const model::Shape* shape, std::string_view name) {
  if (shape == nullptr) return nullptr;
  for (const model::Member& member : shape->members) {
    if (equals_ignore_case(member.name, name)) return &member;
  }
  return nullptr;
}

bool is_message(std::string_view name) { return equals_ignore_case(name, "message"); }

// Clients cut everything up to '#'; what stands before is how AWS's servers name their models.
std::string type_of(const Context& context) {
  const model::ErrorShape& shape = *context.error.shape;
  const bool bare = context.protocol == Protocol::kJson11 || context.protocol == Protocol::kRestJson;
  if (bare) return std::string(shape.code);
  const std::string_view service = context.service.name;
  const std::string space =
      shape.shape == nullptr ? "com.amazon.coral.service" : fmt::format("com.amazonaws.{}", service);
  return fmt::format("{}#{}", space, shape.code);
}

// The error as a Document on the wire: type, message under the model's own name, further members.
Document error_document(const Context& context, DocumentStyle style) {
  const ErrorView& error = context.error;
  Document out = Document::object();
  if (context.protocol != Protocol::kRestJson) out.set("__type", type_of(context));
  const model::Member* message = find_member(error.shape->shape, "message");
  const bool by_wire_name = message != nullptr && style.names == DocumentStyle::Names::kWire;
  const std::string_view key = message == nullptr ? "message"
                               : by_wire_name     ? wire_name(*message)
                                                  : message->name;
  if (!error.message.empty() || message != nullptr) out.set(key, error.message);
  if (error.shape->shape == nullptr) {
    for (const auto& [name, value] : fields_of(error).as_object()) out.set(name, value);
    return out;
  }
  DocumentSink sink;
  DocumentWriter(style, sink).structure(*error.shape->shape, fields_of(error));
  const Document known = sink.take();
  for (const auto& [name, value] : known.as_object()) {
    if (!is_message(name)) out.set(name, value);
  }
  return out;
}

// Query-compatible services answer plain 400 and 500 in JSON and CBOR: the modelled status belongs to the
// query protocol.
void add_query_error(const Context& context, WireResponse& response) {
  const model::ErrorShape& shape = *context.error.shape;
  if (!context.service.query_compatible) return;
  response.status = shape.status >= 500 ? 500 : 400;
  const std::string_view code = shape.query_code.empty() ? shape.code : shape.query_code;
  response.headers.emplace_back("x-amzn-query-error",
                                fmt::format("{};{}", code, shape.sender_fault ? "Sender" : "Receiver"));
}

void encode_json(const Context& context, WireResponse& response) {
  if (context.protocol == Protocol::kRestJson) {
    response.headers.emplace_back("Content-Type", "application/json");
    response.headers.emplace_back("x-amzn-ErrorType", context.error.shape->code);
    response.body = write_json(error_document(context, kRestJsonStyle));
    return;
  }
  const bool is_10 = context.protocol == Protocol::kJson10;
  response.headers.emplace_back("Content-Type",
                                is_10 ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1");
  add_query_error(context, response);
  response.body = write_json(error_document(context, kJsonRpcStyle));
}

void encode_cbor(const Context& context, WireResponse& response) {
  response.headers.emplace_back("Content-Type", "application/cbor");
  response.headers.emplace_back("smithy-protocol", "rpc-v2-cbor");
  add_query_error(context, response);
  response.body = write_cbor(error_document(context, kCborStyle));
}

// Members beside code and message. S3 shows some that no model lists (BucketName, Key); they go as plain
// text.
void write_fields(XmlWriter& out, const Context& context) {
  const model::Shape* shape = context.error.shape->shape;
  XmlShapeWriter writer(out, {.millis = is_s3(context.service)});
  for (const auto& [name, value] : fields_of(context.error).as_object()) {
    if (is_message(name) || equals_ignore_case(name, "code") || value.is_null()) continue;
    const model::Member* member = find_member(shape, name);
    if (member != nullptr && member->location == model::Location::kBody) {
      writer.member(*member, value);
    } else if (member == nullptr && !value.is_object() && !value.is_array()) {
      out.element(name, scalar_to_text({}, model::TimestampFormat::kIso8601, value));
    }
  }
}

void write_code_and_message(XmlWriter& out, const Context& context) {
  const model::ErrorShape& shape = *context.error.shape;
  const bool by_query_code = context.protocol == Protocol::kQuery && !shape.query_code.empty();
  out.element("Code", by_query_code ? shape.query_code : shape.code);
  out.element("Message", context.error.message);
}

std::string s3_body(const Context& context) {
  const ErrorView& error = context.error;
  XmlWriter out(true);
  out.open("Error");
  write_code_and_message(out, context);
  write_fields(out, context);
  if (!error.resource.empty() && fields_of(error).find("Resource") == nullptr)
    out.element("Resource", error.resource);
  out.element("RequestId", error.ids.request_id);
  out.element("HostId", error.ids.host_id);
  out.close();
  return out.take();
}

std::string ec2_body(const Context& context) {
  XmlWriter out(true);
  out.open("Response");
  out.open("Errors");
  out.open("Error");
  write_code_and_message(out, context);
  write_fields(out, context);
  out.close();
  out.close();
  out.element("RequestID", context.error.ids.request_id);
  out.close();
  return out.take();
}

// query and all rest-xml services but S3.
std::string wrapped_body(const Context& context) {
  XmlWriter out(false);
  out.open("ErrorResponse");
  write_namespace(out, context.service.xml_namespace, {});
  out.open("Error");
  out.element("Type", context.error.shape->sender_fault ? "Sender" : "Receiver");
  write_code_and_message(out, context);
  write_fields(out, context);
  out.close();
  out.element("RequestId", context.error.ids.request_id);
  out.close();
  return out.take();
}

void encode_xml(const Context& context, WireResponse& response) {
  const bool bare = context.protocol == Protocol::kRestXml && is_s3(context.service);
  if (context.protocol == Protocol::kEc2) {
    response.headers.emplace_back("Content-Type", "text/xml;charset=UTF-8");
    response.body = ec2_body(context);
  } else {
    response.headers.emplace_back("Content-Type",
                                  context.protocol == Protocol::kQuery ? "text/xml" : "application/xml");
    response.body = bare ? s3_body(context) : wrapped_body(context);
  }
}

}  // namespace

WireResponse encode_error(Protocol protocol, const model::ServiceModel& service, const ErrorView& error) {
  const Context context{.protocol = protocol, .service = service, .error = error};
  WireResponse response{.status = error.shape->status};
  if (is_s3(service)) {
    response.headers.emplace_back("x-amz-request-id", error.ids.request_id);
    response.headers.emplace_back("x-amz-id-2", error.ids.host_id);
  } else {
    response.headers.emplace_back("x-amzn-RequestId", error.ids.request_id);
  }
  const bool is_rest = protocol == Protocol::kRestJson || protocol == Protocol::kRestXml;
  if (is_rest && error.shape->shape != nullptr)
    write_bindings(*error.shape->shape, fields_of(error), response);
  switch (protocol) {
    case Protocol::kJson10:
    case Protocol::kJson11:
    case Protocol::kRestJson: encode_json(context, response); break;
    case Protocol::kRpcV2Cbor: encode_cbor(context, response); break;
    case Protocol::kQuery:
    case Protocol::kEc2:
    case Protocol::kRestXml: encode_xml(context, response); break;
  }
  if (error.method == "HEAD" || response.status == 304) response.body.clear();
  return response;
}

}  // namespace haneul::protocol
