// DeleteStack, CancelUpdateStack, ContinueUpdateRollback and UpdateTerminationProtection.

#include <algorithm>

#include <fmt/format.h>

#include "services/cloudformation/ops/common.h"
#include "services/cloudformation/service.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

bool may_delete_while(std::string_view status) {
  return !is_in_progress(status) || status == "CREATE_IN_PROGRESS" || status == "REVIEW_IN_PROGRESS";
}

void check_retained(store::Reader& tx, const Place& place, const StackRecord& stack,
                    const std::vector<std::string>& retained) {
  if (retained.empty()) return;
  if (stack.status != "DELETE_FAILED") {
    fail_template(
        "Invalid operation on stack. RetainResources may only be specified for stacks in the "
        "DELETE_FAILED state.");
  }
  const ResourceMap resources = load_resources(tx, place, stack.uuid);
  for (const std::string& name : retained) {
    if (!resources.contains(name)) {
      fail_template(fmt::format("Resource {} does not exist for stack {}", name, stack.name));
    }
  }
}

// It counts as restored; what it really is stays noted, so that the next update sets it right.
void skip(Resource& resource) {
  if (resource.previous) {
    resource.half = std::move(resource.current);
    resource.current = std::move(resource.previous);
  } else if (resource.intent) {
    resource.half = std::move(resource.intent);
  }
  resource.previous.reset();
  resource.intent.reset();
  resource.op.clear();
  resource.step = Resource::Step::kNone;
  resource.action = Resource::Action::kNone;
  resource.status = "UPDATE_COMPLETE";
  resource.status_reason.clear();
}

}  // namespace

Task<DeleteStackOutput> CloudFormation::delete_stack(const Request& request, const DeleteStackInput& input,
                                                     Exchange&) {
  refuse(input.deployment_config, "DeploymentConfig");
  if (input.deletion_mode.value_or("STANDARD") != "STANDARD") refuse_field("DeletionMode");
  require_role(input.role_arn.value_or(""));
  const Place place = place_of(request);
  const std::string operation = parts_.random.uuid();
  const std::string uuid = parts_.db.write(place.scope(), [&](store::Tx& tx) {
    auto found = find_stack(tx, place, input.stack_name);
    // Deleting what is not there, or is being deleted, is a success.
    if (!found || found->status == "DELETE_COMPLETE" || found->status == "DELETE_IN_PROGRESS") {
      return std::string();
    }
    StackRecord& stack = *found;
    if (stack.is_protected) {
      fail_template(
          fmt::format("Stack [{}] cannot be deleted while TerminationProtection is enabled", stack.name));
    }
    if (!may_delete_while(stack.status)) {
      fail_template(fmt::format("Stack [{}] cannot be deleted while in status {}", stack.name, stack.status));
    }
    const std::vector<std::string> retained = input.retain_resources.value_or(std::vector<std::string>{});
    check_retained(tx, place, stack, retained);
    const bool is_running = stack.op.phase != Phase::kIdle;
    if (input.role_arn) stack.role_arn = *input.role_arn;
    stack.op.token = input.client_request_token.value_or("");
    stack.op.retain = retained;
    stack.status = "DELETE_IN_PROGRESS";
    stack.status_reason = "User Initiated";
    if (is_running) {
      // The job that creates the stack sees the new phase and goes on with it.
      stack.op.phase = Phase::kDelete;
      stack.op.kind = Operation::Kind::kDelete;
      stack.op.caller = request.caller;
      stack.op.role_arn = stack.role_arn;
      add_event(tx, place, stack, stack_event(stack, request.now));
      save_stack(tx, place, stack);
      return stack.uuid;
    }
    stack.op.id = operation;
    begin(tx, request, stack, Operation::Kind::kDelete);
    return stack.uuid;
  });
  if (!uuid.empty()) co_await wait_a_moment(place, uuid);
  co_return DeleteStackOutput{};
}

CancelUpdateStackOutput CloudFormation::cancel_update_stack(const Request& request,
                                                            const CancelUpdateStackInput& input) {
  const Place place = place_of(request);
  parts_.db.write(place.scope(), [&](store::Tx& tx) {
    StackRecord stack = require_stack_to_change(tx, place, input.stack_name);
    const bool is_forward = stack.status == "UPDATE_IN_PROGRESS" && stack.op.phase == Phase::kForward;
    if (!is_forward) {
      fail_template(fmt::format("CancelUpdateStack cannot be called from current stack status"));
    }
    stack.op.cancelled_because = "User Initiated";
    if (input.client_request_token) stack.op.token = *input.client_request_token;
    save_stack(tx, place, stack);
  });
  return {};
}

ContinueUpdateRollbackOutput CloudFormation::continue_update_rollback(
    const Request& request, const ContinueUpdateRollbackInput& input) {
  require_role(input.role_arn.value_or(""));
  if (input.force_rollback.value_or(false)) refuse_field("ForceRollback");
  const Place place = place_of(request);
  parts_.db.write(place.scope(), [&](store::Tx& tx) {
    StackRecord stack = require_stack_to_change(tx, place, input.stack_name);
    const std::string token = input.client_request_token.value_or("");
    if (!token.empty() && stack.op.token == token && stack.op.phase == Phase::kRollback) return;
    if (stack.status != "UPDATE_ROLLBACK_FAILED") {
      fail_template(
          fmt::format("Stack:{} is in {} state and can not continue rollback.", stack.id, stack.status));
    }
    ResourceMap resources = load_resources(tx, place, stack.uuid);
    for (const std::string& name : input.resources_to_skip.value_or(std::vector<std::string>{})) {
      const auto found = resources.find(name);
      if (found == resources.end() || found->second.status != "UPDATE_FAILED") {
        fail_template(fmt::format("Resource {} is not in state UPDATE_FAILED and cannot be skipped", name));
      }
      skip(found->second);
      found->second.updated_at = request.now;
      save_resource(tx, place, stack.uuid, found->second);
    }
    if (input.role_arn) stack.role_arn = *input.role_arn;
    stack.op.token = token;
    stack.status = "UPDATE_ROLLBACK_IN_PROGRESS";
    stack.status_reason = "User Initiated";
    begin(tx, request, stack, Operation::Kind::kUpdate);
    stack.op.phase = Phase::kRollback;
    save_stack(tx, place, stack);
  });
  return {};
}

UpdateTerminationProtectionOutput CloudFormation::update_termination_protection(
    const Request& request, const UpdateTerminationProtectionInput& input) {
  const Place place = place_of(request);
  const std::string id = parts_.db.write(place.scope(), [&](store::Tx& tx) {
    StackRecord stack = require_stack_to_change(tx, place, input.stack_name);
    if (stack.status == "DELETE_COMPLETE" || stack.status == "DELETE_IN_PROGRESS") {
      fail_template(
          fmt::format("Stack [{}] is in {} state and can not be protected.", stack.name, stack.status));
    }
    stack.is_protected = input.enable_termination_protection;
    save_stack(tx, place, stack);
    return stack.id;
  });
  return {.stack_id = id};
}

}  // namespace haneul::cloudformation
