// The records of durable executions. Operations and events are kept in the form in which the API shows them,
// beside what only the server needs. Missing members read as defaults. Pure data; no store, no clock.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gen/lambda/types.h"
#include "services/lambda/durable/arn.h"
#include "services/lambda/durable/limits.h"
#include "services/lambda/records.h"

namespace haneul::lambda {

inline constexpr std::string_view kRunning = "RUNNING";

struct ExecutionRecord {
  ExecutionRef ref;
  std::string born;         // of the function: see keys.h
  std::string invoked_arn;  // as the caller qualified it
  std::string status{kRunning};
  Timestamp started_at{};
  Timestamp ended_at{};
  DurableSettings config;
  int64_t result_bytes_max = kAsyncResultBytesMax;
  std::string input_digest;  // tells a repeated start from another one of the same name
  std::string trace, client_context;
  std::string request_id;  // of the first invocation
  std::optional<ErrorObject> error;

  int64_t operations = 0;  // so many were started
  int64_t events = 0;      // the number of the newest
  int64_t bytes = 0;       // written by checkpoints
  int64_t runs = 0;        // so many runs were asked for
  int64_t run = 0;         // the one that is due or under way; 0: the execution waits

  std::string token;        // the only one a checkpoint may carry; empty: none
  std::string first_token;  // of the invocation under way: state may be read with it as well
  // The last checkpoint, for a client that asks again because it lost the answer.
  std::string used_token, client_token;
  std::vector<std::string> shown;

  std::vector<std::string> changed;           // operations whose state the function has not seen, in order
  std::vector<std::string> waiting;           // operations whose end begins a run
  std::map<std::string, std::string> timers;  // operation, or kTimeoutTimer: the id of its job

  std::string parent, parent_operation;  // of a chained execution: id of the caller's and its operation

  bool is_running() const { return status == kRunning; }
};
inline constexpr std::string_view kTimeoutTimer = "#timeout";

struct OperationRecord {
  int64_t number = 0;
  Operation shown;
  int64_t wait_seconds = 0;  // of a wait
  // Of a callback; the epoch: none.
  int64_t heartbeat_seconds = 0;
  Timestamp callback_due{};
  Timestamp heartbeat_due{};
  // Of a chained invocation.
  std::string target, input, trace;  // the ARN, what it is given, its trace header
  int64_t started_event = 0;         // which event tells of its start
};

std::string encode(const ExecutionRecord& record);
ExecutionRecord execution_from(std::string_view bytes);
std::string encode(const OperationRecord& record);
OperationRecord operation_from(std::string_view bytes);
std::string encode(const Event& event);
Event event_from(std::string_view bytes);

// The row of the list: what its filters ask for.
struct ListedExecution {
  std::string name, version, status{kRunning};
  Timestamp ended_at{};
};
std::string encode(const ListedExecution& record);
ListedExecution listed_from(std::string_view bytes);

}  // namespace haneul::lambda
