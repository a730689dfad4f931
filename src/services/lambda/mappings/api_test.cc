// The API of event source mappings: what is accepted, refused and shown.
#include "services/lambda/mappings/mapping_fixture.h"

namespace haneul::lambda {
namespace {

class MappingApi : public test::MappingFixture {
 protected:
  std::string refused(const std::string& source,
                      std::initializer_list<std::pair<const char*, Document>> more = {}) {
    Document input = of({{"FunctionName", "f"}, {"EventSourceArn", source}});
    if (source != queue_arn) input.set("StartingPosition", "TRIM_HORIZON");
    for (const auto& [name, value] : more) input.set(name, value);
    return refusal<op::CreateEventSourceMapping>(std::move(input));
  }
  const std::string invalid = "InvalidParameterValueException: ";
};

// A queue's mapping shows what AWS shows of one, goes through its states, and can be found by each filter.
TEST_F(MappingApi, LivesWithAQueue) {
  const Document made = create(queue_arn, {{"Tags", of({{"team", "sky"}})}});
  const std::string uuid = text(made, "UUID");
  EXPECT_EQ(text(made, "State"), "Creating");
  EXPECT_EQ(text(made, "StateTransitionReason"), "USER_INITIATED");
  EXPECT_EQ(text(made, "FunctionArn"), arn_start + "f");
  EXPECT_EQ(text(made, "EventSourceMappingArn"),
            "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:" + uuid);
  EXPECT_EQ(made.find("BatchSize")->as_int(), 10);
  EXPECT_EQ(made.find("LastProcessingResult"), nullptr);
  EXPECT_EQ(made.find("StartingPosition"), nullptr);
  EXPECT_EQ(refusal<op::UpdateEventSourceMapping>(of({{"UUID", uuid}, {"BatchSize", 5}})),
            "ResourceInUseException: Cannot update the event source mapping because it is in use.");
  pass(Milliseconds(10));
  EXPECT_EQ(text(get(uuid), "State"), "Enabled");

  const Document updated =
      call<op::UpdateEventSourceMapping>(of({{"UUID", uuid}, {"Enabled", false}, {"BatchSize", 5}}));
  EXPECT_EQ(text(updated, "State"), "Disabling");
  pass(Seconds(2));
  EXPECT_EQ(text(get(uuid), "State"), "Disabled");
  EXPECT_EQ(get(uuid).find("BatchSize")->as_int(), 5);

  const auto listed = [&](const char* by, const std::string& value) {
    const Document out = call<op::ListEventSourceMappings>(of({{by, value}}));
    return out.find("EventSourceMappings")->as_array().size();
  };
  EXPECT_EQ(listed("FunctionName", "f"), 1u);
  EXPECT_EQ(listed("FunctionName", "g"), 0u);
  EXPECT_EQ(listed("EventSourceArn", queue_arn), 1u);
  EXPECT_EQ(listed("EventSourceArn", data_arn), 0u);

  EXPECT_EQ(text(call<op::DeleteEventSourceMapping>(of({{"UUID", uuid}})), "State"), "Deleting");
  EXPECT_EQ(refusal<op::DeleteEventSourceMapping>(of({{"UUID", uuid}})),
            "ResourceInUseException: Cannot delete the event source mapping because it is in use.");
  pass(Milliseconds(10));
  EXPECT_EQ(refusal<op::GetEventSourceMapping>(of({{"UUID", uuid}})),
            "ResourceNotFoundException: The resource you requested does not exist.");
}

// A poller waits for what it invokes: not without an end, nor what cannot be invoked so.
TEST_F(MappingApi, TakesDurableFunctionsThatEndInTime) {
  for (const auto& [name, seconds] : {std::pair{"short", 900}, std::pair{"long", 901}}) {
    Document made = function(name);
    made.set("DurableConfig", of({{"ExecutionTimeout", seconds}}));
    call<op::CreateFunction>(std::move(made));
  }
  EXPECT_EQ(refused(queue_arn, {{"FunctionName", "short"}}),
            invalid + "You cannot invoke a durable function using an unqualified ARN.");
  EXPECT_NE(refused(queue_arn, {{"FunctionName", "long:$LATEST"}}).find("15 minutes"), std::string::npos);
  EXPECT_EQ(refused(queue_arn, {{"FunctionName", "short:$LATEST"}}), "");
}

// A stream's mapping has more to show.
TEST_F(MappingApi, DescribesStreams) {
  const Document made =
      create(data_arn, {{"BisectBatchOnFunctionError", true},
                        {"MaximumRetryAttempts", 3},
                        {"ParallelizationFactor", 2},
                        {"TumblingWindowInSeconds", 60},
                        {"FunctionResponseTypes", Document::Array{"ReportBatchItemFailures"}},
                        {"FilterCriteria", filter(R"({"data":{"a":[1]}})")}});
  EXPECT_EQ(text(made, "StateTransitionReason"), "User action");
  EXPECT_EQ(text(made, "LastProcessingResult"), "No records processed");
  EXPECT_EQ(made.find("BatchSize")->as_int(), 100);
  EXPECT_EQ(made.find("MaximumRecordAgeInSeconds")->as_int(), -1);
  EXPECT_EQ(made.find("MaximumRetryAttempts")->as_int(), 3);
  EXPECT_EQ(made.find("ParallelizationFactor")->as_int(), 2);
  EXPECT_EQ(made.find("TumblingWindowInSeconds")->as_int(), 60);
  EXPECT_TRUE(made.find("BisectBatchOnFunctionError")->as_bool());
  EXPECT_TRUE(made.find("DestinationConfig")->find("OnFailure")->is_object());
  EXPECT_EQ(made.find("FunctionResponseTypes")->as_array().size(), 1u);
  EXPECT_EQ(made.find("FilterCriteria")->find("Filters")->as_array().size(), 1u);
}

// What AWS refuses is refused with its words where they are known.
TEST_F(MappingApi, RefusesWhatDoesNotFit) {
  EXPECT_EQ(refusal<op::CreateEventSourceMapping>(of({{"FunctionName", "f"}})),
            invalid + "Unrecognized event source.");
  EXPECT_EQ(refused(queue_arn, {{"FunctionName", "g"}}), invalid + "Function does not exist");
  EXPECT_EQ(refused(queue_arn, {{"FunctionName", "f:live"}}), invalid + "Function does not exist");
  EXPECT_EQ(refused(queue_arn, {{"BatchSize", 11}}),
            invalid +
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater "
                "than 10");
  EXPECT_EQ(refused(queue_arn, {{"StartingPosition", "LATEST"}}),
            invalid + "StartingPosition is not valid for SQS event sources.");
  EXPECT_EQ(refused(queue_arn, {{"ParallelizationFactor", 1}}),
            invalid + "Unsupported ParallelizationFactor parameter for given event source mapping type.");
  EXPECT_EQ(refused(data_arn, {{"ScalingConfig", of({{"MaximumConcurrency", 5}})}}),
            invalid + "Unsupported ScalingConfig parameter for given event source mapping type.");
  EXPECT_TRUE(refused(queue_arn, {{"ScalingConfig", of({{"MaximumConcurrency", 1}})}})
                  .ends_with("Member must have value greater than or equal to 2"));
  EXPECT_EQ(refused(queue_arn + ".fifo", {{"MaximumBatchingWindowInSeconds", 5}, {"StartingPosition", {}}}),
            invalid + "Batching window is not supported for FIFO queues.");
  EXPECT_EQ(refused(data_arn, {{"StartingPosition", {}}}),
            invalid +
                "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
                "Member must not be null.");
  EXPECT_EQ(refused(table_arn, {{"StartingPosition", "AT_TIMESTAMP"}}),
            invalid + "Unsupported starting position for arn type: " + table_arn);
  EXPECT_NE(refused(data_arn, {{"StartingPosition", "AT_TIMESTAMP"}}), "");
  EXPECT_NE(refused(data_arn, {{"MaximumRecordAgeInSeconds", 59}}), "");
  EXPECT_EQ(refused(queue_arn, {{"FilterCriteria", filter(R"({"body":"x"})")}}),
            invalid + "Invalid filter pattern definition.");
  EXPECT_EQ(refused(data_arn, {{"FilterCriteria", filter(R"({"data":["text"]})")}}),
            invalid + "Invalid filter pattern definition.");
  EXPECT_EQ(
      refused(data_arn, {{"DestinationConfig", of({{"OnSuccess", of({{"Destination", arn_start + "f"}})}})}}),
      invalid + "Unsupported DestinationConfig parameter for given event source mapping type.");
  EXPECT_TRUE(
      refused(data_arn, {{"DestinationConfig", of({{"OnFailure", of({{"Destination", queue_arn}})}})}})
          .starts_with("NotImplemented"));
  EXPECT_TRUE(refused("arn:aws:kafka:eu-west-1:123456789012:cluster/c/1").starts_with("NotImplemented"));
  EXPECT_TRUE(refused(queue_arn, {{"KMSKeyArn", "arn:aws:kms:eu-west-1:123456789012:key/1"}})
                  .starts_with("NotImplemented"));
}

// A source must be there and be readable by the function's role before a mapping is made.
TEST_F(MappingApi, AsksTheSource) {
  queue.door = data.door = test::Door::kBarred;
  EXPECT_EQ(refused(queue_arn), invalid +
                                    "The function execution role does not have permissions to call "
                                    "ReceiveMessage on SQS");
  EXPECT_EQ(refused(data_arn),
            invalid + "Cannot access stream " + data_arn +
                ". Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, "
                "ListShards, and ListStreams Actions on your stream in IAM.");
  queue.door = test::Door::kOpen;
  queue.facts.visibility_timeout = Seconds(2);
  EXPECT_EQ(refused(queue_arn),
            invalid + "Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds");
}

// A function reads a source once; an alias of it is another reader.
TEST_F(MappingApi, RefusesDuplicates) {
  const std::string uuid = text(create(queue_arn), "UUID");
  EXPECT_EQ(refused(queue_arn), "ResourceConflictException: An event source mapping with SQS arn (\" " +
                                    queue_arn +
                                    " \") and function (\" f \") already exists. Please update or delete the "
                                    "existing mapping with UUID " +
                                    uuid);
  call<op::PublishVersion>(of({{"FunctionName", "f"}}));
  EXPECT_EQ(refused(queue_arn, {{"FunctionName", "f:1"}}), "");
  create(data_arn);
  EXPECT_TRUE(refused(data_arn).starts_with("ResourceConflictException: The event source arn (\" "));
}

// Tags of mappings are those of functions, by the mapping's ARN.
TEST_F(MappingApi, TagsMappings) {
  const std::string arn = text(create(queue_arn, {{"Tags", of({{"a", "1"}})}}), "EventSourceMappingArn");
  call<op::TagResource>(of({{"Resource", arn}, {"Tags", of({{"b", "2"}})}}));
  call<op::UntagResource>(of({{"Resource", arn}, {"TagKeys", Document::Array{"a"}}}));
  const Document tags = *call<op::ListTags>(of({{"Resource", arn}})).find("Tags");
  EXPECT_EQ(tags, of({{"b", "2"}}));
  const std::string other = arn.substr(0, arn.size() - 36) + "00000000-0000-4000-8000-000000000000";
  EXPECT_TRUE(refusal<op::ListTags>(of({{"Resource", other}})).starts_with("ResourceNotFoundException"));
}

}  // namespace
}  // namespace haneul::lambda
