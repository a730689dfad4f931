// CreateLogGroup, DeleteLogGroup, DescribeLogGroups, PutLogGroupDeletionProtection.
#include <algorithm>

#include "gen/logs/errors.h"
#include "model/common_errors.h"
#include "platform/pagination.h"
#include "services/logs/limits.h"
#include "services/logs/service.h"

namespace haneul::logs {

using platform::Request;

namespace {

constexpr std::string_view kDescribe = "logs:DescribeLogGroups";

LogGroup to_output(store::Reader& reader, const Group& group) {
  const auto usage = reader.get(group.keys().usage());
  const std::string arn = group_arn(group.where);
  LogGroup out;
  out.log_group_name = group.where.name;
  out.creation_time = group.record.created;
  out.retention_in_days = group.record.retention_days;
  out.metric_filter_count = 0;
  out.arn = arn + ":*";
  out.log_group_arn = arn;
  out.stored_bytes = usage ? static_cast<int64_t>(decode_usage(*usage).bytes) : 0;
  out.log_group_class = std::string(log_group_class::kStandard);
  out.deletion_protection_enabled = group.record.deletion_protection;
  return out;
}

void refuse_foreign_accounts(const Request& request, const DescribeLogGroupsInput& input) {
  if (input.include_linked_accounts.value_or(false))
    throw model::NotImplemented("includeLinkedAccounts: there are no linked accounts");
  for (const std::string& account : input.account_identifiers.value_or(std::vector<std::string>{})) {
    if (account != request.account.str())
      throw model::NotImplemented("accountIdentifiers: other accounts cannot be searched");
  }
}

// What a page of DescribeLogGroups takes from the groups as they come in order of their names.
struct GroupFilter {
  std::string pattern;
  std::optional<std::vector<std::string>> names;
  bool wants(const std::string& name) const {
    if (name.find(pattern) == std::string::npos) return false;
    return !names || std::find(names->begin(), names->end(), name) != names->end();
  }
};

GroupFilter filter_of(const Request& request, const DescribeLogGroupsInput& input) {
  if (input.log_group_name_prefix && input.log_group_name_pattern)
    throw InvalidParameterException(
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  GroupFilter filter{.pattern = input.log_group_name_pattern.value_or(""), .names = {}};
  if (!input.log_group_identifiers) return filter;
  if (input.log_group_name_prefix || input.log_group_name_pattern)
    throw InvalidParameterException("logGroupIdentifiers and a prefix or a pattern are mutually exclusive.");
  filter.names.emplace();
  for (const std::string& identifier : *input.log_group_identifiers)
    filter.names->push_back(require_group_name(request, {}, identifier));
  return filter;
}

}  // namespace

GroupRecord LogsService::make_group(std::map<std::string, std::string> tags, Timestamp now) {
  GroupRecord record;
  record.id = parts_.random.hex(16);
  record.created = now.time_since_epoch().count();
  record.tags = std::move(tags);
  return record;
}

CreateLogGroupOutput LogsService::create_log_group(const Request& request, const CreateLogGroupInput& input) {
  if (input.kms_key_id)
    throw model::NotImplemented("kmsKeyId: log groups cannot be encrypted with a key yet");
  if (input.log_group_class.value_or("STANDARD") != log_group_class::kStandard)
    throw model::NotImplemented("logGroupClass: only STANDARD is served");
  const GroupName where = group_in(request, input.log_group_name);
  GroupRecord record = make_group(input.tags.value_or(std::map<std::string, std::string>{}), request.now);
  record.deletion_protection = input.deletion_protection_enabled.value_or(false);
  parts_.db.write(groups_scope(where.account, where.region), [&](store::Tx& tx) {
    if (tx.contains(group_key(where)))
      throw ResourceAlreadyExistsException("The specified log group already exists");
    tx.put(group_key(where), encode(record));
  });
  return {};
}

DeleteLogGroupOutput LogsService::delete_log_group(const Request& request, const DeleteLogGroupInput& input) {
  const GroupName where = group_in(request, input.log_group_name);
  parts_.db.write(groups_scope(where.account, where.region), [&](store::Tx& tx) {
    const Group group = require_group(tx, where);
    if (group.record.deletion_protection)
      throw InvalidParameterException("The log group has deletion protection and cannot be deleted.");
    tx.del(group_key(where));
    const GroupKeys keys = group.keys();
    for (const store::KeyRange& range : keys.everything()) tx.del_range(keys.scope().shard, range);
  });
  return {};
}

DescribeLogGroupsOutput LogsService::describe_log_groups(const Request& request,
                                                         const DescribeLogGroupsInput& input) {
  refuse_foreign_accounts(request, input);
  const GroupFilter filter = filter_of(request, input);
  DescribeLogGroupsOutput out;
  out.log_groups.emplace();
  if (input.log_group_class.value_or("STANDARD") != log_group_class::kStandard) return out;
  store::KeyRange range =
      group_range(request.account, request.region, input.log_group_name_prefix.value_or(""));
  if (input.next_token) {
    const auto after = platform::open_page_token(kDescribe, request.account, *input.next_token);
    if (!after) throw InvalidParameterException("The specified nextToken is invalid.");
    const store::Key last = group_key(group_in(request, *after));
    range.from = std::max(range.from, store::key_after(last.bytes));
  }
  const size_t limit = static_cast<size_t>(input.limit.value_or(static_cast<int32_t>(kDescribeMax)));
  parts_.db.read([&](store::ReadTx& tx) {
    const store::Shard shard = groups_scope(request.account, request.region).shard;
    tx.scan_each({shard, range.from, range.to}, {}, [&](std::string_view key, std::string_view value) {
      const std::string name = group_name_of(key);
      if (!filter.wants(name)) return store::Visit::kContinue;
      if (out.log_groups->size() == limit) {
        out.next_token =
            platform::make_page_token(kDescribe, request.account, *out.log_groups->back().log_group_name);
        return store::Visit::kStop;
      }
      out.log_groups->push_back(to_output(tx, Group{group_in(request, name), decode_group(value)}));
      return store::Visit::kContinue;
    });
  });
  return out;
}

PutLogGroupDeletionProtectionOutput LogsService::put_deletion_protection(
    const Request& request, const PutLogGroupDeletionProtectionInput& input) {
  const GroupName where = group_in(request, require_group_name(request, {}, input.log_group_identifier));
  change_group(where, [&](store::Tx&, Group& group) {
    group.record.deletion_protection = input.deletion_protection_enabled;
  });
  return {};
}

}  // namespace haneul::logs
