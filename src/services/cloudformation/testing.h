// What the unit tests of CloudFormation share: the service with its real pipeline, jobs and handlers on the
// memory store, the fake services around it, and short ways to ask for what they look at.
#pragma once

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "aws/policy/policy.h"
#include "base/task/manual_executor.h"
#include "model/common_errors.h"
#include "platform/pipeline.h"
#include "services/cloudformation/check.h"
#include "services/cloudformation/fake_services.h"
#include "services/cloudformation/service.h"
#include "store/memory/memory_engine.h"

namespace haneul::cloudformation {

class OnePolicy final : public platform::IdentitySource {
 public:
  Lookup find_credential(std::string_view, std::string_view) const override { return {}; }
  platform::PolicySet policies_of(const platform::Caller&) const override {
    platform::PolicySet set;
    set.identity.push_back({"p", aws::policy::parse_policy(policy, aws::policy::PolicyKind::kIdentity)});
    return set;
  }
  std::string policy =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
};

class StackFixture : public testing::Test {
 protected:
  StackFixture() { start(); }
  ~StackFixture() override { EXPECT_EQ(check(*db), std::vector<std::string>{}); }

  // A new process on the same data.
  void restart() {
    pipeline.reset();
    service.reset();
    jobs.reset();
    world.is_down = false;
    world.cut_at = 0;
    start();
  }

  // Throws model::ServiceError.
  Document call(std::string_view operation, Document::Object input) {
    const platform::CallContext context{.caller = caller, .account = caller.account, .region = region};
    return executor->run_until_done(
        pipeline->call(context, "cloudformation", operation, Document(std::move(input))));
  }
  // "Code: message" of the refusal, or "done".
  std::string refusal(std::string_view operation, Document::Object input) {
    try {
      call(operation, std::move(input));
    } catch (const model::ServiceError& error) {
      return fmt::format("{}: {}", error.shape().code, error.message());
    }
    return "done";
  }

  static Document::Object with(Document::Object input, const Document::Object& more) {
    for (const Document::Entry& entry : more) input.push_back(entry);
    return input;
  }
  void create(const std::string& text, const Document::Object& more = {}) {
    call("CreateStack", with({{"StackName", "app"}, {"TemplateBody", text}}, more));
    settle();
  }
  void update(const std::string& text, const Document::Object& more = {}) {
    call("UpdateStack", with({{"StackName", "app"}, {"TemplateBody", text}}, more));
    settle();
  }
  void settle() { executor->advance(std::chrono::minutes(10)); }

  Document stack(const std::string& name = "app") {
    const Document answer = call("DescribeStacks", {{"StackName", name}});
    return answer.find("Stacks")->as_array().at(0);
  }
  std::string status(const std::string& name = "app") { return stack(name).string_or("StackStatus", ""); }
  std::string reason(const std::string& name = "app") {
    return stack(name).string_or("StackStatusReason", "");
  }
  std::string output(const std::string& key) {
    const Document shown = stack();
    const Document* outputs = shown.find("Outputs");
    if (outputs == nullptr || outputs->is_null()) return {};
    for (const Document& one : outputs->as_array()) {
      if (one.string_or("OutputKey", "") == key) return one.string_or("OutputValue", "");
    }
    return {};
  }
  // "LogicalId STATUS", oldest first; the stack's own are those of its name.
  std::vector<std::string> events(const std::string& name = "app") {
    const Document answer = call("DescribeStackEvents", {{"StackName", name}});
    std::vector<std::string> out;
    for (const Document& event : answer.find("StackEvents")->as_array()) {
      out.push_back(event.string_or("LogicalResourceId", "") + " " + event.string_or("ResourceStatus", ""));
    }
    std::ranges::reverse(out);
    return out;
  }
  // The reason that was given with an event, "LogicalId STATUS".
  std::string why(const std::string& wanted, const std::string& name = "app") {
    const Document answer = call("DescribeStackEvents", {{"StackName", name}});
    for (const Document& event : answer.find("StackEvents")->as_array()) {
      const std::string reason = event.string_or("ResourceStatusReason", "");
      const std::string said =
          event.string_or("LogicalResourceId", "") + " " + event.string_or("ResourceStatus", "");
      if (said == wanted) return reason;
    }
    return "never said";
  }
  // Where an event stands; -1 when it was not said.
  static int position(const std::vector<std::string>& list, std::string_view event) {
    const auto found = std::ranges::find(list, event);
    return found == list.end() ? -1 : static_cast<int>(found - list.begin());
  }
  using Names = std::vector<std::string>;

  VirtualClock clock;
  SeededRandom random{5};
  std::unique_ptr<ManualExecutor> executor;
  std::unique_ptr<store::Db> db = store::make_memory_db();
  FakeServices world{clock};
  FakeIam iam;
  OnePolicy identities;
  platform::FactBus facts;
  std::unique_ptr<platform::Jobs> jobs;
  std::unique_ptr<CloudFormation> service;
  std::unique_ptr<platform::OperationTable> table;
  std::unique_ptr<platform::Pipeline> pipeline;
  platform::Caller caller = [] {
    platform::Caller caller;
    caller.kind = platform::Caller::Kind::kUser;
    caller.account = AccountId("111122223333");
    caller.arn = "arn:aws:iam::111122223333:user/ann";
    caller.unique_id = "AIDAANN";
    return caller;
  }();
  Region region{"eu-west-1"};

 private:
  void start() {
    // What the old process still had in mind is gone with it.
    executor = std::make_unique<ManualExecutor>(clock);
    jobs = std::make_unique<platform::Jobs>(*db, clock, random);
    service = std::make_unique<CloudFormation>(CloudFormationParts{*db, clock, random, *jobs, iam});
    service->connect(world);
    table = std::make_unique<platform::OperationTable>();
    service->register_operations(*table);
    pipeline = std::make_unique<platform::Pipeline>(
        platform::PipelineParts{*table, *db, identities, clock, random, facts});
    jobs->start([this]() -> Executor& { return *executor; });
  }
};

}  // namespace haneul::cloudformation
