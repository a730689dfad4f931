#include "services/logs/access.h"

namespace haneul::logs {

platform::AccessChecks LogsAccess::with_tags(const GroupName& where, platform::AccessCheck check) const {
  const auto group = db_.read([&](store::ReadTx& tx) { return find_group(tx, where); });
  if (group) {
    for (const auto& [key, value] : group->record.tags) check.context["aws:ResourceTag/" + key] = {value};
  }
  return {std::move(check)};
}

platform::AccessChecks LogsAccess::on_group(const platform::Request& request, std::string action,
                                            std::string_view group) const {
  return on_stream(request, std::move(action), group, {});
}

platform::AccessChecks LogsAccess::on_stream(const platform::Request& request, std::string action,
                                             std::string_view group, std::string_view stream) const {
  const GroupName where = group_in(request, group);
  return with_tags(where, {.action = std::move(action),
                           .resource = group_arn(where) + ":log-stream:" + std::string(stream)});
}

platform::AccessChecks LogsAccess::on_group_arn(const platform::Request& request, std::string action,
                                                std::string_view group) const {
  const GroupName where = group_in(request, group);
  return with_tags(where, {.action = std::move(action), .resource = group_arn(where)});
}

void LogsAccess::add_request_tags(platform::AccessChecks& checks,
                                  const std::map<std::string, std::string>& tags) {
  std::vector<std::string> keys;
  for (platform::AccessCheck& check : checks) {
    for (const auto& [key, value] : tags) check.context["aws:RequestTag/" + key] = {value};
  }
  for (const auto& [key, value] : tags) keys.push_back(key);
  add_tag_keys(checks, keys);
}

void LogsAccess::add_tag_keys(platform::AccessChecks& checks, const std::vector<std::string>& keys) {
  if (keys.empty()) return;
  for (platform::AccessCheck& check : checks) check.context["aws:TagKeys"] = keys;
}

void LogsAccess::add_unmask(platform::AccessChecks& checks) {
  platform::AccessCheck unmask = checks.front();
  unmask.action = "logs:Unmask";
  checks.push_back(std::move(unmask));
}

}  // namespace haneul::logs
