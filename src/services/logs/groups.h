// Groups: finding log groups and streams, their names in requests and their ARNs. Source: API reference,
// "CloudWatch Logs resources and operations"; the messages are the service's own.
#pragma once

#include <optional>
#include <string>

#include "platform/access.h"
#include "services/logs/keys.h"
#include "services/logs/records.h"
#include "store/tx.h"

namespace haneul::logs {

struct Group {
  GroupName where;
  GroupRecord record;
  GroupKeys keys() const { return {where, record.id}; }
};

GroupName group_in(const platform::Request& request, std::string_view name);
std::string group_arn(const GroupName& group);  // without ":*"

std::optional<Group> find_group(store::Reader& reader, const GroupName& where);
Group require_group(store::Reader& reader, const GroupName& where);
std::optional<StreamRecord> find_stream(store::Reader& reader, const GroupKeys& keys, std::string_view name);
// Inside a transaction of the group's scope; no stream of that name is there.
void put_new_stream(store::Tx& tx, const GroupKeys& keys, std::string_view name, int64_t now);
StreamRecord require_stream(store::Reader& reader, const GroupKeys& keys, std::string_view name);

// Events before this time have expired, whether or not they are deleted yet.
int64_t oldest_kept(const GroupRecord& group, int64_t now);

// The group's name from logGroupName or logGroupIdentifier (a name or an ARN, with or without ":*"). Exactly
// one must be given; an ARN of another account or region names no group of ours.
std::string require_group_name(const platform::Request& request, const std::optional<std::string>& name,
                               const std::optional<std::string>& identifier);
// The name in the ARN of a log group; InvalidParameterException for any other ARN.
std::string group_name_in_arn(const platform::Request& request, std::string_view arn);

}  // namespace haneul::logs
