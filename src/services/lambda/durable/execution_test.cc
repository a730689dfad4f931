#include "services/lambda/durable/durable_fixture.h"
#include "services/lambda/durable/envelope.h"
#include "services/lambda/durable/keys.h"

namespace haneul::lambda {
namespace {

using Kinds = std::vector<std::string>;

class Executions : public test::DurableFixture {};

// The event is what the SDKs of all languages read.
TEST_F(Executions, BeginWithTheirInput) {
  begin({[&](Document& event) {
          EXPECT_EQ(event.string_or("DurableExecutionArn", "").substr(0, arn_start.size() + 28),
                    arn_start + "f:$LATEST/durable-execution/");
          const Document& root = operation(event, 0);
          EXPECT_EQ(root.string_or("Type", ""), "EXECUTION");
          EXPECT_EQ(root.find("ExecutionDetails")->string_or("InputPayload", ""), R"({"n":1})");
          EXPECT_EQ(root.find("StartTimestamp")->as_int(), house.clock.now().time_since_epoch().count());
          EXPECT_EQ(event.find("InitialExecutionState")->string_or("NextMarker", "none"), "");
          return succeeded("7");
        }},
        "", R"({"n":1})");
  EXPECT_EQ(status(), "SUCCEEDED");
  EXPECT_EQ(execution().string_or("Result", ""), "7");
  EXPECT_EQ(history(), (Kinds{"ExecutionStarted", "InvocationCompleted", "ExecutionSucceeded"}));
}

// A wait costs no run: the function is asked again when it is over, and not before.
TEST_F(Executions, WaitWithoutRunning) {
  begin({[&](Document&) {
           const Document out = checkpoint({wait("w", 60)});
           EXPECT_EQ(out.find("NewExecutionState")->find("Operations")->as_array().size(), 1u);
           return pending();
         },
         [&](Document& event) {
           EXPECT_EQ(operation(event, 1).string_or("Status", ""), "SUCCEEDED");
           EXPECT_EQ(event.find("UpdatedOperationIds")->as_array().at(0).as_string(), "w");
           return succeeded("1");
         }});
  executor.advance(Seconds(59));
  EXPECT_EQ(runs, 1u);
  executor.advance(Seconds(2));
  EXPECT_EQ(runs, 2u);
  EXPECT_EQ(status(), "SUCCEEDED");
}

// A step that is to be tried again is ready after its pause; what it threw is told.
TEST_F(Executions, PauseBeforeTheNextAttempt) {
  begin({[&](Document&) {
           checkpoint({update("s", "STEP", "START"),
                       update("s", "STEP", "RETRY",
                              of({{"StepOptions", of({{"NextAttemptDelaySeconds", 5}})},
                                  {"Error", of({{"ErrorType", "E"}})}}))});
           return pending();
         },
         [&](Document& event) {
           EXPECT_EQ(operation(event, 1).string_or("Status", ""), "READY");
           EXPECT_EQ(operation(event, 1).find("StepDetails")->find("Attempt")->as_int(), 1);
           checkpoint({update("s", "STEP", "SUCCEED", of({{"Payload", "1"}}))});
           return succeeded("1");
         }});
  executor.advance(Seconds(10));
  EXPECT_EQ(history(), (Kinds{"ExecutionStarted", "StepStarted", "StepFailed", "InvocationCompleted",
                              "StepSucceeded", "InvocationCompleted", "ExecutionSucceeded"}));
}

// A function that crashes is run again with growing pauses, and loses no step.
TEST_F(Executions, ReplayAfterACrash) {
  begin({[&](Document&) {
           checkpoint({update("s", "STEP", "SUCCEED", of({{"Payload", "kept"}}))});
           return "!";
         },
         [&](Document&) { return "!"; },
         [&](Document& event) {
           EXPECT_EQ(operation(event, 1).find("StepDetails")->string_or("Result", ""), "kept");
           return succeeded("1");
         }});
  EXPECT_EQ(runs, 1u);
  executor.advance(Seconds(1));
  EXPECT_EQ(runs, 2u);
  executor.advance(Seconds(1));
  EXPECT_EQ(runs, 2u);
  executor.advance(Seconds(2));
  EXPECT_EQ(status(), "SUCCEEDED");
}

// Throttled runs are not told as invocations: nothing ran.
TEST_F(Executions, KeepTryingWhenThrottled) {
  const auto played = functions.script;
  functions.script = [](const compute::Invocation&) -> Task<compute::InvokeResult> {
    co_return compute::InvokeResult{.status = compute::InvokeStatus::kThrottled};
  };
  begin({[&](Document&) { return succeeded("1"); }});
  executor.advance(Seconds(4));
  functions.script = played;
  executor.advance(Seconds(60));
  EXPECT_EQ(history(), (Kinds{"ExecutionStarted", "InvocationCompleted", "ExecutionSucceeded"}));
}

// The execution's own timeout ends it, whatever it waits for.
TEST_F(Executions, TimeOut) {
  begin({[&](Document&) {
    checkpoint({wait("w", 3600)});
    return pending();
  }});
  executor.advance(Seconds(901));
  EXPECT_EQ(status(), "TIMED_OUT");
  EXPECT_EQ(execution().find("Error")->string_or("ErrorMessage", ""),
            "Execution timed out after 900 seconds.");
  EXPECT_EQ(history().back(), "ExecutionTimedOut");
  executor.advance(Seconds(3600));
  EXPECT_EQ(runs, 1u);
}

// What a function answers without the SDK is told, not taken for a result.
TEST_F(Executions, RefuseAnswersThatMeanNothing) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"\"ok\"", "Invalid Status in invocation output."},
      {pending(), "Cannot return PENDING status with no pending operations."},
      {R"({"Status":"FAILED","Result":"1"})", "Cannot provide a Result for FAILED status."},
      {R"({"Status":"SUCCEEDED","Error":{}})", "Cannot provide an Error for SUCCEEDED status."},
      {succeeded(std::string((1 << 20) + 1, 'x')),
       "Execution output payload size must be less than or equal to 1048576 bytes."}};
  for (const auto& [answer, message] : cases) {
    begin({[&](Document&) { return answer; }});
    EXPECT_EQ(status(), "FAILED");
    EXPECT_EQ(execution().find("Error")->string_or("ErrorMessage", ""), message);
  }
}

