// The change log: what it tells, for how long, and what is left of it when its table is gone.
#include "services/dynamodb/dynamodb_fixture.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/streams/record.h"

namespace haneul::dynamodb {
namespace {

class TableStreams : public DynamoDbFixture {
 protected:
  std::string make_table() {
    const Document made = call("CreateTable", R"({"TableName": "tab", "BillingMode": "PAY_PER_REQUEST",
      "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
      "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
      "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"}})");
    return made.find("TableDescription")->find("LatestStreamArn")->as_string();
  }
  void put(const std::string& key, int value) {
    call("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": ")" + key + R"("}, "v": {"N": ")" +
                        std::to_string(value) + "\"}}}");
  }
  StreamInfo stream(const std::string& arn) {
    return db->read(
        [&](store::ReadTx& tx) { return *find_stream(tx, *stream_in_arn(Region("us-east-1"), arn)); });
  }
  std::vector<ChangeRecord> changes(const std::string& arn) {
    return db->read([&](store::ReadTx& tx) { return changes_from(tx, stream(arn), 1, {}).changes; });
  }
};

// Readers replay a table from its records: none may be missing, doubled or out of order.
TEST_F(TableStreams, NumbersHaveNoGapsAndNothingIsToldOfNoChange) {
  const std::string arn = make_table();
  put("a", 1);
  put("a", 1);
  put("a", 2);
  EXPECT_EQ(refusal("PutItem", R"j({"TableName": "tab", "Item": {"pk": {"S": "a"}},
                                   "ConditionExpression": "attribute_not_exists(pk)"})j"),
            "ConditionalCheckFailedException: The conditional request failed");
  call("DeleteItem", R"({"TableName": "tab", "Key": {"pk": {"S": "a"}}})");
  const auto told = changes(arn);
  ASSERT_EQ(told.size(), 3u);
  for (size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i].sequence, i + 1);
  EXPECT_EQ(told[0].event, "INSERT");
  EXPECT_EQ(told[1].event, "MODIFY");
  EXPECT_EQ(told[2].event, "REMOVE");
  EXPECT_EQ(*told[1].after->find("v")->number(), Number(2));
  EXPECT_FALSE(told[1].before.has_value());
  EXPECT_FALSE(told[2].after.has_value());
}

// A day later records are gone, and after the table so is the stream, with every row of it.
TEST_F(TableStreams, RecordsAreTrimmedAndTheStreamFollowsItsTable) {
  const std::string arn = make_table();
  put("a", 1);
  pass(std::chrono::hours(23));
  put("b", 1);
  pass(std::chrono::hours(2));
  ASSERT_EQ(changes(arn).size(), 1u);
  EXPECT_EQ(changes(arn)[0].sequence, 2u);
  const StreamInfo info = stream(arn);
  call("DeleteTable", R"({"TableName": "tab"})");
  EXPECT_EQ(changes(arn).size(), 1u);
  pass(std::chrono::hours(26));
  const StreamRows rows(info);
  db->read([&](store::ReadTx& tx) {
    EXPECT_FALSE(find_stream(tx, *stream_in_arn(Region("us-east-1"), arn)));
    EXPECT_FALSE(tx.contains(rows.next()));
    EXPECT_TRUE(tx.scan(rows.scope().shard, rows.changes_from(0)).empty());
  });
}

// Removals by the time to live are told apart from those of callers; an item that was prolonged stays.
TEST_F(TableStreams, ExpiredItemsAreRemovedByTheService) {
  const std::string arn = make_table();
  const int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
  put("past", static_cast<int>(now - 60));
  put("soon", static_cast<int>(now + 600));
  put("ancient", 5);
  call("UpdateTimeToLive",
       R"({"TableName": "tab", "TimeToLiveSpecification": {"Enabled": true, "AttributeName": "v"}})");
  pass(std::chrono::minutes(1));
  const auto told = changes(arn);
  ASSERT_EQ(told.size(), 4u);
  EXPECT_EQ(told[3].event, "REMOVE");
  EXPECT_EQ(*told[3].keys.find("pk")->string(), "past");
  EXPECT_EQ(told[3].by, ChangedBy::kExpiry);
  pass(std::chrono::minutes(12));
  EXPECT_EQ(changes(arn).size(), 5u);
}

}  // namespace
}  // namespace haneul::dynamodb
