// The way back of an update: what was changed gets its old properties again, what was replaced its old
// physical resource; what was made is doomed.

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "services/cloudformation/engine/run.h"
#include "services/cloudformation/limits.h"

namespace haneul::cloudformation {

Task<void> Run::roll_back() {
  Dependencies graph;
  for (const auto& [name, resource] : resources_) {
    if (resource.op != stack_.op.id) continue;
    const std::optional<Incarnation>& before = resource.previous ? resource.previous : resource.current;
    graph[name];
    if (before) graph[name].insert(before->depends_on.begin(), before->depends_on.end());
    graph[name].erase(name);
  }
  co_await run_graph(std::move(graph), kParallelResources,
                     {.may_start = [] { return true; },
                      .piece = [this](std::string name) { return roll_back_one(std::move(name)); }});
  if (failed_.empty()) {
    change_stack([](store::Tx&, StackRecord& stack) { stack.op.phase = Phase::kRollbackCleanup; },
                 "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
    co_return;
  }
  std::ranges::sort(failed_);
  // The steps stay recorded: ContinueUpdateRollback goes on with those that are left.
  change_stack([](store::Tx&, StackRecord& stack) { stack.op.phase = Phase::kIdle; },
               "UPDATE_ROLLBACK_FAILED",
               fmt::format("The following resource(s) failed to update: [{}]. ", join(failed_, ", ")));
}

Task<void> Run::roll_back_one(std::string logical_id) {
  Resource& resource = resources_[logical_id];
  const bool is_done = resource.step == Resource::Step::kDone;
  if (resource.action == Resource::Action::kUpdate) {
    co_await restore(resource);
    co_return;
  }
  if (is_done && resource.current) {
    const std::string policy = resource.current->deletion_policy;
    doom(resource, std::move(*resource.current),
         resource.action == Resource::Action::kCreate ? policy : "Delete");
    resource.current = std::move(resource.previous);
  }
  resource.previous.reset();
  resource.intent.reset();
  resource.op.clear();
  resource.step = Resource::Step::kNone;
  if (resource.current) {
    resource.physical_id = resource.current->physical_id;
    note(resource, {.status = "UPDATE_COMPLETE"});
  } else {
    note(resource, {});
  }
}

Task<void> Run::restore(Resource& resource) {
  const bool is_done = resource.step == Resource::Step::kDone;
  // A step that failed while it was planned has changed nothing.
  const bool is_touched = is_done || resource.intent;
  const Incarnation target = is_done && resource.previous ? *resource.previous : *resource.current;
  const Incarnation from = is_done ? *resource.current : resource.intent.value_or(target);
  if (is_touched) {
    note(resource, {.status = "UPDATE_IN_PROGRESS"});
    ResourceContext context = context_of(target, resource);
    context.old_properties = from.properties;
    context.old_stack_tags = from.stack_tags;
    ResourceState state;
    const auto failure = co_await capture(find_handler(target.type)->update(context), &state);
    if (failure) {
      failed_.push_back(resource.logical_id);
      note(resource, {.status = "UPDATE_FAILED", .reason = *failure});
      co_return;
    }
  }
  resource.current = target;
  resource.previous.reset();
  resource.intent.reset();
  resource.half.reset();
  resource.op.clear();
  resource.step = Resource::Step::kNone;
  note(resource, {.status = "UPDATE_COMPLETE"});
}

}  // namespace haneul::cloudformation
