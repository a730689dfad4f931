// Preparer: brings functions and versions from Pending to Active, and updates from InProgress to Successful.
// What it does is what a first start would wait for: it unpacks the packages and finds the runtime.
// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
//
// Invariants: a row that is Pending or InProgress has a job that ends that, written with it; what ran before
// an update runs until the update is ready, and stays when it fails. Invocations and changes that come in
// between wait for the preparation rather than failing. Thread rule: on an executor's thread.
#pragma once

#include "services/lambda/core.h"

namespace haneul::lambda {

// In the transaction that writes the row: the function or version is new, or its update begins.
void begin_creation(store::Tx& tx, const Core& core, const FunctionRef& ref, Settings& fresh, Timestamp now);
// `before` is what `function.latest` was. Takes care of who uses which package.
void begin_update(store::Tx& tx, const Core& core, const FunctionRef& ref, FunctionRecord& function,
                  const Settings& before, Timestamp now);

// What an invocation runs: what was asked for or, when that cannot be made ready, what was in force before.
Task<Images::Ptr> ready_image(const Core& core, Resolved& resolved);

class Preparer {
 public:
  explicit Preparer(const Core& core) : core_(core) {}
  void register_jobs();
  // Before a change of the function: ends what is under way. Throws ResourceConflictException when that takes
  // too long.
  Task<void> settle(FunctionRef ref);

 private:
  enum class OnTrouble { kTryAgain, kFail };
  void drop_orphans();
  Task<platform::JobOutcome> handle(const platform::Job& job);
  Task<void> prepare(const FunctionRef& ref, const Settings& settings, OnTrouble on_trouble);
  Task<Condition> snapshot_failure(const FunctionRef& ref, Images::Ptr image);
  void conclude(const FunctionRef& ref, const Settings& settings, const Condition& failure);

  const Core& core_;
};

}  // namespace haneul::lambda
