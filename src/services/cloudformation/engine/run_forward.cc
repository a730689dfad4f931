// The way forward: resources are made, changed and replaced in the order of their dependencies.

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "model/error.h"
#include "services/cloudformation/engine/run.h"
#include "services/cloudformation/limits.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

constexpr std::string_view kNameAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

const ResourceHandler& handler_of(const std::string& type) {
  const ResourceHandler* handler = find_handler(type);
  if (handler == nullptr) fail_template(fmt::format("Unrecognized resource types: [{}]", type));
  return *handler;
}

// A failed update may have set any of its properties. What it wanted to change counts as changed: a property
// that shall stay as it was is set again, since it may not be so.
void mix_in(const Incarnation& half, ResourceContext& context) {
  for (const PropertyChange& change :
       find_changes(find_handler(half.type)->type(), half.properties, context.properties)) {
    if (context.changed(change.property)) continue;
    context.old_properties.erase(change.property);
    if (const Document* value = half.properties.find(change.property)) {
      context.old_properties.set(change.property, *value);
    }
  }
  if (context.old_stack_tags == context.stack_tags) context.old_stack_tags = half.stack_tags;
}

// The name that the template gives it; empty when it gives none.
std::string name_of(const Incarnation& incarnation, const ResourceType& type) {
  const Document* named =
      type.naming.property.empty() ? nullptr : incarnation.properties.find(type.naming.property);
  return named == nullptr ? std::string() : scalar_text(*named);
}

std::string_view prefix_of(Resource::Action action) {
  return action == Resource::Action::kCreate ? "CREATE" : "UPDATE";
}

}  // namespace

bool Run::may_go_on() {
  if (!failed_.empty() || !failure_.empty()) return false;
  const auto now =
      parts_.db.write(place_.scope(), [&](store::Tx& tx) { return load_stack(tx, place_, uuid_); });
  if (!now || now->op.id != stack_.op.id || now->op.phase != stack_.op.phase) return false;
  if (!now->op.cancelled_because.empty()) {
    failure_ = now->op.cancelled_because;
    return false;
  }
  const bool has_timeout = stack_.timeout_minutes > 0 && stack_.op.kind == Operation::Kind::kCreate;
  if (has_timeout &&
      parts_.clock.now() - stack_.op.started_at >= std::chrono::minutes(stack_.timeout_minutes)) {
    failure_ = "Stack creation time exceeded the specified timeout.";
    return false;
  }
  return true;
}

// Steps that a crash cut come to their end before anything else is decided: only then is it known what there
// is to keep or to remove.
Task<void> Run::finish_cut_steps() {
  Dependencies cut;
  for (const auto& [name, resource] : resources_) {
    if (resource.op == stack_.op.id && resource.step == Resource::Step::kStarted) cut[name];
  }
  co_await run_graph(std::move(cut), kParallelResources,
                     {.may_start = [] { return true; },
                      .piece = [this](std::string name) { return forward_one(std::move(name)); }});
}

Task<void> Run::forward() {
  co_await finish_cut_steps();
  co_await run_graph(evaluation_->dependencies(), kParallelResources,
                     {.may_start = [this] { return may_go_on(); },
                      .piece = [this](std::string name) { return forward_one(std::move(name)); }});
  may_go_on();
  if (failed_.empty() && failure_.empty()) {
    forward_done();
  } else {
    forward_failed();
  }
}

Incarnation Run::plan_incarnation(const ResourceSpec& spec) {
  const ResourceType& type = handler_of(spec.type).type();
  const Names names = import_names(Evaluation::Missing::kIsError);
  Incarnation wanted;
  wanted.type = spec.type;
  wanted.properties = Resolver(names).require(spec.properties, "Properties");
  wanted.stack_tags = spec_.tags;
  wanted.deletion_policy = spec.deletion_policy;
  wanted.update_replace_policy = spec.update_replace_policy;
  const auto& needs = evaluation_->dependencies().at(spec.logical_id);
  wanted.depends_on.assign(needs.begin(), needs.end());
  check_properties(type, wanted.properties, Stage::kResolved);
  if (!spec_.no_echo.empty()) wanted.shown = evaluation_->shown(spec.properties, names);
  return wanted;
}

