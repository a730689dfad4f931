#include "services/cloudformation/engine/run.h"

#include <fmt/format.h>

#include "base/json.h"
#include "model/error.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

Run::Run(const Parts& parts, Place place, std::string uuid, Passing passing)
    : parts_(parts), place_(std::move(place)), uuid_(std::move(uuid)), passing_(passing) {}

Task<void> Run::proceed(std::string operation_id) {
  load();
  while (stack_.op.id == operation_id && stack_.op.phase != Phase::kIdle) {
    failed_.clear();
    held_.clear();
    failure_.clear();
    co_await step_phase();
    co_await made_durable();
    load();
  }
}

void Run::load() {
  // A write transaction: it sees what is ordered, so also what this run wrote a moment ago.
  parts_.db.write(place_.scope(), [&](store::Tx& tx) {
    auto stack = load_stack(tx, place_, uuid_);
    stack_ = stack ? std::move(*stack) : StackRecord{};
    auto spec = load_spec(tx, place_, uuid_);
    spec_ = spec ? std::move(*spec) : Spec{};
    resources_ = load_resources(tx, place_, uuid_);
  });
  if (stack_.op.phase == Phase::kIdle) return;
  caller_ = stack_.op.caller;
  if (!stack_.op.role_arn.empty()) {
    const auto session = parts_.iam.issue_for_service(
        {.role_arn = stack_.op.role_arn, .session_name = "AWSCloudFormation", .session_policies = {}});
    // Without its role the stack may do nothing: every step then says so.
    caller_ = session ? session->caller : platform::Caller::anonymous();
  }
  const bool needs_template = stack_.op.phase == Phase::kForward;
  evaluation_.reset();
  if (needs_template) {
    evaluation_ = std::make_unique<Evaluation>(
        StackIdentity{.place = place_, .name = stack_.name, .id = stack_.id}, spec_);
  }
}

Task<void> Run::step_phase() {
  switch (stack_.op.phase) {
    case Phase::kForward: co_await forward(); break;
    case Phase::kCleanup: co_await clean_up(); break;
    case Phase::kRollback: co_await roll_back(); break;
    case Phase::kRollbackCleanup: co_await clean_up_rollback(); break;
    case Phase::kCreateRollback: co_await roll_back_create(); break;
    case Phase::kDelete: co_await remove_stack(); break;
    case Phase::kIdle: break;
  }
}

void Run::note(Resource& resource, const Note& note) {
  const Timestamp now = parts_.clock.now();
  const bool is_aside = !note.aside_id.empty();
  if (!note.status.empty() && !is_aside) {
    resource.status = note.status;
    resource.status_reason = note.reason;
    resource.updated_at = now;
  }
  parts_.db.write(place_.scope(), [&](store::Tx& tx) {
    save_resource(tx, place_, uuid_, resource);
    if (note.status.empty()) return;
    auto stack = load_stack(tx, place_, uuid_);
    if (!stack) return;
    Event event{.logical_id = resource.logical_id,
                .physical_id = is_aside ? note.aside_id : resource.physical_id,
                .type = resource.type,
                .status = note.status,
                .reason = note.reason,
                .at = now};
    if (resource.intent) {
      const Incarnation& intent = *resource.intent;
      event.properties = write_json(intent.shown.is_null() ? intent.properties : intent.shown);
    }
    add_event(tx, place_, *stack, std::move(event));
    save_stack(tx, place_, *stack);
  });
}

void Run::change_stack(const std::function<void(store::Tx&, StackRecord&)>& change, std::string_view status,
                       std::string reason) {
  const Timestamp now = parts_.clock.now();
  parts_.db.write(place_.scope(), [&](store::Tx& tx) {
    auto stack = load_stack(tx, place_, uuid_);
    if (!stack) return;
    // Somebody else has moved the operation on (a delete while it was created): it is theirs now.
    if (stack->op.id != stack_.op.id || stack->op.phase != stack_.op.phase) return;
    change(tx, *stack);
    if (!status.empty()) {
      stack->status = status;
      stack->status_reason = reason;
      add_event(tx, place_, *stack, stack_event(*stack, now));
    }
    save_stack(tx, place_, *stack);
  });
}

void Run::finish(std::string_view status, std::string reason) {
  const std::string operation = stack_.op.id;
  change_stack(
      [&](store::Tx& tx, StackRecord& stack) {
        for (auto& [name, resource] : resources_) {
          if (resource.op != operation && !resource.previous) continue;
          resource.op.clear();
          resource.previous.reset();
          resource.intent.reset();
          resource.step = Resource::Step::kNone;
          resource.action = Resource::Action::kNone;
          save_resource(tx, place_, uuid_, resource);
        }
        stack.op.phase = Phase::kIdle;
      },
      status, std::move(reason));
}

Task<void> Run::made_durable() { co_await parts_.db.wait_durable(parts_.db.last_ordered()); }

ResourceContext Run::context_of(const Incarnation& incarnation, const Resource& resource) {
  ResourceContext context(parts_.dispatcher, {.caller = caller_,
                                              .account = place_.account,
                                              .region = place_.region,
                                              .trace_id = {},
                                              .source = "cloudformation.amazonaws.com"});
  context.logical_id = resource.logical_id;
  context.stack_name = stack_.name;
  context.stack_id = stack_.id;
  context.physical_id = incarnation.physical_id;
  context.properties = incarnation.properties;
  context.attributes = incarnation.attributes;
  context.stack_tags = incarnation.stack_tags;
  context.started_at = resource.started_at;
  return context;
}

std::string Run::reason_of(const model::ServiceError& error) const {
  const bool is_passing = error.shape().status == 503 || error.shape().code == "ThrottlingException";
  if (is_passing && passing_ == Passing::kIsTriedAgain) throw error;
  return error.message().empty() ? std::string(error.shape().code) : error.message();
}

Task<std::optional<std::string>> Run::capture(Task<ResourceState> work, ResourceState* out) {
  std::optional<std::string> reason;
  try {
    *out = co_await std::move(work);
  } catch (const model::ServiceError& error) {
    reason = reason_of(error);
  }
  co_return reason;
}

Task<std::optional<std::string>> Run::capture(Task<void> work) {
  std::optional<std::string> reason;
  try {
    co_await std::move(work);
  } catch (const model::ServiceError& error) {
    reason = reason_of(error);
  }
  co_return reason;
}

Names Run::import_names(Evaluation::Missing missing) {
  Names names = evaluation_->names(resources_, missing);
  names.import = [this](const std::string& name) -> std::string {
    const auto row = parts_.db.read([&](store::ReadTx& tx) { return load_export(tx, place_, name); });
    if (!row) fail_template(fmt::format("No export named {} found.", name));
    imported_.insert(name);
    return row->value;
  };
  return names;
}

}  // namespace haneul::cloudformation
