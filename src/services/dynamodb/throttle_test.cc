// Tables that are held to their capacity.
#include "services/dynamodb/dynamodb_fixture.h"

namespace haneul::dynamodb {
namespace {

constexpr const char* kProvisioned = R"("ProvisionedThroughput":
  {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})";

class Throttled : public DynamoDbFixture {
 protected:
  Throttled() : DynamoDbFixture(Throttling::kOn) {}

  void make(const std::string& capacity, const std::string& index_capacity) {
    call("CreateTable", R"({"TableName": "tab", "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "by", "AttributeType": "S"}],
      "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
      "GlobalSecondaryIndexes": [{"IndexName": "idx",
        "KeySchema": [{"AttributeName": "by", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"}, )" +
                            index_capacity + "}], " + capacity + "}");
  }
  std::string put(const std::string& more = "") {
    return refusal("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": "a"}, "n": {"N": ")" +
                                  std::to_string(++drawn_) + "\"}" + more + "}}");
  }
  std::string get() { return refusal("GetItem", R"({"TableName": "tab", "Key": {"pk": {"S": "a"}}})"); }
  // How many times it is accepted in a row.
  template <class Body>
  int times(Body&& body) {
    int out = 0;
    while (out < 2000 && body() == "accepted") ++out;
    return out;
  }
  std::string reason(const char* operation, const std::string& input, const char* member) {
    try {
      call(operation, input);
    } catch (const model::ServiceError& error) {
      const Document* reasons = error.fields().find(member);
      return reasons == nullptr ? "none" : write_json(*reasons);
    }
    return "accepted";
  }

 private:
  int drawn_ = 0;
};

constexpr const char* kTableUsedUp =
    "ProvisionedThroughputExceededException: The level of configured provisioned throughput for the table "
    "was "
    "exceeded. Consider increasing your provisioning level with the UpdateTable API.";

// Five minutes of capacity that was not used may be used at once, then as much as time brings.
TEST_F(Throttled, WritesUseABurstAndThenTheRate) {
  make(kProvisioned, kProvisioned);
  EXPECT_EQ(times([&] { return put(); }), 300);
  EXPECT_EQ(put(), kTableUsedUp);
  EXPECT_EQ(get().substr(0, 8), "accepted");
  clock.advance(Seconds(2));
  EXPECT_EQ(times([&] { return put(); }), 2);
  clock.advance(std::chrono::hours(9));
  EXPECT_EQ(times([&] { return put(); }), 300);
}

// What a read costs is what it read: half a unit for an eventually consistent item.
TEST_F(Throttled, ReadsAreChargedForWhatTheyRead) {
  make(kProvisioned, kProvisioned);
  EXPECT_EQ(times([&] { return get(); }), 600);
  clock.advance(Seconds(300));
  const std::string large(40000, 'x');
  EXPECT_EQ(put(R"(, "v": {"S": ")" + large + "\"}"), "accepted");
  // Ten units each of 4 KB, read consistently.
  const auto scan = [&] { return refusal("Scan", R"({"TableName": "tab", "ConsistentRead": true})"); };
  EXPECT_EQ(times(scan), 30);
  EXPECT_EQ(scan(), kTableUsedUp);
  EXPECT_EQ(reason("Scan", R"({"TableName": "tab"})", "ThrottlingReasons"),
            R"([{"reason":"TableReadProvisionedThroughputExceeded",)"
            R"("resource":"arn:aws:dynamodb:us-east-1:123456789012:table/tab"}])");
}

// A global index without capacity holds back the writes that it needs, and leaves nothing half done.
TEST_F(Throttled, IndexesHoldBackTheirWrites) {
  make(R"("ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 100})", kProvisioned);
  const auto by = [&](int turn) { return put(R"(, "by": {"S": ")" + std::to_string(turn % 2) + "\"}"); };
  int turn = 0;
  EXPECT_EQ(times([&] { return by(turn++); }), 151);  // the first costs the index one unit, the others two
  EXPECT_EQ(
      by(151).substr(0, 99),
      "ProvisionedThroughputExceededException: The level of configured provisioned throughput for one or m");
  EXPECT_EQ(by(150), "accepted");  // where the item is already
  const auto query = [&] {
    return refusal("Query", R"({"TableName": "tab", "IndexName": "idx", "KeyConditionExpression": "#b = :b",
      "ExpressionAttributeNames": {"#b": "by"}, "ExpressionAttributeValues": {":b": {"S": "none"}}})");
  };
  EXPECT_EQ(times(query), 600);
  EXPECT_EQ(get(), "accepted");
}

