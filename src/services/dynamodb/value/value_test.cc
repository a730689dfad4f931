// Attribute values: from and to the wire, in the store, and how large DynamoDB says they are.
#include "services/dynamodb/value/value.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "model/error.h"
#include "services/dynamodb/value/record.h"
#include "services/dynamodb/value/wire.h"
#include "store/errors.h"

namespace haneul::dynamodb {
namespace {

Document json(std::string_view text) { return parse_json(text); }

std::string refusal(std::string_view text) {
  try {
    attributes_from(json(text));
  } catch (const model::ServiceError& error) {
    return error.message();
  }
  return "accepted";
}

constexpr std::string_view kEverything = R"({
  "b": {"BOOL": false}, "l": {"L": [{"S": "x"}, {"L": []}, {"NULL": true}]},
  "m": {"M": {"n": {"N": "1.50"}, "deep": {"M": {}}}}, "n": {"N": "-1e-3"},
  "ns": {"NS": ["3", "1", "2.0"]}, "null": {"NULL": true}, "s": {"S": ""}, "ss": {"SS": ["b", "a"]}})";

// What is stored is what was given, in one normal form.
TEST(Value, SurvivesTheStoreAndTheWire) {
  Attributes item = attributes_from(json(kEverything));
  item.set("bin", Binary{std::string("\0\xff", 2)});
  item.set("bs", BinarySet{{"a", "b"}});
  const Attributes back = decode_item(encode_item(item));
  EXPECT_EQ(back, item);
  EXPECT_EQ(*back.find("n")->number(), Number::parse("-0.001"));
  EXPECT_EQ(attributes_from(document_of(back)), item);
  EXPECT_EQ(document_of(*back.find("ns")), json(R"({"NS": ["1", "2", "3"]})"));
}

// Rows that a disk has changed must be told from items, at every length.
TEST(Value, RefusesBytesThatAreNoItem) {
  const std::string bytes = encode_item(attributes_from(json(kEverything)));
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(decode_item(bytes.substr(0, size)), store::Corrupt) << size;
  }
  EXPECT_THROW(decode_item(bytes + "x"), store::Corrupt);
}

// The sentences that clients match.
TEST(Value, RefusesAsDynamoDbDoes) {
  const std::string invalid = "One or more parameter values were invalid: ";
  EXPECT_EQ(refusal(R"({"a": {}})"),
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  EXPECT_EQ(refusal(R"({"a": {"S": "x", "N": "1"}})"),
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
            "supported datatypes");
  EXPECT_EQ(refusal(R"({"a": {"SS": []}})"), invalid + "An string set  may not be empty");
  EXPECT_EQ(refusal(R"({"a": {"SS": ["x", "y", "x"]}})"),
            invalid + "Input collection [x, y, x] contains duplicates.");
  EXPECT_EQ(refusal(R"({"a": {"NS": ["1", "1.0"]}})"), "Input collection contains duplicates");
  EXPECT_EQ(refusal(R"({"a": {"S": "x", "N": "y"}})"),
            "The parameter cannot be converted to a numeric value: y");
  EXPECT_EQ(refusal(R"({"a": {"FUTURE": "x"}})"),
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  EXPECT_EQ(refusal(R"({"a": {"N": "x"}})"), "The parameter cannot be converted to a numeric value: x");
}

// A null inside a value is not left out: what is stored would be another value than the one that was sent.
TEST(Value, RefusesNulls) {
  const std::string invalid = "One or more parameter values were invalid: ";
  const std::string empty =
      "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
  EXPECT_EQ(refusal(R"({"a": {"SS": ["x", null]}})"),
            invalid + "An string set may not have a null string as a member");
  EXPECT_EQ(refusal(R"({"a": {"NS": [null]}})"),
            invalid + "An number set may not have a null number as a member");
  EXPECT_EQ(refusal(R"({"a": {"BS": [null]}})"),
            invalid + "An binary set may not have a null binary as a member");
  EXPECT_EQ(refusal(R"({"a": {"L": [{"S": "x"}, null]}})"), empty);
  EXPECT_EQ(refusal(R"({"a": {"M": {"b": null}}})"), empty);
  EXPECT_EQ(refusal(R"({"a": null})"), empty);
}

// There is one null: AWS refuses {"NULL": false} wherever it stands.
TEST(Value, RefusesNullThatIsFalse) {
  const std::string message =
      "One or more parameter values were invalid: Null attribute value types must have the value of true";
  EXPECT_EQ(refusal(R"({"a": {"NULL": false}})"), message);
  EXPECT_EQ(refusal(R"({"a": {"L": [{"M": {"b": {"NULL": false}}}]}})"), message);
  EXPECT_EQ(refusal(R"({"a": {"NULL": true}})"), "accepted");
}

// A name has a character at least, also inside a map.
TEST(Value, RefusesEmptyNames) {
  EXPECT_EQ(refusal(R"({"": {"S": "x"}})"), "Empty attribute name");
  EXPECT_EQ(refusal(R"({"a": {"L": [{"M": {"b": {"S": "x"}, "": {"S": "x"}}}]}})"), "Empty attribute name");
}

// As the service reads them: members it does not know are not there.
TEST(Value, ReadsLeniently) {
  const Attributes read = attributes_from(json(R"({"n": {"NULL": true}, "s": {"S": "x", "FUTURE": "y"}})"));
  EXPECT_EQ(*read.find("n"), Value(Null{}));
  EXPECT_EQ(*read.find("s"), Value(std::string("x")));
}

// Thirty-two levels are allowed, of which what is innermost is one, be it a scalar or an empty list.
TEST(Value, RefusesDeepNesting) {
  const auto nested = [](int levels) {
    std::string text = R"({"S": "x"})";
    for (int i = 0; i < levels; ++i) text = R"({"L": [)" + text + "]}";
    return R"({"a": )" + text + "}";
  };
  EXPECT_EQ(refusal(nested(31)), "accepted");
  EXPECT_NE(refusal(nested(32)), "accepted");
  const Attributes deepest = attributes_from(json(nested(31)));
  EXPECT_EQ(decode_item(encode_item(deepest)), deepest);
}

// Capacity and the limit of 400 KB follow these counts.
TEST(Value, SizeIsCountedAsDocumented) {
  const auto size = [](std::string_view text) { return size_of(attributes_from(json(text))); };
  EXPECT_EQ(size(R"({"ab": {"S": "é"}})"), 4u);
  EXPECT_EQ(size(R"({"a": {"BOOL": true}})"), 2u);
  EXPECT_EQ(size(R"({"a": {"L": []}})"), 4u);
  EXPECT_EQ(size(R"({"a": {"L": [{"NULL": true}]}})"), 6u);
  EXPECT_EQ(size(R"({"a": {"M": {"k": {"S": "v"}}}})"), 7u);
  EXPECT_EQ(size(R"({"a": {"SS": ["x", "yz"]}})"), 4u);
}

}  // namespace
}  // namespace haneul::dynamodb