// A wait that ends while the function is about to leave must not be slept through.
TEST_F(Executions, RunAgainWhenSomethingEndedMeanwhile) {
  begin({[&](Document&) {
           checkpoint({wait("a", 1), wait("b", 600)});
           executor.advance(Seconds(2));  // the timer of "a" comes while the function runs
           return pending();
         },
         [&](Document& event) {
           EXPECT_EQ(operation(event, 1).string_or("Status", ""), "SUCCEEDED");
           return succeeded("1");
         }});
  EXPECT_EQ(runs, 2u);
}

// Callers that wait get the result of the whole execution, as if it were one invocation.
TEST_F(Executions, AnswerThoseWhoWait) {
  for (const char* answer : {R"({"Status":"SUCCEEDED","Result":"{\"a\":1}"})",
                             R"({"Status":"FAILED","Error":{"ErrorType":"E","ErrorMessage":"m"}})"}) {
    std::promise<Document> done;
    std::thread caller(
        [&] { done.set_value(call<op::Invoke>(of({{"FunctionName", "f"}, {"Qualifier", "$LATEST"}}))); });
    auto future = done.get_future();
    functions.script = [answer](const compute::Invocation&) -> Task<compute::InvokeResult> {
      co_return compute::InvokeResult{.payload = answer, .log_tail = "tail"};
    };
    while (future.wait_for(Milliseconds(1)) != std::future_status::ready) executor.run();
    caller.join();
    const Document out = future.get();
    const bool is_ok = std::string_view(answer).find("SUCC") != std::string_view::npos;
    EXPECT_EQ(out.find("Payload")->as_blob(),
              is_ok ? R"({"a":1})" : R"({"errorMessage":"m","errorType":"E"})");
    EXPECT_EQ(out.string_or("FunctionError", ""), is_ok ? "" : "Unhandled");
    EXPECT_NE(out.string_or("DurableExecutionArn", ""), "");
  }
}

