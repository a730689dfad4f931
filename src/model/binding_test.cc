#include "model/binding.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "gen/dynamodb/operations.h"
#include "gen/lambda/operations.h"
#include "gen/s3/operations.h"
#include "model/validate.h"

namespace haneul::model {
namespace {

// Every kind of member an operation can meet goes from a document into its field and back unchanged.
TEST(Binding, RoundTripsAnOperationsInput) {
  const Document from = parse_json(R"json({"FunctionName": "resize", "Runtime": "python3.9",
      "Role": "arn:aws:iam::123456789012:role/r", "Handler": "a.b",
      "Code": {"S3Bucket": "code", "S3Key": "k"}, "Timeout": 3, "Publish": true,
      "Environment": {"Variables": {"ONE": "1", "TWO": "2"}},
      "Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:pdf:1"],
      "EphemeralStorage": {"Size": 512}})json");
  ASSERT_EQ(violations_message(validate(*lambda::op::CreateFunction::model().input, from)),
            "0 validation errors detected: ");
  const auto input = bind<lambda::CreateFunctionInput>(from);
  EXPECT_EQ(input.function_name, "resize");
  EXPECT_EQ(input.code.s3_bucket, "code");
  EXPECT_EQ(input.timeout, 3);
  EXPECT_EQ(input.publish, true);
  EXPECT_EQ(input.environment->variables->at("TWO"), "2");
  EXPECT_EQ(input.layers->size(), 1u);
  EXPECT_FALSE(input.description.has_value());
  const Document back = unbind(input);
  EXPECT_EQ(back.as_object().size(), from.as_object().size());
  for (const auto& [name, value] : from.as_object()) {
    ASSERT_NE(back.find(name), nullptr) << name;
    EXPECT_EQ(*back.find(name), value) << name;
  }
}

// Shapes whose service has a type of its own come as documents, whole and unchanged, wherever they are.
TEST(Binding, LeavesDocumentsToTheirService) {
  const Document from = parse_json(R"json({"TableName": "t", "Item": {"id": {"S": "1"},
      "deep": {"L": [{"M": {"x": {"N": "4"}}}, {"BOOL": false}, {"NULL": true}]}},
      "Expected": {"v": {"Value": {"N": "1"}, "Exists": true}}})json");
  const auto input = bind<dynamodb::PutItemInput>(from);
  EXPECT_EQ(input.item, *from.find("Item"));
  EXPECT_EQ(*input.expected->at("v").value, parse_json(R"json({"N": "1"})json"));
  EXPECT_EQ(*unbind(input).find("Item"), *from.find("Item"));
}

// An object's body is a stream of any size: it must not be a field that somebody fills with five gigabytes.
TEST(Binding, LeavesStreamsOut) {
  const Shape& input = *s3::op::PutObject::model().input;
  bool found = false;
  for (const Member& member : input.members)
    found |= member.name == "Body" && member.streaming && member.payload;
  EXPECT_TRUE(found);
  Document from = parse_json(R"json({"Bucket": "b", "Key": "k", "ContentLength": 5})json");
  from.set("Body", Blob{"bytes"});
  const auto bound = bind<s3::PutObjectInput>(from);
  EXPECT_EQ(bound.content_length, 5);
  EXPECT_EQ(unbind(bound).find("Body"), nullptr);
}

// Times and bytes keep their own types on the way through.
TEST(Binding, KeepsTimesAndBytes) {
  const Timestamp at{std::chrono::milliseconds(1'700'000'000'123)};
  Document from = parse_json(R"json({"Bucket": "b", "Key": "k"})json");
  from.set("IfModifiedSince", at);
  EXPECT_EQ(bind<s3::GetObjectInput>(from).if_modified_since, at);

  lambda::InvokeInput invoke{.function_name = "f", .payload = Blob{std::string("\0x", 2)}};
  EXPECT_EQ(unbind(invoke).find("Payload")->as_blob(), std::string("\0x", 2));
}

// Copies of a boxed value must not share: an operation that edits its copy would edit the original.
TEST(Binding, BoxesAreValues) {
  Box<std::string> first(std::string("a"));
  Box<std::string> second = first;
  *second = "b";
  EXPECT_EQ(*first, "a");
  second = first;
  EXPECT_EQ(*second, "a");
  Box<std::string> moved = std::move(second);
  EXPECT_EQ(*moved, "a");
}

}  // namespace
}  // namespace haneul::model
