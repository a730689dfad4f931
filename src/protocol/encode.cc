// Output Documents to answers: body, content type, ids and bindings of each protocol. See codec.h; an answer
// without body members has no body, except in the JSON protocols, whose clients expect an object.
#include "base/cbor.h"
#include "base/json.h"
#include "base/xml.h"
#include "protocol/codec.h"
#include "protocol/document_codec.h"
#include "protocol/rest_binding.h"
#include "protocol/scalar.h"
#include "protocol/service_traits.h"
#include "protocol/xml_codec.h"

namespace haneul::protocol {

using model::Protocol;
using model::ShapeKind;

namespace {

constexpr std::string_view kXmlType = "application/xml";
constexpr std::string_view kJsonType = "application/json";

const model::Member* payload_member(const model::Shape& shape) {
  for (const model::Member& member : shape.members) {
    if (member.payload) return &member;
  }
  return nullptr;
}

void set_type(WireResponse& response, std::string_view type) {
  if (HeaderView(response.headers).find("Content-Type") == nullptr) {
    response.headers.emplace_back("Content-Type", type);
  }
}

void encode_json(const Call& call, const Document& output, WireResponse& response) {
  set_type(response,
           call.protocol == Protocol::kJson10 ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1");
  if (call.operation->output == nullptr) return;  // no body, as AWS answers
  const auto sink = json_sink();
  DocumentWriter(kJsonRpcStyle, *sink).structure(*call.operation->output, output);
  response.body = sink->take();
}

void encode_cbor(const Call& call, const Document& output, WireResponse& response) {
  response.headers.emplace_back("smithy-protocol", "rpc-v2-cbor");
  if (call.operation->output == nullptr) return;
  set_type(response, "application/cbor");
  const auto sink = cbor_sink();
  DocumentWriter(kCborStyle, *sink).structure(*call.operation->output, output);
  response.body = sink->take();
}

void encode_query(const Call& call, const Document& output, std::string_view request_id,
                  WireResponse& response) {
  set_type(response, "text/xml");
  const model::OperationModel& operation = *call.operation;
  const std::string name(operation.name);
  XmlWriter out(false);
  out.open(name + "Response");
  write_namespace(out, call.service->xml_namespace, {});
  if (operation.output != nullptr) {
    out.open(operation.result_wrapper.empty() ? name + "Result" : std::string(operation.result_wrapper));
    XmlShapeWriter(out, {.query_names = true}).members(*operation.output, output);
    out.close();
  }
  out.open("ResponseMetadata");
  out.element("RequestId", request_id);
  out.close();
  out.close();
  response.body = out.take();
}

void encode_ec2(const Call& call, const Document& output, std::string_view request_id,
                WireResponse& response) {
  set_type(response, "text/xml;charset=UTF-8");
  XmlWriter out(true);
  out.open(std::string(call.operation->name) + "Response");
  write_namespace(out, call.service->xml_namespace, {});
  out.element("requestId", request_id);
  if (call.operation->output != nullptr) XmlShapeWriter(out, {}).members(*call.operation->output, output);
  out.close();
  response.body = out.take();
}

struct XmlRoot {
  std::string_view name, space, space_prefix;
};

// Attributes come before content, hence the namespace first.
std::string xml_body(const Call& call, const XmlRoot& root, const model::Shape& shape,
                     const Document& value) {
  XmlWriter out(true);
  out.open(root.name);
  write_namespace(out, root.space.empty() ? call.service->xml_namespace : root.space, root.space_prefix);
  XmlShapeWriter(out, {.millis = is_s3(*call.service)}).content(shape, value);
  out.close();
  return out.take();
}

// The operation's only member is the text of the root element (S3 GetBucketLocation).
std::string unwrapped_body(const Call& call, const Document& output) {
  const model::Member& member = call.operation->output->members.front();
  const Document* value = output.find(member.name);
  XmlWriter out(true);
  out.open(wire_name(member));
  write_namespace(out, call.service->xml_namespace, {});
  if (value != nullptr) out.text(scalar_to_text(*member.shape, model::TimestampFormat::kIso8601, *value));
  out.close();
  return out.take();
}

void encode_payload(const Call& call, const model::Member& member, const Document& output,
                    WireResponse& response) {
  const model::Shape& shape = *member.shape;
  const Document* value = output.find(member.name);
  if (member.streaming || value == nullptr || value->is_null()) return;
  if (shape.kind == ShapeKind::kBlob || shape.kind == ShapeKind::kString) {
    set_type(response, shape.kind == ShapeKind::kBlob ? "application/octet-stream" : "text/plain");
    response.body = value->is_blob() ? value->as_blob() : value->as_string();
  } else if (call.protocol == Protocol::kRestXml) {
    set_type(response, kXmlType);
    const std::string_view own = shape.xml_name.empty() ? shape.name : shape.xml_name;
    const XmlRoot root{.name = member.wire_name.empty() ? own : member.wire_name,
                       .space = member.xml_namespace.empty() ? shape.xml_namespace : member.xml_namespace,
                       .space_prefix = member.xml_namespace.empty() ? shape.xml_namespace_prefix
                                                                    : member.xml_namespace_prefix};
    response.body = xml_body(call, root, shape, *value);
  } else {
    set_type(response, kJsonType);
    const auto format = time_format(&member, shape, model::TimestampFormat::kEpochSeconds);
    const auto sink = json_sink();
    DocumentWriter(kRestJsonStyle, *sink).value(shape, format, *value);
    response.body = sink->take();
  }
}

void encode_rest_body(const Call& call, const Document& output, WireResponse& response) {
  const model::Shape& shape = *call.operation->output;
  if (call.protocol == Protocol::kRestJson) {
    if (!has_answer_body(shape) && !shape.members.empty()) return;
    set_type(response, kJsonType);
    const auto sink = json_sink();
    DocumentWriter(kRestJsonStyle, *sink).structure(shape, output);
    response.body = sink->take();
    return;
  }
  if (!has_answer_body(shape)) return;
  set_type(response, kXmlType);
  if (call.operation->unwrapped_output) {
    response.body = unwrapped_body(call, output);
    return;
  }
  const XmlRoot root{.name = shape.xml_name.empty() ? shape.name : shape.xml_name,
                     .space = shape.xml_namespace,
                     .space_prefix = shape.xml_namespace_prefix};
  response.body = xml_body(call, root, shape, output);
}

void encode_rest(const Call& call, const Document& output, WireResponse& response) {
  response.status = call.operation->http_status;
  if (call.operation->output == nullptr) return;
  const model::Shape& shape = *call.operation->output;
  write_bindings(shape, output, response);
  const bool bodiless = response.status == 204 || response.status == 304;
  if (bodiless || has_streaming_output(*call.operation)) return;
  if (const model::Member* payload = payload_member(shape))
    return encode_payload(call, *payload, output, response);
  encode_rest_body(call, output, response);
}

void add_ids(const Call& call, const AnswerIds& ids, WireResponse& response) {
  if (is_s3(*call.service)) {
    response.headers.emplace_back("x-amz-request-id", ids.request_id);
    response.headers.emplace_back("x-amz-id-2", ids.host_id);
  } else {
    response.headers.emplace_back("x-amzn-RequestId", ids.request_id);
  }
}

}  // namespace

bool has_streaming_output(const model::OperationModel& operation) {
  const model::Member* payload = operation.output == nullptr ? nullptr : payload_member(*operation.output);
  return operation.event_stream_output || (payload != nullptr && payload->streaming);
}

WireResponse encode_output(const Call& call, const Document& output, const AnswerIds& ids) {
  WireResponse response;
  add_ids(call, ids, response);
  switch (call.protocol) {
    case Protocol::kJson10:
    case Protocol::kJson11: encode_json(call, output, response); break;
    case Protocol::kRpcV2Cbor: encode_cbor(call, output, response); break;
    case Protocol::kQuery: encode_query(call, output, ids.request_id, response); break;
    case Protocol::kEc2: encode_ec2(call, output, ids.request_id, response); break;
    case Protocol::kRestJson:
    case Protocol::kRestXml: encode_rest(call, output, response); break;
  }
  if (call.operation->http_method == "HEAD") response.body.clear();
  return response;
}

}  // namespace haneul::protocol
