// PutRetentionPolicy, DeleteRetentionPolicy. What has expired is not shown from the moment of the call, and
// deleted by a worker (workers.h).
#include <algorithm>

#include "gen/logs/errors.h"
#include "services/logs/limits.h"
#include "services/logs/service.h"
#include "services/logs/workers.h"

namespace haneul::logs {

using platform::Request;

PutRetentionPolicyOutput LogsService::put_retention_policy(const Request& request,
                                                           const PutRetentionPolicyInput& input) {
  if (std::find(kRetentionDays.begin(), kRetentionDays.end(), input.retention_in_days) ==
      kRetentionDays.end()) {
    throw InvalidParameterException(
        "Value provided for retentionInDays is not one of the periods that the service knows.");
  }
  change_group(group_in(request, input.log_group_name), [&](store::Tx& tx, Group& group) {
    group.record.retention_days = input.retention_in_days;
    group.record.retention_turn += 1;
    add_retention_job(parts_.jobs, tx, group, request.now);
  });
  return {};
}

DeleteRetentionPolicyOutput LogsService::delete_retention_policy(const Request& request,
                                                                 const DeleteRetentionPolicyInput& input) {
  change_group(group_in(request, input.log_group_name), [&](store::Tx&, Group& group) {
    group.record.retention_days.reset();
    group.record.retention_turn += 1;
  });
  return {};
}

}  // namespace haneul::logs
