// LogWriter: what functions print, on its way to CloudWatch Logs. Lines are gathered per stream and written
// off the request path: soon after an invocation has ended (its REPORT line), when a batch is large, or a
// moment after the first line. What the role may not write is dropped, as Lambda does.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
//
// Invariants: lines of one stream are written in their order, by one thread at a time; what waits is bounded.
// Thread rule: append on executors' threads, the rest from any. drain() before the pool or the port end.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/task/completion.h"
#include "base/task/loops.h"
#include "base/task/task.h"
#include "compute/invocation.h"
#include "services/lambda/images.h"
#include "services/logs/port.h"

namespace haneul::lambda {

class LogWriter final : public compute::LogSink, public RoleObserver {
 public:
  LogWriter(logs::Port& logs, BlockingPool& pool) : state_(std::make_shared<State>(logs, pool)) {}

  void append(const compute::LogOrigin& origin, Timestamp at, std::string_view event) override;
  void acts_as(const std::string& function_arn, const platform::Caller& caller) override;
  // Ends when all that the stream was told so far is written, or could not be. A transaction that begins then
  // is ordered after the lines. `from` names account, region, group and stream.
  Task<void> written(const compute::LogOrigin& from);
  void drain();  // writes what waits, and returns when it is written; blocking

 private:
  struct Stream {
    logs::LogTarget target;
    std::string function_arn;
    std::vector<logs::Line> lines;
    size_t bytes = 0;
    size_t dropped = 0;
    std::vector<Completion<bool>> watchers;  // of `lines`
    bool is_timed = false;                   // a flush is due
    bool is_report_timed = false;            // a flush is due soon
    bool is_writing = false;                 // by a thread of the pool
  };
  struct State : std::enable_shared_from_this<State> {
    State(logs::Port& logs_port, BlockingPool& blocking_pool) : logs(logs_port), pool(blocking_pool) {}
    void flush(const std::string& key);
    void flush_locked(const std::string& key, Stream& stream);
    void write(const std::string& key);
    void append(const std::string& key, const logs::LogTarget& target, const platform::Caller& writer,
                const std::vector<logs::Line>& lines);
    logs::Port& logs;
    BlockingPool& pool;
    std::mutex mutex;
    std::condition_variable idle;
    std::map<std::string, Stream> streams;                      // only those with something to write
    std::unordered_map<std::string, platform::Caller> writers;  // by function
  };
  std::shared_ptr<State> state_;
};

}  // namespace haneul::lambda