// Whoever invokes by another way begins an execution as well: what is not the SDK's event is nothing to it.
TEST_F(Executions, BeginByEveryWayOfInvoking) {
  functions.script = [](const compute::Invocation& invocation) -> Task<compute::InvokeResult> {
    EXPECT_NE(parse_json(invocation.payload).find("CheckpointToken"), nullptr);
    co_return compute::InvokeResult{.payload = succeeded("7")};
  };
  call<op::InvokeAsync>(of({{"FunctionName", "f:$LATEST"}}));
  executor.run();
  std::promise<Document> done;
  std::thread caller([&] {
    done.set_value(call<op::InvokeWithResponseStream>(of({{"FunctionName", "f"}, {"Qualifier", "$LATEST"}})));
  });
  auto future = done.get_future();
  while (future.wait_for(Milliseconds(1)) != std::future_status::ready) executor.run();
  caller.join();
  EXPECT_NE(future.get().find("streamed")->as_blob().find("7"), std::string::npos);
  const Document list = call<op::ListDurableExecutionsByFunction>(of({{"FunctionName", "f"}}));
  EXPECT_EQ(list.find("DurableExecutions")->as_array().size(), 2u);
  for (const Document& each : list.find("DurableExecutions")->as_array())
    EXPECT_EQ(each.string_or("Status", ""), "SUCCEEDED");
  EXPECT_EQ(refusal<op::InvokeWithResponseStream>(of({{"FunctionName", "f"}})),
            "InvalidParameterValueException: You cannot invoke a durable function using an unqualified ARN.");
}

// A name is a key: asking again does not begin again.
TEST_F(Executions, AreOneByTheirName) {
  const std::string first = begin({[&](Document&) { return succeeded("1"); }}, "n", "[1]");
  EXPECT_EQ(begin({}, "n", "[1]"), first);
  EXPECT_EQ(runs, 1u);
  const auto again = of({{"FunctionName", "f:$LATEST"},
                         {"InvocationType", "Event"},
                         {"DurableExecutionName", "n"},
                         {"Payload", Blob{"[2]"}}});
  EXPECT_EQ(refusal<op::Invoke>(again),
            "DurableExecutionAlreadyStartedException: Execution already started: " + first);
  executor.advance(std::chrono::days(4));  // the history is kept for three
  EXPECT_EQ(refusal<op::GetDurableExecution>(of({{"DurableExecutionArn", first}})),
            "ResourceNotFoundException: Durable Execution does not exist");
  EXPECT_NE(begin({[&](Document&) { return succeeded("2"); }}, "n", "[2]"), first);
}

// What ended leaves nothing behind, neither rows nor timers.
TEST_F(Executions, LeaveNothingAfterTheirRetention) {
  begin({[&](Document&) {
    checkpoint({wait("w", 800), update("c", "CONTEXT", "START")});
    return pending();
  }});
  call<op::StopDurableExecution>(of({{"DurableExecutionArn", arn}}));
  EXPECT_EQ(jobs.pending(), 1u + 2u);  // the purge; the cancelled timers are known until they are due
  executor.advance(std::chrono::days(4));
  EXPECT_EQ(jobs.pending(), 0u);
  const auto ref = parse_execution_arn(arn).value();
  house.db->read([&](store::ReadTx& tx) {
    const store::Shard shard = keys::durable_scope(ref.place, ref.id).shard;
    EXPECT_FALSE(tx.contains(keys::durable(ref.place, ref.id)));
    for (const auto& range :
         {keys::durable_ops(ref.place, ref.id), keys::durable_ops_at(ref.place, ref.id),
          keys::durable_events(ref.place, ref.id), keys::durable_data_all(ref.place, ref.id)})
      EXPECT_TRUE(tx.scan(shard, range).empty());
  });
}

