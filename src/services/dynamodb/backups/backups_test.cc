// Backups and restores hold the table as it was at their moment, whatever is written meanwhile.
#include "services/dynamodb/backups/past.h"
#include "services/dynamodb/dynamodb_fixture.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {
namespace {

using Items = std::map<std::string, std::string>;  // key to value

class BackupsTest : public DynamoDbFixture {
 protected:
  void SetUp() override {
    call("CreateTable", R"({"TableName": "tab", "BillingMode": "PAY_PER_REQUEST",
      "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"},
                               {"AttributeName": "g", "AttributeType": "S"}],
      "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
      "GlobalSecondaryIndexes": [{"IndexName": "byg", "Projection": {"ProjectionType": "ALL"},
        "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]}],
      "Tags": [{"Key": "k", "Value": "v"}]})");
  }
  void put(const std::string& key, const std::string& value) {
    call("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": ")" + key + R"("}, "g": {"S": ")" + value +
                        R"("}, "n": {"N": "1"}}})");
    model_[key] = value;
  }
  void remove(const std::string& key) {
    call("DeleteItem", R"({"TableName": "tab", "Key": {"pk": {"S": ")" + key + "\"}}}");
    model_.erase(key);
  }
  void write_something() {
    const std::string key = std::to_string(random.below(60));
    if (random.below(4) == 0) {
      remove(key);
    } else {
      put(key, std::to_string(random.below(1000)));
    }
  }
  Items items_of(const std::string& table) {
    Items out;
    const Document answer = call("Scan", R"({"TableName": ")" + table + "\"}");
    for (const Document& item : answer.find("Items")->as_array()) {
      out[item.find("pk")->find("S")->as_string()] = item.find("g")->find("S")->as_string();
    }
    return out;
  }
  std::string back_up(const std::string& name) {
    const Document answer = call("CreateBackup", R"({"TableName": "tab", "BackupName": ")" + name + "\"}");
    return answer.find("BackupDetails")->find("BackupArn")->as_string();
  }
  std::string status_of(const std::string& table) {
    return call("DescribeTable", R"({"TableName": ")" + table + "\"}")
        .find("Table")
        ->string_or("TableStatus", "");
  }
  Document backup(const std::string& arn) {
    return *call("DescribeBackup", R"({"BackupArn": ")" + arn + "\"}").find("BackupDescription");
  }
  void finish_jobs() {
    for (int i = 0; i < 100; ++i) pass(Milliseconds(1));
  }
  void enable() {
    call("UpdateContinuousBackups", R"({"TableName": "tab", "PointInTimeRecoverySpecification":
      {"PointInTimeRecoveryEnabled": true}})");
  }
  std::string restore_at(const std::string& target, Timestamp at) {
    Document input =
        Document::Object{{"SourceTableName", "tab"}, {"TargetTableName", target}, {"RestoreDateTime", at}};
    return refusal_of("RestoreTableToPointInTime", input);
  }

  Items model_;
};

// A backup is the table at the moment of the request: what is written while it is copied is not in it, and
// the table may change or go without changing it.
TEST_F(BackupsTest, ABackupIsTheTableAtTheMomentOfTheRequest) {
  for (int i = 0; i < 300; ++i) put(std::to_string(i), "old");
  const std::string arn = back_up("first");
  EXPECT_EQ(backup(arn).find("BackupDetails")->string_or("BackupStatus", ""), "CREATING");
  const Items then = model_;
  for (int i = 0; i < 200; i += 2) remove(std::to_string(i));
  for (int i = 1; i < 400; i += 2) put(std::to_string(i), "new");
  finish_jobs();
  const Document done = backup(arn);
  EXPECT_EQ(done.find("BackupDetails")->string_or("BackupStatus", ""), "AVAILABLE");
  EXPECT_EQ(done.find("SourceTableDetails")->find("ItemCount")->as_int(), 300);
  call("DeleteTable", R"({"TableName": "tab"})");
  call("RestoreTableFromBackup", R"({"TargetTableName": "back", "BackupArn": ")" + arn + "\"}");
  EXPECT_EQ(status_of("back"), "CREATING");
  EXPECT_EQ(refusal("Scan", R"({"TableName": "back"})"),
            "ResourceNotFoundException: Requested resource not found");
  EXPECT_EQ(refusal("DeleteBackup", R"({"BackupArn": ")" + arn + "\"}").substr(0, 20),
            "BackupInUseException");
  EXPECT_EQ(refusal("DeleteTable", R"({"TableName": "back"})").substr(0, 22), "ResourceInUseException");
  finish_jobs();
  EXPECT_EQ(status_of("back"), "ACTIVE");
  EXPECT_EQ(items_of("back"), then);
  EXPECT_EQ(call("Query", R"({"TableName": "back", "IndexName": "byg", "KeyConditionExpression": "g = :g",
                              "ExpressionAttributeValues": {":g": {"S": "old"}}})")
                .find("Count")
                ->as_int(),
            300);
  const Document tags =
      call("ListTagsOfResource", R"({"ResourceArn": "arn:aws:dynamodb:us-east-1:123456789012:table/back"})");
  EXPECT_TRUE(tags.find("Tags")->as_array().empty());
  call("DeleteBackup", R"({"BackupArn": ")" + arn + "\"}");
  EXPECT_EQ(refusal("DescribeBackup", R"({"BackupArn": ")" + arn + "\"}").substr(0, 23),
            "BackupNotFoundException");
}

