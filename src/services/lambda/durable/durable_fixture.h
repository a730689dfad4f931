// DurableFixture: a durable function that the test plays itself: each run takes the next part of the play,
// which sees the event, may checkpoint through the API, and says what the function answers.
#pragma once

#include <deque>
#include <thread>

#include "services/lambda/lambda_fixture.h"

namespace haneul::lambda::test {

class DurableFixture : public LambdaFixture {
 protected:
  DurableFixture() {
    Document made = function("f");
    made.set("DurableConfig", of({{"ExecutionTimeout", 900}, {"RetentionPeriodInDays", 3}}));
    call<op::CreateFunction>(std::move(made));
    functions.script = [this](const compute::Invocation& invocation) -> Task<compute::InvokeResult> {
      co_return play(invocation);
    };
  }

  using Part = std::function<std::string(Document& event)>;
  // What the function answers.
  static std::string pending() { return R"({"Status":"PENDING"})"; }
  static std::string succeeded(const std::string& result) {
    return write_json(of({{"Status", "SUCCEEDED"}, {"Result", result}}));
  }

  // Begins an execution and lets it run as far as it comes by itself.
  std::string begin(std::initializer_list<Part> parts, const std::string& name = "",
                    const std::string& payload = "{}") {
    for (const Part& part : parts) play_.push_back(part);
    Document input =
        of({{"FunctionName", "f:$LATEST"}, {"InvocationType", "Event"}, {"Payload", Blob{payload}}});
    if (!name.empty()) input.set("DurableExecutionName", name);
    const Document out = call<op::Invoke>(std::move(input));
    arn = out.string_or("DurableExecutionArn", "");
    executor.run();
    return arn;
  }

  // In a part: a checkpoint with the token that counts.
  Document checkpoint(std::vector<Document> updates) {
    Document out = call<op::CheckpointDurableExecution>(
        of({{"DurableExecutionArn", arn}, {"CheckpointToken", token}, {"Updates", std::move(updates)}}));
    token = out.string_or("CheckpointToken", "");
    return out;
  }
  static Document update(const char* id, const char* type, const char* action, Document more = {}) {
    Document out = of({{"Id", id}, {"Type", type}, {"Action", action}});
    if (more.is_object()) {
      for (const auto& [name, value] : more.as_object()) out.set(name, value);
    }
    return out;
  }
  static Document wait(const char* id, int seconds) {
    return update(id, "WAIT", "START", of({{"WaitOptions", of({{"WaitSeconds", seconds}})}}));
  }
  std::string refused(std::vector<Document> updates) {
    return refusal<op::CheckpointDurableExecution>(
        of({{"DurableExecutionArn", arn}, {"CheckpointToken", token}, {"Updates", std::move(updates)}}));
  }

  Document execution() { return call<op::GetDurableExecution>(of({{"DurableExecutionArn", arn}})); }
  std::string status() { return execution().string_or("Status", ""); }
  std::vector<std::string> history() {
    const Document out = call<op::GetDurableExecutionHistory>(of({{"DurableExecutionArn", arn}}));
    std::vector<std::string> kinds;
    for (const Document& event : out.find("Events")->as_array())
      kinds.push_back(event.string_or("EventType", ""));
    return kinds;
  }
  static const Document& operation(const Document& event, size_t index) {
    return event.find("InitialExecutionState")->find("Operations")->as_array().at(index);
  }

  std::string arn, token;
  size_t runs = 0;

 private:
  compute::InvokeResult play(const compute::Invocation& invocation) {
    ++runs;
    Document event = parse_json(invocation.payload);
    token = event.string_or("CheckpointToken", "");
    compute::InvokeResult out;
    if (play_.empty()) {
      out.payload = R"({"Status":"FAILED","Error":{"ErrorMessage":"the play has no further part"}})";
      return out;
    }
    const Part part = std::move(play_.front());
    play_.pop_front();
    out.payload = part(event);
    if (out.payload.starts_with("!")) {
      out.payload = R"({"errorType":"Runtime.ExitError","errorMessage":"exited"})";
      out.status = compute::InvokeStatus::kCrashed;
      out.function_error = "Unhandled";
    }
    return out;
  }
  std::deque<Part> play_;
};

}  // namespace haneul::lambda::test
