#include "model/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "model/schema_builder.h"

namespace haneul::model {
namespace {

using testing::ElementsAre;

constexpr std::string_view kShapes = R"json({
  "Input": {"type": "structure", "required": ["FunctionName", "Timeout"], "members": {
    "FunctionName": {"shape": "Name"}, "Timeout": {"shape": "Timeout"}, "Mode": {"shape": "Mode"},
    "Password": {"shape": "Password"}, "TagKeys": {"shape": "TagKeys"}, "Tags": {"shape": "TagList"},
    "Labels": {"shape": "Labels"}, "Batches": {"shape": "Batches"}, "Code": {"shape": "Bytes"},
    "Choice": {"shape": "Choice"}, "kmsKey": {"shape": "Name"}, "Ratio": {"shape": "Ratio"}}},
  "Name": {"type": "string", "min": 1, "max": 8, "pattern": "[a-z-]+"},
  "Timeout": {"type": "integer", "min": 1, "max": 900},
  "Ratio": {"type": "double", "min": 0.5},
  "Mode": {"type": "string", "enum": ["Active", "PassThrough"], "enumOpen": false},
  "Password": {"type": "string", "min": 6, "sensitive": true},
  "TagKeys": {"type": "list", "member": {"shape": "TagKey"}, "max": 3},
  "TagKey": {"type": "string", "min": 1, "max": 4, "pattern": "[a-z]*"},
  "TagList": {"type": "list", "member": {"shape": "Tag"}},
  "Tag": {"type": "structure", "required": ["Key"], "members": {"Key": {"shape": "TagKey"},
          "Value": {"shape": "TagKey"}}},
  "Labels": {"type": "map", "key": {"shape": "TagKey"}, "value": {"shape": "TagKey"}},
  "Batches": {"type": "map", "key": {"shape": "Any"}, "value": {"shape": "Batch"}},
  "Batch": {"type": "list", "member": {"shape": "Tag"}, "min": 1, "max": 2},
  "Any": {"type": "string"},
  "Bytes": {"type": "blob", "max": 4},
  "Choice": {"type": "structure", "union": true, "members": {"A": {"shape": "Any"}, "B": {"shape": "Any"}}}
})json";

class Validate : public testing::Test {
 protected:
  // Checks a request that is valid but for `members`.
  std::vector<std::string> messages(std::string_view members) {
    Document input = parse_json(members);
    if (input.find("FunctionName") == nullptr) input.set("FunctionName", "resize");
    if (input.find("Timeout") == nullptr) input.set("Timeout", 3);
    return messages_of(input);
  }

  std::vector<std::string> messages_of(const Document& input) {
    std::vector<std::string> out;
    for (const Violation& violation : validate(*builder_.shape("Input"), input))
      out.push_back(violation.message);
    return out;
  }

  SchemaBuilder builder_{parse_json(kShapes), Document::object()};
};

// The sentences below are what SDK users see and match on; they are compared whole, as AWS words them.
TEST_F(Validate, WordsScalarsAsAwsDoes) {
  EXPECT_THAT(messages("{}"), ElementsAre());
  EXPECT_THAT(
      messages(R"({"FunctionName": "much-too-long"})"),
      ElementsAre("Value 'much-too-long' at 'functionName' failed to satisfy constraint: Member must have "
                  "length less than or equal to 8"));
  EXPECT_THAT(
      messages(R"({"Timeout": 0})"),
      ElementsAre("Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than "
                  "or equal to 1"));
  EXPECT_THAT(
      messages(R"({"Ratio": 0.25})"),
      ElementsAre("Value '0.25' at 'ratio' failed to satisfy constraint: Member must have value greater "
                  "than or equal to 0.5"));
  EXPECT_THAT(
      messages(R"({"Mode": "Passive"})"),
      ElementsAre("Value 'Passive' at 'mode' failed to satisfy constraint: Member must satisfy enum value "
                  "set: [Active, PassThrough]"));
  EXPECT_THAT(
      messages(R"({"kmsKey": "UPPER"})"),
      ElementsAre("Value 'UPPER' at 'kmsKey' failed to satisfy constraint: Member must satisfy regular "
                  "expression pattern: [a-z-]+"));
}

// A null and an absent member are the same to AWS; an operation called without a body misses all it requires.
TEST_F(Validate, MissesRequiredMembers) {
  const auto missing = testing::ElementsAre(
      "Value null at 'functionName' failed to satisfy constraint: Member must not be null",
      "Value null at 'timeout' failed to satisfy constraint: Member must not be null");
  EXPECT_THAT(messages_of(parse_json(R"({"FunctionName": null})")), missing);
  EXPECT_THAT(messages_of(Document()), missing);
}

// Clients show one sentence for all failures; its number and separators are part of the format.
TEST_F(Validate, CountsViolationsInOneSentence) {
  const Shape& shape = *builder_.shape("Input");
  EXPECT_EQ(
      violations_message(validate(shape, parse_json(R"({"FunctionName": "", "Timeout": 1000})"))),
      "3 validation errors detected: Value '' at 'functionName' failed to satisfy constraint: Member must "
      "have length greater than or equal to 1; Value '' at 'functionName' failed to satisfy constraint: "
      "Member must satisfy regular expression pattern: [a-z-]+; Value '1000' at 'timeout' failed to satisfy "
      "constraint: Member must have value less than or equal to 900");
  EXPECT_EQ(
      violations_message(validate(shape, parse_json(R"({"FunctionName": "a"})"))),
      "1 validation error detected: Value null at 'timeout' failed to satisfy constraint: Member must not "
      "be null");
}

