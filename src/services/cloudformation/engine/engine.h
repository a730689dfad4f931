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

// The pipeline is made after the services; calls are passed on once there is one.
class LateDispatcher final : public platform::Dispatcher {
 public:
  void connect(platform::Dispatcher& dispatcher) { dispatcher_ = &dispatcher; }
  Task<Document> call(const platform::CallContext& context, std::string_view service,
                      std::string_view operation, Document input) override {
    return dispatcher_->call(context, service, operation, std::move(input));
  }

 private:
  platform::Dispatcher* dispatcher_ = nullptr;
};

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