void Run::plan_create(Resource& resource, Incarnation& wanted, std::string fixed_name) {
  const NameRule& rule = handler_of(wanted.type).type().naming;
  if (rule.source == NameRule::Source::kByService) {
    wanted.physical_id.clear();
  } else if (!fixed_name.empty()) {
    wanted.physical_id = std::move(fixed_name);
  } else {
    const std::string random = parts_.random.text(13, kNameAlphabet);
    wanted.physical_id = generate_name(rule, stack_.name, resource.logical_id, random);
  }
}

// Whether there is anything to do.
bool Run::plan_step(Resource& resource, Incarnation wanted) {
  const ResourceType& type = handler_of(wanted.type).type();
  const std::string fixed_name = name_of(wanted, type);
  resource.action = Resource::Action::kCreate;
  if (resource.current) {
    const auto changes = find_changes(type, resource.current->properties, wanted.properties);
    const bool has_new_tags =
        type.find("Tags") != nullptr && !same_value(resource.current->stack_tags, wanted.stack_tags);
    const bool is_replaced = std::ranges::any_of(
        changes, [](const PropertyChange& change) { return change.on_change == OnChange::kReplace; });
    if (changes.empty() && !has_new_tags && !resource.half) return false;
    resource.action = is_replaced ? Resource::Action::kReplace : Resource::Action::kUpdate;
    const bool is_elsewhere = std::ranges::any_of(
        changes, [&](const PropertyChange& change) { return change.property == type.naming.within; });
    const bool has_same_name = !fixed_name.empty() && fixed_name == name_of(*resource.current, type);
    if (is_replaced && has_same_name && !is_elsewhere) {
      fail_template(
          fmt::format("CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                      "Rename {} and update the stack again.",
                      fixed_name));
    }
  }
  if (resource.action == Resource::Action::kUpdate) {
    wanted.physical_id = resource.current->physical_id;
    wanted.attributes = resource.current->attributes;
  } else {
    plan_create(resource, wanted, fixed_name);
  }
  resource.intent = std::move(wanted);
  return true;
}

bool Run::plan(Resource& resource, const ResourceSpec& spec) {
  resource.type = spec.type;
  resource.metadata = spec.metadata;
  resource.op = stack_.op.id;
  resource.action = resource.current ? Resource::Action::kUpdate : Resource::Action::kCreate;
  resource.intent.reset();
  try {
    Incarnation wanted = plan_incarnation(spec);
    if (plan_step(resource, wanted)) return true;
    // Only what the stack itself does with the resource may have changed: its policies and its order.
    wanted.physical_id = resource.current->physical_id;
    wanted.attributes = resource.current->attributes;
    resource.current = std::move(wanted);
    resource.op.clear();
    note(resource, {});
  } catch (const model::ServiceError& error) {
    record_failure(resource, error.message());
  }
  return false;
}

Task<void> Run::forward_one(std::string logical_id) {
  Resource& resource = resources_[logical_id];
  resource.logical_id = logical_id;
  const bool is_known = resource.op == stack_.op.id;
  if (is_known && resource.step == Resource::Step::kDone) co_return;
  if (is_known && resource.step == Resource::Step::kFailed) {
    if (std::ranges::find(failed_, logical_id) == failed_.end()) failed_.push_back(logical_id);
    co_return;
  }
  const Attempt attempt =
      is_known && resource.step == Resource::Step::kStarted ? Attempt::kAgain : Attempt::kFirst;
  if (attempt == Attempt::kFirst) {
    if (!plan(resource, *evaluation_->tmpl().find_resource(logical_id))) co_return;
    resource.step = Resource::Step::kStarted;
    resource.started_at = parts_.clock.now();
    if (resource.action == Resource::Action::kCreate) resource.physical_id.clear();
    Note begun{.status = fmt::format("{}_IN_PROGRESS", prefix_of(resource.action))};
    if (resource.action == Resource::Action::kReplace) {
      begun.reason = "Requested update requires the creation of a new physical resource; hence creating one.";
    }
    note(resource, begun);
    co_await made_durable();
  }
  if (resource.action == Resource::Action::kUpdate) {
    co_await change(resource);
  } else {
    co_await make(resource, attempt);
  }
}