// Undo is kept only while somebody looks back: afterwards no row of it is left.
TEST_F(BackupsTest, NoUndoIsLeftWhenNobodyLooksBack) {
  const auto undo_rows = [&] {
    size_t count = 0;
    db->read([&](store::ReadTx& tx) {
      for (int shard = 0; shard < store::kShards; ++shard) {
        const auto at = static_cast<store::Shard>(shard);
        const store::KeyRange range = store::KeyWriter(store::Scope{at}).text_prefix("dynamodb/undo").range();
        count += tx.scan(at, range).size();
      }
    });
    return count;
  };
  put("a", "1");
  EXPECT_EQ(undo_rows(), 0u);
  back_up("one");
  put("a", "2");
  put("b", "2");
  EXPECT_GE(undo_rows(), 2u);
  finish_jobs();
  EXPECT_EQ(undo_rows(), 0u);
  enable();
  put("a", "3");
  EXPECT_GE(undo_rows(), 1u);
  call("UpdateContinuousBackups", R"({"TableName": "tab", "PointInTimeRecoverySpecification":
      {"PointInTimeRecoveryEnabled": false}})");
  EXPECT_EQ(undo_rows(), 0u);
  put("a", "4");
  EXPECT_EQ(undo_rows(), 0u);
}

// Each remembered moment of a random history must come back exactly, while writes go on.
TEST_F(BackupsTest, EveryMomentOfAHistoryComesBack) {
  for (int i = 0; i < 40; ++i) write_something();
  executor.advance(Milliseconds(5));
  enable();
  std::vector<std::pair<Timestamp, Items>> moments;
  for (int turn = 0; turn < 25; ++turn) {
    executor.advance(Milliseconds(1 + static_cast<int64_t>(random.below(3))));
    for (uint64_t i = random.below(12); i > 0; --i) write_something();
    moments.emplace_back(clock.now(), model_);
  }
  executor.advance(Milliseconds(1));
  for (size_t at = 0; at < moments.size(); ++at) {
    const std::string target = "moment-" + std::to_string(at);
    ASSERT_EQ(restore_at(target, moments[at].first), "accepted");
    for (int i = 0; i < 20; ++i) {
      write_something();
      executor.run();
    }
    finish_jobs();
    EXPECT_EQ(items_of(target), moments[at].second) << at;
    EXPECT_EQ(items_of("tab"), model_);
    call("DeleteTable", R"({"TableName": ")" + target + "\"}");
  }
}

// The pages of a walk are read while transactions go on between them: together they must be of one moment,
// in which every transaction is whole.
TEST_F(BackupsTest, PagesOfDifferentSnapshotsAreOfOneMoment) {
  constexpr int kAccounts = 60;
  for (int i = 0; i < kAccounts; ++i) put(std::to_string(i), "account");
  const auto move = [&] {
    const auto update = [&](int account, const char* by) {
      return R"({"Update": {"TableName": "tab", "Key": {"pk": {"S": ")" + std::to_string(account) +
             R"("}}, "UpdateExpression": "ADD n :by", "ExpressionAttributeValues": {":by": {"N": ")" + by +
             "\"}}}}";
    };
    const int giver = static_cast<int>(random.below(kAccounts / 2)) * 2;
    const int taker = static_cast<int>(random.below(kAccounts / 2)) * 2 + 1;
    call("TransactWriteItems",
         R"({"TransactItems": [)" + update(giver, "-5") + "," + update(taker, "5") + "]}");
  };
  Catalog catalog(*db);
  const TableName where{.account = AccountId("123456789012"), .region = Region("us-east-1"), .name = "tab"};
  const auto balances = [&](const Document& items) {
    std::map<std::string, std::string> out;
    for (const Document& item : items.as_array()) {
      out[item.find("pk")->find("S")->as_string()] = item.find("n")->find("N")->as_string();
    }
    return out;
  };
  for (int turn = 0; turn < 6; ++turn) {
    const auto before = balances(*call("Scan", R"({"TableName": "tab"})").find("Items"));
    back_up("turn" + std::to_string(turn));  // from here on, undo is kept
    const TablePtr table = catalog.require(where);
    const Timestamp at = table->cut;
    Document seen = Document::array();
    for (PastPlace place; !place.at_end();) {
      PastPage page = db->read([&](store::ReadTx& tx) { return read_past(tx, *table, place, at); });
      for (const Attributes& item : page.items) seen.push(document_of(item));
      place = page.next;
      for (int i = 0; i < 3; ++i) move();
    }
    EXPECT_EQ(balances(seen), before) << turn;
    finish_jobs();
  }
}

