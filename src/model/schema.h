// Schema: what generated code says about an API, as constant tables. Codecs, constraint checks, binding and
// the gap page walk these tables; nothing here is specific to a service. tools/codegen writes them from
// models/<service>.json.
//
// All pointers and views point at static storage (generated code) or at storage that outlives the schema
// (tests build schemas at run time through schema_builder.h). Thread rule: constant after construction.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace haneul::model {

enum class ShapeKind : uint8_t {
  kBoolean,
  kInteger,
  kLong,
  kFloat,
  kDouble,
  kString,
  kBlob,
  kTimestamp,
  kList,
  kMap,
  kStructure,
  kUnion,
  kDocument
};
// kDefault: the protocol's own.
enum class TimestampFormat : uint8_t { kDefault, kEpochSeconds, kIso8601, kHttpDate };
// kHeaders: a map under a header prefix.
enum class Location : uint8_t { kBody, kHeader, kHeaders, kQuery, kUri, kStatus, kQueryMap, kHost };
enum class Protocol : uint8_t { kJson10, kJson11, kRestJson, kRestXml, kQuery, kEc2, kRpcV2Cbor };

struct Shape;

// How a typed struct stores a member of this shape; made by the templates in model/binding.h. Null in
// run-time schemas, which only ever meet Documents.
struct TypeOps;

struct Member {
  std::string_view name;  // the API's name: Document key and name in messages
  const Shape* shape = nullptr;
  Location location = Location::kBody;
  std::string_view wire_name;   // in JSON, XML, query string or header, or prefix (kHeaders); empty: as name
  std::string_view query_name;  // ec2 and query name where it differs
  bool required = false;
  bool payload = false;    // this member is the whole HTTP body
  bool streaming = false;  // payload that is passed as a stream, never as a value
  bool xml_attribute = false;
  bool flattened = false;  // list or map without a wrapping element
  bool idempotency_token = false;
  bool context_param = false;
  TimestampFormat timestamp_format = TimestampFormat::kDefault;
  std::string_view xml_namespace;  // uri, on the member
  std::string_view xml_namespace_prefix;
  uint32_t offset = 0;  // of the struct field; the field is std::optional<T> unless required, then T
};

struct Shape {
  std::string_view name;
  ShapeKind kind = ShapeKind::kString;
  std::span<const Member> members;     // structures and unions, in the model's order
  const Shape* element = nullptr;      // list member, map value
  const Shape* key = nullptr;          // map key
  std::string_view element_wire_name;  // list item name ("member" when empty), map value name ("value")
  std::string_view key_wire_name;      // map key name ("key" when empty)
  bool flattened = false;
  bool sparse = false;
  bool sensitive = false;
  bool media_json = false;  // a string that travels as base64 JSON in headers (jsonvalue)
  bool enum_open = true;    // false: a value outside `enums` is refused by validation
  TimestampFormat timestamp_format = TimestampFormat::kDefault;
  std::optional<double> min, max;  // value of numbers; length of strings (in code points), blobs, lists, maps
  std::string_view pattern;        // as AWS words it in messages; empty: none
  std::string_view pattern_re2;    // the same language in RE2's syntax; empty: `pattern` already is
  std::span<const std::string_view> enums;
  std::string_view xml_name, xml_namespace, xml_namespace_prefix;
  const TypeOps* ops = nullptr;  // of the C++ type
};

struct ErrorShape {
  std::string_view name;        // the modelled shape's name
  std::string_view code;        // on the wire (query and xml codes may differ from the name)
  std::string_view query_code;  // awsQueryCompatible code; empty: same as code
  int status = 400;
  bool sender_fault = true;
  const Shape* shape = nullptr;  // extra members of the error
};

struct OperationModel {
  std::string_view name;
  std::string_view http_method = "POST";
  std::string_view http_path = "/";  // with {labels} and {greedy+}; may carry a fixed query: /{Bucket}?acl
  int http_status = 200;
  const Shape* input = nullptr;  // null: no members
  const Shape* output = nullptr;
  std::string_view input_xml_name;  // root element of the request body, rest-xml
  std::string_view input_xml_namespace;
  std::string_view result_wrapper;  // query protocol
  std::span<const ErrorShape* const> errors;
  bool unsigned_payload = false;
  bool checksum_required = false;  // httpChecksum: the request must carry a checksum or Content-MD5
  bool event_stream_output = false;
  bool event_stream_input = false;
  bool unwrapped_output = false;  // the output's one body member is the root element (GetBucketLocation)
  std::string_view host_prefix;
};

struct ServiceModel {
  std::string_view name;             // our folder name: "s3"
  std::string_view id;               // "CloudWatch Logs"
  std::string_view signing_name;     // "logs"
  std::string_view endpoint_prefix;  // "logs"
  std::string_view arn_namespace;    // "logs"
  std::string_view api_version;      // "2014-03-28"
  std::string_view target_prefix;    // "Logs_20140328"
  std::string_view rpc_name;         // service segment of rpc-v2-cbor paths
  std::string_view xml_namespace;
  bool query_compatible = false;
  bool global = false;                  // one endpoint for all regions (iam)
  std::span<const Protocol> protocols;  // first is the one answered when the request leaves a choice
  std::span<const OperationModel* const> operations;
  std::span<const ErrorShape* const> errors;
};

}  // namespace haneul::model
