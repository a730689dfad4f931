#include "services/logs/groups.h"

#include "aws/arn.h"
#include "gen/logs/errors.h"
#include "platform/request.h"

namespace haneul::logs {

namespace {

constexpr std::string_view kGroupPrefix = "log-group:";
constexpr int64_t kDayMs = 86'400'000;

}  // namespace

GroupName group_in(const platform::Request& request, std::string_view name) {
  return {request.account, request.region, std::string(name)};
}

std::string group_arn(const GroupName& group) {
  return aws::make_arn("logs", group.region.str(), group.account.str(),
                       std::string(kGroupPrefix) + group.name);
}

std::optional<Group> find_group(store::Reader& reader, const GroupName& where) {
  const auto row = reader.get(group_key(where));
  if (!row) return std::nullopt;
  return Group{where, decode_group(*row)};
}

Group require_group(store::Reader& reader, const GroupName& where) {
  auto group = find_group(reader, where);
  if (!group) throw ResourceNotFoundException("The specified log group does not exist.");
  return std::move(*group);
}

std::optional<StreamRecord> find_stream(store::Reader& reader, const GroupKeys& keys, std::string_view name) {
  const auto row = reader.get(keys.stream(name));
  if (!row) return std::nullopt;
  return decode_stream(*row);
}

StreamRecord require_stream(store::Reader& reader, const GroupKeys& keys, std::string_view name) {
  const auto stream = find_stream(reader, keys, name);
  if (!stream) throw ResourceNotFoundException("The specified log stream does not exist.");
  return *stream;
}

void put_new_stream(store::Tx& tx, const GroupKeys& keys, std::string_view name, int64_t now) {
  const auto usage_row = tx.get(keys.usage());
  UsageRecord usage = usage_row ? decode_usage(*usage_row) : UsageRecord{};
  StreamRecord stream;
  stream.id = usage.next++;
  stream.created = now;
  tx.put(keys.usage(), encode(usage));
  tx.put(keys.stream(name), encode(stream));
  tx.put(keys.latest(0, name), {});
}

int64_t oldest_kept(const GroupRecord& group, int64_t now) {
  return group.retention_days ? now - *group.retention_days * kDayMs : 0;
}

std::string group_name_in_arn(const platform::Request& request, std::string_view text) {
  const auto arn = aws::parse_arn(text);
  if (!arn || arn->service != "logs" || !arn->resource.starts_with(kGroupPrefix))
    throw InvalidParameterException("The specified resource ARN is not that of a log group.");
  if (arn->account != request.account.str() || arn->region != request.region.str())
    throw ResourceNotFoundException("The specified log group does not exist.");
  std::string name = arn->resource.substr(kGroupPrefix.size());
  if (name.ends_with(":*")) name.resize(name.size() - 2);
  return name;
}

std::string require_group_name(const platform::Request& request, const std::optional<std::string>& name,
                               const std::optional<std::string>& identifier) {
  if (name.has_value() == identifier.has_value())
    throw InvalidParameterException("Exactly one of logGroupName and logGroupIdentifier must be given.");
  if (name) return *name;
  return identifier->starts_with("arn:") ? group_name_in_arn(request, *identifier) : *identifier;
}

}  // namespace haneul::logs
