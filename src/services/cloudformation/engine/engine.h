// Engine: brings stacks from what they are to what they shall be, as durable jobs. An operation on a stack is
// begun in the transaction that records it; its job proceeds through the operation's phases and, after a
// crash, goes on where the rows say it was. One job runs per stack at a time.
// Thread rule: begin() inside any transaction; the rest on executors' threads.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "platform/dispatcher.h"
#include "platform/jobs.h"
#include "services/cloudformation/keys.h"
#include "services/cloudformation/records.h"
#include "services/iam/port.h"
#include "store/db.h"

namespace haneul::cloudformation {

inline constexpr std::string_view kForgetJobKind = "cloudformation.forget";

struct Parts {
  store::Db& db;
  const Clock& clock;
  Random& random;
  platform::Jobs& jobs;
  platform::Dispatcher& dispatcher;
  iam::Port& iam;
};

class Engine {
 public:
  explicit Engine(const Parts& parts);

  // Records that the stack's operation (stack.op) shall be carried out. The caller saves the stack.
  void begin(store::Tx& tx, const Place& place, const StackRecord& stack);

 private:
  Parts parts_;
};

}  // namespace haneul::cloudformation
