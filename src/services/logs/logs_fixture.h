// LogsFixture: the service over a memory store with a virtual clock and one caller, for the unit tests.
#pragma once

#include <gtest/gtest.h>

#include "aws/policy/policy.h"
#include "base/task/manual_executor.h"
#include "gen/logs/errors.h"
#include "gen/logs/operations.h"
#include "services/logs/service.h"
#include "store/memory/memory_engine.h"

namespace haneul::logs {

// Every caller has this one policy.
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

class LogsFixture : public testing::Test {
 protected:
  const platform::Request& request() {
    request_.service = &op::PutLogEvents::service();
    request_.operation = &op::PutLogEvents::model();
    request_.account = AccountId("123456789012");
    request_.region = Region("us-east-1");
    request_.now = clock.now();
    return request_;
  }
  platform::Caller role() const {
    platform::Caller caller;
    caller.kind = platform::Caller::Kind::kRoleSession;
    caller.account = AccountId("123456789012");
    caller.arn = "arn:aws:sts::123456789012:assumed-role/r/f";
    caller.role_arn = "arn:aws:iam::123456789012:role/r";
    return caller;
  }
  LogTarget target(std::string group, std::string stream) const {
    return {AccountId("123456789012"), Region("us-east-1"), std::move(group), std::move(stream)};
  }

  int64_t now() const { return clock.now().time_since_epoch().count(); }
  void make_group(const std::string& name) { service.create_log_group(request(), {.log_group_name = name}); }
  void make_stream(const std::string& group, const std::string& stream) {
    service.create_log_stream(request(), {.log_group_name = group, .log_stream_name = stream});
  }
  PutLogEventsOutput put(const std::string& group, const std::string& stream,
                         std::vector<InputLogEvent> events) {
    return service.put_log_events(
        request(), {.log_group_name = group, .log_stream_name = stream, .log_events = std::move(events)});
  }
  static std::vector<std::string> messages(const GetLogEventsOutput& output) {
    std::vector<std::string> out;
    for (const OutputLogEvent& event : *output.events) out.push_back(*event.message);
    return out;
  }
  static GetLogEventsInput read_of(std::string group, std::string stream) {
    GetLogEventsInput input;
    input.log_group_name = std::move(group);
    input.log_stream_name = std::move(stream);
    return input;
  }

  VirtualClock clock;
  SeededRandom random{7};
  ManualExecutor executor{clock};
  std::unique_ptr<store::Db> db = store::make_memory_db();
  OnePolicy identities;
  platform::Authorizer authorizer{identities};
  platform::Jobs jobs{*db, clock, random};
  LogsService service{{.db = *db, .jobs = jobs, .authorizer = authorizer, .clock = clock, .random = random}};

 private:
  platform::Request request_;
};

}  // namespace haneul::logs