// A new function of an old name has none of its executions.
TEST_F(Executions, GoWithTheirFunction) {
  begin({[&](Document&) {
          checkpoint({wait("w", 800)});
          return pending();
        }},
        "n");
  const std::string before = arn;
  call<op::DeleteFunction>(of({{"FunctionName", "f"}}));
  Document made = function("f");
  made.set("DurableConfig", of({{"ExecutionTimeout", 60}}));
  call<op::CreateFunction>(std::move(made));
  const auto list = [&] { return call<op::ListDurableExecutionsByFunction>(of({{"FunctionName", "f"}})); };
  EXPECT_TRUE(list().find("DurableExecutions")->as_array().empty());
  begin({[&](Document&) { return succeeded("1"); }}, "n", "[5]");
  EXPECT_NE(arn, before);
  EXPECT_EQ(list().find("DurableExecutions")->as_array().size(), 1u);
  EXPECT_NE(refusal<op::GetDurableExecution>(of({{"DurableExecutionArn", before}})), "");
}

// A large state comes in pages, each with the marker of the next; what is done with is left out.
TEST_F(Executions, ShowTheirStateInPages) {
  begin({[&](Document&) {
           checkpoint({update("done", "CONTEXT", "START"),
                       update("in", "STEP", "SUCCEED", of({{"ParentId", "done"}, {"Payload", "x"}})),
                       update("kept", "CONTEXT", "START"),
                       update("child", "STEP", "SUCCEED", of({{"ParentId", "kept"}, {"Payload", "x"}}))});
           checkpoint({update("done", "CONTEXT", "SUCCEED", of({{"Payload", "y"}})),
                       update("kept", "CONTEXT", "SUCCEED",
                              of({{"ContextOptions", of({{"ReplayChildren", true}})}})),
                       wait("w", 1)});
           return pending();
         },
         [&](Document& event) {
           const auto& all = event.find("InitialExecutionState")->find("Operations")->as_array();
           EXPECT_EQ(all.size(), 5u);  // without "in"
           std::vector<std::string> ids;
           std::string marker;
           for (int page = 0; page < 10; ++page) {
             Document asked = of({{"DurableExecutionArn", arn}, {"CheckpointToken", token}, {"MaxItems", 2}});
             if (!marker.empty()) asked.set("Marker", marker);
             const Document out = call<op::GetDurableExecutionState>(std::move(asked));
             for (const Document& each : out.find("Operations")->as_array())
               ids.push_back(each.string_or("Id", ""));
             marker = out.string_or("NextMarker", "");
             if (marker.empty()) break;
           }
           EXPECT_EQ(std::vector<std::string>(ids.begin() + 1, ids.end()),
                     (std::vector<std::string>{"done", "kept", "child", "w"}));
           return succeeded("1");
         }});
  executor.advance(Seconds(2));
  EXPECT_EQ(status(), "SUCCEEDED");
}

// An upgrade must find what was written before: what is missing reads as nothing.
TEST(ExecutionRecords, ReadWhatIsMissingAsDefaults) {
  ExecutionRecord record;
  record.ref.id = "i";
  const ExecutionRecord read = execution_from(encode(record));
  EXPECT_EQ(read.ref.id, "i");
  EXPECT_TRUE(read.is_running());
  EXPECT_TRUE(read.timers.empty());
  EXPECT_FALSE(read.error);
}

// Retries and destinations that would have no effect are not accepted.
TEST_F(Executions, HaveNoEventInvokeConfiguration) {
  EXPECT_TRUE(
      refusal<op::PutFunctionEventInvokeConfig>(of({{"FunctionName", "f"}, {"MaximumRetryAttempts", 1}}))
          .starts_with("NotImplemented"));
}

}  // namespace
}  // namespace haneul::lambda
