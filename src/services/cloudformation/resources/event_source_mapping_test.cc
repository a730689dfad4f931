// AWS::Lambda::EventSourceMapping against a Lambda that takes its time: what is asked, and in which state.
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/task/manual_executor.h"
#include "model/common_errors.h"
#include "services/cloudformation/resources/handlers.h"

namespace haneul::cloudformation {
namespace {

constexpr model::ErrorShape kGoneShape{
    .name = "ResourceNotFoundException", .code = "ResourceNotFoundException", .status = 404};

// One mapping, which is in use for a few looks after every change.
class SlowLambda final : public platform::Dispatcher {
 public:
  Task<Document> call(const platform::CallContext&, std::string_view, std::string_view operation,
                      Document input) override {
    if (operation != "GetEventSourceMapping") asked.push_back(std::string(operation) + write_json(input));
    if (operation == "ListEventSourceMappings") {
      Document list = Document::array();
      if (is_there) list.push(shown());
      co_return Document::Object{{"EventSourceMappings", list}};
    }
    if (operation == "CreateEventSourceMapping") is_there = true;
    if (!is_there) throw model::ServiceError(kGoneShape, "gone");
    if (operation == "GetEventSourceMapping") {
      if (looks_left > 0 && --looks_left == 0 && is_deleting) is_there = false;
      if (!is_there) throw model::ServiceError(kGoneShape, "gone");
      co_return shown();
    }
    if (!operation.starts_with("Tag")) looks_left = 3;
    if (operation == "DeleteEventSourceMapping") is_deleting = true;
    co_return shown();
  }
  Document shown() const {
    return Document::Object{{"UUID", "u-1"},
                            {"EventSourceMappingArn", "arn:u-1"},
                            {"LastModified", Timestamp(Seconds(100))},
                            {"State", looks_left > 0 ? "Updating" : "Enabled"}};
  }
  std::vector<std::string> asked;
  bool is_there = false, is_deleting = false;
  int looks_left = 0;
};

class EventSourceMapping : public testing::Test {
 protected:
  ResourceContext context(Document properties, Document before = Document::object()) {
    ResourceContext out(lambda, {});
    out.properties = std::move(properties);
    out.old_properties = std::move(before);
    out.physical_id = "u-1";
    out.started_at = Timestamp(Seconds(100));
    return out;
  }
  static Document queue() {
    return Document::Object{{"FunctionName", "f"}, {"EventSourceArn", "arn:aws:sqs:eu-west-1:1:q"}};
  }
  VirtualClock clock;
  ManualExecutor executor{clock};
  SlowLambda lambda;
  const ResourceHandler& handler = lambda_event_source_mapping_handler();
};

// What depends on the mapping begins when it reads its source, so it must be at rest.
TEST_F(EventSourceMapping, WaitsUntilTheMappingIsAtRest) {
  Document properties = queue();
  properties.set("BatchSize", "5");
  const ResourceContext made = context(std::move(properties));
  const ResourceState state = executor.run_until_done(handler.create(made));
  EXPECT_EQ(state.physical_id, "u-1");
  EXPECT_EQ(made.made_id, "u-1");
  EXPECT_EQ(state.attributes.string_or("EventSourceMappingArn", ""), "arn:u-1");
  EXPECT_EQ(lambda.looks_left, 0);
  EXPECT_EQ(lambda.asked[0], R"(CreateEventSourceMapping{"FunctionName":"f","BatchSize":5,)"
                             R"("EventSourceArn":"arn:aws:sqs:eu-west-1:1:q"})");
}

// After a crash the mapping that was begun is taken up: a second one would be a conflict.
TEST_F(EventSourceMapping, TakesUpWhatWasBegun) {
  lambda.is_there = true;
  ResourceContext again = context(queue());
  again.attempt = Attempt::kAgain;
  EXPECT_EQ(executor.run_until_done(handler.create(again)).physical_id, "u-1");
  EXPECT_EQ(lambda.asked.size(), 1u);
}

// What the template no longer says goes back to how a mapping is made.
TEST_F(EventSourceMapping, RestoresDefaults) {
  lambda.is_there = true;
  lambda.looks_left = 2;
  Document before = queue();
  before.set("BatchSize", 5);
  before.set("Enabled", false);
  executor.run_until_done(handler.update(context(queue(), std::move(before))));
  EXPECT_EQ(lambda.asked[0],
            R"(UpdateEventSourceMapping{"FunctionName":"f","UUID":"u-1","Enabled":true,"BatchSize":10})");
}

// A stack is gone when its mappings are; one that is gone already is no failure.
TEST_F(EventSourceMapping, WaitsUntilTheMappingIsGone) {
  lambda.is_there = true;
  executor.run_until_done(handler.remove(context(queue())));
  EXPECT_FALSE(lambda.is_there);
  executor.run_until_done(handler.remove(context(queue())));
  EXPECT_EQ(lambda.asked.size(), 1u);
}

}  // namespace
}  // namespace haneul::cloudformation
