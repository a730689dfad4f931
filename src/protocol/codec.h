// The codecs: AWS wire protocols on the server's side, between HTTP messages and Documents, guided by schema
// tables. json-1.0, json-1.1, rest-json, rest-xml, query, ec2 and rpc-v2-cbor; see "AWS protocols" in the
// Smithy specification.
//
// Order of use, as the pipeline goes: router.h finds the Call (protocol, service, operation, path labels);
// decode_input makes the input Document; model::validate and bind take it from there; encode_output or
// encode_error makes the answer.
//
// What the Document holds: members by their model names; a member that the client left out or sent as null is
// absent; kinds are those of the shapes (blobs and timestamps decoded). Constraints and required members are
// not checked here. Members of Location::kHost and streaming payloads never appear: the caller passes the
// stream. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/document.h"
#include "base/parse_error.h"
#include "model/error.h"
#include "model/schema.h"
#include "protocol/wire.h"

namespace haneul::protocol {

// A request that does not mean what its operation's shapes say. The message is fit for the client.
class DecodeError : public ParseError {
 public:
  enum class Kind {
    kMalformedBody,  // no JSON, XML, form or CBOR at all
    kBadValue,       // a body member of the wrong kind, or a union without exactly one member
    kBadParameter    // the same in a header, the query string or the path
  };
  DecodeError(Kind kind, std::string message) : ParseError(std::move(message)), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// Throws DecodeError. The body of an operation with a streaming payload is not looked at.
Document decode_input(const Call& call, const WireRequest& request);

// How AWS answers a request that cannot be decoded in this protocol: SerializationException, MalformedXML,
// ...
struct DecodeAnswer {
  const model::ErrorShape* shape;
  std::string message;
};
DecodeAnswer answer_for(const Call& call, const DecodeError& error);

// What identifies an answer: x-amzn-RequestId, or x-amz-request-id and x-amz-id-2 (S3), and in XML bodies.
struct AnswerIds {
  std::string_view request_id;
  std::string_view host_id;  // S3 only
};

// Content-Length is the listener's. A HEAD answer has no body. A status set by the operation (206, 304) is
// the caller's to put in place afterwards, as is a streaming payload.
WireResponse encode_output(const Call& call, const Document& output, const AnswerIds& ids);

struct ErrorView {
  const model::ErrorShape* shape;
  std::string_view message;
  const Document* fields = nullptr;  // further members by model name; null: none
  AnswerIds ids;
  std::string_view method;    // of the request: HEAD gets no body
  std::string_view resource;  // raw path of the request, shown by S3
};
// The operation may be unknown, hence no Call.
WireResponse encode_error(model::Protocol protocol, const model::ServiceModel& service,
                          const ErrorView& error);

// Whether the request or answer body is a stream that the codec leaves alone.
bool has_streaming_input(const model::OperationModel& operation);
bool has_streaming_output(const model::OperationModel& operation);

}  // namespace haneul::protocol
