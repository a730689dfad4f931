// AWS::Lambda::EventSourceMapping. The physical id is the mapping's UUID. A change waits until the one before
// it is carried out, since Lambda refuses to change a mapping that is in use.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventsourcemapping.html
#include "base/task/executor.h"
#include "services/cloudformation/resources/handlers.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

constexpr Milliseconds kLookAgain{100};
constexpr int kLooksMax = 600;

class EventSourceMappingHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::Lambda::EventSourceMapping",
        .properties = {scalar("FunctionName").required(), scalar("EventSourceArn").replaces(),
                       scalar("StartingPosition").replaces(), scalar("StartingPositionTimestamp").replaces(),
                       scalar("Enabled"), scalar("BatchSize"), scalar("MaximumBatchingWindowInSeconds"),
                       scalar("ParallelizationFactor"), scalar("MaximumRecordAgeInSeconds"),
                       scalar("MaximumRetryAttempts"), scalar("BisectBatchOnFunctionError"),
                       scalar("TumblingWindowInSeconds"), scalars("FunctionResponseTypes"),
                       object("FilterCriteria", {objects("Filters", {scalar("Pattern")})}),
                       object("DestinationConfig", {object("OnFailure", {scalar("Destination").required()})}),
                       object("ScalingConfig", {scalar("MaximumConcurrency")}), tags()},
        .attributes = {"Id", "EventSourceMappingArn"},
        .naming = {.source = NameRule::Source::kByService}};
    return kType;
  }

  Task<ResourceState> create(const ResourceContext& context) const override {
    if (context.attempt == Attempt::kAgain) {
      const Document known = co_await find_own(context);
      if (known.is_object()) co_return co_await at_rest(context, known.string_or("UUID", ""));
    }
    Document input = settings(context);
    for (const char* name : {"EventSourceArn", "StartingPosition", "StartingPositionTimestamp"}) {
      if (const Document* value = context.property(name)) input.set(name, *value);
    }
    if (const auto tags = context.all_tags(); !tags.empty()) input.set("Tags", tag_map(tags));
    const Document made = co_await context.call("lambda", "CreateEventSourceMapping", std::move(input));
    context.made(made.string_or("UUID", ""));
    co_return co_await at_rest(context, made.string_or("UUID", ""));
  }

  Task<ResourceState> update(const ResourceContext& context) const override {
    co_await at_rest(context, context.physical_id);
    Document input = settings(context);
    input.set("UUID", context.physical_id);
    restore_defaults(context, input);
    co_await context.call("lambda", "UpdateEventSourceMapping", std::move(input));
    const ResourceState state = co_await at_rest(context, context.physical_id);
    co_await update_tags(context, state.attributes.string_or("EventSourceMappingArn", ""));
    co_return state;
  }

  Task<void> remove(const ResourceContext& context) const override {
    for (int look = 0; look < kLooksMax; ++look) {
      Document known;
      if (!co_await find(context, context.physical_id, known)) co_return;
      if (is_at_rest(known)) {
        co_await context.try_call("lambda", "DeleteEventSourceMapping", by_id(context.physical_id),
                                  {"ResourceNotFoundException", "ResourceInUseException"});
      }
      co_await sleep_for(kLookAgain);
    }
    fail_template("The event source mapping " + context.physical_id + " was not deleted in time.");
  }

 private:
  static Document by_id(const std::string& uuid) { return Document::Object{{"UUID", uuid}}; }

  static Document settings(const ResourceContext& context) {
    return pick(context.properties,
                {"FunctionName", "Enabled", "BatchSize", "MaximumBatchingWindowInSeconds",
                 "ParallelizationFactor", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
                 "BisectBatchOnFunctionError", "TumblingWindowInSeconds", "FunctionResponseTypes",
                 "FilterCriteria", "DestinationConfig", "ScalingConfig"});
  }

  // What the template no longer says goes back to how a mapping is made.
  static void restore_defaults(const ResourceContext& context, Document& input) {
    const std::string source = context.text("EventSourceArn");
    const int64_t batch = source.find(":sqs:") == std::string::npos ? 100 : 10;
    const Document defaults = Document::Object{
        {"Enabled", true},
        {"BatchSize", batch},
        {"MaximumBatchingWindowInSeconds", 0},
        {"ParallelizationFactor", 1},
        {"MaximumRecordAgeInSeconds", -1},
        {"MaximumRetryAttempts", -1},
        {"BisectBatchOnFunctionError", false},
        {"TumblingWindowInSeconds", 0},
        {"FunctionResponseTypes", Document::array()},
        {"FilterCriteria", Document::object()},
        {"DestinationConfig", Document::object()},
        {"ScalingConfig", Document::object()},
    };
    for (const auto& [name, value] : defaults.as_object()) {
      const bool was_said = context.old_property(name) != nullptr;
      if (was_said && context.property(name) == nullptr) input.set(name, value);
    }
  }

  static Task<void> update_tags(const ResourceContext& context, std::string arn) {
    const auto before = context.old_tags(), after = context.all_tags();
    const Document dropped = dropped_tags(before, after);
    if (!dropped.as_array().empty()) {
      Document input = Document::Object{{"Resource", arn}, {"TagKeys", dropped}};
      co_await context.call("lambda", "UntagResource", std::move(input));
    }
    if (after.empty() || before == after) co_return;
    Document input = Document::Object{{"Resource", arn}, {"Tags", tag_map(after)}};
    co_await context.call("lambda", "TagResource", std::move(input));
  }

  static bool is_at_rest(const Document& mapping) {
    const std::string state = mapping.string_or("State", "");
    return state == "Enabled" || state == "Disabled";
  }

  static Task<bool> find(const ResourceContext& context, std::string uuid, Document& mapping) {
    co_return co_await context.try_call("lambda", "GetEventSourceMapping", by_id(uuid),
                                        {"ResourceNotFoundException"}, &mapping);
  }

  static Task<ResourceState> at_rest(const ResourceContext& context, std::string uuid) {
    for (int look = 0; look < kLooksMax; ++look) {
      Document known;
      const bool is_there = co_await find(context, uuid, known);
      if (!is_there) fail_template("The event source mapping " + uuid + " does not exist.");
      if (is_at_rest(known)) co_return state(known);
      co_await sleep_for(kLookAgain);
    }
    fail_template("The event source mapping " + uuid + " did not come to rest in time.");
  }

  // A mapping of the same function and source: Lambda allows one, so it is the one that was begun.
  static Task<Document> find_own(const ResourceContext& context) {
    const Document listed = co_await context.call(
        "lambda", "ListEventSourceMappings", pick(context.properties, {"FunctionName", "EventSourceArn"}));
    const Document* all = listed.find("EventSourceMappings");
    if (all == nullptr || all->as_array().empty()) co_return Document();
    const Document& known = all->as_array().front();
    co_return is_ours(context, known.find("LastModified")) ? known : Document();
  }

  static ResourceState state(const Document& mapping) {
    const std::string uuid = mapping.string_or("UUID", "");
    return {.physical_id = uuid,
            .attributes = Document::Object{
                {"Id", uuid}, {"EventSourceMappingArn", mapping.string_or("EventSourceMappingArn", "")}}};
  }
};

}  // namespace

const ResourceHandler& lambda_event_source_mapping_handler() {
  static const EventSourceMappingHandler kHandler;
  return kHandler;
}

}  // namespace haneul::cloudformation
