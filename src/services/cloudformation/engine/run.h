// Run: one operation on one stack on its way, from the phase where the rows say it stands to its end.
//
//   create: forward -> done, or create rollback          update: forward -> cleanup -> done,
//   delete: delete -> done                                       or rollback -> rollback cleanup -> done
//
// What a step is about to do is durable before it is done (Resource::intent), and what it did is recorded
// before anything that depends on it. So a step that a crash cut is run again as Attempt::kAgain, and no
// other. Removal is in two steps: incarnations are doomed, then swept, dependents first.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "services/cloudformation/engine/engine.h"
#include "services/cloudformation/engine/evaluation.h"
#include "services/cloudformation/engine/graph.h"
#include "services/cloudformation/resources/resource_handler.h"

namespace haneul::model {
class ServiceError;
}

namespace haneul::cloudformation {

class Run {
 public:
  // What is wrong for a moment only (the store is full, the server stops) ends the run, which is tried again
  // later, or the step, when it has been tried often enough.
  enum class Passing { kIsTriedAgain, kIsAFailure };
  Run(const Parts& parts, Place place, std::string uuid, Passing passing);
  Task<void> proceed(std::string operation_id);

 private:
  // run.cc: loading, saving, phases
  void load();
  Task<void> step_phase();
  // What is said of a resource: an event, and its status unless the event is about something aside, such as
  // the physical resource that was replaced.
  struct Note {
    std::string status;  // empty: the row is saved and nothing said
    std::string reason = {};
    std::string aside_id = {};
  };
  void note(Resource& resource, const Note& note);
  void change_stack(const std::function<void(store::Tx&, StackRecord&)>& change, std::string_view status = {},
                    std::string reason = {});
  void finish(std::string_view status, std::string reason = {});
  Task<void> made_durable();
  ResourceContext context_of(const Incarnation& incarnation, const Resource& resource);
  // What the work throws when it is an error that ends a resource's step; other failures end the job.
  Task<std::optional<std::string>> capture(Task<ResourceState> work, ResourceState* out);
  Task<std::optional<std::string>> capture(Task<void> work);
  std::string reason_of(const model::ServiceError& error) const;
  Names import_names(Evaluation::Missing missing);

  // run_forward.cc
  Task<void> finish_cut_steps();
  Task<void> forward();
  Task<void> forward_one(std::string logical_id);
  Incarnation plan_incarnation(const ResourceSpec& spec);
  bool plan_step(Resource& resource, Incarnation wanted);
  void plan_create(Resource& resource, Incarnation& wanted, std::string fixed_name);
  bool plan(Resource& resource, const ResourceSpec& spec);
  Task<void> make(Resource& resource, Attempt attempt);
  void say_initiated(Resource& resource, const std::string& physical_id);
  Task<void> change(Resource& resource);
  void record_failure(Resource& resource, const std::string& reason);
  void forward_failed();
  std::string reason_of_failure();
  bool may_go_on();

  // run_outputs.cc
  void forward_done();
  Document evaluate_outputs();
  void collect_imports();
  void settle_exports(store::Tx& tx, StackRecord& stack, const Document& outputs);
  void settle_imports(store::Tx& tx, StackRecord& stack);
  void require_exports_unused();

  // run_sweep.cc
  void doom(Resource& resource, Incarnation incarnation, std::string_view keeping_policy);
  void doom_replaced();
  void doom_removed();
  void doom_created();
  void doom_all();
  Task<void> sweep();
  Task<void> sweep_one(std::string logical_id);
  Task<std::optional<std::string>> remove_one(Resource& resource);
  void forget_gone();
  Task<void> clean_up();
  Task<void> clean_up_rollback();
  Task<void> roll_back_create();
  Task<void> remove_stack();
  void forget_stack();

  // run_rollback.cc
  Task<void> roll_back();
  Task<void> roll_back_one(std::string logical_id);
  Task<void> restore(Resource& resource);

  Parts parts_;
  Place place_;
  std::string uuid_;
  Passing passing_;
  StackRecord stack_;
  Spec spec_;
  std::unique_ptr<Evaluation> evaluation_;
  ResourceMap resources_;
  platform::Caller caller_;
  std::vector<std::string> failed_;  // resources that failed in this phase
  std::set<std::string> held_;       // resources that stay because one that failed to go depends on them
  std::string failure_;              // why the operation as a whole fails
  std::set<std::string> imported_;
};

}  // namespace haneul::cloudformation
