#include <set>

#include "base/text.h"
#include "services/lambda/async_queue.h"
#include "services/lambda/lambda_fixture.h"

namespace haneul::lambda {
namespace {

class Invoke : public test::LambdaFixture {
 protected:
  Invoke() { call<op::CreateFunction>(function("f")); }
  void fail_with(std::string payload) {
    functions.answer.payload = std::move(payload);
    functions.answer.function_error = "Unhandled";
    functions.answer.status = compute::InvokeStatus::kFunctionError;
  }
  void throttle() {
    functions.answer.status = compute::InvokeStatus::kThrottled;
    functions.answer.reason = "ConcurrentInvocationLimitExceeded";
  }
  size_t runs() const { return functions.invocations.size(); }
  void pass(Milliseconds time) { executor.advance(time); }
};

// The caller gets the function's answer, and pays for the time by memory.
TEST_F(Invoke, AnswersAndMeters) {
  const Document out = invoke("f");
  EXPECT_EQ(out.find("StatusCode")->as_int(), 200);
  EXPECT_EQ(out.find("Payload")->as_blob(), "\"ok\"");
  EXPECT_EQ(text(out, "ExecutedVersion"), "$LATEST");
  EXPECT_EQ(out.find("FunctionError"), nullptr);
  ASSERT_EQ(usages.size(), 1u);
  EXPECT_EQ(usages[0].unit, "GB-ms");
  EXPECT_DOUBLE_EQ(usages[0].amount, 100 * 128 / 1024.0);
  EXPECT_EQ(functions.images[0]->log_group, "/aws/lambda/f");
}

// An unchanged function is the same image again, so its warm environments are used; a changed one is not.
TEST_F(Invoke, KeepsTheImageWhileNothingChanges) {
  invoke("f");
  invoke("f");
  call<op::AddPermission>(of({{"FunctionName", "f"},
                              {"StatementId", "s"},
                              {"Action", "lambda:InvokeFunction"},
                              {"Principal", "s3.amazonaws.com"}}));  // has another RevisionId now
  invoke("f");
  EXPECT_EQ(functions.images[0], functions.images[1]);
  EXPECT_EQ(functions.images[0], functions.images[2]);
  call<op::UpdateFunctionConfiguration>(of({{"FunctionName", "f"}, {"Timeout", 9}}));
  invoke("f");
  EXPECT_NE(functions.images[3]->revision, functions.images[1]->revision);
  EXPECT_EQ(functions.images[3]->timeout, Seconds(9));
}

// A warm synchronous invocation must not wait for the disk.
TEST_F(Invoke, WritesNothingWhenSynchronous) {
  invoke("f");
  const uint64_t before = house.db->last_ordered();
  invoke("f");
  EXPECT_EQ(house.db->last_ordered(), before);
}

// What the function printed is written in the name of its role, in its group.
TEST_F(Invoke, WritesTheLogAsTheRole) {
  invoke("f");
  service.drain();
  ASSERT_EQ(logs.written, std::vector<std::string>{"/aws/lambda/f REPORT RequestId: x\n"});
  EXPECT_EQ(logs.writers[0], "arn:aws:sts::123456789012:assumed-role/r/f");
}

// Bad input is told from a broken function.
TEST_F(Invoke, RefusesBadPayloads) {
  EXPECT_TRUE(refusal<op::Invoke>(of({{"FunctionName", "f"}, {"Payload", Blob{"{no"}}}))
                  .starts_with("InvalidRequestContentException: Could not parse request body into json"));
  const std::string large = "\"" + std::string(1 << 20, 'x') + "\"";
  EXPECT_EQ(
      refusal<op::Invoke>(of({{"FunctionName", "f"}, {"InvocationType", "Event"}, {"Payload", Blob{large}}})),
      "RequestTooLargeException: Request must be smaller than 1048576 bytes for the InvokeFunction "
      "operation");
  for (const char* context : {"%", "bm90IGpzb24=", "MQ=="}) {  // no Base64, no JSON, no object
    EXPECT_EQ(refusal<op::Invoke>(of({{"FunctionName", "f"}, {"ClientContext", context}})),
              "InvalidRequestContentException: Client context must be a valid Base64-encoded JSON object.");
  }
  EXPECT_EQ(refusal<op::Invoke>(of({{"FunctionName", "f:a"}, {"Qualifier", "b"}})),
            "InvalidParameterValueException: The derived qualifier from the function name does not match the "
            "specified qualifier.");
  EXPECT_EQ(refusal<op::Invoke>(of({{"FunctionName", "f:7"}})),
            "ResourceNotFoundException: Function not found: " + arn_start + "f:7");
  EXPECT_EQ(runs(), 0u);
}

// The bytes of an event are the function's affair: depth is no reason to refuse it.
TEST_F(Invoke, TakesDeepPayloads) {
  const std::string deep = std::string(1'000, '[') + std::string(1'000, ']');
  call<op::Invoke>(of({{"FunctionName", "f"}, {"Payload", Blob{deep}}}));
  ASSERT_EQ(runs(), 1u);
  EXPECT_EQ(functions.invocations[0].payload, deep);
}

// Throttling names its reason, which clients tell reservations from the account's limit by.
TEST_F(Invoke, SaysWhyItThrottles) {
  throttle();
  try {
    invoke("f");
    FAIL();
  } catch (const model::ServiceError& error) {
    EXPECT_EQ(error.shape().status, 429);
    EXPECT_EQ(error.fields().string_or("Reason", ""), "ConcurrentInvocationLimitExceeded");
  }
  EXPECT_TRUE(usages.empty());
}

// Reservations bound their function and take from all others.
TEST_F(Invoke, GivesTheEngineExactLimits) {
  call<op::CreateFunction>(function("g"));
  const auto reserve = [&](const char* name, int count) {
    return refusal<op::PutFunctionConcurrency>(
        of({{"FunctionName", name}, {"ReservedConcurrentExecutions", count}}));
  };
  EXPECT_EQ(reserve("g", 300), "");
  invoke("f");
  invoke("g");
  EXPECT_EQ(functions.limits_given[0].account_unreserved, 700u);
  EXPECT_EQ(functions.limits_given[1].reserved, 300u);
  EXPECT_NE(reserve("f", 601).find("below its minimum value of [100]"), std::string::npos);
  EXPECT_EQ(reserve("f", 600), "");
  call<op::DeleteFunction>(of({{"FunctionName", "g"}}));
  const Document settings = call<op::GetAccountSettings>(Document::object());
  EXPECT_EQ(settings.find("AccountLimit")->find("UnreservedConcurrentExecutions")->as_int(), 400);
}

// Whoever owns the machine decides how much runs at once; everything that is counted against it follows.
TEST_F(Invoke, TakesTheOperatorsConcurrency) {
  LambdaParts more = parts(jobs, "3.11");
  more.account_concurrency = 3000;
  LambdaService larger{std::move(more)};
  table = {};
  larger.register_operations(table);
  call<op::CreateFunction>(function("g"));
  call<op::PutFunctionConcurrency>(of({{"FunctionName", "g"}, {"ReservedConcurrentExecutions", 2500}}));
  invoke("f");
  EXPECT_EQ(functions.limits_given[0].account_unreserved, 500u);
  const Document settings = call<op::GetAccountSettings>(Document::object());
  EXPECT_EQ(settings.find("AccountLimit")->find("ConcurrentExecutions")->as_int(), 3000);
  EXPECT_EQ(settings.find("AccountLimit")->find("UnreservedConcurrentExecutions")->as_int(), 500);
}

// Weights decide how often a version is taken.
TEST_F(Invoke, FollowsTheWeightsOfAnAlias) {
  call<op::PublishVersion>(of({{"FunctionName", "f"}}));
  call<op::UpdateFunctionConfiguration>(of({{"FunctionName", "f"}, {"Timeout", 9}}));
  call<op::PublishVersion>(of({{"FunctionName", "f"}}));
  call<op::CreateAlias>(of({{"FunctionName", "f"},
                            {"Name", "live"},
                            {"FunctionVersion", "2"},
                            {"RoutingConfig", of({{"AdditionalVersionWeights", of({{"1", 0.25}})}})}}));
  int first = 0;
  for (int i = 0; i < 200; ++i) first += text(invoke("f:live"), "ExecutedVersion") == "1" ? 1 : 0;
  EXPECT_GT(first, 25);
  EXPECT_LT(first, 80);
  EXPECT_EQ(functions.invocations.back().invoked_arn, arn_start + "f:live");
}

// An accepted event is run, once when it succeeds.
TEST_F(Invoke, RunsEvents) {
  EXPECT_EQ(invoke("f", "Event").find("StatusCode")->as_int(), 202);
  EXPECT_EQ(runs(), 0u);
  pass(Seconds(1));
  EXPECT_EQ(runs(), 1u);
  pass(Seconds(86'400));
  EXPECT_EQ(runs(), 1u);
}

// A crash may come after any settlement: by then the log tells of the run.
TEST_F(Invoke, SettlesAnEventAfterItsLog) {
  functions.answer.log_stream = "stream";
  logs.open(false);
  invoke("f", "Event");
  pass(Seconds(1));
  EXPECT_EQ(runs(), 1u);
  EXPECT_EQ(jobs.pending(), 1u);
  logs.open(true);
  service.drain();
  pass(Seconds(1));
  EXPECT_EQ(jobs.pending(), 0u);
  EXPECT_EQ(logs.written.size(), 1u);
}

// A failing function is tried three times: at once, after a minute, after two more.
TEST_F(Invoke, RetriesFailedEventsTwice) {
  fail_with(R"({"errorType":"E"})");
  invoke("f", "Event");
  pass(Seconds(1));
  EXPECT_EQ(runs(), 1u);
  pass(Seconds(57));
  EXPECT_EQ(runs(), 1u);
  pass(Seconds(5));
  EXPECT_EQ(runs(), 2u);
  pass(Seconds(110));
  EXPECT_EQ(runs(), 2u);
  pass(Seconds(20));
  EXPECT_EQ(runs(), 3u);
  pass(Seconds(86'400));
  EXPECT_EQ(runs(), 3u);
  EXPECT_EQ(functions.invocations[0].request_id, functions.invocations[2].request_id);
}

// Throttled events wait with growing pauses and are not given up for six hours.
TEST_F(Invoke, KeepsThrottledEventsForSixHours) {
  throttle();
  invoke("f", "Event");
  pass(Seconds(20));
  EXPECT_GE(runs(), 5u);  // after 0, 1, 3, 7 and 15 seconds, or up to a half of that earlier
  EXPECT_LE(runs(), 6u);
  pass(Seconds(21'000));
  const size_t within = runs();
  EXPECT_GT(within, 60u);
  EXPECT_LT(within, 160u);
  pass(Seconds(3'600));
  const size_t at_last = runs();
  pass(Seconds(86'400));
  EXPECT_EQ(runs(), at_last);
  EXPECT_EQ(backoff_delay(1), Seconds(1));
  EXPECT_EQ(backoff_delay(100), Seconds(300));
}

// A burst on a function with little concurrency must not come again all at once, time after time.
TEST_F(Invoke, SpreadsWhatWasThrottledTogether) {
  SeededRandom dice(1);
  std::set<Milliseconds> delays;
  for (int event = 0; event < 200; ++event) {
    const Milliseconds delay = spread_delay(3, dice);
    EXPECT_GE(delay, Seconds(2));
    EXPECT_LE(delay, Seconds(4));
    delays.insert(delay);
  }
  EXPECT_GT(delays.size(), 100u);
}

// What could not be processed goes to the destination with its story, in the name of the function's role.
TEST_F(Invoke, SendsRecordsToDestinations) {
  call<op::CreateFunction>(function("rescue"));
  call<op::PutFunctionEventInvokeConfig>(
      of({{"FunctionName", "f"},
          {"MaximumRetryAttempts", 0},
          {"DestinationConfig", of({{"OnFailure", of({{"Destination", arn_start + "rescue"}})}})}}));
  fail_with(R"({"errorType":"E"})");
  invoke("f", "Event");
  pass(Seconds(10));
  EXPECT_EQ(runs(), 1u);
  ASSERT_EQ(dispatcher.calls, std::vector<std::string>{"lambda.Invoke"});
  EXPECT_EQ(dispatcher.callers[0], "arn:aws:sts::123456789012:assumed-role/r/f");
  EXPECT_EQ(dispatcher.inputs[0].string_or("FunctionName", ""), arn_start + "rescue");
  const Document record = parse_json(dispatcher.inputs[0].find("Payload")->as_blob());
  EXPECT_EQ(record.find("requestContext")->string_or("condition", ""), "RetriesExhausted");
  EXPECT_EQ(record.find("requestContext")->find("approximateInvokeCount")->as_int(), 1);
  EXPECT_EQ(record.find("responseContext")->string_or("functionError", ""), "Unhandled");
  EXPECT_EQ(record.find("responsePayload")->string_or("errorType", ""), "E");
}

// A bucket keeps the records of what failed, each as an object that says by its name when that was.
TEST_F(Invoke, WritesRecordsOfFailuresToBuckets) {
  const Document bucket = of({{"Destination", "arn:aws:s3:::failures"}});
  EXPECT_TRUE(refusal<op::PutFunctionEventInvokeConfig>(
                  of({{"FunctionName", "f"}, {"DestinationConfig", of({{"OnSuccess", bucket}})}}))
                  .starts_with("InvalidParameterValueException"));
  call<op::PutFunctionEventInvokeConfig>(of({{"FunctionName", "f"},
                                             {"MaximumRetryAttempts", 0},
                                             {"DestinationConfig", of({{"OnFailure", bucket}})}}));
  fail_with(R"({"errorType":"E"})");
  invoke("f", "Event");
  pass(Seconds(10));
  ASSERT_EQ(dispatcher.calls, std::vector<std::string>{"s3.PutObject"});
  EXPECT_EQ(dispatcher.callers[0], "arn:aws:sts::123456789012:assumed-role/r/f");
  const Document& object = dispatcher.inputs[0];
  EXPECT_EQ(object.string_or("Bucket", ""), "failures");
  const std::string key = object.string_or("Key", "");
  const Document record = parse_json(object.find("Body")->as_blob());
  const std::string at = record.string_or("timestamp", "");
  const std::string day = at.substr(0, 4) + "/" + at.substr(5, 2) + "/" + at.substr(8, 2);
  EXPECT_TRUE(key.starts_with("aws/lambda/async/f/" + day + "/" + at.substr(0, 13) + ".")) << key;
  EXPECT_EQ(key.size(), std::string("aws/lambda/async/f/").size() + 11 + 19 + 1 + 36) << key;
  EXPECT_EQ(record.find("requestContext")->string_or("condition", ""), "RetriesExhausted");
}

// An event older than its limit is not run any more.
TEST_F(Invoke, GivesUpOldEvents) {
  call<op::PutFunctionEventInvokeConfig>(of({{"FunctionName", "f"}, {"MaximumEventAgeInSeconds", 60}}));
  fail_with("{}");
  invoke("f", "Event");
  pass(Seconds(86'400));
  EXPECT_EQ(runs(), 1u);
}

// A destination that is no function is refused rather than forgotten.
TEST_F(Invoke, RefusesOtherDestinations) {
  const auto put = [&](const std::string& arn) {
    return refusal<op::PutFunctionEventInvokeConfig>(
        of({{"FunctionName", "f"}, {"DestinationConfig", of({{"OnSuccess", of({{"Destination", arn}})}})}}));
  };
  EXPECT_TRUE(put("arn:aws:sqs:eu-west-1:123456789012:q").starts_with("NotImplemented"));
  EXPECT_TRUE(put(arn_start + "none").starts_with("InvalidParameterValueException"));
  EXPECT_TRUE(put(arn_start + "f").starts_with("InvalidParameterValueException"));
}

}  // namespace
}  // namespace haneul::lambda
