// MappingFixture: Lambda with a queue and two streams of the test's own, a function that answers by script,
// and time that passes when told to.
#pragma once

#include <fmt/format.h>

#include "base/text.h"
#include "services/lambda/lambda_fixture.h"
#include "services/lambda/mappings/fake_sources.h"

namespace haneul::lambda::test {

class MappingFixture : public LambdaFixture {
 protected:
  explicit MappingFixture(std::unique_ptr<store::Db> db = store::make_memory_db(),
                          const std::filesystem::path& copied = {})
      : LambdaFixture(std::move(db), copied) {
    sources.add("sqs", queue);
    sources.add("kinesis", data);
    sources.add("dynamodb", table_stream);
    service.start_mappings([this]() -> Executor& { return executor; });
    if (copied.empty()) call<op::CreateFunction>(function("f"));
    functions.script = [this](const compute::Invocation& invocation) -> Task<compute::InvokeResult> {
      events.push_back(parse_json(invocation.payload));
      std::string answered = answer ? answer(events.back()) : "null";
      compute::InvokeResult result{.payload = std::move(answered), .billed = Milliseconds(1)};
      if (result.payload == kThrottle) result.status = compute::InvokeStatus::kThrottled;
      if (result.payload == kFail) {
        result.status = compute::InvokeStatus::kFunctionError;
        result.function_error = "Unhandled";
      }
      co_return result;
    };
  }
  ~MappingFixture() override { executor.run_until_done(service.stop_mappings(Seconds(30))); }

  Document create(const std::string& source,
                  std::initializer_list<std::pair<const char*, Document>> more = {}) {
    Document input = of({{"FunctionName", "f"}, {"EventSourceArn", source}});
    if (source != queue_arn) input.set("StartingPosition", "TRIM_HORIZON");
    for (const auto& [name, value] : more) input.set(name, value);
    return call<op::CreateEventSourceMapping>(std::move(input));
  }
  // The same, until it is enabled and has looked at its source.
  std::string enable(const std::string& source,
                     std::initializer_list<std::pair<const char*, Document>> more = {}) {
    const std::string uuid = text(create(source, more), "UUID");
    pass(Milliseconds(50));
    return uuid;
  }
  Document get(const std::string& uuid) { return call<op::GetEventSourceMapping>(of({{"UUID", uuid}})); }
  static Task<void> taking(Milliseconds time) { return sleep_for(time); }  // of a function, virtual
  void pass(Milliseconds time) { executor.advance(time); }
  static Document filter(const char* pattern) {
    return Document::Object{{"Filters", Document::Array{Document(Document::Object{{"Pattern", pattern}})}}};
  }

  // What the function was given, event by event: bodies of messages, data of records.
  static std::string contents(const Document& event) {
    std::string out;
    for (const Document& record : event.find("Records")->as_array()) {
      if (!out.empty()) out += ' ';
      if (const Document* body = record.find("body")) out += body->as_string();
      if (const Document* kinesis = record.find("kinesis"))
        out += base64_decode(kinesis->find("data")->as_string()).value_or("?");
      if (const Document* change = record.find("dynamodb"))
        out += change->find("NewImage")->find("Kind")->string_or("S", "?");
    }
    return out;
  }
  std::vector<std::string> given() const {
    std::vector<std::string> out;
    for (const Document& event : events) out.push_back(contents(event));
    return out;
  }
  // An answer that calls the records with these identifiers failed.
  static std::string failures(std::initializer_list<std::string> ids) {
    Document list = Document::array();
    for (const std::string& id : ids) list.push(Document::Object{{"itemIdentifier", id}});
    return write_json(Document::Object{{"batchItemFailures", list}});
  }

  static constexpr const char* kThrottle = "throttle";
  static constexpr const char* kFail = "fail";
  const std::string queue_arn = "arn:aws:sqs:eu-west-1:123456789012:q";
  const std::string data_arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/s";
  const std::string table_arn =
      "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000";
  FakeQueue queue{house.clock};
  FakeStream data{house.clock};
  FakeStream table_stream{house.clock};
  std::vector<Document> events;
  std::function<std::string(const Document&)> answer;  // of the function; unset: null
};

}  // namespace haneul::lambda::test
