// AWS::DynamoDB::Table.
// A change is the difference between the table as it is and the template: so what a crash or a failure has
// left half done is brought to its end, or back, by the same steps. Each step waits until the table and its
// indexes are active, since DynamoDB changes one thing of a table at a time.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-table.html
#include <algorithm>

#include <fmt/format.h>

#include "base/task/executor.h"
#include "services/cloudformation/resources/dynamodb_changes.h"
#include "services/cloudformation/resources/handlers.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

constexpr Milliseconds kLookAgain{100};
// To fill an index of a large table takes its time: an hour.
constexpr int kLooksMax = 36000;

std::vector<PropertySpec> table_properties() {
  const PropertySpec keys =
      objects("KeySchema", {scalar("AttributeName").required(), scalar("KeyType").required()}).required();
  const PropertySpec projection =
      object("Projection", {scalar("ProjectionType"), scalars("NonKeyAttributes")}).required();
  const PropertySpec throughput = object("ProvisionedThroughput", {scalar("ReadCapacityUnits").required(),
                                                                   scalar("WriteCapacityUnits").required()});
  const PropertySpec maximum =
      object("OnDemandThroughput", {scalar("MaxReadRequestUnits"), scalar("MaxWriteRequestUnits")});
  const PropertySpec warm =
      object("WarmThroughput", {scalar("ReadUnitsPerSecond"), scalar("WriteUnitsPerSecond")});
  const PropertySpec name = scalar("IndexName").required();
  const PropertySpec policy = object("ResourcePolicy", {json("PolicyDocument").required()});
  const PropertySpec csv = object("Csv", {scalar("Delimiter"), scalars("HeaderList")});
  const PropertySpec bucket = object(
      "S3BucketSource", {scalar("S3Bucket").required(), scalar("S3BucketOwner"), scalar("S3KeyPrefix")});
  return {
      scalar("TableName").replaces(),
      objects("AttributeDefinitions",
              {scalar("AttributeName").required(), scalar("AttributeType").required()})
          .replaces_if(redefines_attribute),
      keys.replaces(),
      objects("LocalSecondaryIndexes", {name, keys, projection}).replaces_if(differs_by_index_name),
      objects("GlobalSecondaryIndexes", {name, keys, projection, throughput, maximum, warm}),
      scalar("BillingMode"),
      throughput,
      maximum,
      warm,
      object("StreamSpecification", {scalar("StreamViewType").required(), policy}),
      object("TimeToLiveSpecification", {scalar("Enabled").required(), scalar("AttributeName")}),
      object("PointInTimeRecoverySpecification",
             {scalar("PointInTimeRecoveryEnabled"), scalar("RecoveryPeriodInDays")}),
      object("ImportSourceSpecification", {scalar("InputFormat").required(), scalar("InputCompressionType"),
                                           object("InputFormatOptions", {csv}), bucket.required()})
          .replaces(),
      object("SSESpecification", {scalar("SSEEnabled").required()}),
      scalar("TableClass"),
      scalar("DeletionProtectionEnabled"),
      policy,
      tags(),
  };
}

class TableHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {.name = "AWS::DynamoDB::Table",
                                       .properties = table_properties(),
                                       .attributes = {"Arn", "StreamArn", "TableId"},
                                       .naming = {.property = "TableName", .length_max = 255}};
    return kType;
  }

  Task<ResourceState> create(const ResourceContext& context) const override {
    if (context.property("ImportSourceSpecification") != nullptr) {
      co_await import_table(context);
      co_return co_await settle_all(context);
    }
    if (!co_await was_begun(context)) {
      Document input =
          pick(context.properties,
               {"AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "GlobalSecondaryIndexes",
                "BillingMode", "ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput", "TableClass",
                "DeletionProtectionEnabled"});
      input.set("TableName", context.physical_id);
      if (const Document* stream = context.property("StreamSpecification")) {
        input.set("StreamSpecification", stream_wish(*stream));
      }
      set_encryption(context, input);
      if (const Document* policy = context.property("ResourcePolicy")) {
        input.set("ResourcePolicy", policy_text(*policy->find("PolicyDocument")));
      }
      if (const auto tags = context.all_tags(); !tags.empty()) input.set("Tags", tag_list(tags));
      co_await context.call("dynamodb", "CreateTable", std::move(input));
    }
    context.made(context.physical_id);
    co_await at_rest(context);
    co_await settle_time_to_live(context);
    co_await settle_recovery(context);
    Document table = co_await at_rest(context);
    co_await settle_policy(context, table.string_or("LatestStreamArn", ""), {},
                           policy_in(context.property("StreamSpecification")));
    co_return state(table);
  }

  Task<ResourceState> update(const ResourceContext& context) const override {
    co_return co_await settle_all(context);
  }

  Task<void> remove(const ResourceContext& context) const override {
    Document ignored;
    for (int look = 0; look < kLooksMax; ++look) {
      if (!co_await find(context, ignored)) co_return;
      // In use while an index is being filled.
      if (ignored.string_or("TableStatus", "") == "ACTIVE") {
        co_await context.try_call("dynamodb", "DeleteTable", named(context),
                                  {"ResourceNotFoundException", "ResourceInUseException"});
        continue;
      }
      co_await sleep_for(kLookAgain);
    }
    fail_template("The table " + context.physical_id + " was not deleted in time.");
  }

 private:
  // From the table as it is to what the template says, whatever has been done of that before.
  static Task<ResourceState> settle_all(const ResourceContext& context) {
    Document table = co_await at_rest(context);
    check_definitions(context.properties);
    const Document index_change = find_index_change(table, context.properties);
    Document settings = find_settings_change(table, context.properties);
    const bool is_new = context.old_properties.as_object().empty();  // and imported with it
    if (!is_new && context.changed("SSESpecification")) set_encryption(context, settings);
    if (context.changed("WarmThroughput") && context.property("WarmThroughput") != nullptr) {
      settings.set("WarmThroughput", *context.property("WarmThroughput"));
    }
    co_await change(context, std::move(settings));
    if (!index_change.is_null()) {
      Document input = pick(context.properties, {"AttributeDefinitions"});
      input.set("GlobalSecondaryIndexUpdates", Document::Array{index_change});
      co_await change(context, std::move(input));
    }
    for (const Document& step : find_stream_changes(table, context.properties)) {
      co_await change(context, Document::Object{{"StreamSpecification", step}});
    }
    co_await settle_time_to_live(context);
    co_await settle_recovery(context);
    co_await settle_tags(context, table.string_or("TableArn", ""));
    co_await settle_policy(context, table.string_or("TableArn", ""), policy_in(&context.old_properties),
                           policy_in(&context.properties));
    const std::string old_stream = table.string_or("LatestStreamArn", "");
    table = co_await at_rest(context);
    // A stream that is another one than before has no policy yet; one that is no more keeps its own.
    const std::string stream = table.string_or("LatestStreamArn", "");
    const std::string before =
        stream == old_stream ? policy_in(context.old_property("StreamSpecification")) : std::string();
    co_await settle_policy(context, stream, before, policy_in(context.property("StreamSpecification")));
    co_return state(table);
  }

  // A table without a key of its own has nothing to turn off.
  static void set_encryption(const ResourceContext& context, Document& input) {
    const Document* sse = context.property("SSESpecification");
    if (sse != nullptr && scalar_text(*sse->find("SSEEnabled")) != "false")
      input.set("SSESpecification", Document::Object{{"Enabled", *sse->find("SSEEnabled")}});
  }

  // What ImportTable does not take is set when the table is there. The same token stands for the same import
  // in every attempt.
  static Task<void> import_table(const ResourceContext& context) {
    if (context.property("LocalSecondaryIndexes") != nullptr) {
      fail_template("A table that is imported has no LocalSecondaryIndexes.");
    }
    Document creation =
        pick(context.properties, {"AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes",
                                  "BillingMode", "ProvisionedThroughput", "OnDemandThroughput"});
    creation.set("TableName", context.physical_id);
    set_encryption(context, creation);
    Document input = *context.property("ImportSourceSpecification");
    input.set("TableCreationParameters", std::move(creation));
    input.set("ClientToken",
              fmt::format("{}-{}", context.physical_id, context.started_at.time_since_epoch().count()));
    const Document begun = co_await context.call("dynamodb", "ImportTable", std::move(input));
    context.made(context.physical_id);
    co_await await_import(context, begun.find("ImportTableDescription")->string_or("ImportArn", ""));
  }

  static Task<void> await_import(const ResourceContext& context, std::string arn) {
    for (int look = 0; look < kLooksMax; ++look) {
      const Document answer =
          co_await context.call("dynamodb", "DescribeImport", Document::Object{{"ImportArn", arn}});
      const Document& import = *answer.find("ImportTableDescription");
      const std::string status = import.string_or("ImportStatus", "");
      if (status == "COMPLETED") co_return;
      if (status != "IN_PROGRESS") {
        fail_template(fmt::format("The import {} has failed: {}: {}", arn,
                                  import.string_or("FailureCode", ""),
                                  import.string_or("FailureMessage", "")));
      }
      co_await sleep_for(kLookAgain);
    }
    fail_template("The import " + arn + " did not end in time.");
  }

  static Task<void> settle_recovery(const ResourceContext& context) {
    const Document* wish = context.property("PointInTimeRecoverySpecification");
    if (wish == nullptr && context.old_property("PointInTimeRecoverySpecification") == nullptr) co_return;
    const Document answer = co_await context.call("dynamodb", "DescribeContinuousBackups", named(context));
    const Document step = find_recovery_change(
        *answer.find("ContinuousBackupsDescription")->find("PointInTimeRecoveryDescription"), wish);
    if (step.is_null()) co_return;
    Document input = named(context);
    input.set("PointInTimeRecoverySpecification", step);
    co_await context.call("dynamodb", "UpdateContinuousBackups", std::move(input));
  }

  static Document named(const ResourceContext& context) {
    return Document::Object{{"TableName", context.physical_id}};
  }

  static Task<bool> find(const ResourceContext& context, Document& table) {
    Document answer;
    const bool is_there = co_await context.try_call("dynamodb", "DescribeTable", named(context),
                                                    {"ResourceNotFoundException"}, &answer);
    if (is_there) table = *answer.find("Table");
    co_return is_there;
  }

  // Whether the first attempt made the table.
  static Task<bool> was_begun(const ResourceContext& context) {
    Document table;
    if (context.attempt == Attempt::kFirst || !co_await find(context, table)) co_return false;
    co_return is_ours(context, table.find("CreationDateTime"));
  }

  static bool is_at_rest(const Document& table) {
    if (table.string_or("TableStatus", "") != "ACTIVE") return false;
    const Document* indexes = table.find("GlobalSecondaryIndexes");
    if (indexes == nullptr || !indexes->is_array()) return true;
    return std::ranges::all_of(indexes->as_array(), [](const Document& index) {
      return index.string_or("IndexStatus", "") == "ACTIVE";
    });
  }

  static Task<Document> at_rest(const ResourceContext& context) {
    for (int look = 0; look < kLooksMax; ++look) {
      Document table;
      const bool is_there = co_await find(context, table);
      if (!is_there) fail_template("The table " + context.physical_id + " does not exist.");
      if (is_at_rest(table)) co_return table;
      co_await sleep_for(kLookAgain);
    }
    fail_template("The table " + context.physical_id + " did not become active in time.");
  }

  static Task<void> change(const ResourceContext& context, Document input) {
    if (input.as_object().empty()) co_return;
    input.set("TableName", context.physical_id);
    co_await context.call("dynamodb", "UpdateTable", std::move(input));
    co_await at_rest(context);
  }

  static Task<void> settle_time_to_live(const ResourceContext& context) {
    const Document* wish = context.property("TimeToLiveSpecification");
    if (wish == nullptr && context.old_property("TimeToLiveSpecification") == nullptr) co_return;
    const Document answer = co_await context.call("dynamodb", "DescribeTimeToLive", named(context));
    const Document step = find_time_to_live_change(*answer.find("TimeToLiveDescription"), wish);
    if (step.is_null()) co_return;
    Document input = named(context);
    input.set("TimeToLiveSpecification", step);
    co_await context.call("dynamodb", "UpdateTimeToLive", std::move(input));
  }

  static Task<void> settle_tags(const ResourceContext& context, std::string arn) {
    const auto before = context.old_tags(), after = context.all_tags();
    const Document dropped = dropped_tags(before, after);
    if (!dropped.as_array().empty()) {
      Document input = Document::Object{{"ResourceArn", arn}, {"TagKeys", dropped}};
      co_await context.call("dynamodb", "UntagResource", std::move(input));
    }
    if (after.empty() || before == after) co_return;
    Document input = Document::Object{{"ResourceArn", arn}, {"Tags", tag_list(after)}};
    co_await context.call("dynamodb", "TagResource", std::move(input));
  }

  // The policy's text; empty: none.
  static std::string policy_in(const Document* holder) {
    const Document* policy = holder == nullptr ? nullptr : holder->find("ResourcePolicy");
    return policy == nullptr ? std::string() : policy_text(*policy->find("PolicyDocument"));
  }

  static Task<void> settle_policy(const ResourceContext& context, std::string arn, std::string before,
                                  std::string after) {
    if (arn.empty() || before == after) co_return;
    Document input = Document::Object{{"ResourceArn", arn}};
    if (after.empty()) {
      co_await context.try_call("dynamodb", "DeleteResourcePolicy", std::move(input),
                                {"PolicyNotFoundException"});
      co_return;
    }
    input.set("Policy", after);
    co_await context.call("dynamodb", "PutResourcePolicy", std::move(input));
  }

  static ResourceState state(const Document& table) {
    Document attributes = Document::Object{{"Arn", table.string_or("TableArn", "")},
                                           {"TableId", table.string_or("TableId", "")}};
    const std::string stream = table.string_or("LatestStreamArn", "");
    if (!stream.empty()) attributes.set("StreamArn", stream);
    return {.physical_id = table.string_or("TableName", ""), .attributes = std::move(attributes)};
  }
};

}  // namespace

const ResourceHandler& dynamodb_table_handler() {
  static const TableHandler kHandler;
  return kHandler;
}

}  // namespace haneul::cloudformation
