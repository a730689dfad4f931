// Tables and their indexes over their life.
#include "services/dynamodb/dynamodb_fixture.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kTable = R"({"TableName": "tab", "BillingMode": "PAY_PER_REQUEST",
  "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
  "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})";
constexpr std::string_view kAddIndex = R"({"TableName": "tab",
  "AttributeDefinitions": [{"AttributeName": "g", "AttributeType": "S"}],
  "GlobalSecondaryIndexUpdates": [{"Create": {"IndexName": "byg",
    "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}}]})";

class Tables : public DynamoDbFixture {
 protected:
  void put(std::string_view item) {
    call("PutItem", R"({"TableName": "tab", "Item": )" + std::string(item) + "}");
  }
  int64_t indexed(const char* value) {
    return call("Query", R"({"TableName": "tab", "IndexName": "byg", "KeyConditionExpression": "g = :g",
                             "ExpressionAttributeValues": {":g": {"S": ")" +
                             std::string(value) + "\"}}}")
        .find("Count")
        ->as_int();
  }
};

// Items that were there before, and writes while the index is filled, must all be found in it.
TEST_F(Tables, AnIndexIsFilledWhileWritesGoOn) {
  call("CreateTable", kTable);
  for (int i = 0; i < 700; ++i) {
    put(R"({"pk": {"S": ")" + std::to_string(i) + R"("}, "g": {"S": "old"}})");
  }
  call("UpdateTable", kAddIndex);
  put(R"({"pk": {"S": "1"}, "g": {"S": "new"}})");
  call("DeleteItem", R"({"TableName": "tab", "Key": {"pk": {"S": "2"}}})");
  put(R"({"pk": {"S": "more"}, "g": {"S": "new"}})");
  for (int i = 0; i < 80; ++i) pass(Milliseconds(1));
  EXPECT_EQ(indexed("old"), 698);
  EXPECT_EQ(indexed("new"), 2);
}

}  // namespace
}  // namespace haneul::dynamodb
