#include "services/lambda/durable/arn.h"
#include "services/lambda/durable/durable_fixture.h"

namespace haneul::lambda {
namespace {

class Callbacks : public test::DurableFixture {
 protected:
  // An execution that waits for a callback, and then says what came of it.
  void await_callback(Document options) {
    begin({[&, options](Document&) {
             const Document out = checkpoint({update("c", "CALLBACK", "START", options)});
             const Document& shown = out.find("NewExecutionState")->find("Operations")->as_array().at(0);
             id = shown.find("CallbackDetails")->string_or("CallbackId", "");
             return pending();
           },
           [&](Document& event) {
             outcome = operation(event, 1);
             return succeeded("1");
           }});
  }
  static Document within(int timeout, int heartbeat) {
    return of(
        {{"CallbackOptions", of({{"TimeoutSeconds", timeout}, {"HeartbeatTimeoutSeconds", heartbeat}})}});
  }
  std::string beat() { return refusal<op::SendDurableExecutionCallbackHeartbeat>(of({{"CallbackId", id}})); }
  std::string error_type() {
    return outcome.find("CallbackDetails")->find("Error")->string_or("ErrorType", "");
  }
  std::string id;
  Document outcome;
};

// A result wakes the execution, once; who comes later is told so.
TEST_F(Callbacks, WakeWithAResult) {
  await_callback({});
  EXPECT_EQ(runs, 1u);
  const Document success = of({{"CallbackId", id}, {"Result", Blob{"\"yes\""}}});
  EXPECT_EQ(refusal<op::SendDurableExecutionCallbackSuccess>(success), "");
  executor.run();
  EXPECT_EQ(outcome.string_or("Status", ""), "SUCCEEDED");
  EXPECT_EQ(outcome.find("CallbackDetails")->string_or("Result", ""), "\"yes\"");
  EXPECT_TRUE(
      refusal<op::SendDurableExecutionCallbackSuccess>(success).starts_with("CallbackTimeoutException"));
  EXPECT_TRUE(beat().starts_with("CallbackTimeoutException"));
}

// An error wakes it as well, with all that was said.
TEST_F(Callbacks, WakeWithAnError) {
  await_callback({});
  call<op::SendDurableExecutionCallbackFailure>(
      of({{"CallbackId", id}, {"Error", of({{"ErrorType", "E"}, {"StackTrace", Document::Array{"line"}}})}}));
  executor.run();
  EXPECT_EQ(outcome.string_or("Status", ""), "FAILED");
  EXPECT_EQ(outcome.find("CallbackDetails")->find("Error")->find("StackTrace")->as_array().size(), 1u);
}

// Signs of life put off the one deadline and not the other.
TEST_F(Callbacks, LiveByTheirHeartbeats) {
  await_callback(within(100, 30));
  for (int i = 0; i < 3; ++i) {
    executor.advance(Seconds(25));
    EXPECT_EQ(beat(), "");
  }
  executor.advance(Seconds(24));  // 99 s
  EXPECT_EQ(runs, 1u);
  executor.advance(Seconds(2));
  EXPECT_EQ(outcome.string_or("Status", ""), "TIMED_OUT");
  EXPECT_EQ(error_type(), "Callback.Timeout");
}

// Without them it ends, before its time.
TEST_F(Callbacks, EndWithoutHeartbeats) {
  await_callback(within(100, 30));
  executor.advance(Seconds(20));
  beat();
  executor.advance(Seconds(29));
  EXPECT_EQ(runs, 1u);
  executor.advance(Seconds(2));
  EXPECT_EQ(error_type(), "Callback.Heartbeat");
  const auto kinds = history();
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), "CallbackTimedOut"), 1);
}

// Ids that nobody was given open nothing.
TEST_F(Callbacks, RefuseIdsThatWereMadeUp) {
  await_callback({});
  const CallbackRef known = parse_callback_id(id).value();
  const std::string forged = make_callback_id(known, random);
  ASSERT_NE(forged, id);
  for (const std::string& each : {forged, std::string("bm9uZQ=="), std::string("not base64!")}) {
    EXPECT_EQ(refusal<op::SendDurableExecutionCallbackSuccess>(of({{"CallbackId", each}})),
              "InvalidParameterValueException: Invalid callback id");
  }
  EXPECT_EQ(status(), "RUNNING");
}

class Chained : public test::DurableFixture {
 protected:
  void invoke(const std::string& target) {
    begin({[&, target](Document&) {
             checkpoint({update(
                 "i", "CHAINED_INVOKE", "START",
                 of({{"Payload", "[1]"}, {"ChainedInvokeOptions", of({{"FunctionName", target}})}}))});
             return pending();
           },
           [&](Document& event) {
             outcome = operation(event, 1);
             return succeeded("1");
           }});
    executor.run();
  }
  Document outcome;
};

