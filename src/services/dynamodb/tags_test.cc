// Tags of tables: what they may hold, and what has none.
#include "services/dynamodb/dynamodb_fixture.h"

namespace haneul::dynamodb {
namespace {

class Tags : public DynamoDbFixture {
 protected:
  void SetUp() override {
    arn_ = call("CreateTable", R"({"TableName": "tab", "BillingMode": "PAY_PER_REQUEST",
      "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
      "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})")
               .find("TableDescription")
               ->string_or("TableArn", "");
  }
  std::string tag(const std::string& key, const std::string& value, const std::string& of = "") {
    return refusal("TagResource", R"({"ResourceArn": ")" + arn_ + of + R"(", "Tags": [{"Key": ")" + key +
                                      R"(", "Value": ")" + value + "\"}]}");
  }
  size_t count() {
    return call("ListTagsOfResource", R"({"ResourceArn": ")" + arn_ + "\"}").find("Tags")->as_array().size();
  }
  std::string arn_;
};

// Tags reach bills and policies, which know these characters only; what is refused changes nothing.
TEST_F(Tags, HoldLettersOfEveryLanguageAndFewSigns) {
  EXPECT_EQ(tag("законные буквы", "a+b-c=d._:/@ 1"), "accepted");
  for (const char* bad : {"d%g", "hi!", "<>", "a,b"}) {
    EXPECT_TRUE(tag("key", bad).starts_with("ValidationException")) << bad;
    EXPECT_TRUE(tag(bad, "value").starts_with("ValidationException")) << bad;
  }
  EXPECT_EQ(count(), 1u);
}

// What AWS names begins with aws:, so nobody else's may.
TEST_F(Tags, HaveNoReservedKeys) {
  EXPECT_TRUE(tag("aws:mine", "v").starts_with("ValidationException"));
  EXPECT_EQ(tag("mine", "aws:v"), "accepted");
  EXPECT_EQ(count(), 1u);
}

// Fifty, whatever the request adds at once.
TEST_F(Tags, AreFifty) {
  for (int i = 0; i < 50; ++i) EXPECT_EQ(tag("k" + std::to_string(i), "v"), "accepted");
  EXPECT_EQ(tag("k7", "other"), "accepted");
  EXPECT_TRUE(tag("more", "v").starts_with("ValidationException"));
  EXPECT_EQ(count(), 50u);
}

// An index has an ARN, but its table's tags are all there are.
TEST_F(Tags, AreOfTablesNotOfIndexes) {
  EXPECT_NE(tag("k", "v", "/index/byg").find("only table or stream is accepted"), std::string::npos);
  EXPECT_EQ(count(), 0u);
}

}  // namespace
}  // namespace haneul::dynamodb
