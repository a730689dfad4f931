#include "services/lambda/durable/durable_fixture.h"

namespace haneul::lambda {
namespace {

constexpr const char* kInvalid = "InvalidParameterValueException: ";
constexpr const char* kBadToken =
    "InvalidParameterValueException: Invalid Checkpoint Token: it was used before, or the execution has "
    "moved "
    "on.";

class Checkpoints : public test::DurableFixture {
 protected:
  // Inside of a run.
  void in_a_run(const std::function<void()>& body) {
    begin({[&](Document&) {
      body();
      return succeeded("1");
    }});
    EXPECT_EQ(status(), "SUCCEEDED");
  }
  Document ask(const std::string& with, std::vector<Document> updates, const std::string& client) {
    return call<op::CheckpointDurableExecution>(of({{"DurableExecutionArn", arn},
                                                    {"CheckpointToken", with},
                                                    {"ClientToken", client},
                                                    {"Updates", std::move(updates)}}));
  }
};

// A token is good for one checkpoint; the one before and those of earlier runs are not.
TEST_F(Checkpoints, TakeEachTokenOnce) {
  in_a_run([&] {
    const std::string first = token;
    checkpoint({update("a", "STEP", "START")});
    const std::string second = std::exchange(token, first);
    EXPECT_EQ(refused({}), kBadToken);
    token = second;
    checkpoint({});
  });
  EXPECT_EQ(refused({}), kBadToken);
}

// A client that lost the answer asks again with the same tokens and gets it; nothing happens twice.
TEST_F(Checkpoints, AreRepeatedByTheirClientToken) {
  in_a_run([&] {
    const std::string used = token;
    const Document first = ask(used, {update("a", "STEP", "START")}, "c");
    const Document second = ask(used, {update("a", "STEP", "START")}, "c");
    EXPECT_EQ(first, second);
    EXPECT_EQ(first.find("NewExecutionState")->find("Operations")->as_array().size(), 1u);
    token = first.string_or("CheckpointToken", "");
    checkpoint({});
  });
  EXPECT_EQ(history().size(), 4u);
}

// All or nothing: a batch with one wrong update leaves no trace.
TEST_F(Checkpoints, LeaveNothingWhenTheyAreRefused) {
  in_a_run([&] {
    EXPECT_EQ(refused({update("a", "STEP", "START"), update("b", "STEP", "START", of({{"ParentId", "a"}}))}),
              std::string(kInvalid) + "Invalid parent operation id.");
    const Document out = checkpoint({update("a", "STEP", "START")});
    EXPECT_EQ(out.find("NewExecutionState")->find("Operations")->as_array().size(), 1u);
  });
}

// Each refusal is AWS's own: the SDKs tell users by it what they did.
TEST_F(Checkpoints, RefuseWhatDoesNotFit) {
  in_a_run([&] {
    const auto step = [&](const char* action, Document more = {}) {
      return update("s", "STEP", action, std::move(more));
    };
    const auto retry = of({{"StepOptions", of({{"NextAttemptDelaySeconds", 1}})}});
    const std::vector<std::pair<std::vector<Document>, std::string>> cases{
        {{update("e", "EXECUTION", "SUCCEED"), step("START")},
         "EXECUTION checkpoint must be the last update."},
        {{update("e", "EXECUTION", "SUCCEED"), update("e", "EXECUTION", "SUCCEED")},
         "Cannot checkpoint multiple EXECUTION updates."},
        {{update("e", "EXECUTION", "START")}, "Invalid action for the given operation type."},
        {{step("START"), step("START")}, "Cannot update the same operation twice in a single request."},
        {{wait("w", 1), wait("w", 1)}, "Cannot update the same operation twice in a single request."},
        {{step("RETRY")}, "Invalid StepOptions for the given action."},
        {{step("CANCEL")}, "Invalid action for the given operation type."},
        {{step("FAIL", of({{"Payload", "x"}}))}, "Cannot provide a Payload for FAIL action."},
        {{step("SUCCEED", of({{"Error", of({{"ErrorType", "E"}})}}))},
         "Cannot provide an Error for SUCCEED action."},
        {{update("w", "WAIT", "START")}, "Update for WAIT operation requires WaitOptions."},
        {{update("w", "WAIT", "CANCEL")},
         "Cannot cancel a WAIT that does not exist or has already completed."},
        {{update("w", "WAIT", "SUCCEED")}, "Invalid action for the given operation type."},
        {{update("i", "CHAINED_INVOKE", "START")},
         "Update for CHAINED_INVOKE operation requires ChainedInvokeOptions."},
        {{update("i", "CHAINED_INVOKE", "START",
                 of({{"ChainedInvokeOptions",
                      of({{"FunctionName", "arn:aws:lambda:eu-west-1:999999999999:function:g"}})}}))},
         "Cannot start a CHAINED_INVOKE on a function in another account."},
        {{step("SUCCEED", of({{"Payload", std::string((1 << 18) + 1, 'x')}}))},
         "STEP payload size must be less than or equal to 262144 bytes."},
        {{step("FAIL", of({{"Error", of({{"ErrorData", std::string(1 << 15, 'x')}})}}))},
         "Error object size must be less than 32768 bytes."}};
    for (const auto& [updates, message] : cases) EXPECT_EQ(refused(updates), kInvalid + message);
    checkpoint(
        {step("START"), update("w", "WAIT", "START", of({{"WaitOptions", of({{"WaitSeconds", 9}})}}))});
    EXPECT_EQ(refused({step("START")}), std::string(kInvalid) + "Invalid current STEP state to start.");
    EXPECT_EQ(refused({wait("s", 1)}), std::string(kInvalid) + "Inconsistent operation type.");
    EXPECT_EQ(refused({wait("w", 1)}), std::string(kInvalid) + "Cannot start a WAIT that already exists.");
    checkpoint({step("SUCCEED"), update("w", "WAIT", "CANCEL")});
    EXPECT_EQ(refused({step("RETRY", retry)}),
              std::string(kInvalid) + "Invalid current STEP state to re-attempt.");
    EXPECT_EQ(refused({step("SUCCEED")}), std::string(kInvalid) + "Invalid current STEP state to close.");
  });
}

// A result that is too large for an answer comes by a checkpoint, which ends the execution; the answer that
// follows says nothing more.
TEST_F(Checkpoints, MayEndTheExecution) {
  begin({[&](Document&) {
    const Document out = checkpoint({update("any", "EXECUTION", "SUCCEED", of({{"Payload", "\"large\""}}))});
    EXPECT_EQ(out.find("CheckpointToken"), nullptr);
    return succeeded("");
  }});
  EXPECT_EQ(execution().string_or("Result", ""), "\"large\"");
  EXPECT_EQ(history(),
            (std::vector<std::string>{"ExecutionStarted", "ExecutionSucceeded", "InvocationCompleted"}));
}

// A function that looks at the very moment sees that its wait is over, whatever the timer's job does.
TEST_F(Checkpoints, SeeWhatIsDue) {
  in_a_run([&] {
    checkpoint({wait("w", 5)});
    house.clock.advance(Seconds(5));
    const Document out = checkpoint({});
    const Document& shown = out.find("NewExecutionState")->find("Operations")->as_array().at(0);
    EXPECT_EQ(shown.string_or("Status", ""), "SUCCEEDED");
  });
  EXPECT_EQ(runs, 1u);
}

// An execution is judged by its own ARN: rights on the function alone give nothing.
TEST_F(Checkpoints, NeedRightsOnTheExecution) {
  begin({[&](Document&) {
    checkpoint({wait("w", 5)});
    return pending();
  }});
  const auto allow = [&](const char* action, const char* resource) {
    house.call(
        house.root, "iam", "PutUserPolicy",
        of({{"UserName", "ann"},
            {"PolicyName", "durable"},
            {"PolicyDocument",
             write_json(of(
                 {{"Version", "2012-10-17"},
                  {"Statement", of({{"Effect", "Allow"}, {"Action", action}, {"Resource", resource}})}}))}}));
    caller = house.iam.identities().find_credential("AKIAANN", "").credential->caller;
  };
  const Document named = of({{"DurableExecutionArn", arn}});
  allow("lambda:*", "arn:aws:lambda:eu-west-1:123456789012:function:f");
  EXPECT_TRUE(refusal<op::GetDurableExecution>(named).starts_with("AccessDenied"));
  allow("lambda:GetDurableExecution", "arn:aws:lambda:*:*:function:f:*");
  EXPECT_EQ(refusal<op::GetDurableExecution>(named), "");
  EXPECT_TRUE(refusal<op::StopDurableExecution>(named).starts_with("AccessDenied"));
}

}  // namespace
}  // namespace haneul::lambda
