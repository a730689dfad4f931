// CreateChangeSet, DescribeChangeSet, ExecuteChangeSet, DeleteChangeSet and ListChangeSets.

#include <algorithm>

#include <fmt/format.h>

#include "gen/cloudformation/errors.h"
#include "services/cloudformation/ops/common.h"
#include "services/cloudformation/service.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

constexpr std::string_view kNoChanges =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

void refuse_fields(const CreateChangeSetInput& input) {
  refuse(input.notification_arns, "NotificationARNs");
  refuse(input.resource_types, "ResourceTypes");
  refuse(input.resources_to_import, "ResourcesToImport");
  refuse(input.deployment_config, "DeploymentConfig");
  refuse(input.deployment_mode, "DeploymentMode");
  if (input.include_nested_stacks.value_or(false)) refuse_field("IncludeNestedStacks");
  if (input.import_existing_resources.value_or(false)) refuse_field("ImportExistingResources");
  if (input.disable_validation.value_or(false)) refuse_field("DisableValidation");
  if (input.change_set_type.value_or("UPDATE") == "IMPORT") refuse_field("ChangeSetType IMPORT");
  if (!input.rollback_configuration) return;
  refuse(input.rollback_configuration->rollback_triggers, "RollbackConfiguration.RollbackTriggers");
  if (input.rollback_configuration->monitoring_time_in_minutes.value_or(0) > 0) {
    refuse_field("RollbackConfiguration.MonitoringTimeInMinutes");
  }
}

bool may_receive(const StackRecord& stack, ChangeSet::Kind kind) {
  if (kind == ChangeSet::Kind::kCreate) return stack.status == "REVIEW_IN_PROGRESS";
  return stack.status == "CREATE_COMPLETE" || stack.status == "UPDATE_COMPLETE" ||
         stack.status == "UPDATE_ROLLBACK_COMPLETE" || has_failed_without_rollback(stack);
}

StackRecord::OnFailure on_failure_of(const ChangeSet& change_set, std::string_view asked) {
  const std::string_view word = asked.empty() ? std::string_view(change_set.on_stack_failure) : asked;
  if (word == "DELETE" && change_set.kind == ChangeSet::Kind::kCreate) return StackRecord::OnFailure::kDelete;
  return word == "DO_NOTHING" ? StackRecord::OnFailure::kDoNothing : StackRecord::OnFailure::kRollback;
}

// The values of properties are shown on request only.
void hide_values(Document& change) {
  Document* details = change.find("ResourceChange")->find("Details");
  if (details == nullptr) return;
  for (Document& detail : details->as_array()) {
    detail.find("Target")->erase("BeforeValue");
    detail.find("Target")->erase("AfterValue");
  }
}

ChangeSetSummary summary_of(const StackRecord& stack, const ChangeSet& change_set) {
  ChangeSetSummary out;
  out.stack_id = stack.id;
  out.stack_name = stack.name;
  out.change_set_id = change_set.id;
  out.change_set_name = change_set.name;
  out.execution_status = change_set.execution_status;
  out.status = change_set.status;
  out.status_reason = text_or_nothing(change_set.status_reason);
  out.creation_time = change_set.created_at;
  out.description = text_or_nothing(change_set.description);
  return out;
}

}  // namespace

std::optional<StackRecord> find_stack_of_change_set(store::Reader& tx, const Place& place,
                                                    const std::string& arn) {
  for (StackRecord& stack : load_stacks(tx, place)) {
    for (const ChangeSet& change_set : load_change_sets(tx, place, stack.uuid)) {
      if (change_set.id == arn) return std::move(stack);
    }
  }
  return std::nullopt;
}

std::pair<StackRecord, ChangeSet> require_change_set(store::Reader& tx, const Place& place,
                                                     const std::optional<std::string>& stack_name,
                                                     const std::string& name_or_id) {
  const auto fail = [&]() {
    throw ChangeSetNotFoundException(fmt::format("ChangeSet [{}] does not exist", name_or_id));
  };
  if (name_or_id.starts_with("arn:")) {
    auto stack = find_stack_of_change_set(tx, place, name_or_id);
    if (!stack) fail();
    for (ChangeSet& change_set : load_change_sets(tx, place, stack->uuid)) {
      if (change_set.id == name_or_id) return {std::move(*stack), std::move(change_set)};
    }
  }
  if (!stack_name) fail_template("StackName must be specified if ChangeSetName is not specified as an ARN.");
  auto stack = find_stack(tx, place, *stack_name);
  if (!stack) fail_no_stack(*stack_name);
  auto change_set = load_change_set(tx, place, stack->uuid, name_or_id);
  if (!change_set) fail();
  return {std::move(*stack), std::move(*change_set)};
}

