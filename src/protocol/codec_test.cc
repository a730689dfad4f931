#include "protocol/codec.h"

#include <gtest/gtest.h>

#include "base/cbor.h"
#include "base/json.h"
#include "base/xml.h"
#include "model/common_errors.h"
#include "model/schema_builder.h"
#include "protocol/rest_binding.h"

namespace haneul::protocol {
namespace {

constexpr std::string_view kShapes = R"({
  "S":{"type":"string"},"I":{"type":"integer"},"L":{"type":"long"},"T":{"type":"timestamp"},
    "X":{"type":"blob"},
  "SL":{"type":"list","member":{"shape":"S"}},
  "U":{"type":"structure","union":true,"members":{"a":{"shape":"S"},"b":{"shape":"I"}}},
  "Tag":{"type":"structure","members":{"Key":{"shape":"S"},"Value":{"shape":"S"}}},
  "Tags":{"type":"list","member":{"shape":"Tag","locationName":"Tag"}},
  "In":{"type":"structure","members":{"Name":{"shape":"S"},"Count":{"shape":"I"},"Big":{"shape":"L"},
    "At":{"shape":"T"},
    "Data":{"shape":"X"},"Names":{"shape":"SL"},"Choice":{"shape":"U"},"Nested":{"shape":"In"},
    "Tags":{"shape":"Tags"}}},
  "Raw":{"type":"structure","payload":"Body","members":{"Body":{"shape":"X","streaming":true},
    "Type":{"shape":"S","location":"header","locationName":"Content-Type"}}},
  "Place":{"type":"structure","members":{"Where":{"shape":"S","locationName":"Spot"}}},
  "Lost":{"type":"structure","exception":true,
    "error":{"code":"Old.Lost","httpStatusCode":404,"senderFault":true},
    "members":{"message":{"shape":"S"},"Resource":{"shape":"S"}}}})";

// One operation of a service that speaks the protocol.
struct Fixture {
  explicit Fixture(std::string_view protocol, std::string_view more = R"("serviceId":"Any")",
                   std::string_view shape = "In", std::string_view method = "POST")
      : builder(parse_json(kShapes), parse_json(R"({"endpointPrefix":"any","protocol":")" +
                                                std::string(protocol) + R"(",)" + std::string(more) + "}")) {
    const std::string name(shape);
    operation = builder.operation(parse_json(R"({"name":"Do","http":{"method":")" + std::string(method) +
                                             R"(","requestUri":"/"},"input":{"shape":")" + name +
                                             R"("},"output":{"shape":")" + name +
                                             R"("},"errors":[{"shape":"Lost"}]})"));
    service = builder.service();
    call = {
        .protocol = service.protocols.front(), .service = &service, .operation = &operation, .labels = {}};
  }
  Document decode(std::string_view body) {
    return decode_input(call, {.method = "POST", .path = "/", .query = {}, .headers = {}, .body = body});
  }
  std::string failure(std::string_view body) {
    try {
      decode(body);
    } catch (const DecodeError& error) {
      return error.what();
    }
    return "accepted";
  }
  WireResponse fail(std::string_view message, const Document* fields, std::string_view method = "POST") {
    return encode_error(call.protocol, service,
                        {.shape = operation.errors.front(),
                         .message = message,
                         .fields = fields,
                         .ids = {"r-1", "h-1"},
                         .method = method,
                         .resource = "/b/k"});
  }
  model::SchemaBuilder builder;
  model::OperationModel operation;
  model::ServiceModel service;
  Call call;
};

