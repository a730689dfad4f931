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

// Tools send all definitions again with a change; without a new index they are passed over, as in AWS.
TEST_F(Tables, DefinitionsMayBeRepeatedInAnUpdate) {
  call("CreateTable", kTable);
  const auto update = [this](const std::string& definitions) {
    return refusal("UpdateTable", R"({"TableName": "tab", "DeletionProtectionEnabled": false,
                                      "AttributeDefinitions": [)" +
                                      definitions + "]}");
  };
  const std::string text = R"({"AttributeName": "pk", "AttributeType": "S"})";
  EXPECT_EQ(update(text), "accepted");
  EXPECT_EQ(update(text + "," + text), "ValidationException: Attribute Name is duplicated: pk");
  EXPECT_EQ(update(R"({"AttributeName": "pk", "AttributeType": "N"})"), "accepted");
  EXPECT_EQ(refusal("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": "still a string"}}})"),
            "accepted");
}

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

// What a table is warm for only grows: with what is asked, and with what it once was provisioned for.
TEST_F(Tables, StayAsWarmAsTheyWere) {
  const auto warm = [&] {
    const Document table = *call("DescribeTable", R"({"TableName": "tab"})").find("Table");
    const Document& shown = *table.find("WarmThroughput");
    EXPECT_EQ(shown.string_or("Status", ""), "ACTIVE");
    return std::pair(shown.find("ReadUnitsPerSecond")->as_int(), shown.find("WriteUnitsPerSecond")->as_int());
  };
  const auto update = [&](const std::string& what) {
    return refusal("UpdateTable", R"({"TableName": "tab", )" + what + "}");
  };
  call("CreateTable", kTable);
  EXPECT_EQ(warm(), std::pair(12000L, 4000L));
  EXPECT_EQ(update(R"("WarmThroughput": {"ReadUnitsPerSecond": 15000})"), "accepted");
  EXPECT_EQ(warm(), std::pair(15000L, 4000L));
  EXPECT_EQ(
      update(R"("WarmThroughput": {"WriteUnitsPerSecond": 3999})"),
      "ValidationException: One or more parameter values were invalid: Requested WriteUnitsPerSecond for "
      "WarmThroughput for table is lower than current WarmThroughput, decreasing WarmThroughput is not "
      "supported");
  EXPECT_EQ(update(R"("BillingMode": "PROVISIONED",
              "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6000})"),
            "accepted");
  EXPECT_EQ(warm(), std::pair(15000L, 6000L));
  EXPECT_EQ(update(R"("ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5})"),
            "accepted");
  EXPECT_EQ(warm(), std::pair(15000L, 6000L));
}

// An index has its own; one of a provisioned table begins with what it is provisioned for.
TEST_F(Tables, IndexesHaveTheirOwnCapacity) {
  call("CreateTable", R"({"TableName": "tab", "AttributeDefinitions": [
      {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "g", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST",
    "OnDemandThroughput": {"MaxReadRequestUnits": 10},
    "GlobalSecondaryIndexes": [{"IndexName": "byg", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
      "Projection": {"ProjectionType": "ALL"}, "WarmThroughput": {"WriteUnitsPerSecond": 5000},
      "OnDemandThroughput": {"MaxWriteRequestUnits": 7}}]})");
  const auto table = [&] { return *call("DescribeTable", R"({"TableName": "tab"})").find("Table"); };
  const auto index = [&] { return table().find("GlobalSecondaryIndexes")->as_array()[0]; };
  EXPECT_EQ(write_json(*table().find("OnDemandThroughput")), R"({"MaxReadRequestUnits":10})");
  EXPECT_EQ(write_json(*index().find("OnDemandThroughput")), R"({"MaxWriteRequestUnits":7})");
  EXPECT_EQ(write_json(*index().find("WarmThroughput")),
            R"({"ReadUnitsPerSecond":12000,"WriteUnitsPerSecond":5000,"Status":"ACTIVE"})");
  call("UpdateTable", R"({"TableName": "tab", "OnDemandThroughput": {"MaxReadRequestUnits": -1},
    "GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "byg",
      "WarmThroughput": {"ReadUnitsPerSecond": 13000},
      "OnDemandThroughput": {"MaxReadRequestUnits": 3}}}]})");
  EXPECT_EQ(table().find("OnDemandThroughput"), nullptr);
  EXPECT_EQ(write_json(*index().find("OnDemandThroughput")),
            R"({"MaxReadRequestUnits":3,"MaxWriteRequestUnits":7})");
  EXPECT_EQ(write_json(*index().find("WarmThroughput")),
            R"({"ReadUnitsPerSecond":13000,"WriteUnitsPerSecond":5000,"Status":"ACTIVE"})");
  const std::string provisioned = R"({"TableName": "tab", "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})";
  EXPECT_EQ(refusal("UpdateTable", provisioned + "}"),
            "ValidationException: One or more parameter values were invalid: ProvisionedThroughput must be "
            "specified for index: byg");
  call("UpdateTable", provisioned + R"(, "GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "byg",
    "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}}]})");
  EXPECT_EQ(index().find("OnDemandThroughput"), nullptr);
  EXPECT_EQ(
      refusal("UpdateTable", R"({"TableName": "tab", "OnDemandThroughput": {"MaxReadRequestUnits": 1}})"),
      "ValidationException: One or more parameter values were invalid: MaxReadRequestUnits for "
      "OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED");
}

