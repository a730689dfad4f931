#include "services/logs/service.h"

#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/workers.h"

namespace haneul::logs {

using platform::AccessChecks;
using platform::bind_run;
using platform::Effect;
using platform::Request;

LogsService::LogsService(const Parts& parts) : parts_(parts) {
  register_workers(parts_.jobs, parts_.db, parts_.clock);
}

void LogsService::register_operations(platform::OperationTable& table) {
  table.add_service(op::CreateLogGroup::service());
  register_groups(table);
  register_streams(table);
  register_events(table);
  register_filters(table);
  register_tags(table);
}

void LogsService::register_groups(platform::OperationTable& table) {
  const LogsAccess access(parts_.db);
  table.add<op::CreateLogGroup>(
      {.access =
           [access](const Request& request, const CreateLogGroupInput& input) {
             AccessChecks checks = access.on_group(request, "logs:CreateLogGroup", input.log_group_name);
             if (!input.tags) return checks;
             AccessChecks tagging = access.on_group_arn(request, "logs:TagResource", input.log_group_name);
             checks.push_back(std::move(tagging.front()));
             LogsAccess::add_request_tags(checks, *input.tags);
             return checks;
           },
       .run = bind_run(this, &LogsService::create_log_group)});
  table.add<op::DeleteLogGroup>({.access =
                                     [access](const Request& request, const DeleteLogGroupInput& input) {
                                       return access.on_group(request, "logs:DeleteLogGroup",
                                                              input.log_group_name);
                                     },
                                 .run = bind_run(this, &LogsService::delete_log_group)});
  table.add<op::DescribeLogGroups>({.access =
                                        [access](const Request& request, const DescribeLogGroupsInput&) {
                                          return access.on_group(request, "logs:DescribeLogGroups", {});
                                        },
                                    .run = bind_run(this, &LogsService::describe_log_groups),
                                    .effect = Effect::kReadOnly});
  table.add<op::PutLogGroupDeletionProtection>(
      {.access =
           [access](const Request& request, const PutLogGroupDeletionProtectionInput& input) {
             return access.on_group(request, "logs:PutLogGroupDeletionProtection",
                                    require_group_name(request, {}, input.log_group_identifier));
           },
       .run = bind_run(this, &LogsService::put_deletion_protection)});
  table.add<op::PutRetentionPolicy>(
      {.access =
           [access](const Request& request, const PutRetentionPolicyInput& input) {
             return access.on_group(request, "logs:PutRetentionPolicy", input.log_group_name);
           },
       .run = bind_run(this, &LogsService::put_retention_policy)});
  table.add<op::DeleteRetentionPolicy>(
      {.access =
           [access](const Request& request, const DeleteRetentionPolicyInput& input) {
             return access.on_group(request, "logs:DeleteRetentionPolicy", input.log_group_name);
           },
       .run = bind_run(this, &LogsService::delete_retention_policy)});
}

void LogsService::register_streams(platform::OperationTable& table) {
  const LogsAccess access(parts_.db);
  table.add<op::CreateLogStream>({.access =
                                      [access](const Request& request, const CreateLogStreamInput& input) {
                                        return access.on_stream(request, "logs:CreateLogStream",
                                                                input.log_group_name, input.log_stream_name);
                                      },
                                  .run = bind_run(this, &LogsService::create_log_stream)});
  table.add<op::DeleteLogStream>({.access =
                                      [access](const Request& request, const DeleteLogStreamInput& input) {
                                        return access.on_stream(request, "logs:DeleteLogStream",
                                                                input.log_group_name, input.log_stream_name);
                                      },
                                  .run = bind_run(this, &LogsService::delete_log_stream)});
  table.add<op::DescribeLogStreams>(
      {.access =
           [access](const Request& request, const DescribeLogStreamsInput& input) {
             return access.on_group(
                 request, "logs:DescribeLogStreams",
                 require_group_name(request, input.log_group_name, input.log_group_identifier));
           },
       .run = bind_run(this, &LogsService::describe_log_streams),
       .effect = Effect::kReadOnly});
}

void LogsService::register_events(platform::OperationTable& table) {
  const LogsAccess access(parts_.db);
  table.add<op::PutLogEvents>({.access =
                                   [access](const Request& request, const PutLogEventsInput& input) {
                                     return access.on_stream(request, "logs:PutLogEvents",
                                                             input.log_group_name, input.log_stream_name);
                                   },
                               .run = bind_run(this, &LogsService::put_log_events)});
  table.add<op::GetLogEvents>({.access =
                                   [access](const Request& request, const GetLogEventsInput& input) {
                                     const std::string group = require_group_name(
                                         request, input.log_group_name, input.log_group_identifier);
                                     AccessChecks checks = access.on_stream(request, "logs:GetLogEvents",
                                                                            group, input.log_stream_name);
                                     if (input.unmask.value_or(false)) LogsAccess::add_unmask(checks);
                                     return checks;
                                   },
                               .run = bind_run(this, &LogsService::get_log_events),
                               .effect = Effect::kReadOnly});
}

}  // namespace haneul::logs
