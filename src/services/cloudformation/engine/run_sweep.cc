// Removal: what an operation leaves behind is doomed in a transaction, then removed, dependents first.

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "model/error.h"
#include "services/cloudformation/engine/run.h"
#include "services/cloudformation/limits.h"

namespace haneul::cloudformation {

void Run::doom(Resource& resource, Incarnation incarnation, std::string_view keeping_policy) {
  // RetainExceptOnCreate keeps what has once been part of a finished stack.
  incarnation.is_kept = keeping_policy == "Retain" || (keeping_policy == "RetainExceptOnCreate" &&
                                                       stack_.op.kind != Operation::Kind::kCreate);
  resource.doomed.push_back(std::move(incarnation));
}

void Run::doom_replaced() {
  for (auto& [name, resource] : resources_) {
    const bool is_replaced = resource.op == stack_.op.id && resource.step == Resource::Step::kDone &&
                             resource.action == Resource::Action::kReplace && resource.previous;
    if (!is_replaced) continue;
    const std::string policy = resource.previous->update_replace_policy;
    doom(resource, std::move(*resource.previous), policy);
    resource.previous.reset();
    note(resource, {});
  }
}

void Run::doom_removed() {
  for (auto& [name, resource] : resources_) {
    if (evaluation_->has_resource(name) || !resource.current) continue;
    const std::string policy = resource.current->deletion_policy;
    doom(resource, std::move(*resource.current), policy);
    resource.current.reset();
    note(resource, {});
  }
}

void Run::doom_created() {
  for (auto& [name, resource] : resources_) {
    if (!resource.current) continue;
    const std::string policy = resource.current->deletion_policy;
    doom(resource, std::move(*resource.current), policy);
    resource.current.reset();
    note(resource, {});
  }
}

void Run::doom_all() {
  const std::string kept = "Retain";
  for (auto& [name, resource] : resources_) {
    const bool is_retained = std::ranges::find(stack_.op.retain, name) != stack_.op.retain.end();
    if (is_retained) {
      for (Incarnation& incarnation : resource.doomed) incarnation.is_kept = true;
    }
    const bool has_other =
        resource.previous && resource.current && resource.action == Resource::Action::kReplace;
    if (has_other) {
      const std::string policy = resource.previous->update_replace_policy;
      doom(resource, std::move(*resource.previous), is_retained ? kept : policy);
    }
    resource.previous.reset();
    // A delete that overtakes a create: what the cut step may have made goes as well.
    if (resource.current) {
      const std::string policy = resource.current->deletion_policy;
      doom(resource, std::move(*resource.current), is_retained ? kept : policy);
      resource.current.reset();
    }
    note(resource, {});
  }
}

Task<void> Run::sweep() {
  Dependencies graph;
  for (const auto& [name, resource] : resources_) {
    if (resource.doomed.empty()) continue;
    auto& needs = graph[name];
    for (const Incarnation& incarnation : resource.doomed) {
      needs.insert(incarnation.depends_on.begin(), incarnation.depends_on.end());
    }
    needs.erase(name);
  }
  co_await run_graph(reversed(graph), kParallelResources,
                     {.may_start = [] { return true; },
                      .piece = [this](std::string name) { return sweep_one(std::move(name)); }});
}

Task<void> Run::sweep_one(std::string logical_id) {
  Resource& resource = resources_[logical_id];
  // What depends on a resource that could not be removed has gone; what it depends on must stay.
  for (const auto& [name, other] : resources_) {
    const bool is_there = std::ranges::find(failed_, name) != failed_.end() || held_.contains(name);
    if (!is_there || other.doomed.empty()) continue;
    const auto& needs = other.doomed.back().depends_on;
    if (std::ranges::find(needs, logical_id) != needs.end()) {
      held_.insert(logical_id);
      co_return;
    }
  }
  const bool is_forgiving = stack_.op.phase == Phase::kCleanup || stack_.op.phase == Phase::kRollbackCleanup;
  while (!resource.doomed.empty()) {
    const auto failure = co_await remove_one(resource);
    if (!failure) continue;
    if (!is_forgiving) {
      failed_.push_back(logical_id);
      co_return;
    }
    resource.doomed.pop_back();
    note(resource, {});
  }
}

Task<std::optional<std::string>> Run::remove_one(Resource& resource) {
  const Incarnation incarnation = resource.doomed.back();
  const std::string aside = resource.current ? incarnation.physical_id : std::string();
  if (!resource.current) resource.physical_id = incarnation.physical_id;
  resource.intent.reset();
  if (incarnation.is_kept) {
    resource.doomed.pop_back();
    note(resource, {.status = "DELETE_SKIPPED", .aside_id = aside});
    co_return std::nullopt;
  }
  note(resource, {.status = "DELETE_IN_PROGRESS", .aside_id = aside});
  const ResourceHandler* handler = find_handler(incarnation.type);
  const ResourceContext context = context_of(incarnation, resource);
  auto failure = co_await capture(handler->remove(context));
  if (failure) {
    note(resource, {.status = "DELETE_FAILED", .reason = *failure, .aside_id = aside});
  } else {
    resource.doomed.pop_back();
    note(resource, {.status = "DELETE_COMPLETE", .aside_id = aside});
  }
  co_return failure;
}

// Rows of resources that the stack no longer has.
void Run::forget_gone() {
  parts_.db.write(place_.scope(), [&](store::Tx& tx) {
    for (const auto& [name, resource] : resources_) {
      if (!resource.current && resource.doomed.empty()) tx.del(resource_key(place_, uuid_, name));
    }
  });
  std::erase_if(resources_, [](const auto& row) { return !row.second.current && row.second.doomed.empty(); });
}

Task<void> Run::clean_up() {
  co_await sweep();
  forget_gone();
  finish("UPDATE_COMPLETE");
}

Task<void> Run::clean_up_rollback() {
  co_await sweep();
  forget_gone();
  finish("UPDATE_ROLLBACK_COMPLETE");
}

Task<void> Run::roll_back_create() {
  doom_created();
  co_await sweep();
  if (!failed_.empty()) {
    finish("ROLLBACK_FAILED",
           fmt::format("The following resource(s) failed to delete: [{}]. ", join(failed_, ", ")));
  } else if (stack_.on_failure == StackRecord::OnFailure::kDelete) {
    forget_stack();
  } else {
    finish("ROLLBACK_COMPLETE");
  }
}

Task<void> Run::remove_stack() {
  try {
    require_exports_unused();
  } catch (const model::ServiceError& error) {
    finish("DELETE_FAILED", error.message());
    co_return;
  }
  co_await finish_cut_steps();
  failed_.clear();
  doom_all();
  co_await sweep();
  if (failed_.empty()) {
    forget_stack();
    co_return;
  }
  std::ranges::sort(failed_);
  finish("DELETE_FAILED",
         fmt::format("The following resource(s) failed to delete: [{}]. ", join(failed_, ", ")));
}

void Run::forget_stack() {
  const Timestamp now = parts_.clock.now();
  change_stack(
      [&](store::Tx& tx, StackRecord& stack) {
        stack.op.phase = Phase::kIdle;
        stack.deleted_at = now;
        if (tx.get(name_key(place_, stack.name)) == stack.uuid) tx.del(name_key(place_, stack.name));
        for (const ExportRow& row : load_exports(tx, place_)) {
          if (row.uuid == stack.uuid) tx.del(export_key(place_, row.name));
        }
        for (const std::string& name : stack.imports) tx.del(import_key(place_, name, stack.uuid));
        stack.imports.clear();
        tx.del_range(place_.scope().shard, change_set_range(place_, stack.uuid));
        parts_.jobs.add(
            tx, kForgetJobKind, now + kDeletedStacksKept,
            Document::Object{
                {"account", place_.account.str()}, {"region", place_.region.str()}, {"stack", stack.uuid}});
      },
      "DELETE_COMPLETE");
}

}  // namespace haneul::cloudformation
