// CreateStack and UpdateStack.

#include <fmt/format.h>

#include "gen/cloudformation/errors.h"
#include "services/cloudformation/ops/common.h"
#include "services/cloudformation/service.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

// Fields of both operations that Haneul does not act on.
template <class Input>
void refuse_fields(const Input& input) {
  refuse(input.notification_arns, "NotificationARNs");
  refuse(input.resource_types, "ResourceTypes");
  refuse(input.stack_policy_body, "StackPolicyBody");
  refuse(input.stack_policy_url, "StackPolicyURL");
  refuse(input.deployment_config, "DeploymentConfig");
  if (input.retain_except_on_create.value_or(false)) refuse_field("RetainExceptOnCreate");
  if (input.disable_validation.value_or(false)) refuse_field("DisableValidation");
  if (!input.rollback_configuration) return;
  refuse(input.rollback_configuration->rollback_triggers, "RollbackConfiguration.RollbackTriggers");
  if (input.rollback_configuration->monitoring_time_in_minutes.value_or(0) > 0) {
    refuse_field("RollbackConfiguration.MonitoringTimeInMinutes");
  }
}

StackRecord::OnFailure on_failure_of(const CreateStackInput& input) {
  if (input.disable_rollback && input.on_failure) {
    fail_template("Either DisableRollback or OnFailure can be specified, not both.");
  }
  if (input.disable_rollback.value_or(false)) return StackRecord::OnFailure::kDoNothing;
  const std::string word = input.on_failure.value_or("ROLLBACK");
  if (word == "DELETE") return StackRecord::OnFailure::kDelete;
  return word == "DO_NOTHING" ? StackRecord::OnFailure::kDoNothing : StackRecord::OnFailure::kRollback;
}

bool may_update(const StackRecord& stack) {
  return stack.status == "CREATE_COMPLETE" || stack.status == "UPDATE_COMPLETE" ||
         stack.status == "UPDATE_ROLLBACK_COMPLETE" || has_failed_without_rollback(stack);
}

}  // namespace

Task<CreateStackOutput> CloudFormation::create_stack(const Request& request, const CreateStackInput& input,
                                                     Exchange&) {
  refuse_fields(input);
  require_stack_name(input.stack_name);
  SpecRequest wanted{.text = co_await read_source(parts_.dispatcher, request,
                                                  {.body = input.template_body, .url = input.template_url}),
                     .given = given_parameters(input.parameters),
                     .previous = {},
                     .tags = tags_document(input.tags),
                     .capabilities = input.capabilities.value_or(std::vector<std::string>{})};
  require_role(input.role_arn.value_or(""));
  const Place place = place_of(request);
  StackRecord stack = new_stack(request, input.stack_name, "CREATE_IN_PROGRESS");
  const Spec spec = make_spec({.place = place, .name = stack.name, .id = stack.id}, wanted);
  stack.on_failure = on_failure_of(input);
  stack.timeout_minutes = input.timeout_in_minutes.value_or(0);
  stack.role_arn = input.role_arn.value_or("");
  stack.is_protected = input.enable_termination_protection.value_or(false);
  stack.op.id = parts_.random.uuid();
  stack.op.token = input.client_request_token.value_or("");
  stack.status_reason = "User Initiated";
  const std::string id = parts_.db.write(place.scope(), [&](store::Tx& tx) {
    if (const auto existing = find_stack(tx, place, input.stack_name)) {
      const bool is_same_request = !stack.op.token.empty() && existing->op.token == stack.op.token &&
                                   existing->op.kind == Operation::Kind::kCreate;
      if (is_same_request) return existing->id;
      throw AlreadyExistsException(fmt::format("Stack [{}] already exists", input.stack_name));
    }
    require_room(tx, place);
    StackRecord made = stack;
    tx.put(name_key(place, made.name), made.uuid);
    save_spec(tx, place, made.uuid, kCurrent, spec);
    begin(tx, request, made, Operation::Kind::kCreate);
    return made.id;
  });
  co_await wait_a_moment(place, id.substr(id.rfind('/') + 1));
  co_return CreateStackOutput{.stack_id = id};
}

Task<UpdateStackOutput> CloudFormation::update_stack(const Request& request, const UpdateStackInput& input,
                                                     Exchange&) {
  refuse_fields(input);
  refuse(input.stack_policy_during_update_body, "StackPolicyDuringUpdateBody");
  refuse(input.stack_policy_during_update_url, "StackPolicyDuringUpdateURL");
  const Place place = place_of(request);
  const auto find = [&](store::Reader& tx) { return require_stack_to_change(tx, place, input.stack_name); };
  const StackRecord before = parts_.db.write(place.scope(), find);
  const Spec old_spec = parts_.db.write(
      place.scope(), [&](store::Tx& tx) { return load_spec(tx, place, before.uuid).value_or(Spec{}); });
  SpecRequest wanted{.text = old_spec.original,
                     .given = given_parameters(input.parameters),
                     .previous = old_spec.parameters,
                     .tags = input.tags ? tags_document(input.tags) : old_spec.tags,
                     .capabilities = input.capabilities.value_or(std::vector<std::string>{})};
  if (!input.use_previous_template.value_or(false)) {
    wanted.text = co_await read_source(parts_.dispatcher, request,
                                       {.body = input.template_body, .url = input.template_url});
  } else if (input.template_body || input.template_url) {
    fail_template("You cannot specify both usePreviousTemplate and Template Body or URL.");
  }
  require_role(input.role_arn.value_or(""));
  const Spec spec = make_spec({.place = place, .name = before.name, .id = before.id}, wanted);
  const std::string operation = parts_.random.uuid();
  parts_.db.write(place.scope(), [&](store::Tx& tx) {
    StackRecord stack = require_stack(tx, place, before.id);
    const std::string token = input.client_request_token.value_or("");
    const bool is_same_request =
        !token.empty() && stack.op.token == token && stack.op.kind == Operation::Kind::kUpdate;
    if (is_same_request) return;
    if (!may_update(stack)) {
      fail_template(fmt::format("Stack:{} is in {} state and can not be updated.", stack.id, stack.status));
    }
    const ChangePlan changes = plan(tx, place, stack, spec);
    if (!changes.has_effect && !has_failed_without_rollback(stack)) {
      fail_template("No updates are to be performed.");
    }
    if (input.role_arn) stack.role_arn = *input.role_arn;
    stack.on_failure = input.disable_rollback.value_or(false) ? StackRecord::OnFailure::kDoNothing
                                                              : StackRecord::OnFailure::kRollback;
    stack.op.id = operation;
    stack.op.token = token;
    stack.status = "UPDATE_IN_PROGRESS";
    stack.status_reason = "User Initiated";
    stack.updated_at = request.now;
    if (auto current = load_spec(tx, place, stack.uuid))
      save_spec(tx, place, stack.uuid, kPrevious, *current);
    save_spec(tx, place, stack.uuid, kCurrent, spec);
    begin(tx, request, stack, Operation::Kind::kUpdate);
  });
  co_await wait_a_moment(place, before.uuid);
  co_return UpdateStackOutput{.stack_id = before.id};
}

}  // namespace haneul::cloudformation
