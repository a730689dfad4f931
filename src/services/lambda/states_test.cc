// States of functions and versions: what is shown while they are made ready, what runs meanwhile, and that a
// crash in between ends well.
#include "services/lambda/lambda_fixture.h"

namespace haneul::lambda {
namespace {

class States : public test::LambdaFixture {
 protected:
  States() { makes_ready = false; }
  Document configuration(const std::string& name) {
    return call<op::GetFunctionConfiguration>(of({{"FunctionName", name}}));
  }
  std::string state(const std::string& name) { return settled(name, "State", "Pending"); }
  std::string update(const std::string& name) { return settled(name, "LastUpdateStatus", "InProgress"); }
  // What a package is made of is lost: nothing can be unpacked from it.
  void lose_packages() {
    for (const store::BlobId& blob : blobs.list(std::nullopt, 100)) blobs.del(blob);
    for (const auto& entry : std::filesystem::directory_iterator(directory / "code"))
      if (entry.is_directory()) std::filesystem::remove_all(entry.path());
  }
  Document new_code(const std::string& source) {
    Document update = code(source);
    update.set("FunctionName", "f");
    return update;
  }
};

// The waiters of the SDKs read these texts.
TEST_F(States, ShowsAFunctionThatIsBeingMadeReady) {
  const Document made = call<op::CreateFunction>(function("f"));
  EXPECT_EQ(text(made, "State"), "Pending");
  EXPECT_EQ(text(made, "StateReason"), "The function is being created.");
  EXPECT_EQ(text(made, "StateReasonCode"), "Creating");
  EXPECT_EQ(made.find("LastUpdateStatus"), nullptr);
  EXPECT_EQ(code_directories(), 0u);  // the work is still to be done
  EXPECT_EQ(state("f"), "Active");
  EXPECT_EQ(code_directories(), 1u);
  const Document shown = configuration("f");
  EXPECT_EQ(shown.find("StateReason"), nullptr);
  EXPECT_EQ(text(shown, "LastUpdateStatus"), "Successful");
  // Readiness is a change of its own; who has not seen it may still change the function.
  EXPECT_NE(text(shown, "RevisionId"), text(made, "RevisionId"));
  const Document timeout =
      of({{"FunctionName", "f"}, {"Timeout", 9}, {"RevisionId", text(made, "RevisionId")}});
  EXPECT_EQ(refusal<op::UpdateFunctionConfiguration>(timeout), "");
  EXPECT_EQ(update("f"), "Successful");
  EXPECT_TRUE(refusal<op::UpdateFunctionConfiguration>(timeout).starts_with("PreconditionFailedException"));
}

// A version has a state of its own, whatever that of $LATEST is.
TEST_F(States, ShowsAVersionsOwnState) {
  call<op::CreateFunction>(function("f"));
  EXPECT_EQ(state("f"), "Active");
  const Document ready = call<op::PublishVersion>(of({{"FunctionName", "f"}}));
  EXPECT_EQ(text(ready, "State"), "Active");
  EXPECT_EQ(text(ready, "LastUpdateStatus"), "Successful");
  Document next = new_code("y = 3");
  next.set("Publish", true);
  const Document published = call<op::UpdateFunctionCode>(next);
  EXPECT_EQ(text(published, "State"), "Pending");
  EXPECT_EQ(text(configuration("f"), "State"), "Active");
  EXPECT_EQ(text(configuration("f:1"), "State"), "Active");
  EXPECT_EQ(state("f:2"), "Active");
}

// An update is told beside the state, which stays Active.
TEST_F(States, ShowsAnUpdateThatIsBeingMadeReady) {
  call<op::CreateFunction>(function("f"));
  EXPECT_EQ(state("f"), "Active");
  const Document changed = call<op::UpdateFunctionCode>(new_code("y = 2"));
  EXPECT_EQ(text(changed, "State"), "Active");
  EXPECT_EQ(text(changed, "LastUpdateStatus"), "InProgress");
  EXPECT_EQ(text(changed, "LastUpdateStatusReason"), "The function is being created.");
  EXPECT_EQ(text(changed, "LastUpdateStatusReasonCode"), "Creating");
  EXPECT_EQ(update("f"), "Successful");
  EXPECT_TRUE(check(*house.db, blobs).empty());
}

// Scripts create, change and call without waiting in between.
TEST_F(States, LetsRequestsWaitRatherThanFail) {
  call<op::CreateFunction>(function("f"));
  invoke("f");
  EXPECT_EQ(refusal<op::UpdateFunctionConfiguration>(of({{"FunctionName", "f"}, {"Timeout", 9}})), "");
  EXPECT_EQ(refusal<op::UpdateFunctionCode>(new_code("y = 2")), "");
  EXPECT_EQ(text(call<op::PublishVersion>(of({{"FunctionName", "f"}})), "Version"), "1");
  invoke("f:1");
  EXPECT_TRUE(std::filesystem::exists(functions.images.back()->code_directory + "/app.py"));
  EXPECT_EQ(state("f:1"), "Active");
  EXPECT_EQ(update("f"), "Successful");
}

// A server that was killed after its answer makes the function ready after its next start.
TEST_F(States, EndsWhatACrashInterrupted) {
  call<op::CreateFunction>(function("f"));
  EXPECT_EQ(text(configuration("f"), "State"), "Pending");
  ManualExecutor later_executor{house.clock};  // that of before runs no more
  driven = &later_executor;
  platform::Jobs later_jobs{*house.db, house.clock, random};
  LambdaService later{parts(later_jobs, "3.11")};
  later.register_jobs();
  later_jobs.start([&]() -> Executor& { return later_executor; });
  EXPECT_EQ(state("f"), "Active");
  later_executor.run_until_done(later_jobs.stop(Milliseconds(0)));
}

// A function without its runtime must not look as if it could run.
TEST_F(States, FailsWithoutTheRuntime) {
  call<op::CreateFunction>(function("f"));
  ManualExecutor later_executor{house.clock};  // that of before runs no more
  driven = &later_executor;
  platform::Jobs later_jobs{*house.db, house.clock, random};
  LambdaParts without = parts(later_jobs, "3.11");
  without.runtimes = compute::RuntimeCatalog(std::vector<compute::RuntimeCatalog::Installed>{});
  LambdaService later{std::move(without)};
  later.register_jobs();
  later_jobs.start([&]() -> Executor& { return later_executor; });
  EXPECT_EQ(state("f"), "Failed");
  EXPECT_EQ(text(configuration("f"), "StateReasonCode"), "InvalidRuntime");
  EXPECT_EQ(refusal<op::Invoke>(of({{"FunctionName", "f"}})),
            "ResourceConflictException: The operation cannot be performed at this time. The function is "
            "currently in the following state: Failed");
  EXPECT_TRUE(refusal<op::PublishVersion>(of({{"FunctionName", "f"}})).starts_with("ResourceConflict"));
  later_executor.run_until_done(later_jobs.stop(Milliseconds(0)));
}

// What ran before stays in force, until an update succeeds.
TEST_F(States, KeepsTheOldCodeWhenAnUpdateFails) {
  call<op::CreateFunction>(function("f", "old"));
  EXPECT_EQ(state("f"), "Active");
  invoke("f");
  const std::string before = functions.images.back()->code_directory;
  call<op::UpdateFunctionCode>(new_code("new"));
  std::filesystem::rename(before, directory / "aside");
  lose_packages();
  std::filesystem::rename(directory / "aside", before);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (text(configuration("f"), "LastUpdateStatus") == "InProgress" &&
         std::chrono::steady_clock::now() < patience)
    executor.advance(Seconds(30));
  const Document failed = configuration("f");
  EXPECT_EQ(text(failed, "LastUpdateStatus"), "Failed");
  EXPECT_EQ(text(failed, "LastUpdateStatusReasonCode"), "InternalError");
  EXPECT_EQ(text(failed, "State"), "Active");
  invoke("f");
  EXPECT_EQ(functions.images.back()->code_directory, before);
  call<op::UpdateFunctionCode>(new_code("newest"));
  invoke("f");
  EXPECT_NE(functions.images.back()->code_directory, before);
  EXPECT_EQ(update("f"), "Successful");
}

}  // namespace
}  // namespace haneul::lambda
