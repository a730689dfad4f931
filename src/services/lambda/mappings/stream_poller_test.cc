// Streams: order, batches, retries, what is given up, and lineage.
#include "services/lambda/mappings/mapping_fixture.h"

namespace haneul::lambda {
namespace {

class StreamPolling : public test::MappingFixture {
 protected:
  void put(std::initializer_list<const char*> contents, const std::string& shard = "s1") {
    for (const char* each : contents) data.put(shard, "key", each);
    data.tell(data_arn);
  }
  std::string result(const std::string& uuid) { return text(get(uuid), "LastProcessingResult"); }
  Document to_function(const char* name) {
    call<op::CreateFunction>(function(name));
    return of({{"OnFailure", of({{"Destination", arn_start + name}})}});
  }
};

// A data stream's record reaches the function as AWS writes it.
TEST_F(StreamPolling, GivesDataRecords) {
  put({"hello"});
  const std::string uuid = enable(data_arn);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(write_json(events[0].find("Records")->as_array().at(0)),
            R"({"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"key","sequenceNumber":"100",)"
            R"("data":"aGVsbG8=","approximateArrivalTimestamp":1700000000.0},"eventSource":"aws:kinesis",)"
            R"("eventVersion":"1.0","eventID":"s1:100","eventName":"aws:kinesis:record",)"
            R"("invokeIdentityArn":"arn:aws:iam::123456789012:role/r","awsRegion":"eu-west-1",)"
            R"("eventSourceARN":"arn:aws:kinesis:eu-west-1:123456789012:stream/s"})");
  EXPECT_EQ(result(uuid), "OK");
}

// A table's record, with what DynamoDB Streams says of the change.
TEST_F(StreamPolling, GivesTableRecords) {
  table_stream.put("s1", "1", "x");
  enable(table_arn);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(write_json(events[0].find("Records")->as_array().at(0)),
            R"({"eventID":"e100","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb",)"
            R"("dynamodb":{"ApproximateCreationDateTime":1700000000,"Keys":{"Id":{"N":"100"}},)"
            R"("NewImage":{"Kind":{"S":"x"}},"SequenceNumber":"100","SizeBytes":26,)"
            R"("StreamViewType":"NEW_IMAGE"},"awsRegion":"eu-west-1","eventSourceARN":)"
            R"("arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000"})");
}

// TRIM_HORIZON begins with what is left, LATEST with what comes after the mapping, AT_TIMESTAMP at its time.
TEST_F(StreamPolling, BeginsWhereItIsTold) {
  put({"old"});
  pass(Seconds(10));
  const Timestamp between = house.clock.now();
  pass(Seconds(10));
  put({"newer"});
  pass(Seconds(10));
  call<op::PublishVersion>(of({{"FunctionName", "f"}}));
  call<op::PublishVersion>(of({{"FunctionName", "f"}}));
  enable(data_arn, {{"StartingPosition", "LATEST"}});
  put({"newest"});
  pass(Seconds(1));
  EXPECT_EQ(given(), std::vector<std::string>{"newest"});
  events.clear();
  enable(data_arn, {{"FunctionName", "f:1"},
                    {"StartingPosition", "AT_TIMESTAMP"},
                    {"StartingPositionTimestamp", between}});
  EXPECT_EQ(given(), std::vector<std::string>{"newer newest"});
}

// A mapping that was stopped goes on behind its checkpoint, without records twice.
TEST_F(StreamPolling, GoesOnAfterAnUpdate) {
  put({"a", "b"});
  const std::string uuid = enable(data_arn);
  call<op::UpdateEventSourceMapping>(of({{"UUID", uuid}, {"BatchSize", 1}}));
  pass(Seconds(2));
  put({"c", "d"});
  pass(Seconds(6));
  EXPECT_EQ(given(), (std::vector<std::string>{"a b", "c", "d"}));
}

// The function fails: the shard waits, then goes on in order. Another shard does not wait.
TEST_F(StreamPolling, BlocksTheShardOnFailure) {
  int failures_left = 3;
  answer = [&](const Document& event) {
    return contents(event) == "a" && failures_left-- > 0 ? kFail : "null";
  };
  enable(data_arn, {{"BatchSize", 1}});
  data.put("s2", "k", "x");
  put({"a", "b"});
  pass(Seconds(20));
  const auto all = given();
  EXPECT_EQ(std::ranges::count(all, "a"), 4);
  EXPECT_EQ(all.back(), "b");
  EXPECT_LT(std::ranges::find(all, "x") - all.begin(), 3);
}

// After MaximumRetryAttempts the batch goes to the destination and the shard goes on.
TEST_F(StreamPolling, GivesUpAfterRetries) {
  answer = [](const Document& event) { return contents(event) == "a b" ? kFail : "null"; };
  put({"a", "b"});
  const std::string uuid =
      enable(data_arn, {{"MaximumRetryAttempts", 2}, {"DestinationConfig", to_function("dead")}});
  pass(Seconds(10));
  EXPECT_EQ(events.size(), 3u);
  EXPECT_EQ(result(uuid), "PROBLEM: Function call failed");
  ASSERT_EQ(dispatcher.inputs.size(), 1u);
  EXPECT_EQ(dispatcher.inputs[0].string_or("FunctionName", ""), arn_start + "dead");
  const Document record = parse_json(dispatcher.inputs[0].find("Payload")->as_blob());
  const Document& context = *record.find("requestContext");
  EXPECT_EQ(context.string_or("condition", ""), "RetryAttemptsExhausted");
  EXPECT_EQ(context.find("approximateInvokeCount")->as_int(), 3);
  EXPECT_EQ(context.string_or("functionArn", ""), arn_start + "f");
  EXPECT_EQ(record.find("responseContext")->string_or("functionError", ""), "Unhandled");
  EXPECT_EQ(write_json(*record.find("KinesisBatchInfo")),
            R"({"shardId":"s1","startSequenceNumber":"100","endSequenceNumber":"101",)"
            R"("approximateArrivalOfFirstRecord":"2023-11-14T22:13:20.000Z",)"
            R"("approximateArrivalOfLastRecord":"2023-11-14T22:13:20.000Z","batchSize":2,)"
            R"("streamArn":"arn:aws:kinesis:eu-west-1:123456789012:stream/s"})");
  put({"c"});
  pass(Seconds(1));
  EXPECT_EQ(given().back(), "c");
}

// Of a table's record the second is known, and no more is told.
TEST_F(StreamPolling, GivesUpTableRecordsBySeconds) {
  answer = [](const Document&) { return kFail; };
  table_stream.put("s1", "1", "x");
  enable(table_arn, {{"MaximumRetryAttempts", 0}, {"DestinationConfig", to_function("dead")}});
  pass(Seconds(10));
  ASSERT_EQ(dispatcher.inputs.size(), 1u);
  const Document record = parse_json(dispatcher.inputs[0].find("Payload")->as_blob());
  const Document& batch = *record.find("DDBStreamBatchInfo");
  EXPECT_EQ(text(batch, "approximateArrivalOfFirstRecord"), "2023-11-14T22:13:20Z");
  EXPECT_EQ(text(batch, "approximateArrivalOfLastRecord"), "2023-11-14T22:13:20Z");
}

// A bucket has room for the records that were given up as well.
TEST_F(StreamPolling, WritesWhatWasGivenUpToABucket) {
  answer = [](const Document&) { return kFail; };
  put({"a", "b"});
  const std::string uuid = enable(
      data_arn, {{"MaximumRetryAttempts", 0},
                 {"DestinationConfig", of({{"OnFailure", of({{"Destination", "arn:aws:s3:::failures"}})}})}});
  pass(Seconds(10));
  ASSERT_EQ(dispatcher.calls, std::vector<std::string>{"s3.PutObject"});
  const Document& object = dispatcher.inputs[0];
  EXPECT_EQ(object.string_or("Bucket", ""), "failures");
  EXPECT_TRUE(object.string_or("Key", "").starts_with("aws/lambda/" + uuid + "/s1/"));
  const Document record = parse_json(object.find("Body")->as_blob());
  EXPECT_EQ(record.find("KinesisBatchInfo")->find("batchSize")->as_int(), 2);
  EXPECT_EQ(contents(parse_json(record.string_or("payload", ""))), "a b");
}

// Records that are too old are not given to the function any more.
TEST_F(StreamPolling, GivesUpByAge) {
  answer = [](const Document&) { return kFail; };
  put({"a"});
  enable(data_arn, {{"MaximumRecordAgeInSeconds", 60}, {"DestinationConfig", to_function("dead")}});
  pass(Seconds(200));
  const size_t runs = events.size();
  EXPECT_GT(runs, 3u);
  ASSERT_EQ(dispatcher.inputs.size(), 1u);
  const Document record = parse_json(dispatcher.inputs[0].find("Payload")->as_blob());
  EXPECT_EQ(record.find("requestContext")->string_or("condition", ""), "RecordAgeExpired");
  pass(Seconds(100));
  EXPECT_EQ(events.size(), runs);
}

// Halving finds the one record that breaks; splitting costs no retry.
TEST_F(StreamPolling, BisectsBatches) {
  answer = [](const Document& event) {
    return contents(event).find('c') != std::string::npos ? kFail : "null";
  };
  put({"a", "b", "c", "d"});
  enable(data_arn, {{"BisectBatchOnFunctionError", true}, {"MaximumRetryAttempts", 0}});
  pass(Seconds(5));
  EXPECT_EQ(given(), (std::vector<std::string>{"a b c d", "a b", "c d", "c", "d"}));
}

// The lowest failed record is where the batch goes on.
TEST_F(StreamPolling, TakesPartialAnswers) {
  answer = [this](const Document&) { return events.size() == 1 ? failures({"102", "101"}) : "null"; };
  put({"a", "b", "c"});
  enable(data_arn, {{"FunctionResponseTypes", Document::Array{"ReportBatchItemFailures"}}});
  pass(Seconds(5));
  EXPECT_EQ(given(), (std::vector<std::string>{"a b c", "b c"}));
}

// Throttles are no attempts: with no retry allowed at all the record still arrives.
TEST_F(StreamPolling, WaitsWhenThrottled) {
  answer = [this](const Document&) { return events.size() < 4 ? kThrottle : "null"; };
  put({"a"});
  enable(data_arn, {{"MaximumRetryAttempts", 0}});
  pass(Seconds(30));
  EXPECT_EQ(events.size(), 4u);
}

// A function that stands still must not let the server take up the stream's megabytes.
TEST_F(StreamPolling, ReadsAheadWithinBounds) {
  const std::string large(1 << 20, 'x');
  for (int count = 0; count < 60; ++count) data.put("s1", "key", large);
  answer = [](const Document&) { return kThrottle; };
  enable(data_arn);
  pass(Seconds(20));
  EXPECT_LT(data.given, 40u);
  answer = nullptr;
  pass(Seconds(120));
  EXPECT_EQ(data.given, 60u);
  EXPECT_EQ(contents(events.back()).substr(0, 1), "x");
}

// What the filter does not want is passed over, and the checkpoint with it.
TEST_F(StreamPolling, PassesOverWhatTheFilterDoesNotWant) {
  put({R"({"k":1})", "text", R"({"k":2})", R"({"k":1})"});
  const std::string uuid = enable(data_arn, {{"FilterCriteria", filter(R"({"data":{"k":[2]}})")}});
  EXPECT_EQ(given(), std::vector<std::string>{R"({"k":2})"});
  call<op::UpdateEventSourceMapping>(of({{"UUID", uuid}, {"FilterCriteria", Document::object()}}));
  pass(Seconds(6));
  EXPECT_EQ(events.size(), 1u);
}

// Tables are filtered by what changed and how.
TEST_F(StreamPolling, FiltersTableRecords) {
  table_stream.put("s1", "1", "x");
  table_stream.put("s1", "2", "y");
  enable(table_arn, {{"FilterCriteria",
                      filter(R"({"eventName":["INSERT"],"dynamodb":{"NewImage":{"Kind":{"S":["y"]}}}})")}});
  EXPECT_EQ(given(), std::vector<std::string>{"y"});
}

// Children wait for their parents, so that a key's records stay in order over splits and merges.
TEST_F(StreamPolling, FollowsLineage) {
  put({"a1"}, "a");
  put({"b1"}, "b");
  put({"c1"}, "c");
  data.by_id["c"].parents = {"a", "b", "gone"};
  enable(data_arn);
  EXPECT_EQ(given(), (std::vector<std::string>{"a1", "b1"}));
  data.by_id["a"].is_closed = true;
  pass(Seconds(10));
  EXPECT_EQ(events.size(), 2u);
  data.by_id["b"].is_closed = true;
  pass(Seconds(10));
  EXPECT_EQ(given().back(), "c1");
  // What the stream forgot is forgotten here, and closed shards are not read again.
  data.by_id.erase("a");
  pass(Seconds(20));
  EXPECT_EQ(events.size(), 3u);
}

// Lanes of one shard run side by side; records of one key stay in order.
TEST_F(StreamPolling, KeepsTheOrderOfKeysInLanes) {
  int running = 0, most = 0;
  std::map<std::string, std::vector<int64_t>> seen;
  functions.script = [&](const compute::Invocation& invocation) -> Task<compute::InvokeResult> {
    const Document event = parse_json(invocation.payload);
    most = std::max(most, ++running);
    for (const Document& record : event.find("Records")->as_array()) {
      const Document& kinesis = *record.find("kinesis");
      seen[kinesis.string_or("partitionKey", "")].push_back(
          *parse_int(kinesis.string_or("sequenceNumber", "")));
    }
    co_await taking(Milliseconds(100));
    --running;
    co_return compute::InvokeResult{.payload = "null"};
  };
  for (int count = 0; count < 60; ++count) data.put("s1", "key" + std::to_string(count % 12), "x");
  enable(data_arn, {{"ParallelizationFactor", 4}, {"BatchSize", 2}});
  pass(Seconds(20));
  EXPECT_EQ(most, 4);
  EXPECT_EQ(seen.size(), 12u);
  for (const auto& [key, order] : seen) {
    EXPECT_EQ(order.size(), 5u) << key;
    EXPECT_TRUE(std::ranges::is_sorted(order)) << key;
  }
}

// A source that may not be read any more is told of, and read again when it may.
TEST_F(StreamPolling, TellsOfTroubles) {
  const std::string uuid = enable(data_arn);
  put({"a"});
  data.door = test::Door::kBarred;
  pass(Seconds(20));
  EXPECT_TRUE(result(uuid).starts_with("PROBLEM: Cannot access stream " + data_arn));
  data.door = test::Door::kOpen;
  pass(Seconds(90));
  EXPECT_EQ(given(), std::vector<std::string>{"a"});
  EXPECT_EQ(result(uuid), "OK");
}

// A mapping outlives its function; whoever looks for the trouble must not be sent to the stream.
TEST_F(StreamPolling, TellsThatItsFunctionIsGone) {
  const std::string uuid = enable(data_arn);
  call<op::DeleteFunction>(of({{"FunctionName", "f"}}));
  put({"a"});
  pass(Seconds(20));
  EXPECT_EQ(result(uuid), "PROBLEM: Function does not exist");
}

}  // namespace
}  // namespace haneul::lambda
