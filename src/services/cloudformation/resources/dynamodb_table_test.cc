// AWS::DynamoDB::Table against a DynamoDB that takes its time: what is asked, in which order, and what is
// refused before anything is asked.
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/task/manual_executor.h"
#include "base/yaml.h"
#include "model/error.h"
#include "services/cloudformation/fake_services.h"
#include "services/cloudformation/resources/dynamodb_changes.h"
#include "services/cloudformation/resources/handlers.h"

namespace haneul::cloudformation {
namespace {

// One table, which is being updated for a few looks after every change.
class SlowDynamoDb final : public platform::Dispatcher {
 public:
  Task<Document> call(const platform::CallContext&, std::string_view, std::string_view operation,
                      Document input) override {
    if (operation == "DescribeTimeToLive") {
      co_return Document::Object{{"TimeToLiveDescription", time_to_live}};
    }
    if (operation == "DescribeContinuousBackups") {
      co_return Document::Object{
          {"ContinuousBackupsDescription", Document::Object{{"PointInTimeRecoveryDescription", recovery}}}};
    }
    if (operation == "DescribeImport") {
      EXPECT_EQ(input.string_or("ImportArn", ""), "arn:t/import/1");
      if (looks_left-- > 0)
        import.set("ImportStatus", "IN_PROGRESS");
      else
        import.set("ImportStatus", import_end);
      co_return Document::Object{{"ImportTableDescription", import}};
    }
    if (operation != "DescribeTable") {
      asked.push_back(std::string(operation) + write_json(input));
      looks_left = 3;
      if (operation == "CreateTable" || operation == "ImportTable") is_there = true;
      if (operation == "DeleteTable") is_there = false;
      co_return Document::Object{{"ImportTableDescription", import}};
    }
    if (!is_there) throw model::ServiceError(kMissingShape, "Table: t not found");
    Document shown = table;
    shown.set("TableStatus", looks_left > 0 ? "UPDATING" : "ACTIVE");
    if (looks_left > 0) --looks_left;
    co_return Document::Object{{"Table", std::move(shown)}};
  }

  Document table =
      Document::Object{{"TableName", "t"},
                       {"TableArn", "arn:t"},
                       {"TableId", "id-1"},
                       {"LatestStreamArn", "arn:t/stream/1"},
                       {"CreationDateTime", Timestamp(Seconds(100))},
                       {"BillingModeSummary", Document::Object{{"BillingMode", "PAY_PER_REQUEST"}}}};
  Document time_to_live = Document::Object{{"TimeToLiveStatus", "DISABLED"}};
  Document recovery = Document::Object{{"PointInTimeRecoveryStatus", "DISABLED"}};
  Document import = Document::Object{
      {"ImportArn", "arn:t/import/1"}, {"FailureCode", "S3NoSuchBucket"}, {"FailureMessage", "none"}};
  std::string import_end = "COMPLETED";
  std::vector<std::string> asked;
  bool is_there = false;
  int looks_left = 0;
};

constexpr const char* kBase =
    "AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]\n"
    "KeySchema: [{AttributeName: pk, KeyType: HASH}]\n"
    "BillingMode: PAY_PER_REQUEST\n";
const std::string kByOwner =
    "AttributeDefinitions: [{AttributeName: pk, AttributeType: S}, {AttributeName: owner, AttributeType: "
    "S}]\n"
    "KeySchema: [{AttributeName: pk, KeyType: HASH}]\n"
    "BillingMode: PAY_PER_REQUEST\n"
    "GlobalSecondaryIndexes: [{IndexName: by-owner, KeySchema: [{AttributeName: owner, KeyType: HASH}], "
    "Projection: {ProjectionType: ALL}}]\n";

Document index_now(const std::string& name, const std::string& key) {
  return parse_yaml("{IndexName: " + name + ", IndexStatus: ACTIVE, KeySchema: [{AttributeName: " + key +
                    ", KeyType: HASH}], Projection: {ProjectionType: ALL}}");
}

class DynamoDbTable : public testing::Test {
 protected:
  ResourceContext context(const std::string& properties, const std::string& before = "{}") {
    ResourceContext out(dynamodb, {});
    out.properties = parse_yaml(properties);
    out.old_properties = parse_yaml(before);
    out.physical_id = "t";
    out.started_at = Timestamp(Seconds(100));
    return out;
  }
  void update(const std::string& to, const std::string& from) {
    dynamodb.is_there = true;
    executor.run_until_done(handler.update(context(to, from)));
  }
  std::string refusal(const std::string& to) {
    try {
      update(to, kBase);
    } catch (const model::ServiceError& error) {
      return error.message();
    }
    return "done";
  }
  OnChange change_of(std::string_view property, const std::string& before, const std::string& after) {
    for (const PropertyChange& change : find_changes(handler.type(), parse_yaml(before), parse_yaml(after))) {
      if (change.property == property) return change.on_change;
    }
    ADD_FAILURE() << property << " does not differ";
    return OnChange::kUpdate;
  }
  VirtualClock clock;
  ManualExecutor executor{clock};
  SlowDynamoDb dynamodb;
  const ResourceHandler& handler = dynamodb_table_handler();
};

// What depends on the table writes to it at once, so it must be active, with its time to live.
TEST_F(DynamoDbTable, IsMadeWithEverything) {
  const ResourceContext made = context(std::string(kBase) +
                                       "StreamSpecification: {StreamViewType: NEW_IMAGE}\n"
                                       "TimeToLiveSpecification: {Enabled: 'true', AttributeName: until}\n"
                                       "Tags: [{Key: a, Value: b}]\n");
  const ResourceState state = executor.run_until_done(handler.create(made));
  ASSERT_EQ(dynamodb.asked.size(), 2u);
  EXPECT_EQ(dynamodb.asked[0],
            R"(CreateTable{"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],)"
            R"("KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST",)"
            R"("TableName":"t","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"},)"
            R"("Tags":[{"Key":"a","Value":"b"}]})");
  EXPECT_EQ(dynamodb.asked[1],
            R"(UpdateTimeToLive{"TableName":"t","TimeToLiveSpecification":{"Enabled":true,)"
            R"("AttributeName":"until"}})");
  EXPECT_EQ(dynamodb.looks_left, 0);
  EXPECT_EQ(write_json(state.attributes), R"({"Arn":"arn:t","TableId":"id-1","StreamArn":"arn:t/stream/1"})");
}