// A client must learn which member is wrong and how, in AWS's words.
TEST(Codec, JsonFailuresNameTheMember) {
  Fixture json("json");
  EXPECT_EQ(json.failure(R"({"Nested":{"Names":["a",1]}})"),
            "NUMBER_VALUE can not be converted to String (at 'Nested.Names[1]')");
  EXPECT_EQ(json.failure(R"({"Count":"1"})"), "STRING_VALUE can not be converted to Integer (at 'Count')");
  EXPECT_EQ(json.failure(R"({"Count":2147483648})"), "the number does not fit Integer (at 'Count')");
  EXPECT_EQ(json.failure(R"({"Count":1.5})"), "the number is not a whole one (at 'Count')");
  EXPECT_EQ(json.failure(R"({"Name":{}})"),
            "Start of structure or map found where not expected. (at 'Name')");
  EXPECT_EQ(json.failure(R"([])"), "Start of list found where not expected.");
  EXPECT_EQ(json.failure(R"({"Data":"*"})"), "the text is not valid base64 (at 'Data')");
  EXPECT_EQ(json.failure(R"({"At":1e300})"), "the time is not in the years 0 to 9999 (at 'At')");
  EXPECT_EQ(json.failure(R"({"Choice":{"a":"x","b":1}})"),
            "a union has exactly one member; 2 of 2 are set (at 'Choice')");
  EXPECT_EQ(json.failure("{").substr(0, 7), "Missing");
  EXPECT_EQ(answer_for(json.call, DecodeError(DecodeError::Kind::kBadValue, "x")).shape->code,
            "SerializationException");
}

// Null members are absent ones, unknown ones are none of our business, and long integers stay exact.
TEST(Codec, JsonTolerance) {
  Fixture json("json");
  EXPECT_EQ(
      write_json(json.decode(R"({"Name":null,"Nope":1,"Big":9007199254740993,"Choice":{"b":1,"a":null}})")),
      R"({"Big":9007199254740993,"Choice":{"b":1}})");
  EXPECT_EQ(json.decode(""), Document::object());
}

// Parameters come in any order and with any numbers; a hostile index must cost nothing.
TEST(Codec, QueryLists) {
  Fixture query("query");
  EXPECT_EQ(write_json(query.decode(
                "Names.member.10=c&Names.member.9223372036854775807=d&Action=Do&Names.member.2=b&"
                "Names.member.x=z&Unknown.1=1")),
            R"({"Names":["b","c","d"]})");
  EXPECT_EQ(query.failure("Count=x"), "\"x\" is not a valid Integer (at 'Count')");
  EXPECT_EQ(query.failure("Name.a=x"), "nested parameters where a String is expected (at 'Name')");
  EXPECT_EQ(query.failure("Name=%zz"), "The query string contains a malformed percent-encoding.");
  std::string deep = "Nested";
  for (int i = 0; i < 1000; ++i) deep += ".Nested";
  EXPECT_NE(query.failure(deep + "=1"), "accepted");
}

// XML of the wrong form is S3's MalformedXML, whatever the detail.
TEST(Codec, XmlFailures) {
  Fixture xml("rest-xml");
  EXPECT_EQ(write_json(xml.decode("<In><Tags><Tag><Key>a</Key></Tag></Tags><Names/></In>")),
            R"({"Names":[],"Tags":[{"Key":"a"}]})");
  EXPECT_EQ(xml.failure("<In><Count>x</Count></In>"), "\"x\" is not a valid Integer (at 'Count')");
  EXPECT_EQ(xml.failure("<In><Name><b/></Name></In>"), "elements where a String is expected (at 'Name')");
  try {
    xml.decode("<In>");
    FAIL();
  } catch (const DecodeError& error) {
    EXPECT_EQ(answer_for(xml.call, error).shape->code, "MalformedXML");
  }
}

// CBOR carries kinds of its own; text for bytes is an error and not a conversion.
TEST(Codec, CborKinds) {
  Fixture cbor("smithy-rpc-v2-cbor");
  Document sent = Document::object();
  sent.set("At", Timestamp(Milliseconds(1500)));
  sent.set("Data", Blob{"x"});
  EXPECT_EQ(cbor.decode(write_cbor(sent)), sent);
  sent.set("Data", "eA==");
  EXPECT_EQ(cbor.failure(write_cbor(sent)), "STRING_VALUE can not be converted to Blob (at 'Data')");
}

