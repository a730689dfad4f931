// Provisioned concurrency as its operations tell of it: what is refused, what the engine is asked for, and
// when a configuration is ready. The engine is the test's own.
#include "services/lambda/lambda_fixture.h"

namespace haneul::lambda {
namespace {

class Provisioned : public test::LambdaFixture {
 protected:
  void SetUp() override {
    call<op::CreateFunction>(function("f"));
    call<op::PublishVersion>(of({{"FunctionName", "f"}}));
    change("y = 2");
    call<op::PublishVersion>(of({{"FunctionName", "f"}}));
    alias("live", "1");
  }
  void change(const std::string& text) {
    Document update = code(text);
    update.set("FunctionName", "f");
    call<op::UpdateFunctionCode>(update);
  }
  void alias(const char* name, const char* version) {
    call<op::CreateAlias>(of({{"FunctionName", "f"}, {"Name", name}, {"FunctionVersion", version}}));
  }
  Document on(const char* qualifier, int count = 0) {
    Document input = of({{"FunctionName", "f"}, {"Qualifier", qualifier}});
    if (count != 0) input.set("ProvisionedConcurrentExecutions", count);
    return input;
  }
  Document put(const char* qualifier, int count) {
    return call<op::PutProvisionedConcurrencyConfig>(on(qualifier, count));
  }
  std::string put_refused(const char* qualifier, int count = 1) {
    return refusal<op::PutProvisionedConcurrencyConfig>(on(qualifier, count));
  }
  Document get(const char* qualifier) { return call<op::GetProvisionedConcurrencyConfig>(on(qualifier)); }
  std::string status(const char* qualifier) { return text(get(qualifier), "Status"); }
  void reserve(int count) {
    call<op::PutFunctionConcurrency>(of({{"FunctionName", "f"}, {"ReservedConcurrentExecutions", count}}));
  }
  // What the engine was asked for last: "1x3 2x1".
  std::string wished() {
    settle();
    std::string out;
    const std::lock_guard lock(functions.mutex);
    for (const compute::ProvisionWish& wish : functions.wishes)
      out += (out.empty() ? "" : " ") + wish.image->version + "x" + std::to_string(wish.count);
    return out;
  }
  void settle() { executor.run(); }
};

// The life of a configuration: asked for, on its way, ready, gone.
TEST_F(Provisioned, FollowsTheEngine) {
  const Document made = put("1", 3);
  EXPECT_EQ(text(made, "Status"), "IN_PROGRESS");
  EXPECT_EQ(made.find("RequestedProvisionedConcurrentExecutions")->as_int(), 3);
  EXPECT_EQ(made.find("AllocatedProvisionedConcurrentExecutions")->as_int(), 0);
  EXPECT_EQ(made.find("AvailableProvisionedConcurrentExecutions")->as_int(), 0);
  EXPECT_TRUE(text(made, "LastModified").ends_with("+0000"));
  EXPECT_EQ(wished(), "1x3");
  functions.provision_state.ready = 2;
  EXPECT_EQ(status("1"), "IN_PROGRESS");
  EXPECT_EQ(get("1").find("AvailableProvisionedConcurrentExecutions")->as_int(), 2);
  functions.provision_state = {.mark = {}, .ready = 3, .is_reached = true, .failure = {}};
  EXPECT_EQ(status("1"), "READY");
  functions.provision_state = {.mark = {}, .ready = 0, .is_reached = false, .failure = "WHY"};
  EXPECT_EQ(status("1"), "FAILED");
  EXPECT_EQ(text(get("1"), "StatusReason"), "WHY");
  call<op::DeleteProvisionedConcurrencyConfig>(on("1"));
  EXPECT_EQ(wished(), "");
  EXPECT_EQ(refusal<op::GetProvisionedConcurrencyConfig>(on("1")),
            "ProvisionedConcurrencyConfigNotFoundException: No Provisioned Concurrency Config found for this "
            "function");
  call<op::DeleteProvisionedConcurrencyConfig>(on("1"));  // of nothing: nothing happens
}

// A change is not ready because what was there before was: the engine must have heard of it.
TEST_F(Provisioned, IsNotReadyBeforeTheEngineKnows) {
  put("1", 1);
  settle();
  functions.provision_state = {.mark = {}, .ready = 1, .is_reached = true, .failure = {}};
  EXPECT_EQ(status("1"), "READY");
  EXPECT_EQ(text(put("1", 2), "Status"), "IN_PROGRESS");
  EXPECT_EQ(status("1"), "IN_PROGRESS");
  settle();
  EXPECT_EQ(status("1"), "READY");
}

// What AWS refuses, in its words.
TEST_F(Provisioned, RefusesWhatCannotBeProvisioned) {
  const std::string invalid = "InvalidParameterValueException: ";
  EXPECT_EQ(put_refused("$LATEST"),
            invalid + "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  EXPECT_EQ(refusal<op::GetProvisionedConcurrencyConfig>(on("$LATEST")),
            invalid + "The function resource provided must be an alias or a published version.");
  EXPECT_EQ(refusal<op::DeleteProvisionedConcurrencyConfig>(on("$LATEST")),
            invalid + "The function resource provided must be an alias or a published version.");
  EXPECT_EQ(put_refused("7"), "ResourceNotFoundException: Function not found: " + arn_start + "f:7");
  EXPECT_EQ(put_refused("none"), "ResourceNotFoundException: Cannot find alias arn: " + arn_start + "f:none");
  EXPECT_EQ(put_refused("1", 1001),
            invalid +
                "Specified ConcurrentExecutions for function is greater than account's unreserved "
                "concurrency [1000].");
  EXPECT_EQ(put_refused("1", 901), invalid +
                                       "Specified ConcurrentExecutions for function decreases account's "
                                       "UnreservedConcurrentExecution below its minimum value of [100].");
  alias("moving", "$LATEST");
  EXPECT_EQ(put_refused("moving"),
            invalid + "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  call<op::UpdateAlias>(of({{"FunctionName", "f"},
                            {"Name", "live"},
                            {"RoutingConfig", of({{"AdditionalVersionWeights", of({{"2", 0.1}})}})}}));
  EXPECT_EQ(put_refused("live"), invalid + "Alias with weights can not be used with Provisioned Concurrency");
}