// After a crash the table that was begun is taken up; one that is older belongs to somebody else.
TEST_F(DynamoDbTable, TakesUpWhatWasBegun) {
  dynamodb.is_there = true;
  ResourceContext again = context(kBase);
  again.attempt = Attempt::kAgain;
  executor.run_until_done(handler.create(again));
  EXPECT_TRUE(dynamodb.asked.empty());
  again.started_at = Timestamp(Seconds(500));
  executor.run_until_done(handler.create(again));
  EXPECT_EQ(dynamodb.asked.size(), 1u);
}

// DynamoDB changes one thing at a time: each change is a call of its own, and only what differs is asked.
TEST_F(DynamoDbTable, ChangesOneThingAfterTheOther) {
  dynamodb.table.set("StreamSpecification",
                     Document::Object{{"StreamEnabled", true}, {"StreamViewType", "NEW_IMAGE"}});
  update(kByOwner +
             "StreamSpecification: {StreamViewType: KEYS_ONLY}\nDeletionProtectionEnabled: true\n"
             "TimeToLiveSpecification: {Enabled: true, AttributeName: until}\nTags: [{Key: a, Value: c}]\n",
         std::string(kBase) + "Tags: [{Key: b, Value: b}]\n");
  ASSERT_EQ(dynamodb.asked.size(), 7u);
  EXPECT_EQ(dynamodb.asked[0], R"(UpdateTable{"DeletionProtectionEnabled":true,"TableName":"t"})");
  EXPECT_NE(dynamodb.asked[1].find(R"("GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"by-owner")"),
            std::string::npos);
  EXPECT_EQ(dynamodb.asked[2],
            R"(UpdateTable{"StreamSpecification":{"StreamEnabled":false},"TableName":"t"})");
  EXPECT_NE(dynamodb.asked[3].find(R"("StreamViewType":"KEYS_ONLY")"), std::string::npos);
  EXPECT_TRUE(dynamodb.asked[4].starts_with("UpdateTimeToLive"));
  EXPECT_TRUE(dynamodb.asked[5].starts_with("UntagResource"));
  EXPECT_TRUE(dynamodb.asked[6].starts_with("TagResource"));
}