void Run::say_initiated(Resource& resource, const std::string& physical_id) {
  Note initiated{.status = fmt::format("{}_IN_PROGRESS", prefix_of(resource.action)),
                 .reason = "Resource creation Initiated"};
  if (resource.action == Resource::Action::kReplace) {
    initiated.aside_id = physical_id;
  } else {
    resource.physical_id = physical_id;
  }
  note(resource, initiated);
}

Task<void> Run::make(Resource& resource, Attempt attempt) {
  ResourceContext context = context_of(*resource.intent, resource);
  context.attempt = attempt;
  context.on_made = [&](const std::string& id) { say_initiated(resource, id); };
  ResourceState made;
  const auto failure = co_await capture(handler_of(resource.type).create(context), &made);
  if (!failure && context.made_id.empty()) say_initiated(resource, made.physical_id);
  if (failure && !context.made_id.empty()) {
    // Made in part: it must go when the operation is rolled back.
    Incarnation partial = *resource.intent;
    partial.physical_id = context.made_id;
    resource.doomed.push_back(std::move(partial));
  }
  if (failure) {
    record_failure(resource, *failure);
    co_return;
  }
  resource.previous = std::move(resource.current);
  resource.current = *resource.intent;
  resource.current->physical_id = made.physical_id;
  resource.current->attributes = made.attributes;
  resource.physical_id = made.physical_id;
  resource.step = Resource::Step::kDone;
  note(resource, {.status = fmt::format("{}_COMPLETE", prefix_of(resource.action))});
}

Task<void> Run::change(Resource& resource) {
  ResourceContext context = context_of(*resource.intent, resource);
  context.old_properties = resource.current->properties;
  context.old_stack_tags = resource.current->stack_tags;
  if (resource.half) mix_in(*resource.half, context);
  ResourceState state;
  const auto failure = co_await capture(handler_of(resource.type).update(context), &state);
  if (failure) {
    resource.half = resource.intent;
    record_failure(resource, *failure);
    co_return;
  }
  resource.previous = std::move(resource.current);
  resource.current = *resource.intent;
  resource.current->attributes = state.attributes;
  resource.half.reset();
  resource.step = Resource::Step::kDone;
  note(resource, {.status = "UPDATE_COMPLETE"});
}

void Run::record_failure(Resource& resource, const std::string& reason) {
  resource.step = Resource::Step::kFailed;
  failed_.push_back(resource.logical_id);
  note(resource, {.status = fmt::format("{}_FAILED", prefix_of(resource.action)), .reason = reason});
}

std::string Run::reason_of_failure() {
  if (failed_.empty()) return failure_ + " ";
  std::ranges::sort(failed_);
  std::vector<std::string> created;
  std::vector<std::string> updated;
  for (const std::string& name : failed_) {
    (resources_[name].action == Resource::Action::kCreate ? created : updated).push_back(name);
  }
  std::string reason;
  if (!created.empty()) {
    reason = fmt::format("The following resource(s) failed to create: [{}]. ", join(created, ", "));
  }
  if (!updated.empty()) {
    reason += fmt::format("The following resource(s) failed to update: [{}]. ", join(updated, ", "));
  }
  return reason;
}

void Run::forward_failed() {
  const bool is_create = stack_.op.kind == Operation::Kind::kCreate;
  const std::string reason = reason_of_failure();
  if (stack_.on_failure == StackRecord::OnFailure::kDoNothing) {
    doom_replaced();
    finish(is_create ? "CREATE_FAILED" : "UPDATE_FAILED", reason);
    return;
  }
  if (!is_create) {
    change_stack(
        [&](store::Tx& tx, StackRecord& stack) {
          stack.op.phase = Phase::kRollback;
          stack.op.cancelled_because.clear();
          if (const auto previous = load_spec(tx, place_, uuid_, kPrevious)) {
            save_spec(tx, place_, uuid_, kCurrent, *previous);
          }
        },
        "UPDATE_ROLLBACK_IN_PROGRESS", reason);
    return;
  }
  const bool is_deleted = stack_.on_failure == StackRecord::OnFailure::kDelete;
  change_stack([](store::Tx&, StackRecord& stack) { stack.op.phase = Phase::kCreateRollback; },
               is_deleted ? "DELETE_IN_PROGRESS" : "ROLLBACK_IN_PROGRESS",
               reason + (is_deleted ? "Delete requested by user." : "Rollback requested by user."));
}

}  // namespace haneul::cloudformation
