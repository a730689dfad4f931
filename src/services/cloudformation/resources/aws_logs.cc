// AWS::Logs::LogGroup and AWS::Logs::LogStream.

#include <fmt/format.h>

#include "services/cloudformation/resources/handlers.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

std::string group_arn(const ResourceContext& context, const std::string& name) {
  return fmt::format("arn:aws:logs:{}:{}:log-group:{}", context.region().str(), context.account().str(),
                     name);
}

class LogGroupHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::Logs::LogGroup",
        .properties = {scalar("LogGroupName").replaces(), scalar("RetentionInDays"), tags()},
        .attributes = {"Arn"},
        .naming = {.property = "LogGroupName", .length_max = 128}};
    return kType;
  }

  Task<ResourceState> create(const ResourceContext& context) const override {
    Document input = Document::Object{{"logGroupName", context.physical_id}};
    const auto tags = context.all_tags();
    if (!tags.empty()) input.set("tags", tag_map(tags));
    co_await make(context, std::move(input));
    context.made(context.physical_id);
    if (context.property("RetentionInDays") != nullptr) co_await set_retention(context);
    co_return state(context);
  }

  Task<ResourceState> update(const ResourceContext& context) const override {
    if (context.changed("RetentionInDays")) co_await set_retention(context);
    const auto before = context.old_tags();
    const auto after = context.all_tags();
    const std::string arn = group_arn(context, context.physical_id);
    if (const Document dropped = dropped_tags(before, after); !dropped.as_array().empty()) {
      Document input = Document::Object{{"resourceArn", arn}, {"tagKeys", dropped}};
      co_await context.call("logs", "UntagResource", std::move(input));
    }
    if (before != after && !after.empty()) {
      Document input = Document::Object{{"resourceArn", arn}, {"tags", tag_map(after)}};
      co_await context.call("logs", "TagResource", std::move(input));
    }
    co_return state(context);
  }

  Task<void> remove(const ResourceContext& context) const override {
    Document input = Document::Object{{"logGroupName", context.physical_id}};
    co_await context.try_call("logs", "DeleteLogGroup", std::move(input), {"ResourceNotFoundException"});
  }

 private:
  static ResourceState state(const ResourceContext& context) {
    return {.physical_id = context.physical_id,
            .attributes = Document::Object{{"Arn", group_arn(context, context.physical_id) + ":*"}}};
  }

  static Task<void> make(const ResourceContext& context, Document input) {
    if (context.attempt == Attempt::kAgain) {
      Document query = Document::Object{{"logGroupNamePrefix", context.physical_id}};
      const Document found = co_await context.call("logs", "DescribeLogGroups", std::move(query));
      if (const Document* groups = found.find("logGroups"); groups != nullptr && groups->is_array()) {
        for (const Document& group : groups->as_array()) {
          const bool is_this = group.string_or("logGroupName", "") == context.physical_id;
          if (is_this && is_ours(context, group.find("creationTime"))) co_return;
        }
      }
    }
    co_await context.call("logs", "CreateLogGroup", std::move(input));
  }

  static Task<void> set_retention(const ResourceContext& context) {
    Document input = Document::Object{{"logGroupName", context.physical_id}};
    const Document* days = context.property("RetentionInDays");
    if (days == nullptr) {
      co_await context.call("logs", "DeleteRetentionPolicy", std::move(input));
      co_return;
    }
    input.set("retentionInDays", *days);
    co_await context.call("logs", "PutRetentionPolicy", std::move(input));
  }
};

class LogStreamHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::Logs::LogStream",
        .properties = {scalar("LogGroupName").required().replaces(), scalar("LogStreamName").replaces()},
        .naming = {.property = "LogStreamName", .length_max = 128, .within = "LogGroupName"}};
    return kType;
  }

  Task<ResourceState> create(const ResourceContext& context) const override {
    if (context.attempt == Attempt::kFirst) {
      co_await context.call("logs", "CreateLogStream", names(context));
    } else {
      co_await context.try_call("logs", "CreateLogStream", names(context),
                                {"ResourceAlreadyExistsException"});
    }
    co_return ResourceState{.physical_id = context.physical_id};
  }

  Task<ResourceState> update(const ResourceContext& context) const override {
    co_return ResourceState{.physical_id = context.physical_id};
  }

  Task<void> remove(const ResourceContext& context) const override {
    co_await context.try_call("logs", "DeleteLogStream", names(context), {"ResourceNotFoundException"});
  }

 private:
  static Document names(const ResourceContext& context) {
    return Document::Object{{"logGroupName", context.text("LogGroupName")},
                            {"logStreamName", context.physical_id}};
  }
};

}  // namespace

const ResourceHandler& log_group_handler() {
  static const LogGroupHandler kHandler;
  return kHandler;
}
const ResourceHandler& log_stream_handler() {
  static const LogStreamHandler kHandler;
  return kHandler;
}

}  // namespace haneul::cloudformation