// A version is provisioned by itself or by its aliases, not by both.
TEST_F(Provisioned, RefusesOverlap) {
  const std::string taken =
      "ResourceConflictException: Alias can't be used for Provisioned Concurrency configuration on an "
      "already "
      "Provisioned version";
  put("1", 1);
  EXPECT_EQ(put_refused("live"), taken);
  put("2", 1);
  call<op::DeleteProvisionedConcurrencyConfig>(on("1"));
  put("live", 1);
  EXPECT_EQ(put_refused("1"),
            "ResourceConflictException: Version is pointed by a Provisioned Concurrency alias");
  EXPECT_EQ(refusal<op::UpdateAlias>(of({{"FunctionName", "f"}, {"Name", "live"}, {"FunctionVersion", "2"}})),
            taken);
}

// An alias takes its environments along; with weights they are divided as its invocations are.
TEST_F(Provisioned, MovesWithItsAlias) {
  put("live", 10);
  EXPECT_EQ(wished(), "1x10");
  Document weights = of({{"FunctionName", "f"}, {"Name", "live"}});
  weights.set("RoutingConfig", of({{"AdditionalVersionWeights", of({{"2", 0.3}})}}));
  call<op::UpdateAlias>(weights);
  EXPECT_EQ(wished(), "1x7 2x3");
  functions.provision_state = {.mark = {}, .ready = 2, .is_reached = true, .failure = {}};
  EXPECT_EQ(get("live").find("AllocatedProvisionedConcurrentExecutions")->as_int(), 4);
  weights.set("RoutingConfig", of({{"AdditionalVersionWeights", Document::object()}}));
  weights.set("FunctionVersion", "2");
  call<op::UpdateAlias>(weights);
  EXPECT_EQ(wished(), "2x10");
  call<op::DeleteAlias>(of({{"FunctionName", "f"}, {"Name", "live"}}));
  EXPECT_EQ(wished(), "");
}