// A backup that is taken while clients move units between accounts holds what there was in all.
TEST_F(BackupsTest, ARestoredBackupHoldsTheSumOfAllAccounts) {
  for (int i = 0; i < 20; ++i) put(std::to_string(i), "account");
  const std::string arn = back_up("sum");
  call("TransactWriteItems", R"({"TransactItems": [
    {"Update": {"TableName": "tab", "Key": {"pk": {"S": "1"}}, "UpdateExpression": "ADD n :by",
                "ExpressionAttributeValues": {":by": {"N": "-1"}}}},
    {"Update": {"TableName": "tab", "Key": {"pk": {"S": "2"}}, "UpdateExpression": "ADD n :by",
                "ExpressionAttributeValues": {":by": {"N": "1"}}}}]})");
  finish_jobs();
  call("RestoreTableFromBackup", R"({"TargetTableName": "back", "BackupArn": ")" + arn + "\"}");
  finish_jobs();
  int64_t sum = 0;
  const Document answer = call("Scan", R"({"TableName": "back"})");
  for (const Document& item : answer.find("Items")->as_array()) {
    sum += std::stoll(item.find("n")->find("N")->as_string());
    EXPECT_EQ(item.find("n")->find("N")->as_string(), "1");
  }
  EXPECT_EQ(sum, 20);
}

// Earlier than it was enabled, or in the future, there is nothing to restore; nor without recovery.
TEST_F(BackupsTest, OnlyMomentsOfTheRecoveryPeriodCanBeRestored) {
  const Timestamp before = clock.now();
  EXPECT_EQ(restore_at("back", before).substr(0, 39), "PointInTimeRecoveryUnavailableException");
  executor.advance(std::chrono::hours(1));
  enable();
  EXPECT_EQ(restore_at("back", before).substr(0, 27), "InvalidRestoreTimeException");
  EXPECT_EQ(restore_at("back", clock.now() + Milliseconds(1)).substr(0, 27), "InvalidRestoreTimeException");
  EXPECT_EQ(restore_at("tab", clock.now()).substr(0, 27), "TableAlreadyExistsException");
  EXPECT_EQ(restore_at("back", clock.now()), "accepted");
  EXPECT_EQ(restore_at("back", clock.now()).substr(0, 19), "TableInUseException");
  EXPECT_EQ(refusal("DeleteTable", R"({"TableName": "tab"})").substr(0, 22), "ResourceInUseException");
  finish_jobs();
  EXPECT_EQ(status_of("back"), "ACTIVE");
}

// Rows that the period does not reach back to go, and the moments it still reaches are as they were.
TEST_F(BackupsTest, WhatIsOlderThanThePeriodIsTrimmed) {
  call("UpdateContinuousBackups", R"({"TableName": "tab", "PointInTimeRecoverySpecification":
      {"PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": 2}})");
  put("a", "1");
  executor.advance(std::chrono::hours(30));
  put("a", "2");
  executor.advance(std::chrono::hours(1));
  const Timestamp then = clock.now();
  put("a", "3");
  executor.advance(std::chrono::hours(24));
  const size_t rows = db->read([&](store::ReadTx& tx) {
    size_t count = 0;
    Catalog catalog(*db);
    const TablePtr table = catalog.require(
        tx, {.account = AccountId("123456789012"), .region = Region("us-east-1"), .name = "tab"});
    const Rows undo = Rows::undo(*table);
    for (size_t partition = 0; partition < kPartitions; ++partition) {
      count += tx.scan(undo.scope(partition).shard, undo.all(partition)).size();
    }
    return count;
  });
  EXPECT_EQ(rows, 2u);
  ASSERT_EQ(restore_at("back", then - Milliseconds(1)), "accepted");
  finish_jobs();
  EXPECT_EQ(items_of("back"), (Items{{"a", "2"}}));
}

