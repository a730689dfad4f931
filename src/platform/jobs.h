// Jobs: work that is due now or later, as rows in the store. An effect on another service (the outbox) is a
// job that is due now, a timer is one that is due later. A job is written in the transaction of its cause, so
// neither can exist without the other; its handler runs only after that transaction is durable, at least
// once, and again after a crash. Handlers must therefore be idempotent. Rows are ordered by due time; nobody
// else runs a clock loop.
//
// Thread rule: add and cancel inside any transaction; handlers are registered before start(). stop() lets
// running handlers end.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/document.h"
#include "base/random.h"
#include "base/task/task.h"

namespace haneul {
class Executor;
}  // namespace haneul
namespace haneul::store {
class Db;
class Tx;
}  // namespace haneul::store

namespace haneul::platform {

struct Job {
  std::string id;    // opaque; stable over attempts
  std::string kind;  // "lambda.async", "s3.notification", ...
  Timestamp due;
  int attempt = 1;  // 1 for the first run
  Timestamp created_at;
  Document payload;
};

// What becomes of a job after its handler ran: done (the row goes), or again at a later time with this
// payload.
struct JobOutcome {
  std::optional<Timestamp> again_at;
  std::optional<Document> payload;  // replaces the old one
  static JobOutcome done() { return {}; }
  static JobOutcome again(Timestamp at) { return {.again_at = at, .payload = {}}; }
};

class Jobs {
 public:
  using Handler = std::function<Task<JobOutcome>(const Job&)>;
  Jobs(store::Db& db, const Clock& clock, Random& random);
  ~Jobs();

  // parallel_max bounds how many handlers of the kind run at a time; the others wait in due order.
  // A handler that throws is logged and run again with growing delays (1 s to 5 min).
  void handle(std::string kind, size_t parallel_max, Handler handler);

  std::string add(store::Tx& tx, std::string_view kind, Timestamp due, Document payload);
  void cancel(store::Tx& tx, std::string_view job_id);

  // Loads what is pending and begins. `next_executor` names where the next handler runs (one loop after the
  // other, or a test's own executor).
  void start(std::function<Executor&()> next_executor);
  Task<void> stop(Milliseconds patience);
  size_t pending() const;  // rows known; for the debug pages

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace haneul::platform