// Provisioned environments come out of the function's reservation, or else out of what the account shares.
TEST_F(Provisioned, CountsAgainstReservations) {
  const auto unreserved = [&] {
    return call<op::GetAccountSettings>(Document::object())
        .find("AccountLimit")
        ->find("UnreservedConcurrentExecutions")
        ->as_int();
  };
  put("1", 20);
  EXPECT_EQ(unreserved(), 980);
  EXPECT_EQ(
      refusal<op::PutFunctionConcurrency>(of({{"FunctionName", "f"}, {"ReservedConcurrentExecutions", 19}})),
      "InvalidParameterValueException: ReservedConcurrentExecutions 19 should not be lower than "
      "function's total provisioned concurrency [20].");
  reserve(30);
  EXPECT_EQ(unreserved(), 970);
  settle();
  EXPECT_EQ(functions.wishes.front().share, compute::ConcurrencyShare::kReservation);
  EXPECT_EQ(
      put_refused("2", 11),
      "InvalidParameterValueException: Requested Provisioned Concurrency should not be greater than the "
      "reservedConcurrentExecution for function");
  put("2", 10);
  put("1", 15);  // in place of its own 20
}

// What is kept ready is paid by its memory and time, and invocations in it at a price of their own.
TEST_F(Provisioned, IsMetered) {
  put("1", 1);
  settle();
  usages.clear();
  functions.wishes.front().on_kept(Milliseconds(80'000));
  ASSERT_EQ(usages.size(), 1u);
  EXPECT_EQ(usages[0].unit, "provisioned-GB-ms");
  EXPECT_DOUBLE_EQ(usages[0].amount, 80'000 * 128 / 1024.0);
  EXPECT_EQ(usages[0].resource, arn_start + "f");
  functions.answer.initialization = compute::Initialization::kProvisioned;
  invoke("f:1");
  EXPECT_EQ(usages.back().unit, "provisioned-duration-GB-ms");
}

// Lists are paged and name each version or alias.
TEST_F(Provisioned, ListsByPages) {
  put("1", 1);
  put("2", 2);
  Document input = of({{"FunctionName", "f"}, {"MaxItems", 1}});
  const Document first = call<op::ListProvisionedConcurrencyConfigs>(input);
  const auto& items = first.find("ProvisionedConcurrencyConfigs")->as_array();
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items.front().string_or("FunctionArn", ""), arn_start + "f:1");
  input.set("Marker", text(first, "NextMarker"));
  const Document second = call<op::ListProvisionedConcurrencyConfigs>(input);
  EXPECT_EQ(second.find("ProvisionedConcurrencyConfigs")->as_array().front().string_or("FunctionArn", ""),
            arn_start + "f:2");
  EXPECT_EQ(second.find("NextMarker"), nullptr);
}

// Versions and functions that go take their configurations along, and a function of the same name starts
// anew.
TEST_F(Provisioned, GoesWithItsFunction) {
  put("1", 1);
  put("2", 2);
  call<op::DeleteAlias>(of({{"FunctionName", "f"}, {"Name", "live"}}));
  call<op::DeleteFunction>(of({{"FunctionName", "f"}, {"Qualifier", "1"}}));
  EXPECT_EQ(wished(), "2x2");
  call<op::DeleteFunction>(of({{"FunctionName", "f"}}));
  EXPECT_EQ(wished(), "");
  SetUp();
  EXPECT_EQ(call<op::ListProvisionedConcurrencyConfigs>(of({{"FunctionName", "f"}}))
                .find("ProvisionedConcurrencyConfigs")
                ->as_array()
                .size(),
            0u);
}

// After a start of the server the engine is empty: whoever had environments is given them again.
TEST_F(Provisioned, IsThereAgainAfterAStart) {
  put("1", 3);
  settle();
  functions.wishes.clear();
  executor.run_until_done(jobs.stop(Milliseconds(0)));
  platform::Jobs next_jobs{*house.db, house.clock, random};
  LambdaService again{parts(next_jobs, "3.11")};
  again.register_jobs();
  next_jobs.start([this]() -> Executor& { return executor; });
  EXPECT_EQ(wished(), "1x3");
  executor.run_until_done(next_jobs.stop(Milliseconds(0)));
}

}  // namespace
}  // namespace haneul::lambda
