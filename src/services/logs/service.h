// CloudWatch Logs (logs-2014-03-28): log groups, streams, events, filters, retention and tags. README.md
// tells what is served. Operations are in ops/, each family in one file.
//
// Invariant: an event that was accepted stays readable until it expires or its stream or group is deleted.
// Thread rule: any thread after construction; the authorizer may be bound later, before the first call.
#pragma once

#include <span>

#include "base/random.h"
#include "gen/logs/types.h"
#include "platform/authorizer.h"
#include "platform/gap.h"
#include "platform/jobs.h"
#include "platform/operation_table.h"
#include "services/logs/groups.h"
#include "services/logs/port.h"
#include "store/db.h"

namespace haneul::logs {

class LogsService final : public Port {
 public:
  struct Parts {
    store::Db& db;
    platform::Jobs& jobs;
    const platform::Authorizer& authorizer;
    const Clock& clock;
    Random& random;
  };
  explicit LogsService(const Parts& parts);
  void register_operations(platform::OperationTable& table);

  bool append(const platform::Caller& writer, const LogTarget& target,
              const std::vector<Line>& lines) override;

  // ops/groups.cc
  CreateLogGroupOutput create_log_group(const platform::Request& request, const CreateLogGroupInput& input);
  DeleteLogGroupOutput delete_log_group(const platform::Request& request, const DeleteLogGroupInput& input);
  DescribeLogGroupsOutput describe_log_groups(const platform::Request& request,
                                              const DescribeLogGroupsInput& input);
  PutLogGroupDeletionProtectionOutput put_deletion_protection(
      const platform::Request& request, const PutLogGroupDeletionProtectionInput& input);
  // ops/streams.cc
  CreateLogStreamOutput create_log_stream(const platform::Request& request,
                                          const CreateLogStreamInput& input);
  DeleteLogStreamOutput delete_log_stream(const platform::Request& request,
                                          const DeleteLogStreamInput& input);
  DescribeLogStreamsOutput describe_log_streams(const platform::Request& request,
                                                const DescribeLogStreamsInput& input);
  // ops/put_log_events.cc, ops/get_log_events.cc, ops/filter_log_events.cc
  PutLogEventsOutput put_log_events(const platform::Request& request, const PutLogEventsInput& input);
  GetLogEventsOutput get_log_events(const platform::Request& request, const GetLogEventsInput& input);
  FilterLogEventsOutput filter_log_events(const platform::Request& request,
                                          const FilterLogEventsInput& input);
  TestMetricFilterOutput test_metric_filter(const platform::Request& request,
                                            const TestMetricFilterInput& input);
  // ops/retention.cc
  PutRetentionPolicyOutput put_retention_policy(const platform::Request& request,
                                                const PutRetentionPolicyInput& input);
  DeleteRetentionPolicyOutput delete_retention_policy(const platform::Request& request,
                                                      const DeleteRetentionPolicyInput& input);
  // ops/tags.cc
  TagResourceOutput tag_resource(const platform::Request& request, const TagResourceInput& input);
  UntagResourceOutput untag_resource(const platform::Request& request, const UntagResourceInput& input);
  ListTagsForResourceOutput list_tags(const platform::Request& request,
                                      const ListTagsForResourceInput& input);
  TagLogGroupOutput tag_log_group(const platform::Request& request, const TagLogGroupInput& input);
  UntagLogGroupOutput untag_log_group(const platform::Request& request, const UntagLogGroupInput& input);
  ListTagsLogGroupOutput list_tags_log_group(const platform::Request& request,
                                             const ListTagsLogGroupInput& input);

 private:
  // Reads the group, lets the body change its record, and stores it: everything that only touches the record.
  template <class Body>
  void change_group(const GroupName& where, Body&& body) {
    parts_.db.write(groups_scope(where.account, where.region), [&](store::Tx& tx) {
      Group group = require_group(tx, where);
      body(tx, group);
      tx.put(group_key(where), encode(group.record));
    });
  }
  GroupRecord make_group(std::map<std::string, std::string> tags, Timestamp now);
  void register_groups(platform::OperationTable& table);
  void register_streams(platform::OperationTable& table);
  void register_events(platform::OperationTable& table);
  void register_filters(platform::OperationTable& table);
  void register_tags(platform::OperationTable& table);
  // Makes group and stream where the writer may; false when the writer may not do what is needed.
  bool prepare_target(const platform::Request& request, const GroupName& where, const std::string& stream);

  Parts parts_;
};

// The input members that the implemented operations refuse.
std::span<const platform::FieldGap> field_gaps();

}  // namespace haneul::logs
