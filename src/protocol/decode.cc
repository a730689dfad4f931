// Requests to input Documents: which body codec an operation's protocol takes, and how AWS answers what
// cannot be decoded. See codec.h; a REST body holds either the payload member or all members that are not
// bound elsewhere.
#include "base/cbor.h"
#include "base/json.h"
#include "base/text.h"
#include "base/xml.h"
#include "protocol/codec.h"
#include "protocol/document_codec.h"
#include "protocol/form_codec.h"
#include "protocol/place.h"
#include "protocol/rest_binding.h"
#include "protocol/scalar.h"
#include "protocol/xml_codec.h"

namespace haneul::protocol {

using model::Protocol;
using model::ShapeKind;

namespace {

constexpr auto kMalformedBody = DecodeError::Kind::kMalformedBody;

template <class Parse>
auto parse_body(Parse parse, std::string_view body) {
  try {
    return parse(body);
  } catch (const DecodeError&) {
    throw;
  } catch (const ParseError& error) {
    throw DecodeError(kMalformedBody, error.what());
  }
}

const model::Member* payload_member(const model::Shape& shape) {
  for (const model::Member& member : shape.members) {
    if (member.payload) return &member;
  }
  return nullptr;
}

bool has_body_members(const model::Shape& shape) {
  for (const model::Member& member : shape.members) {
    if (member.location == model::Location::kBody) return true;
  }
  return false;
}

Document decode_json(const model::Shape& shape, std::string_view body, DocumentStyle style) {
  if (trim(body).empty()) return Document::object();
  Document wire = parse_body(parse_json, body);
  return DocumentReader(style).structure(shape, wire, Place{});
}

Document decode_cbor(const model::Shape& shape, std::string_view body) {
  if (body.empty()) return Document::object();
  Document wire = parse_body(parse_cbor, body);
  return DocumentReader(kCborStyle).structure(shape, wire, Place{});
}

// Parameters may stand in the query string (GET), in the body (POST), or in both.
Document decode_form(const model::Shape& shape, const WireRequest& request, FormStyle style) {
  QueryPairs pairs = parse_query(request.query);
  for (auto& pair : parse_query(request.body)) pairs.push_back(std::move(pair));
  return FormReader(style).structure(shape, grow_form(std::move(pairs)), Place{});
}

Document decode_raw(const model::Shape& shape, std::string_view body) {
  if (shape.kind == ShapeKind::kBlob) return Blob{std::string(body)};
  if (!is_valid_utf8(body)) throw DecodeError(kMalformedBody, "the body is not valid UTF-8");
  return body;
}

// Nothing where the body is empty: an absent payload.
Document decode_payload(Protocol protocol, const model::Member& member, std::string_view body) {
  const model::Shape& shape = *member.shape;
  if (body.empty()) return {};
  if (shape.kind == ShapeKind::kBlob || shape.kind == ShapeKind::kString) return decode_raw(shape, body);
  const Place place{.parent = nullptr, .name = member.name};
  if (protocol == Protocol::kRestXml) return XmlReader().value(shape, parse_body(parse_xml, body), place);
  Document wire = parse_body(parse_json, body);
  return DocumentReader(kRestJsonStyle).value(shape, model::TimestampFormat::kDefault, wire, place);
}

Document decode_rest(const Call& call, const WireRequest& request) {
  const model::Shape& shape = *call.operation->input;
  const model::Member* payload = payload_member(shape);
  Document input = Document::object();
  if (payload == nullptr && has_body_members(shape) && !trim(request.body).empty()) {
    input = call.protocol == Protocol::kRestXml
                ? XmlReader().structure(shape, parse_body(parse_xml, request.body), Place{})
                : decode_json(shape, request.body, kRestJsonStyle);
  }
  if (payload != nullptr && !has_streaming_input(*call.operation)) {
    Document value = decode_payload(call.protocol, *payload, request.body);
    if (!value.is_null()) input.as_object().emplace_back(payload->name, std::move(value));
  }
  read_bindings(call, request, input);
  return input;
}

constexpr model::ErrorShape kMalformedXml{.name = "MalformedXML",
                                          .code = "MalformedXML",
                                          .query_code = {},
                                          .status = 400,
                                          .sender_fault = true,
                                          .shape = nullptr};
constexpr model::ErrorShape kInvalidArgument{.name = "InvalidArgument",
                                             .code = "InvalidArgument",
                                             .query_code = {},
                                             .status = 400,
                                             .sender_fault = true,
                                             .shape = nullptr};
constexpr model::ErrorShape kMalformedInput{.name = "MalformedInput",
                                            .code = "MalformedInput",
                                            .query_code = {},
                                            .status = 400,
                                            .sender_fault = true,
                                            .shape = nullptr};
constexpr model::ErrorShape kMalformedQueryString{.name = "MalformedQueryString",
                                                  .code = "MalformedQueryString",
                                                  .query_code = {},
                                                  .status = 400,
                                                  .sender_fault = true,
                                                  .shape = nullptr};
constexpr model::ErrorShape kSerialization{.name = "SerializationException",
                                           .code = "SerializationException",
                                           .query_code = {},
                                           .status = 400,
                                           .sender_fault = true,
                                           .shape = nullptr};

}  // namespace

bool has_streaming_input(const model::OperationModel& operation) {
  const model::Member* payload = operation.input == nullptr ? nullptr : payload_member(*operation.input);
  return operation.event_stream_input || (payload != nullptr && payload->streaming);
}

Document decode_input(const Call& call, const WireRequest& request) {
  if (call.operation->input == nullptr) return Document::object();
  const model::Shape& shape = *call.operation->input;
  switch (call.protocol) {
    case Protocol::kJson10:
    case Protocol::kJson11: return decode_json(shape, request.body, kJsonRpcStyle);
    case Protocol::kRpcV2Cbor: return decode_cbor(shape, request.body);
    case Protocol::kQuery: return decode_form(shape, request, FormStyle::kQuery);
    case Protocol::kEc2: return decode_form(shape, request, FormStyle::kEc2);
    case Protocol::kRestJson:
    case Protocol::kRestXml: break;
  }
  return decode_rest(call, request);
}

DecodeAnswer answer_for(const Call& call, const DecodeError& error) {
  switch (call.protocol) {
    case Protocol::kRestXml:
      if (error.kind() == DecodeError::Kind::kBadParameter) return {&kInvalidArgument, error.what()};
      return {&kMalformedXml,
              "The XML you provided was not well-formed or did not validate against our published schema"};
    case Protocol::kQuery:
    case Protocol::kEc2:
      if (error.kind() == DecodeError::Kind::kBadParameter) return {&kMalformedQueryString, error.what()};
      return {&kMalformedInput, error.what()};
    default: return {&kSerialization, error.what()};
  }
}

}  // namespace haneul::protocol