// A table that could be recovered leaves a backup behind when it is deleted, for 35 days.
TEST_F(BackupsTest, ADeletedTableWithRecoveryLeavesASystemBackup) {
  enable();
  for (int i = 0; i < 50; ++i) put(std::to_string(i), "kept");
  call("DeleteTable", R"({"TableName": "tab"})");
  SetUp();
  call("PutItem", R"({"TableName": "tab", "Item": {"pk": {"S": "other"}}})");
  finish_jobs();
  const Document list = call("ListBackups", R"({"BackupType": "SYSTEM"})");
  ASSERT_EQ(list.find("BackupSummaries")->as_array().size(), 1u);
  const Document& summary = list.find("BackupSummaries")->as_array()[0];
  EXPECT_EQ(summary.string_or("BackupName", ""), "tab$DeletedTableBackup");
  EXPECT_EQ(summary.string_or("BackupStatus", ""), "AVAILABLE");
  call("RestoreTableFromBackup",
       R"({"TargetTableName": "back", "BackupArn": ")" + summary.string_or("BackupArn", "") + "\"}");
  finish_jobs();
  EXPECT_EQ(items_of("back"), model_);
  executor.advance(std::chrono::days(36));
  EXPECT_TRUE(call("ListBackups", "{}").find("BackupSummaries")->as_array().empty());
}

// Overrides name indexes of the source, or none; anything else would make a table that nobody described.
TEST_F(BackupsTest, OverridesOfARestore) {
  put("a", "1");
  const std::string arn = back_up("one");
  finish_jobs();
  const auto restore = [&](const std::string& target, const std::string& more) {
    return refusal("RestoreTableFromBackup",
                   R"({"TargetTableName": ")" + target + R"(", "BackupArn": ")" + arn + "\", " + more + "}");
  };
  const std::string bare_wish =
      R"("GlobalSecondaryIndexOverride": [], "BillingModeOverride": "PROVISIONED", )"
      R"("ProvisionedThroughputOverride": {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4})";
  EXPECT_EQ(restore("bare", bare_wish), "accepted");
  const std::string other = R"("GlobalSecondaryIndexOverride": [{"IndexName": "byg",
      "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}])";
  EXPECT_EQ(restore("other", other).substr(0, 19), "ValidationException");
  EXPECT_EQ(restore("other", R"("BillingModeOverride": "PROVISIONED")").substr(0, 19), "ValidationException");
  EXPECT_EQ(restore("limited", R"("OnDemandThroughputOverride": {"MaxReadRequestUnits": 7})"), "accepted");
  finish_jobs();
  const Document bare = *call("DescribeTable", R"({"TableName": "bare"})").find("Table");
  EXPECT_EQ(bare.find("GlobalSecondaryIndexes"), nullptr);
  const Document limited = *call("DescribeTable", R"({"TableName": "limited"})").find("Table");
  EXPECT_EQ(limited.find("OnDemandThroughput")->find("MaxReadRequestUnits")->as_int(), 7);
  EXPECT_EQ(bare.find("ProvisionedThroughput")->find("WriteCapacityUnits")->as_int(), 4);
  EXPECT_EQ(bare.find("AttributeDefinitions")->as_array().size(), 1u);
  EXPECT_FALSE(bare.find("RestoreSummary")->find("RestoreInProgress")->as_bool());
}

// Lists go on where they ended, by kind and by time.
TEST_F(BackupsTest, ListsAreFilteredAndPaged) {
  std::vector<std::string> arns;
  for (int i = 0; i < 5; ++i) {
    arns.push_back(back_up("b" + std::to_string(i)));
    finish_jobs();
    executor.advance(std::chrono::seconds(10));
  }
  std::vector<std::string> seen;
  std::string after;
  do {
    const Document page = call("ListBackups", R"({"Limit": 2)" + after + "}");
    for (const Document& summary : page.find("BackupSummaries")->as_array()) {
      seen.push_back(summary.string_or("BackupArn", ""));
    }
    const std::string last = page.string_or("LastEvaluatedBackupArn", "");
    after = last.empty() ? "" : R"(, "ExclusiveStartBackupArn": ")" + last + "\"";
  } while (!after.empty());
  EXPECT_EQ(seen, arns);
  const auto count = [&](const Document& input) {
    return call_with("ListBackups", input).find("BackupSummaries")->as_array().size();
  };
  EXPECT_EQ(count(Document::Object{{"BackupType", "SYSTEM"}}), 0u);
  EXPECT_EQ(count(Document::Object{{"BackupType", "USER"}, {"TableName", "tab"}}), 5u);
  EXPECT_EQ(count(Document::Object{{"TableName", "another"}}), 0u);
  const Timestamp middle = clock.now() - std::chrono::seconds(25);
  EXPECT_EQ(count(Document::Object{{"TimeRangeLowerBound", middle}}), 2u);
  EXPECT_EQ(count(Document::Object{{"TimeRangeUpperBound", middle}}), 3u);
}

}  // namespace
}  // namespace haneul::dynamodb
