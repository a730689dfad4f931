// Transactions: all or nothing, every reason told, and once for each token.
#include "services/dynamodb/dynamodb_fixture.h"

namespace haneul::dynamodb {
namespace {

class Transactions : public DynamoDbFixture {
 protected:
  void SetUp() override {
    call("CreateTable", R"({"TableName": "tab", "BillingMode": "PAY_PER_REQUEST",
      "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
      "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})");
  }
  std::string value_of(const std::string& key) {
    const Document answer = call("GetItem", R"({"TableName": "tab", "Key": {"pk": {"S": ")" + key + "\"}}}");
    const Document* item = answer.find("Item");
    return item == nullptr ? "absent" : item->find("n")->find("N")->as_string();
  }
  static std::string add_one(const std::string& token) {
    return R"({"ClientRequestToken": ")" + token + R"(", "TransactItems": [{"Update": {"TableName": "tab",
      "Key": {"pk": {"S": "a"}}, "UpdateExpression": "ADD n :one",
      "ExpressionAttributeValues": {":one": {"N": "1"}}}}]})";
  }
};

// A caller who has to repair several conditions must hear of all of them at once.
TEST_F(Transactions, EveryReasonIsToldInOrderAndNothingIsWritten) {
  try {
    call("TransactWriteItems", R"j({"TransactItems": [
      {"Put": {"TableName": "tab", "Item": {"pk": {"S": "a"}, "n": {"N": "1"}}}},
      {"ConditionCheck": {"TableName": "tab", "Key": {"pk": {"S": "b"}},
                          "ConditionExpression": "attribute_exists(pk)"}},
      {"Update": {"TableName": "tab", "Key": {"pk": {"S": "c"}}, "UpdateExpression": "SET n = n + :one",
                  "ExpressionAttributeValues": {":one": {"N": "1"}}}}]})j");
    FAIL() << "accepted";
  } catch (const model::ServiceError& error) {
    EXPECT_EQ(error.message(),
              "Transaction cancelled, please refer cancellation reasons for specific reasons "
              "[None, ConditionalCheckFailed, ValidationError]");
    const auto& reasons = error.fields().find("CancellationReasons")->as_array();
    ASSERT_EQ(reasons.size(), 3u);
    EXPECT_EQ(reasons[2].string_or("Message", ""),
              "The provided expression refers to an attribute that does not exist in the item");
  }
  EXPECT_EQ(value_of("a"), "absent");
}

// A client that repeats a request, because its answer was lost, must not do it twice; ten minutes later the
// token is as good as new, and no row of it is left.
TEST_F(Transactions, ATokenCountsOnceForTenMinutes) {
  call("TransactWriteItems", add_one("t1"));
  call("TransactWriteItems", add_one("t1"));
  EXPECT_EQ(value_of("a"), "1");
  call("TransactWriteItems", add_one("t2"));
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_EQ(refusal("TransactWriteItems", R"({"ClientRequestToken": "t1", "TransactItems": [{"Delete": {
              "TableName": "tab", "Key": {"pk": {"S": "a"}}}}]})")
                .substr(0, 36),
            "IdempotentParameterMismatchException");
  pass(std::chrono::minutes(31));
  call("TransactWriteItems", add_one("t1"));
  EXPECT_EQ(value_of("a"), "3");
}

}  // namespace
}  // namespace haneul::dynamodb