// Passwords and keys must not come back in answers and logs, wherever they stand.
TEST_F(Validate, HidesSensitiveValues) {
  EXPECT_THAT(
      messages(R"({"Password": "abc"})"),
      ElementsAre("Value at 'password' failed to satisfy constraint: Member must have length greater than "
                  "or equal to 6"));
}

// Structures in lists are addressed one by one; other items are reported with their list, as Coral services
// do.
TEST_F(Validate, AddressesListItems) {
  EXPECT_THAT(
      messages(R"({"Tags": [{"Key": "a"}, {"Key": "abcde"}, {}]})"),
      ElementsAre("Value 'abcde' at 'tags.2.member.key' failed to satisfy constraint: Member must have "
                  "length less than or equal to 4",
                  "Value null at 'tags.3.member.key' failed to satisfy constraint: Member must not be null"));
  EXPECT_THAT(
      messages(R"({"TagKeys": ["abcde", "A"]})"),
      ElementsAre("Value '[abcde, A]' at 'tagKeys' failed to satisfy constraint: Member must satisfy "
                  "constraint: [Member must have length less than or equal to 4, Member must have length "
                  "greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]*]"));
  EXPECT_THAT(
      messages(R"({"TagKeys": ["a", "b", "c", "d"]})"),
      ElementsAre("Value '[a, b, c, d]' at 'tagKeys' failed to satisfy constraint: Member must have length "
                  "less than or equal to 3"));
}

// Keys and values of maps have their own wording; DynamoDB's BatchWriteItem limit is the best known example.
TEST_F(Validate, AddressesMaps) {
  EXPECT_THAT(
      messages(R"({"Labels": {"a": "b", "long-key": "c"}})"),
      ElementsAre("Value '{a=b, long-key=c}' at 'labels' failed to satisfy constraint: Map keys must satisfy "
                  "constraint: [Member must have length less than or equal to 4, Member must have length "
                  "greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]*]"));
  EXPECT_THAT(
      messages(R"({"Batches": {"t": [{"Key": "a"}, {"Key": "b"}, {"Key": "c", "Value": "d"}]}})"),
      ElementsAre("Value '{t=[Tag(key=a), Tag(key=b), Tag(key=c, value=d)]}' at 'batches' failed to satisfy "
                  "constraint: Map value must satisfy constraint: [Member must have length less than or "
                  "equal to 2, Member must have length greater than or equal to 1]"));
  EXPECT_THAT(
      messages(R"({"Batches": {"t": [{}]}})"),
      ElementsAre("Value null at 'batches.t.member.1.member.key' failed to satisfy constraint: Member must "
                  "not be null"));
}

// Lengths are characters to a user: three Korean syllables are nine bytes and still fit into four.
TEST_F(Validate, MeasuresCodePointsAndBytes) {
  EXPECT_THAT(messages(R"({"Password": "하늘구름바다"})"), ElementsAre());
  Document input = parse_json(R"({"FunctionName": "a", "Timeout": 1})");
  input.set("Code", Blob{"하늘"});
  EXPECT_EQ(messages_of(input).size(), 1u);
}

// Binding reads values by their kind and would end the process on a wrong one: validation must stop them
// before.
TEST_F(Validate, RefusesWrongKinds) {
  EXPECT_EQ(messages(R"({"Timeout": "3"})").size(), 1u);
  EXPECT_EQ(messages(R"({"Timeout": 2.5})").size(), 1u);
  EXPECT_EQ(messages(R"({"Timeout": 4294967296})").size(), 1u);
  EXPECT_EQ(messages(R"({"FunctionName": 7})").size(), 1u);
  EXPECT_EQ(messages(R"({"Tags": {"Key": "a"}})").size(), 1u);
  EXPECT_EQ(messages(R"({"Labels": ["a"]})").size(), 1u);
  EXPECT_EQ(messages(R"({"Tags": ["a"]})").size(), 1u);
  EXPECT_EQ(validate(*builder_.shape("Input"), Document(Document::Array{}))[0].kind, Violation::Kind::kType);
}

// A null item has no value to check or bind; only containers that are declared sparse may hold one.
TEST_F(Validate, RefusesNullItems) {
  EXPECT_THAT(messages(R"({"TagKeys": ["a", null]})"),
              ElementsAre("Value '[a, null]' at 'tagKeys' failed to satisfy constraint: Member must satisfy "
                          "constraint: [Member must not be null]"));
  EXPECT_THAT(
      messages(R"({"Tags": [null]})"),
      ElementsAre("Value null at 'tags.1.member' failed to satisfy constraint: Member must not be null"));
}

// A union with none or several members set has no meaning an operation could act on.
TEST_F(Validate, WantsExactlyOneMemberOfAUnion) {
  EXPECT_THAT(messages(R"({"Choice": {"A": "x"}})"), ElementsAre());
  EXPECT_EQ(messages(R"({"Choice": {}})").size(), 1u);
  EXPECT_EQ(messages(R"({"Choice": {"A": "x", "B": "y"}})").size(), 1u);
}

// The message quotes the request; a megabyte of bad input must not become a megabyte of answer.
TEST_F(Validate, CutsLongValues) {
  Document input = parse_json(R"({"Timeout": 1})");
  input.set("FunctionName", std::string(1 << 20, 'a'));
  EXPECT_LT(messages_of(input)[0].size(), 5000u);
  Document many = parse_json(R"({"FunctionName": "f", "Timeout": 1, "TagKeys": []})");
  Document::Array keys(4000, Document("ab"));
  many.set("TagKeys", std::move(keys));
  EXPECT_LT(messages_of(many)[0].size(), 5000u);
  EXPECT_THAT(messages_of(many)[0], testing::HasSubstr("...]' at 'tagKeys'"));
}

}  // namespace
}  // namespace haneul::model
