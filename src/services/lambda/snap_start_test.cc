// SnapStart of the API: which functions may have it, what is shown of versions, and when a snapshot is taken
// and dropped. The images themselves are the engine's (compute/engine_snapshot_test.cc).
#include "services/lambda/lambda_fixture.h"

namespace haneul::lambda {
namespace {

class SnapStartOf : public test::LambdaFixture {
 protected:
  static Document on() { return Document::Object{{"ApplyOn", "PublishedVersions"}}; }
  Document with_snapshots(const std::string& name, const std::string& runtime = "python3.12") {
    Document input = function(name);
    input.set("Runtime", runtime);
    input.set("SnapStart", on());
    return input;
  }
  Document configuration(const std::string& name) {
    return call<op::GetFunctionConfiguration>(of({{"FunctionName", name}}));
  }
  std::string shown(const Document& configuration) {
    const Document& snap_start = *configuration.find("SnapStart");
    return text(snap_start, "ApplyOn") + " " + text(snap_start, "OptimizationStatus");
  }
};

// What is asked for is kept for versions that are published; $LATEST itself never begins from a snapshot.
TEST_F(SnapStartOf, IsOfPublishedVersions) {
  EXPECT_EQ(shown(call<op::CreateFunction>(with_snapshots("f"))), "PublishedVersions Off");
  EXPECT_TRUE(functions.taken.empty());
  invoke("f");
  EXPECT_FALSE(functions.images.back()->has_snapshot);
  const Document version = call<op::PublishVersion>(of({{"FunctionName", "f"}}));
  EXPECT_EQ(text(version, "State"), "Pending");
  EXPECT_EQ(text(version, "StateReasonCode"), "Creating");
  EXPECT_EQ(settled("f:1", "State", "Pending"), "Active");
  EXPECT_EQ(shown(configuration("f:1")), "PublishedVersions On");
  ASSERT_FALSE(functions.taken.empty());
  EXPECT_EQ(functions.taken.front()->version, "1");
  invoke("f:1");
  EXPECT_TRUE(functions.images.back()->has_snapshot);
}

// The initialisation is paid for once, whoever waits for it.
TEST_F(SnapStartOf, IsMeteredWhenItIsTaken) {
  functions.snapshot_outcome.billed = Milliseconds(300);
  call<op::CreateFunction>(with_snapshots("f"));
  call<op::PublishVersion>(of({{"FunctionName", "f"}}));
  EXPECT_EQ(settled("f:1", "State", "Pending"), "Active");
  ASSERT_EQ(usages.size(), 1u);
  EXPECT_EQ(usages[0].unit, "GB-ms");
  EXPECT_DOUBLE_EQ(usages[0].amount, 300 * 128 / 1024.0);
}

// It can be turned on and off; versions keep what they were published with.
TEST_F(SnapStartOf, FollowsUpdates) {
  Document plain = function("f");
  plain.set("Runtime", "python3.13");
  EXPECT_EQ(shown(call<op::CreateFunction>(plain)), "None Off");
  EXPECT_EQ(shown(call<op::UpdateFunctionConfiguration>(of({{"FunctionName", "f"}, {"SnapStart", on()}}))),
            "PublishedVersions Off");
  EXPECT_EQ(text(call<op::PublishVersion>(of({{"FunctionName", "f"}})), "Version"), "1");
  // What is not said stays as it is.
  EXPECT_EQ(shown(call<op::UpdateFunctionConfiguration>(of({{"FunctionName", "f"}, {"Timeout", 9}}))),
            "PublishedVersions Off");
  EXPECT_EQ(shown(call<op::UpdateFunctionConfiguration>(
                of({{"FunctionName", "f"}, {"SnapStart", of({{"ApplyOn", "None"}})}}))),
            "None Off");
  EXPECT_EQ(text(call<op::PublishVersion>(of({{"FunctionName", "f"}})), "Version"), "2");
  EXPECT_EQ(shown(configuration("f:1")), "PublishedVersions On");
  EXPECT_EQ(shown(configuration("f:2")), "None Off");
}

// A version whose initialisation fails is Failed with the reason, and what names it is refused.
TEST_F(SnapStartOf, FailsTheVersionWithTheReason) {
  using Kind = compute::SnapshotOutcome::Kind;
  const std::pair<Kind, const char*> cases[] = {{Kind::kInitError, "FunctionError.RuntimeInitError"},
                                                {Kind::kTimeout, "FunctionError.InitTimeout"},
                                                {Kind::kOutOfMemory, "FunctionError.InitResourceExhausted"},
                                                {Kind::kEntrypoint, "FunctionError.InvalidEntryPoint"}};
  int number = 0;
  for (const auto& [kind, code] : cases) {
    const std::string name = "f" + std::to_string(++number);
    functions.snapshot_outcome = {kind, "the reason"};
    call<op::CreateFunction>(with_snapshots(name));
    call<op::PublishVersion>(of({{"FunctionName", name}}));
    EXPECT_EQ(settled(name + ":1", "State", "Pending"), "Failed");
    const Document failed = configuration(name + ":1");
    EXPECT_EQ(text(failed, "StateReason"), "the reason");
    EXPECT_EQ(text(failed, "StateReasonCode"), code);
    EXPECT_EQ(refusal<op::Invoke>(of({{"FunctionName", name + ":1"}})),
              "ResourceConflictException: The operation cannot be performed at this time. The function is "
              "currently in the following state: Failed");
    EXPECT_EQ(text(configuration(name), "State"), "Active");
  }
}

// What AWS does not have together is not to be had here.
TEST_F(SnapStartOf, RefusesWhatDoesNotGoTogether) {
  const std::string end = " is not supported for SnapStart enabled functions.";
  for (const char* runtime : {"python3.11", "python3.9"}) {
    EXPECT_EQ(refusal<op::CreateFunction>(with_snapshots("f", runtime)),
              std::string("InvalidParameterValueException: ") + runtime + end);
  }
  Document large = with_snapshots("f");
  large.set("EphemeralStorage", of({{"Size", 513}}));
  EXPECT_EQ(refusal<op::CreateFunction>(large),
            "InvalidParameterValueException: EphemeralStorage greater than 512 MB" + end);
  call<op::CreateFunction>(with_snapshots("f"));
  EXPECT_EQ(refusal<op::UpdateFunctionConfiguration>(of({{"FunctionName", "f"}, {"Runtime", "python3.11"}})),
            "InvalidParameterValueException: python3.11" + end);
  EXPECT_EQ(refusal<op::UpdateFunctionConfiguration>(
                of({{"FunctionName", "f"}, {"EphemeralStorage", of({{"Size", 1024}})}})),
            "InvalidParameterValueException: EphemeralStorage greater than 512 MB" + end);
  call<op::PublishVersion>(of({{"FunctionName", "f"}}));
  call<op::CreateAlias>(of({{"FunctionName", "f"}, {"Name", "live"}, {"FunctionVersion", "1"}}));
  for (const char* qualifier : {"1", "live"}) {
    EXPECT_EQ(refusal<op::PutProvisionedConcurrencyConfig>(of(
                  {{"FunctionName", "f"}, {"Qualifier", qualifier}, {"ProvisionedConcurrentExecutions", 1}})),
              "InvalidParameterValueException: Provisioned Concurrency" + end);
  }
}

// Images go with their versions, and those that a crash left over at the next start.
TEST_F(SnapStartOf, DropsImagesOfWhatIsGone) {
  call<op::CreateFunction>(with_snapshots("f"));
  call<op::PublishVersion>(of({{"FunctionName", "f"}}));
  EXPECT_EQ(settled("f:1", "State", "Pending"), "Active");
  const Document kept = configuration("f:1");
  const std::string arn = arn_start + "f";
  functions.kept_snapshots = {{arn, "1", text(kept, "RevisionId")},
                              {arn, "1", "another"},
                              {arn, "2", "x"},
                              {arn_start + "gone", "1", "x"}};
  ManualExecutor later_executor{house.clock};
  platform::Jobs later_jobs{*house.db, house.clock, random};
  LambdaService later{parts(later_jobs, "3.11")};
  later.register_jobs();
  EXPECT_EQ(functions.dropped, (std::vector<std::string>{arn + " 1", arn + " 2", arn_start + "gone 1"}));
  functions.dropped.clear();
  call<op::DeleteFunction>(of({{"FunctionName", "f"}, {"Qualifier", "1"}}));
  call<op::DeleteFunction>(of({{"FunctionName", "f"}}));
  EXPECT_EQ(functions.dropped, (std::vector<std::string>{arn + " 1", arn + " "}));
}

// The caller learns of a failed hook and of a restore that took too long by AWS's errors.
TEST_F(SnapStartOf, AnswersWithItsErrors) {
  call<op::CreateFunction>(function("f"));
  functions.answer.status = compute::InvokeStatus::kRestoreError;
  EXPECT_EQ(refusal<op::Invoke>(of({{"FunctionName", "f"}})),
            "SnapStartException: The afterRestore() runtime hook encountered an error. For more information, "
            "check the Amazon CloudWatch logs.");
  functions.answer.status = compute::InvokeStatus::kRestoreTimeout;
  EXPECT_EQ(refusal<op::Invoke>(of({{"FunctionName", "f"}})),
            "SnapStartTimeoutException: Lambda couldn't restore the snapshot within the timeout limit.");
}

}  // namespace
}  // namespace haneul::lambda
