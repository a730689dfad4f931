// Workers: what happens to log data without a request - expired events and the events of deleted streams go
// away in small steps, each a transaction of its own. Both are jobs (platform/jobs.h) and end when their
// group is gone, since its data went with it. Source: user guide, "Change log data retention in CloudWatch
// Logs".
#pragma once

#include "platform/jobs.h"
#include "services/logs/groups.h"
#include "store/db.h"

namespace haneul::logs {

void register_workers(platform::Jobs& jobs, store::Db& db, const Clock& clock);

// Deletes what expires, from now on and until the policy changes again.
void add_retention_job(platform::Jobs& jobs, store::Tx& tx, const Group& group, Timestamp now);
void add_purge_job(platform::Jobs& jobs, store::Tx& tx, const Group& group, uint64_t stream_id,
                   Timestamp now);

// One step each, for the job and its tests.
struct RetentionStep {
  bool is_over = false;                // the policy or the group is gone
  bool has_more = false;               // more has expired already
  std::optional<int64_t> oldest_last;  // time of the last event of the oldest row that is kept
  int64_t retention_ms = 0;
};
RetentionStep retention_step(store::Db& db, const GroupName& where, const std::string& group_id,
                             uint64_t turn, int64_t now);
bool purge_step(store::Db& db, const GroupName& where, const std::string& group_id,
                uint64_t stream_id);  // whether there is more

}  // namespace haneul::logs