Task<CreateChangeSetOutput> CloudFormation::create_change_set(const Request& request,
                                                              const CreateChangeSetInput& input, Exchange&) {
  refuse_fields(input);
  const Place place = place_of(request);
  const bool is_create = input.change_set_type.value_or("UPDATE") == "CREATE";
  auto existing =
      parts_.db.write(place.scope(), [&](store::Tx& tx) { return find_stack(tx, place, input.stack_name); });
  if (!existing && !is_create) {
    fail_template(fmt::format("Stack [{}] does not exist", input.stack_name));
  }
  const bool is_new = !existing || existing->status == "DELETE_COMPLETE";
  if (is_new) require_stack_name(input.stack_name);
  StackRecord stack = is_new ? new_stack(request, input.stack_name, "REVIEW_IN_PROGRESS") : *existing;
  const Spec old_spec = parts_.db.write(
      place.scope(), [&](store::Tx& tx) { return load_spec(tx, place, stack.uuid).value_or(Spec{}); });
  SpecRequest wanted{.text = old_spec.original,
                     .given = given_parameters(input.parameters),
                     .previous = old_spec.parameters,
                     .tags = input.tags || is_create ? tags_document(input.tags) : old_spec.tags,
                     .capabilities = input.capabilities.value_or(std::vector<std::string>{}),
                     .transforms = SpecRequest::Transforms::kAreShown};
  if (!input.use_previous_template.value_or(false)) {
    wanted.text = co_await read_source(parts_.dispatcher, request,
                                       {.body = input.template_body, .url = input.template_url});
  }
  require_role(input.role_arn.value_or(""));
  ChangeSet change_set;
  change_set.id = fmt::format("arn:aws:cloudformation:{}:{}:changeSet/{}/{}", request.region.str(),
                              request.account.str(), input.change_set_name, parts_.random.uuid());
  change_set.name = input.change_set_name;
  change_set.description = input.description.value_or("");
  change_set.kind = is_create ? ChangeSet::Kind::kCreate : ChangeSet::Kind::kUpdate;
  change_set.role_arn = input.role_arn.value_or("");
  change_set.on_stack_failure = input.on_stack_failure.value_or("");
  change_set.token = input.client_token.value_or("");
  change_set.created_at = request.now;
  change_set.spec = make_spec({.place = place, .name = stack.name, .id = stack.id}, wanted);
  co_return store_change_set(request, std::move(stack), std::move(change_set));
}

CreateChangeSetOutput CloudFormation::store_change_set(const Request& request, StackRecord planned,
                                                       ChangeSet change_set) {
  const Place place = place_of(request);
  return parts_.db.write(place.scope(), [&](store::Tx& tx) {
    auto stack = find_stack(tx, place, planned.name);
    ChangeSet made = change_set;
    if (!stack) {
      require_room(tx, place);
      stack = planned;
      stack->status_reason = "User Initiated";
      tx.put(name_key(place, stack->name), stack->uuid);
      add_event(tx, place, *stack, stack_event(*stack, request.now));
      save_stack(tx, place, *stack);
    } else if (stack->uuid != planned.uuid) {
      throw AlreadyExistsException(fmt::format("Stack [{}] already exists", planned.name));
    }
    const auto same_name = load_change_set(tx, place, stack->uuid, made.name);
    if (same_name && !made.token.empty() && same_name->token == made.token) {
      return CreateChangeSetOutput{.id = same_name->id, .stack_id = stack->id};
    }
    if (!may_receive(*stack, made.kind)) {
      if (made.kind == ChangeSet::Kind::kCreate) {
        fail_template(
            fmt::format("Stack [{}] already exists and cannot be created again with the changeSet [{}].",
                        stack->name, made.name));
      }
      fail_template(fmt::format("Stack:{} is in {} state and can not be updated.", stack->id, stack->status));
    }
    if (same_name) {
      throw AlreadyExistsException(fmt::format("ChangeSet {} already exists", made.name));
    }
    const ChangePlan changes = plan(tx, place, *stack, made.spec);
    made.changes = changes.changes;
    const bool has_effect = changes.has_effect || has_failed_without_rollback(*stack);
    made.status = has_effect ? "CREATE_COMPLETE" : "FAILED";
    made.execution_status = has_effect ? "AVAILABLE" : "UNAVAILABLE";
    if (!has_effect) made.status_reason = kNoChanges;
    save_change_set(tx, place, stack->uuid, made);
    return CreateChangeSetOutput{.id = made.id, .stack_id = stack->id};
  });
}