// A batch does what it can and gives back the rest; one that can do nothing is refused.
TEST_F(Throttled, BatchesGiveBackTheRest) {
  make(kProvisioned, kProvisioned);
  EXPECT_EQ(times([&] { return put(); }), 300);
  clock.advance(Seconds(1));
  const std::string writes = R"({"RequestItems": {"tab": [{"PutRequest": {"Item": {"pk": {"S": "x"}}}},
    {"PutRequest": {"Item": {"pk": {"S": "y"}}}}]}})";
  EXPECT_EQ(write_json(*call("BatchWriteItem", writes).find("UnprocessedItems")),
            R"({"tab":[{"PutRequest":{"Item":{"pk":{"S":"y"}}}}]})");
  EXPECT_EQ(refusal("BatchWriteItem", writes), kTableUsedUp);
  EXPECT_EQ(times([&] { return get(); }), 600);
  clock.advance(Milliseconds(500));
  const std::string reads =
      R"({"RequestItems": {"tab": {"Keys": [{"pk": {"S": "x"}}, {"pk": {"S": "y"}}]}}})";
  EXPECT_EQ(write_json(*call("BatchGetItem", reads).find("UnprocessedKeys")),
            R"({"tab":{"Keys":[{"pk":{"S":"y"}}]}})");
  EXPECT_EQ(refusal("BatchGetItem", reads), kTableUsedUp);
}

// A transaction costs twice, and is cancelled when there is nothing left.
TEST_F(Throttled, TransactionsCostTwice) {
  make(kProvisioned, kProvisioned);
  const auto transact = [&] {
    return refusal("TransactWriteItems", R"({"TransactItems": [
      {"Put": {"TableName": "tab", "Item": {"pk": {"S": "a"}}}}]})");
  };
  EXPECT_EQ(times(transact), 150);
  EXPECT_EQ(
      transact(),
      "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific "
      "reasons [ProvisionedThroughputExceeded]");
  EXPECT_EQ(times([&] {
              return refusal(
                  "ExecuteTransaction",
                  R"({"TransactStatements": [{"Statement": "SELECT * FROM tab WHERE pk = 'a'"}]})");
            }),
            150);
}

// A condition that fails costs what writing the item would.
TEST_F(Throttled, FailedConditionsCost) {
  make(kProvisioned, kProvisioned);
  EXPECT_EQ(put(), "accepted");
  const char* put_again = R"j({"TableName": "tab", "Item": {"pk": {"S": "a"}},
    "ConditionExpression": "attribute_not_exists(pk)"})j";
  for (int i = 0; i < 299; ++i) {
    EXPECT_EQ(refusal("PutItem", put_again),
              "ConditionalCheckFailedException: The conditional request failed");
  }
  EXPECT_EQ(refusal("PutItem", put_again), kTableUsedUp);
}

// A table on demand has no limit but the one it was given.
TEST_F(Throttled, OnDemandHasMaxima) {
  make(R"("BillingMode": "PAY_PER_REQUEST", "OnDemandThroughput": {"MaxWriteRequestUnits": 1})",
       R"("OnDemandThroughput": {"MaxReadRequestUnits": 2})");
  EXPECT_EQ(times([&] { return get(); }), 2000);
  EXPECT_EQ(times([&] { return put(); }), 300);
  EXPECT_EQ(
      put(),
      "ThrottlingException: Throughput exceeds the maximum OnDemandThroughput configured on table or index");
  EXPECT_EQ(reason("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": "a"}}})", "throttlingReasons"),
            R"([{"reason":"TableWriteMaxOnDemandThroughputExceeded",)"
            R"("resource":"arn:aws:dynamodb:us-east-1:123456789012:table/tab"}])");
  call("UpdateTable", R"({"TableName": "tab", "OnDemandThroughput": {"MaxWriteRequestUnits": -1}})");
  EXPECT_EQ(times([&] { return put(); }), 2000);
}

// More capacity is there at once, less too; what is left is no more than the new rate could have left.
TEST_F(Throttled, CapacityFollowsTheTable) {
  make(kProvisioned, kProvisioned);
  EXPECT_EQ(times([&] { return put(); }), 300);
  call("UpdateTable", R"({"TableName": "tab", "ProvisionedThroughput":
    {"ReadCapacityUnits": 1, "WriteCapacityUnits": 5}})");
  EXPECT_EQ(put(), kTableUsedUp);
  clock.advance(Seconds(1));
  EXPECT_EQ(times([&] { return put(); }), 5);
  clock.advance(Seconds(300));
  call("UpdateTable", R"({"TableName": "tab", "ProvisionedThroughput":
    {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}})");
  EXPECT_EQ(times([&] { return put(); }), 300);
}

// Without the operator's wish nothing is throttled.
TEST_F(DynamoDbFixture, IsOffUnlessAskedFor) {
  call("CreateTable", std::string(R"({"TableName": "tab",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], )") +
                          kProvisioned + "}");
  for (int i = 0; i < 400; ++i) call("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": "a"}}})");
}

}  // namespace
}  // namespace haneul::dynamodb
