// Queues: what becomes a batch, what is deleted, and how many batches run at once.
#include "services/lambda/mappings/mapping_fixture.h"
#include "services/lambda/mappings/queue_scaling.h"

namespace haneul::lambda {
namespace {

class QueuePolling : public test::MappingFixture {
 protected:
  void send(std::initializer_list<const char*> bodies) {
    for (const char* body : bodies) queue.send(queue_arn, body);
  }
  Document reporting() { return Document::Array{"ReportBatchItemFailures"}; }
};

// Messages reach the function as AWS writes them, and are gone when it answered.
TEST_F(QueuePolling, GivesMessagesToTheFunction) {
  enable(queue_arn);
  queue.send(queue_arn, "hello");
  queue.messages.back().message.message_attributes =
      of({{"n", of({{"DataType", "Number"}, {"StringValue", "3"}})}});
  pass(Milliseconds(1));
  ASSERT_EQ(events.size(), 1u);
  const Document& record = events[0].find("Records")->as_array().at(0);
  EXPECT_EQ(write_json(record),
            R"({"messageId":"m1","receiptHandle":"r-m1","body":"hello","attributes":{)"
            R"("ApproximateReceiveCount":"1","SenderId":"AIDAX","SentTimestamp":"1"},"messageAttributes":)"
            R"({"n":{"stringValue":"3","stringListValues":[],"binaryListValues":[],"dataType":"Number"}},)"
            R"("md5OfBody":"5d41402abc4b2a76b9719d911017c592","eventSource":"aws:sqs","eventSourceARN":)"
            R"("arn:aws:sqs:eu-west-1:123456789012:q","awsRegion":"eu-west-1"})");
  EXPECT_TRUE(queue.messages.empty());
}

// A failed batch comes again when the queue shows it again, whole; nothing is lost or skipped.
TEST_F(QueuePolling, LeavesFailedBatchesInTheQueue) {
  enable(queue_arn);
  answer = [](const Document&) { return kFail; };
  send({"a", "b"});
  pass(Milliseconds(1));
  const size_t runs = events.size();
  EXPECT_EQ(queue.messages.size(), 2u);
  answer = nullptr;
  pass(Seconds(29));
  EXPECT_EQ(events.size(), runs);
  pass(Seconds(2));
  EXPECT_TRUE(queue.messages.empty());
}

// With ReportBatchItemFailures only what is named comes again; an answer that cannot be understood is a
// failure of all.
TEST_F(QueuePolling, TakesPartialAnswers) {
  send({"a", "b", "c"});
  answer = [](const Document&) { return failures({"m2"}); };
  enable(queue_arn, {{"FunctionResponseTypes", reporting()}});
  ASSERT_EQ(given(), std::vector<std::string>{"a b c"});
  ASSERT_EQ(queue.messages.size(), 1u);
  EXPECT_EQ(queue.messages[0].message.body, "b");
  for (const char* unclear :
       {R"({"batchItemFailures":[{"itemIdentifier":""}]})",
        R"({"batchItemFailures":[{"itemIdentifier":null}]})", R"({"batchItemFailures":[{"id":"m2"}]})",
        R"({"batchItemFailures":[{"itemIdentifier":"other"}]})", "\"done\""}) {
    answer = [unclear](const Document&) { return unclear; };
    pass(Seconds(31));
    EXPECT_EQ(queue.messages.size(), 1u) << unclear;
  }
  answer = [](const Document&) { return R"({"batchItemFailures":[]})"; };
  pass(Seconds(31));
  EXPECT_TRUE(queue.messages.empty());
}

// Without ReportBatchItemFailures the same answer means success, as on AWS.
TEST_F(QueuePolling, IgnoresPartialAnswersThatWereNotAskedFor) {
  send({"a"});
  answer = [](const Document&) { return failures({"m1"}); };
  enable(queue_arn);
  EXPECT_TRUE(queue.messages.empty());
}

// A batch is closed by its size, or by the window that began with its first message.
TEST_F(QueuePolling, GathersOverAWindow) {
  enable(queue_arn, {{"BatchSize", 3}, {"MaximumBatchingWindowInSeconds", 10}});
  send({"a"});
  pass(Seconds(6));
  send({"b"});
  pass(Milliseconds(3'900));
  EXPECT_TRUE(events.empty());
  pass(Milliseconds(200));
  EXPECT_EQ(given(), std::vector<std::string>{"a b"});
  send({"c", "d", "e", "f"});
  pass(Milliseconds(10));
  EXPECT_EQ(given().back(), "c d e");
  pass(Seconds(11));
  EXPECT_EQ(given().back(), "f");
}

// An invocation takes 6 MB: larger gatherings are more than one batch.
TEST_F(QueuePolling, ClosesBatchesBySize) {
  const std::string large(700'000, 'x');
  for (int count = 0; count < 10; ++count) queue.send(queue_arn, large);
  enable(queue_arn);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].find("Records")->as_array().size(), 8u);
  EXPECT_TRUE(queue.messages.empty());
}

// What the filter does not want is deleted without the function; forms that do not fit are not wanted.
TEST_F(QueuePolling, DropsWhatTheFilterDoesNotWant) {
  send({R"({"kind":"order"})", R"({"kind":"other"})", "order"});
  enable(queue_arn, {{"FilterCriteria", filter(R"({"body":{"kind":["order"]}})")}});
  EXPECT_EQ(given(), std::vector<std::string>{R"({"kind":"order"})"});
  EXPECT_TRUE(queue.messages.empty());
}

// A pattern for texts and one for other members, by the documented table.
TEST_F(QueuePolling, FiltersTextsAndMembers) {
  send({"order", R"({"order":1})"});
  const std::string uuid = enable(queue_arn, {{"FilterCriteria", filter(R"({"body":["order"]})")}});
  EXPECT_EQ(given(), std::vector<std::string>{"order"});
  call<op::UpdateEventSourceMapping>(
      of({{"UUID", uuid}, {"FilterCriteria", filter(R"({"messageId":["m4"]})")}}));
  pass(Seconds(2));
  send({"third", "fourth"});
  pass(Seconds(1));
  EXPECT_EQ(given().back(), "fourth");
  EXPECT_TRUE(queue.messages.empty());
}

// A throttled batch is tried again without being received again; it is no failure.
TEST_F(QueuePolling, TriesAgainWhenThrottled) {
  answer = [this](const Document&) { return events.size() < 3 ? kThrottle : "null"; };
  send({"a"});
  enable(queue_arn);
  pass(Seconds(4));
  EXPECT_EQ(events.size(), 3u);
  EXPECT_TRUE(queue.messages.empty());
}

// A queue that is forbidden, or a function that is gone, costs nothing but time.
TEST_F(QueuePolling, OutlivesTroubles) {
  enable(queue_arn);
  queue.door = test::Door::kBarred;
  send({"a"});
  pass(Seconds(20));
  EXPECT_TRUE(events.empty());
  queue.door = test::Door::kOpen;
  pass(Seconds(61));
  EXPECT_EQ(given(), std::vector<std::string>{"a"});
}

// A disabled mapping reads nothing; enabled again it goes on. A deleted one is gone for good.
TEST_F(QueuePolling, StopsAndGoesOn) {
  const std::string uuid = enable(queue_arn);
  call<op::UpdateEventSourceMapping>(of({{"UUID", uuid}, {"Enabled", false}}));
  pass(Seconds(2));
  const int receives = queue.receives;
  send({"a"});
  pass(Seconds(60));
  EXPECT_EQ(queue.receives, receives);
  call<op::UpdateEventSourceMapping>(of({{"UUID", uuid}, {"Enabled", true}}));
  pass(Seconds(2));
  EXPECT_EQ(given(), std::vector<std::string>{"a"});
  call<op::DeleteEventSourceMapping>(of({{"UUID", uuid}}));
  pass(Seconds(2));
  send({"b"});
  pass(Seconds(60));
  EXPECT_EQ(events.size(), 1u);
}

// No more batches run at once than MaximumConcurrency allows, and all are done in the end.
TEST_F(QueuePolling, BoundsItsConcurrency) {
  int running = 0, most = 0;
  functions.script = [&](const compute::Invocation&) -> Task<compute::InvokeResult> {
    most = std::max(most, ++running);
    co_await taking(Seconds(1));
    --running;
    co_return compute::InvokeResult{.payload = "null"};
  };
  for (int count = 0; count < 40; ++count) queue.send(queue_arn, "x");
  enable(queue_arn, {{"BatchSize", 1}, {"ScalingConfig", of({{"MaximumConcurrency", 2}})}});
  pass(Seconds(25));
  EXPECT_EQ(most, 2);
  EXPECT_TRUE(queue.messages.empty());
}

// Five at first, 300 more a minute under load, fewer after a throttle, five again when all is quiet.
TEST(QueueScaling, FollowsTheLoad) {
  QueueScaling scaling(1000);
  Timestamp now{};
  EXPECT_EQ(scaling.allowed(), 5);
  scaling.saturated(now);
  scaling.saturated(now += Seconds(60));
  EXPECT_EQ(scaling.allowed(), 305);
  scaling.relaxed();
  scaling.saturated(now += Seconds(60));
  EXPECT_EQ(scaling.allowed(), 305);
  scaling.throttled();
  EXPECT_EQ(scaling.allowed(), 152);
  scaling.empty();
  EXPECT_EQ(scaling.allowed(), 5);
  for (int count = 0; count < 9; ++count) scaling.throttled();
  EXPECT_EQ(scaling.allowed(), 1);
  QueueScaling small(2);
  small.saturated(now);
  small.saturated(now + Seconds(60));
  EXPECT_EQ(small.allowed(), 2);
}

}  // namespace
}  // namespace haneul::lambda