// The key of the service itself is what tables are encrypted with in AWS unless another is asked for.
TEST_F(Tables, NoEncryptionOfTheirOwnIsTaken) {
  std::string with(kTable);
  with.insert(1, R"("SSESpecification": {"Enabled": false}, )");
  EXPECT_EQ(refusal("CreateTable", with), "accepted");
  EXPECT_EQ(refusal("UpdateTable", R"({"TableName": "tab", "SSESpecification": {"Enabled": true}})"),
            "NotImplemented: SSESpecification: there is no key service yet");
  EXPECT_EQ(refusal("UpdateTable", R"({"TableName": "tab", "SSESpecification": {"Enabled": false}})"),
            "ValidationException: One or more parameter values were invalid: Table is already encrypted by "
            "default");
}

// Who reads only the answer must not wait for what is done, nor use what is not.
TEST_F(Tables, AnAnswerTellsWhetherTheChangeGoesOn) {
  call("CreateTable", kTable);
  const auto status = [&](const std::string& what) {
    return call("UpdateTable", R"({"TableName": "tab", )" + what + "}")
        .find("TableDescription")
        ->string_or("TableStatus", "");
  };
  EXPECT_EQ(status(R"("DeletionProtectionEnabled": false)"), "ACTIVE");
  EXPECT_EQ(status(R"("OnDemandThroughput": {"MaxReadRequestUnits": 5})"), "ACTIVE");
  EXPECT_EQ(status(R"("WarmThroughput": {"ReadUnitsPerSecond": 13000})"), "ACTIVE");
  EXPECT_EQ(status(R"("TableClass": "STANDARD")"), "UPDATING");
  EXPECT_EQ(status(R"("BillingMode": "PAY_PER_REQUEST")"), "UPDATING");
}

// Capacity that a new table cannot have is refused in other words than capacity that an old one cannot get.
TEST_F(Tables, CapacityIsRefusedInItsOwnWords) {
  const std::string kInvalid = "ValidationException: One or more parameter values were invalid: ";
  const auto create = [&](const std::string& billing, const std::string& capacity) {
    return refusal("CreateTable",
                   R"({"TableName": "tab", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], )" +
                       billing + ", " + capacity + "}");
  };
  const std::string on_demand = R"("BillingMode": "PAY_PER_REQUEST")";
  const std::string provisioned =
      R"("ProvisionedThroughput": {"ReadCapacityUnits": 10, "WriteCapacityUnits": 10})";
  EXPECT_EQ(create(provisioned, R"("OnDemandThroughput": {"MaxWriteRequestUnits": 5})"),
            kInvalid +
                "MaxWriteRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is "
                "PROVISIONED.");
  for (const char* units : {"0", "-1", "-2"}) {
    EXPECT_EQ(
        create(on_demand, R"("OnDemandThroughput": {"MaxReadRequestUnits": )" + std::string(units) + "}"),
        kInvalid +
            "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range");
  }
  EXPECT_EQ(create(provisioned, R"("WarmThroughput": {"WriteUnitsPerSecond": 5})"),
            kInvalid +
                "Requested WriteUnitsPerSecond for WarmThroughput for table is lower than "
                "WriteCapacityUnits of ProvisionedThroughput");
  EXPECT_TRUE(create(on_demand, R"("WarmThroughput": {"ReadUnitsPerSecond": 1})")
                  .starts_with(kInvalid +
                               "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than "
                               "initial throughput for OnDemand. See: https://"));
  EXPECT_EQ(create(provisioned, R"("WarmThroughput": {}, "TableClass": "STANDARD")"), "accepted");
  const auto update = [&](const std::string& what) {
    return refusal("UpdateTable", R"({"TableName": "tab", )" + what + "}");
  };
  EXPECT_EQ(update(R"("BillingMode": "PROVISIONED")"),
            kInvalid + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  EXPECT_EQ(update(on_demand), "accepted");
  EXPECT_EQ(
      update(R"("OnDemandThroughput": {"MaxWriteRequestUnits": 0})"),
      kInvalid + "Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid range");
  EXPECT_EQ(update(R"("OnDemandThroughput": {"MaxWriteRequestUnits": -1})"), "accepted");
}

}  // namespace
}  // namespace haneul::dynamodb