// A plain function is invoked as the role of the one that waits; its answer is the result.
TEST_F(Chained, InvokePlainFunctionsAsTheRole) {
  dispatcher.answer = of({{"StatusCode", 200}, {"Payload", Blob{"{\"x\":1}"}}});
  invoke("g:1");
  EXPECT_EQ(dispatcher.callers.at(0), "arn:aws:sts::123456789012:assumed-role/r/f");
  EXPECT_EQ(dispatcher.inputs.at(0).string_or("FunctionName", ""), arn_start + "g:1");
  EXPECT_EQ(outcome.string_or("Status", ""), "SUCCEEDED");
  EXPECT_EQ(outcome.find("ChainedInvokeDetails")->string_or("Result", ""), "{\"x\":1}");
}

// Its failure is a failure with its error, and a refusal is told as one.
TEST_F(Chained, TellFailuresAndRefusals) {
  dispatcher.answer =
      of({{"FunctionError", "Unhandled"}, {"Payload", Blob{R"({"errorType":"E","errorMessage":"m"})"}}});
  invoke("g");
  const auto error = [&](const char* name) {
    return outcome.find("ChainedInvokeDetails")->find("Error")->string_or(name, "");
  };
  EXPECT_EQ(outcome.string_or("Status", ""), "FAILED");
  EXPECT_EQ(error("ErrorType"), "E");
  dispatcher.refusal = model::AccessDeniedException("no");
  invoke("g");
  EXPECT_EQ(error("ErrorType"), "AccessDeniedException");
  EXPECT_EQ(error("ErrorMessage"), "no");
}

// Throttles and failures of ours pass: it is tried again.
TEST_F(Chained, TryAgainWhatPasses) {
  dispatcher.refusal = TooManyRequestsException("slow");
  invoke("g");
  EXPECT_EQ(runs, 1u);
  dispatcher.refusal.reset();
  dispatcher.answer = of({{"Payload", Blob{"1"}}});
  executor.advance(Seconds(2));
  EXPECT_EQ(outcome.string_or("Status", ""), "SUCCEEDED");
}

// A durable function has an execution of its own, whose end is the outcome; the history names it.
TEST_F(Chained, WaitForExecutionsOfOthers) {
  begin({[&](Document&) {
           checkpoint({update(
               "i", "CHAINED_INVOKE", "START",
               of({{"Payload", "[1]"}, {"ChainedInvokeOptions", of({{"FunctionName", "f:$LATEST"}})}}))});
           return pending();
         },
         [&](Document& event) {  // the chained one
           EXPECT_EQ(operation(event, 0).find("ExecutionDetails")->string_or("InputPayload", ""), "[1]");
           return R"({"Status":"FAILED","Error":{"ErrorType":"Inner"}})";
         },
         [&](Document& event) {
           outcome = operation(event, 1);
           return succeeded("1");
         }});
  executor.run();
  EXPECT_EQ(outcome.string_or("Status", ""), "FAILED");
  EXPECT_EQ(outcome.find("ChainedInvokeDetails")->find("Error")->string_or("ErrorType", ""), "Inner");
  EXPECT_EQ(dispatcher.inputs.at(0).string_or("InvocationType", ""), "DryRun");
  const Document shown = call<op::GetDurableExecutionHistory>(of({{"DurableExecutionArn", arn}}));
  const Document& started = shown.find("Events")->as_array().at(1);
  EXPECT_EQ(started.string_or("EventType", ""), "ChainedInvokeStarted");
  const std::string child = started.find("ChainedInvokeStartedDetails")->string_or("DurableExecutionArn", "");
  EXPECT_TRUE(child.starts_with(arn_start + "f:$LATEST/durable-execution/")) << child;
}

// Names from the wire are taken apart as they were put together, and nothing else is.
TEST(DurableNames, ReadWhatTheyWrite) {
  SeededRandom random{1};
  const CallbackRef ref{
      .place = {AccountId("123456789012"), Region("eu-west-1")}, .execution = "e", .operation = "o-1"};
  const auto read = parse_callback_id(make_callback_id(ref, random));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->operation, "o-1");
  const std::string arn = "arn:aws:lambda:eu-west-1:123456789012:function:f:7/durable-execution/n/i";
  ASSERT_TRUE(parse_execution_arn(arn));
  EXPECT_EQ(parse_execution_arn(arn)->arn(), arn);
  for (const char* wrong : {"arn:aws:lambda:eu-west-1:123456789012:function:f/durable-execution/n/i",
                            "arn:aws:lambda:eu-west-1:123456789012:function:f:alias/durable-execution/n/i",
                            "arn:aws:lambda:eu-west-1:123456789012:function:f:7/durable-execution/n",
                            "arn:aws:sqs:eu-west-1:123456789012:function:f:7/durable-execution/n/i"})
    EXPECT_FALSE(parse_execution_arn(wrong)) << wrong;
}

}  // namespace
}  // namespace haneul::lambda