// S3's clients read Code, extra members and both ids from a bare Error element; a HEAD answer carries none of
// it.
TEST(Codec, S3Errors) {
  Fixture s3("rest-xml", R"("serviceId":"S3")");
  Document fields = Document::object();
  fields.set("BucketName", "b<");
  const WireResponse answer = s3.fail("gone & lost", &fields);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(HeaderView(answer.headers).get("x-amz-id-2"), "h-1");
  EXPECT_EQ(answer.body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>Old.Lost</Code><Message>gone &amp; "
            "lost</Message>"
            "<BucketName>b&lt;</BucketName><Resource>/b/k</Resource><RequestId>r-1</RequestId><HostId>h-1</"
            "HostId></Error>");
  EXPECT_EQ(s3.fail("x", nullptr, "HEAD").body, "");
}

// SQS tells JSON clients the query code in a header, and both statuses are 400 whatever the query model says.
TEST(Codec, QueryCompatibleErrors) {
  Fixture sqs("json", R"("serviceId":"SQS","jsonVersion":"1.0","awsQueryCompatible":{})");
  const WireResponse answer = sqs.fail("gone", nullptr);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(HeaderView(answer.headers).get("x-amzn-query-error"), "Old.Lost;Sender");
  EXPECT_EQ(answer.body, R"({"__type":"com.amazonaws.any#Lost","message":"gone"})");
}

// Errors that every service shares have no shape; they must come out in each protocol all the same.
TEST(Codec, CommonErrors) {
  for (const std::string_view protocol :
       {"json", "rest-json", "rest-xml", "query", "ec2", "smithy-rpc-v2-cbor"}) {
    Fixture any(protocol);
    const WireResponse answer =
        encode_error(any.call.protocol, any.service,
                     {.shape = &model::kInternalFailureShape, .message = "m", .ids = {"r-1", ""}});
    EXPECT_EQ(answer.status, 500);
    const bool in_header = HeaderView(answer.headers).get("x-amzn-ErrorType") == "InternalFailure";
    EXPECT_TRUE(in_header || answer.body.find("InternalFailure") != std::string::npos) << protocol;
    EXPECT_EQ(HeaderView(answer.headers).get("x-amzn-requestid"), "r-1");
  }
}

// Data that a client stored must not become header lines of an answer.
TEST(Codec, HeadersCannotBeSplit) {
  Fixture raw("rest-xml", R"("serviceId":"S3")", "Raw");
  Document output = Document::object();
  output.set("Type", "text/plain\r\nSet-Cookie: x");
  const WireResponse answer = encode_output(raw.call, output, {"r", "h"});
  EXPECT_EQ(HeaderView(answer.headers).get("Content-Type"), "text/plain  Set-Cookie: x");
  EXPECT_EQ(answer.body, "");
  EXPECT_TRUE(has_streaming_output(raw.operation));
}

// GetBucketLocation's answer is the bare location; a wrapper would make SDKs see none.
TEST(Codec, UnwrappedOutput) {
  Fixture s3("rest-xml", R"("serviceId":"S3","xmlNamespace":"http://s3/")", "Place");
  s3.operation.unwrapped_output = true;
  Document output = Document::object();
  output.set("Where", "eu-west-1");
  EXPECT_EQ(encode_output(s3.call, output, {}).body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Spot xmlns=\"http://s3/\">eu-west-1</Spot>");
}

// Header lists quote what would read as two items; what we write must split back.
TEST(Codec, HeaderLists) {
  EXPECT_EQ(split_header_list(R"(a, "b,c", "d\"e" ,,f)", ListItems::kPlain),
            (std::vector<std::string>{"a", "b,c", "d\"e", "", "f"}));
  EXPECT_EQ(split_header_list("", ListItems::kPlain), std::vector<std::string>{});
  EXPECT_EQ(split_header_list("Mon, 1, Tue, 2", ListItems::kHttpDates),
            (std::vector<std::string>{"Mon, 1", "Tue, 2"}));
  for (const std::string_view item : {"a,b", "\"", " x ", "", "\\"}) {
    EXPECT_EQ(split_header_list(quote_header_item(item) + ", z", ListItems::kPlain),
              (std::vector<std::string>{std::string(item), "z"}));
  }
}

}  // namespace
}  // namespace haneul::protocol
