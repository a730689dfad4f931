// TagResource, UntagResource, ListTagsForResource by ARN, and the older TagLogGroup, UntagLogGroup and
// ListTagsLogGroup by name.
#include "gen/logs/errors.h"
#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/limits.h"
#include "services/logs/service.h"

namespace haneul::logs {

using platform::bind_run;
using platform::Effect;
using platform::Request;
using Tags = std::map<std::string, std::string>;

namespace {

bool is_within_limit(const Tags& tags) { return tags.size() <= kTagsMax; }

Tags merged(Tags old, const Tags& added) {
  for (const auto& [key, value] : added) old[key] = value;
  return old;
}

}  // namespace

TagResourceOutput LogsService::tag_resource(const Request& request, const TagResourceInput& input) {
  change_group(group_in(request, group_name_in_arn(request, input.resource_arn)),
               [&](store::Tx&, Group& group) {
                 group.record.tags = merged(group.record.tags, input.tags);
                 if (!is_within_limit(group.record.tags))
                   throw TooManyTagsException("A resource can have no more than 50 tags.");
               });
  return {};
}

UntagResourceOutput LogsService::untag_resource(const Request& request, const UntagResourceInput& input) {
  change_group(group_in(request, group_name_in_arn(request, input.resource_arn)),
               [&](store::Tx&, Group& group) {
                 for (const std::string& key : input.tag_keys) group.record.tags.erase(key);
               });
  return {};
}

ListTagsForResourceOutput LogsService::list_tags(const Request& request,
                                                 const ListTagsForResourceInput& input) {
  const GroupName where = group_in(request, group_name_in_arn(request, input.resource_arn));
  return {.tags = parts_.db.read([&](store::ReadTx& tx) { return require_group(tx, where).record.tags; })};
}

TagLogGroupOutput LogsService::tag_log_group(const Request& request, const TagLogGroupInput& input) {
  change_group(group_in(request, input.log_group_name), [&](store::Tx&, Group& group) {
    group.record.tags = merged(group.record.tags, input.tags);
    if (!is_within_limit(group.record.tags))
      throw InvalidParameterException("A resource can have no more than 50 tags.");
  });
  return {};
}

UntagLogGroupOutput LogsService::untag_log_group(const Request& request, const UntagLogGroupInput& input) {
  change_group(group_in(request, input.log_group_name), [&](store::Tx&, Group& group) {
    for (const std::string& key : input.tags) group.record.tags.erase(key);
  });
  return {};
}

ListTagsLogGroupOutput LogsService::list_tags_log_group(const Request& request,
                                                        const ListTagsLogGroupInput& input) {
  const GroupName where = group_in(request, input.log_group_name);
  return {.tags = parts_.db.read([&](store::ReadTx& tx) { return require_group(tx, where).record.tags; })};
}

void LogsService::register_tags(platform::OperationTable& table) {
  const LogsAccess access(parts_.db);
  table.add<op::TagResource>({.access =
                                  [access](const Request& request, const TagResourceInput& input) {
                                    auto checks =
                                        access.on_group_arn(request, "logs:TagResource",
                                                            group_name_in_arn(request, input.resource_arn));
                                    LogsAccess::add_request_tags(checks, input.tags);
                                    return checks;
                                  },
                              .run = bind_run(this, &LogsService::tag_resource)});
  table.add<op::UntagResource>({.access =
                                    [access](const Request& request, const UntagResourceInput& input) {
                                      auto checks =
                                          access.on_group_arn(request, "logs:UntagResource",
                                                              group_name_in_arn(request, input.resource_arn));
                                      LogsAccess::add_tag_keys(checks, input.tag_keys);
                                      return checks;
                                    },
                                .run = bind_run(this, &LogsService::untag_resource)});
  table.add<op::ListTagsForResource>(
      {.access =
           [access](const Request& request, const ListTagsForResourceInput& input) {
             return access.on_group_arn(request, "logs:ListTagsForResource",
                                        group_name_in_arn(request, input.resource_arn));
           },
       .run = bind_run(this, &LogsService::list_tags),
       .effect = Effect::kReadOnly});
  table.add<op::TagLogGroup>({.access =
                                  [access](const Request& request, const TagLogGroupInput& input) {
                                    auto checks =
                                        access.on_group(request, "logs:TagLogGroup", input.log_group_name);
                                    LogsAccess::add_request_tags(checks, input.tags);
                                    return checks;
                                  },
                              .run = bind_run(this, &LogsService::tag_log_group)});
  table.add<op::UntagLogGroup>({.access =
                                    [access](const Request& request, const UntagLogGroupInput& input) {
                                      auto checks = access.on_group(request, "logs:UntagLogGroup",
                                                                    input.log_group_name);
                                      LogsAccess::add_tag_keys(checks, input.tags);
                                      return checks;
                                    },
                                .run = bind_run(this, &LogsService::untag_log_group)});
  table.add<op::ListTagsLogGroup>({.access =
                                       [access](const Request& request, const ListTagsLogGroupInput& input) {
                                         return access.on_group(request, "logs:ListTagsLogGroup",
                                                                input.log_group_name);
                                       },
                                   .run = bind_run(this, &LogsService::list_tags_log_group),
                                   .effect = Effect::kReadOnly});
}

}  // namespace haneul::logs