DescribeChangeSetOutput CloudFormation::describe_change_set(const Request& request,
                                                            const DescribeChangeSetInput& input) {
  page_start(request, input.next_token);
  const Place place = place_of(request);
  return parts_.db.read([&](store::ReadTx& tx) {
    const auto [stack, change_set] = require_change_set(tx, place, input.stack_name, input.change_set_name);
    DescribeChangeSetOutput out;
    out.change_set_name = change_set.name;
    out.change_set_id = change_set.id;
    out.stack_id = stack.id;
    out.stack_name = stack.name;
    out.description = text_or_nothing(change_set.description);
    out.parameters = list_or_nothing(shown_parameters(change_set.spec));
    out.creation_time = change_set.created_at;
    out.execution_status = change_set.execution_status;
    out.status = change_set.status;
    out.status_reason = text_or_nothing(change_set.status_reason);
    out.notification_arns = std::vector<std::string>{};
    out.rollback_configuration = RollbackConfiguration{};
    out.capabilities = list_or_nothing(change_set.spec.capabilities);
    out.tags = list_or_nothing(shown_tags(change_set.spec));
    out.on_stack_failure = text_or_nothing(change_set.on_stack_failure);
    out.include_nested_stacks = false;
    out.changes.emplace();
    for (Document change : change_set.changes.as_array()) {
      if (!input.include_property_values.value_or(false)) hide_values(change);
      out.changes->push_back(model::bind<Change>(change));
    }
    return out;
  });
}

Task<ExecuteChangeSetOutput> CloudFormation::execute_change_set(const Request& request,
                                                                const ExecuteChangeSetInput& input,
                                                                Exchange&) {
  if (input.retain_except_on_create.value_or(false)) refuse_field("RetainExceptOnCreate");
  const Place place = place_of(request);
  const std::string operation = parts_.random.uuid();
  const std::string uuid = parts_.db.write(place.scope(), [&](store::Tx& tx) {
    auto [stack, change_set] = require_change_set(tx, place, input.stack_name, input.change_set_name);
    const std::string token = input.client_request_token.value_or("");
    if (!token.empty() && stack.op.token == token && stack.change_set_id == change_set.id) return stack.uuid;
    if (change_set.execution_status != "AVAILABLE") {
      throw InvalidChangeSetStatusException(
          fmt::format("ChangeSet [{}] cannot be executed in its current status of [{}]", change_set.id,
                      change_set.status));
    }
    if (!may_receive(stack, change_set.kind)) {
      fail_template(fmt::format("Stack:{} is in {} state and can not be updated.", stack.id, stack.status));
    }
    // Each change set was computed against the stack as it was: those that are left are void.
    tx.del_range(place.scope().shard, change_set_range(place, stack.uuid));
    const bool is_create = change_set.kind == ChangeSet::Kind::kCreate;
    if (!change_set.role_arn.empty()) stack.role_arn = change_set.role_arn;
    stack.on_failure = on_failure_of(change_set, input.disable_rollback.value_or(false) ? "DO_NOTHING" : "");
    stack.change_set_id = change_set.id;
    stack.op.id = operation;
    stack.op.token = token;
    stack.status = is_create ? "CREATE_IN_PROGRESS" : "UPDATE_IN_PROGRESS";
    stack.status_reason = "User Initiated";
    if (!is_create) stack.updated_at = request.now;
    if (auto current = load_spec(tx, place, stack.uuid))
      save_spec(tx, place, stack.uuid, kPrevious, *current);
    save_spec(tx, place, stack.uuid, kCurrent, change_set.spec);
    begin(tx, request, stack, is_create ? Operation::Kind::kCreate : Operation::Kind::kUpdate);
    return stack.uuid;
  });
  co_await wait_a_moment(place, uuid);
  co_return ExecuteChangeSetOutput{};
}

DeleteChangeSetOutput CloudFormation::delete_change_set(const Request& request,
                                                        const DeleteChangeSetInput& input) {
  const Place place = place_of(request);
  parts_.db.write(place.scope(), [&](store::Tx& tx) {
    const auto [stack, change_set] = require_change_set(tx, place, input.stack_name, input.change_set_name);
    tx.del(change_set_key(place, stack.uuid, change_set.name));
  });
  return {};
}

ListChangeSetsOutput CloudFormation::list_change_sets(const Request& request,
                                                      const ListChangeSetsInput& input) {
  page_start(request, input.next_token);
  const Place place = place_of(request);
  return parts_.db.read([&](store::ReadTx& tx) {
    const StackRecord stack = require_stack(tx, place, input.stack_name);
    ListChangeSetsOutput output;
    output.summaries.emplace();
    for (const ChangeSet& change_set : load_change_sets(tx, place, stack.uuid)) {
      output.summaries->push_back(summary_of(stack, change_set));
    }
    return output;
  });
}

}  // namespace haneul::cloudformation
