// What the operations of CloudWatch Logs ask of IAM. An operation on a group is judged on
// "log-group:NAME:log-stream:", one on a stream with the stream's name behind it, so that the usual
// "log-group:NAME:*" of policies covers both; tagging alone is judged on the ARN of the group itself. Source:
// service authorization reference, "Actions, resources, and condition keys for Amazon CloudWatch Logs".
#pragma once

#include <map>
#include <string>

#include "platform/access.h"
#include "services/logs/groups.h"
#include "store/db.h"

namespace haneul::logs {

class LogsAccess {
 public:
  explicit LogsAccess(store::Db& db) : db_(db) {}

  platform::AccessChecks on_group(const platform::Request& request, std::string action,
                                  std::string_view group) const;
  platform::AccessChecks on_stream(const platform::Request& request, std::string action,
                                   std::string_view group, std::string_view stream) const;
  platform::AccessChecks on_group_arn(const platform::Request& request, std::string action,
                                      std::string_view group) const;
  // Adds aws:RequestTag/KEY and aws:TagKeys.
  static void add_request_tags(platform::AccessChecks& checks,
                               const std::map<std::string, std::string>& tags);
  static void add_tag_keys(platform::AccessChecks& checks, const std::vector<std::string>& keys);
  // Nothing is masked here, but who asks for unmasked events must be allowed to.
  static void add_unmask(platform::AccessChecks& checks);

 private:
  platform::AccessChecks with_tags(const GroupName& where, platform::AccessCheck check) const;
  store::Db& db_;
};

}  // namespace haneul::logs