// A step that a crash cut is taken again: what is as it shall be already is not asked for a second time.
TEST_F(DynamoDbTable, AsksNothingThatIsDone) {
  dynamodb.table.set("GlobalSecondaryIndexes", Document::Array{index_now("by-owner", "owner")});
  update(kByOwner, kBase);
  EXPECT_TRUE(dynamodb.asked.empty());
}

// Turning to provisioned capacity gives the table and the indexes that stay theirs in one call.
TEST_F(DynamoDbTable, TurnsToProvisionedCapacity) {
  dynamodb.table.set("GlobalSecondaryIndexes", Document::Array{index_now("by-owner", "owner")});
  Document wish = parse_yaml(kByOwner);
  wish.set("BillingMode", "PROVISIONED");
  wish.set("ProvisionedThroughput", parse_yaml("{ReadCapacityUnits: '5', WriteCapacityUnits: 5}"));
  wish.find("GlobalSecondaryIndexes")
      ->as_array()[0]
      .set("ProvisionedThroughput", parse_yaml("{ReadCapacityUnits: 1, WriteCapacityUnits: 1}"));
  update(write_json(wish), kByOwner);
  ASSERT_EQ(dynamodb.asked.size(), 1u);
  EXPECT_EQ(dynamodb.asked[0],
            R"(UpdateTable{"BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":5,)"
            R"("WriteCapacityUnits":5},"GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"by-owner",)"
            R"("ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}}],"TableName":"t"})");
}

// What a table on demand may use at most is changed with the rest, and taken away when it is no longer said.
TEST_F(DynamoDbTable, ChangesMaxima) {
  dynamodb.table.set("OnDemandThroughput",
                     Document::Object{{"MaxReadRequestUnits", 5}, {"MaxWriteRequestUnits", -1}});
  Document index = index_now("by-owner", "owner");
  index.set("WarmThroughput", Document::Object{{"ReadUnitsPerSecond", 12000}, {"WriteUnitsPerSecond", 4000}});
  dynamodb.table.set("GlobalSecondaryIndexes", Document::Array{index});
  update(kByOwner + "OnDemandThroughput: {MaxReadRequestUnits: '5'}\n", kBase);
  EXPECT_TRUE(dynamodb.asked.empty());
  Document wish = parse_yaml(kByOwner);
  Document& wanted = wish.find("GlobalSecondaryIndexes")->as_array()[0];
  wanted.set("OnDemandThroughput", parse_yaml("{MaxWriteRequestUnits: 7}"));
  wanted.set("WarmThroughput", parse_yaml("{ReadUnitsPerSecond: 12500}"));
  update(write_json(wish), kByOwner);
  ASSERT_EQ(dynamodb.asked.size(), 1u);
  EXPECT_EQ(dynamodb.asked[0],
            R"(UpdateTable{"OnDemandThroughput":{"MaxReadRequestUnits":-1},"GlobalSecondaryIndexUpdates":)"
            R"([{"Update":{"IndexName":"by-owner","OnDemandThroughput":{"MaxWriteRequestUnits":7},)"
            R"("WarmThroughput":{"ReadUnitsPerSecond":12500}}}],"TableName":"t"})");
}

constexpr const char* kPolicy = "{PolicyDocument: {Statement: []}}";

// A table is never there without the policy that protects it; a stream takes its own once it is there.
TEST_F(DynamoDbTable, IsMadeWithPolicies) {
  const ResourceContext made =
      context(std::string(kBase) + "ResourcePolicy: " + kPolicy +
              "\nStreamSpecification: {StreamViewType: NEW_IMAGE, ResourcePolicy: " + kPolicy + "}\n");
  executor.run_until_done(handler.create(made));
  ASSERT_EQ(dynamodb.asked.size(), 2u);
  EXPECT_NE(dynamodb.asked[0].find(R"("ResourcePolicy":"{\"Statement\":[]}")"), std::string::npos);
  EXPECT_EQ(dynamodb.asked[1],
            R"(PutResourcePolicy{"ResourceArn":"arn:t/stream/1","Policy":"{\"Statement\":[]}"})");
}

// Policies follow the template: changed, and taken away when it says them no more.
TEST_F(DynamoDbTable, ChangesPolicies) {
  dynamodb.table.set("StreamSpecification",
                     Document::Object{{"StreamEnabled", true}, {"StreamViewType", "NEW_IMAGE"}});
  const std::string with = std::string(kBase) + "ResourcePolicy: " + kPolicy +
                           "\nStreamSpecification: {StreamViewType: NEW_IMAGE, ResourcePolicy: " + kPolicy +
                           "}\n";
  const std::string without = std::string(kBase) + "StreamSpecification: {StreamViewType: NEW_IMAGE}\n";
  update(with, with);
  EXPECT_TRUE(dynamodb.asked.empty());
  update(with, without);
  ASSERT_EQ(dynamodb.asked.size(), 2u);
  EXPECT_TRUE(dynamodb.asked[0].starts_with(R"(PutResourcePolicy{"ResourceArn":"arn:t",)"));
  EXPECT_TRUE(dynamodb.asked[1].starts_with(R"(PutResourcePolicy{"ResourceArn":"arn:t/stream/1",)"));
  update(without, with);
  ASSERT_EQ(dynamodb.asked.size(), 4u);
  EXPECT_EQ(dynamodb.asked[2], R"(DeleteResourcePolicy{"ResourceArn":"arn:t"})");
  EXPECT_EQ(dynamodb.asked[3], R"(DeleteResourcePolicy{"ResourceArn":"arn:t/stream/1"})");
}

// Recovery follows the template; its days are DynamoDB's where none are said.
TEST_F(DynamoDbTable, ChangesRecovery) {
  const std::string on = std::string(kBase) +
                         "PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: 'true', "
                         "RecoveryPeriodInDays: '7'}\n";
  executor.run_until_done(handler.create(context(on)));
  ASSERT_EQ(dynamodb.asked.size(), 2u);
  EXPECT_EQ(dynamodb.asked[1],
            R"(UpdateContinuousBackups{"TableName":"t","PointInTimeRecoverySpecification":)"
            R"({"PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":7}})");
  dynamodb.recovery = parse_yaml("{PointInTimeRecoveryStatus: ENABLED, RecoveryPeriodInDays: 7}");
  dynamodb.asked.clear();
  update(on, kBase);
  EXPECT_TRUE(dynamodb.asked.empty());
  update(std::string(kBase) + "PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}\n", on);
  ASSERT_EQ(dynamodb.asked.size(), 1u);
  EXPECT_NE(dynamodb.asked[0].find(R"("RecoveryPeriodInDays":35)"), std::string::npos);
  update(kBase, on);
  ASSERT_EQ(dynamodb.asked.size(), 2u);
  EXPECT_NE(dynamodb.asked[1].find(R"({"PointInTimeRecoveryEnabled":false})"), std::string::npos);
}

const std::string kImported =
    std::string(kBase) +
    "ImportSourceSpecification: {InputFormat: CSV, InputFormatOptions: {Csv: {Delimiter: "
    "';'}}, S3BucketSource: {S3Bucket: b, S3KeyPrefix: some/}}\n";

// A table is made by its import, with what an import takes; the rest is set when it is done.
TEST_F(DynamoDbTable, IsImported) {
  const ResourceContext made = context(kImported +
                                       "DeletionProtectionEnabled: true\n"
                                       "StreamSpecification: {StreamViewType: NEW_IMAGE}\n"
                                       "Tags: [{Key: a, Value: b}]\n");
  executor.run_until_done(handler.create(made));
  ASSERT_EQ(dynamodb.asked.size(), 4u);
  EXPECT_EQ(dynamodb.asked[0],
            R"(ImportTable{"InputFormat":"CSV","InputFormatOptions":{"Csv":{"Delimiter":";"}},)"
            R"("S3BucketSource":{"S3Bucket":"b","S3KeyPrefix":"some/"},"TableCreationParameters":)"
            R"({"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":)"
            R"([{"AttributeName":"pk","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST","TableName":"t"},)"
            R"("ClientToken":"t-100000"})");
  EXPECT_EQ(dynamodb.asked[1], R"(UpdateTable{"DeletionProtectionEnabled":true,"TableName":"t"})");
  EXPECT_NE(dynamodb.asked[2].find("NEW_IMAGE"), std::string::npos);
  EXPECT_TRUE(dynamodb.asked[3].starts_with("TagResource"));
  EXPECT_EQ(made.made_id, "t");
}

// An import that fails fails its resource, with the reason, and leaves the table to the rollback.
TEST_F(DynamoDbTable, FailsWithItsImport) {
  dynamodb.import_end = "FAILED";
  const ResourceContext made = context(kImported);
  try {
    executor.run_until_done(handler.create(made));
    ADD_FAILURE() << "it is made";
  } catch (const model::ServiceError& error) {
    EXPECT_EQ(error.message(), "The import arn:t/import/1 has failed: S3NoSuchBucket: none");
  }
  EXPECT_EQ(made.made_id, "t");
  EXPECT_EQ(change_of("ImportSourceSpecification", kBase, kImported), OnChange::kReplace);
}

// What CloudFormation refuses of indexes is refused before the table is touched.
TEST_F(DynamoDbTable, RefusesWhatIndexesCannotDo) {
  dynamodb.table.set("GlobalSecondaryIndexes", Document::Array{index_now("old", "pk")});
  EXPECT_EQ(refusal(kByOwner), "Cannot perform more than one GSI creation or deletion in a single update");
  dynamodb.table.set("GlobalSecondaryIndexes", Document::Array{index_now("by-owner", "pk")});
  EXPECT_EQ(refusal(kByOwner),
            "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights "
            "Specification. You can create a new GSI with a different name.");
  dynamodb.table.set("GlobalSecondaryIndexes", Document::array());
  EXPECT_EQ(refusal("AttributeDefinitions: [{AttributeName: pk, AttributeType: S}, {AttributeName: b, "
                    "AttributeType: S}]\nKeySchema: [{AttributeName: pk, KeyType: HASH}]\n"),
            "One or more parameter values were invalid: Some AttributeDefinitions are not used. "
            "AttributeDefinitions: [b, pk], keys used: [pk]");
  EXPECT_TRUE(dynamodb.asked.empty());
}

// Definitions that come and go with indexes change the table; an attribute of another type is another table.
TEST_F(DynamoDbTable, IsReplacedByOtherKeys) {
  EXPECT_EQ(change_of("AttributeDefinitions", kBase, kByOwner), OnChange::kUpdate);
  EXPECT_EQ(change_of("AttributeDefinitions", kBase,
                      "AttributeDefinitions: [{AttributeName: pk, AttributeType: N}]"),
            OnChange::kReplace);
  EXPECT_EQ(change_of("KeySchema", kBase, "KeySchema: [{AttributeName: id, KeyType: HASH}]"),
            OnChange::kReplace);
  const std::string one = "{IndexName: one, KeySchema: [], Projection: {ProjectionType: ALL}}";
  const std::string two = "{IndexName: two, KeySchema: [], Projection: {ProjectionType: ALL}}";
  EXPECT_EQ(change_of("LocalSecondaryIndexes", kBase, "LocalSecondaryIndexes: [" + one + "]"),
            OnChange::kReplace);
  EXPECT_EQ(change_of("LocalSecondaryIndexes", "LocalSecondaryIndexes: [" + one + ", " + two + "]",
                      "LocalSecondaryIndexes: [" + two + ", " + one + "]"),
            OnChange::kUpdate);
  EXPECT_EQ(change_of("GlobalSecondaryIndexes", kBase, kByOwner), OnChange::kUpdate);
}

// Time to live that the template no longer says is disabled, by the attribute it is enabled for.
TEST_F(DynamoDbTable, DisablesTimeToLive) {
  dynamodb.time_to_live = Document::Object{{"TimeToLiveStatus", "ENABLED"}, {"AttributeName", "until"}};
  update(kBase, std::string(kBase) + "TimeToLiveSpecification: {Enabled: true, AttributeName: until}\n");
  ASSERT_EQ(dynamodb.asked.size(), 1u);
  EXPECT_EQ(dynamodb.asked[0],
            R"(UpdateTimeToLive{"TableName":"t","TimeToLiveSpecification":{"Enabled":false,)"
            R"("AttributeName":"until"}})");
}

// A table whose index is being filled cannot be deleted: the removal waits; a table that is gone is no
// failure.
TEST_F(DynamoDbTable, WaitsBeforeItIsDeleted) {
  dynamodb.is_there = true;
  dynamodb.looks_left = 2;
  executor.run_until_done(handler.remove(context(kBase)));
  EXPECT_FALSE(dynamodb.is_there);
  executor.run_until_done(handler.remove(context(kBase)));
  EXPECT_EQ(dynamodb.asked.size(), 1u);
}

}  // namespace
}  // namespace haneul::cloudformation
