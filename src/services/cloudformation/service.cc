#include "services/cloudformation/service.h"

#include "gen/cloudformation/operations.h"
#include "model/common_errors.h"
#include "services/cloudformation/ops/common.h"

namespace haneul::cloudformation {

namespace {

using platform::bind_run;
using platform::Effect;
using platform::Request;

// The access check of an operation about one stack, named by StackName.
template <class Input>
auto on_stack(std::string_view action) {
  return [action](const Request& request, const Input& input) {
    return check_stack(request, action, input.stack_name);
  };
}

template <class Input>
auto on_stack_with_role(std::string_view action) {
  return [action](const Request& request, const Input& input) {
    return check_stack_and_role(request, action, input.stack_name, input.role_arn);
  };
}

// StackName may be left out: then the check is about all stacks.
template <class Input>
auto on_any_stack(std::string_view action) {
  return [action](const Request& request, const Input& input) {
    return check_stack(request, action, input.stack_name.value_or("*"));
  };
}

template <class Input>
auto on_everything(std::string_view action) {
  return [action](const Request&, const Input&) {
    return platform::check("cloudformation:" + std::string(action), "*");
  };
}

}  // namespace

CloudFormation::CloudFormation(const CloudFormationParts& parts)
    : parts_{.db = parts.db,
             .clock = parts.clock,
             .random = parts.random,
             .jobs = parts.jobs,
             .dispatcher = dispatcher_,
             .iam = parts.iam},
      engine_(parts_) {}

void CloudFormation::register_operations(platform::OperationTable& table) {
  register_stacks(table);
  register_views(table);
  register_templates(table);
}

void CloudFormation::register_stacks(platform::OperationTable& table) {
  using C = CloudFormation;
  table.add_parking<op::CreateStack>({.access = on_stack_with_role<CreateStackInput>("CreateStack"),
                                      .run = bind_run(this, &C::create_stack)});
  table.add_parking<op::UpdateStack>({.access = on_stack_with_role<UpdateStackInput>("UpdateStack"),
                                      .run = bind_run(this, &C::update_stack)});
  table.add<op::DeleteStack>({.access = on_stack_with_role<DeleteStackInput>("DeleteStack"),
                              .run = bind_run(this, &C::delete_stack)});
  table.add<op::CancelUpdateStack>({.access = on_stack<CancelUpdateStackInput>("CancelUpdateStack"),
                                    .run = bind_run(this, &C::cancel_update_stack)});
  table.add<op::ContinueUpdateRollback>(
      {.access = on_stack_with_role<ContinueUpdateRollbackInput>("ContinueUpdateRollback"),
       .run = bind_run(this, &C::continue_update_rollback)});
  table.add<op::UpdateTerminationProtection>(
      {.access = on_stack<UpdateTerminationProtectionInput>("UpdateTerminationProtection"),
       .run = bind_run(this, &C::update_termination_protection)});
  table.add_parking<op::CreateChangeSet>(
      {.access = on_stack_with_role<CreateChangeSetInput>("CreateChangeSet"),
       .run = bind_run(this, &C::create_change_set)});
  table.add<op::ExecuteChangeSet>({.access = on_any_stack<ExecuteChangeSetInput>("ExecuteChangeSet"),
                                   .run = bind_run(this, &C::execute_change_set)});
  table.add<op::DeleteChangeSet>({.access = on_any_stack<DeleteChangeSetInput>("DeleteChangeSet"),
                                  .run = bind_run(this, &C::delete_change_set)});
}

void CloudFormation::register_views(platform::OperationTable& table) {
  using C = CloudFormation;
  table.add<op::DescribeStacks>({.access = on_any_stack<DescribeStacksInput>("DescribeStacks"),
                                 .run = bind_run(this, &C::describe_stacks),
                                 .effect = Effect::kReadOnly});
  table.add<op::ListStacks>({.access = on_everything<ListStacksInput>("ListStacks"),
                             .run = bind_run(this, &C::list_stacks),
                             .effect = Effect::kReadOnly});
  table.add<op::DescribeStackEvents>({.access = on_any_stack<DescribeStackEventsInput>("DescribeStackEvents"),
                                      .run = bind_run(this, &C::describe_stack_events),
                                      .effect = Effect::kReadOnly});
  table.add<op::DescribeStackResource>(
      {.access = on_stack<DescribeStackResourceInput>("DescribeStackResource"),
       .run = bind_run(this, &C::describe_stack_resource),
       .effect = Effect::kReadOnly});
  table.add<op::DescribeStackResources>(
      {.access = on_any_stack<DescribeStackResourcesInput>("DescribeStackResources"),
       .run = bind_run(this, &C::describe_stack_resources),
       .effect = Effect::kReadOnly});
  table.add<op::ListStackResources>({.access = on_stack<ListStackResourcesInput>("ListStackResources"),
                                     .run = bind_run(this, &C::list_stack_resources),
                                     .effect = Effect::kReadOnly});
  table.add<op::ListExports>({.access = on_everything<ListExportsInput>("ListExports"),
                              .run = bind_run(this, &C::list_exports),
                              .effect = Effect::kReadOnly});
  table.add<op::ListImports>({.access = on_everything<ListImportsInput>("ListImports"),
                              .run = bind_run(this, &C::list_imports),
                              .effect = Effect::kReadOnly});
  table.add<op::DescribeChangeSet>({.access = on_any_stack<DescribeChangeSetInput>("DescribeChangeSet"),
                                    .run = bind_run(this, &C::describe_change_set),
                                    .effect = Effect::kReadOnly});
  table.add<op::ListChangeSets>({.access = on_stack<ListChangeSetsInput>("ListChangeSets"),
                                 .run = bind_run(this, &C::list_change_sets),
                                 .effect = Effect::kReadOnly});
}

void CloudFormation::register_templates(platform::OperationTable& table) {
  using C = CloudFormation;
  table.add<op::GetTemplate>({.access = on_any_stack<GetTemplateInput>("GetTemplate"),
                              .run = bind_run(this, &C::get_template),
                              .effect = Effect::kReadOnly});
  table.add_parking<op::GetTemplateSummary>(
      {.access = on_any_stack<GetTemplateSummaryInput>("GetTemplateSummary"),
       .run = bind_run(this, &C::get_template_summary),
       .effect = Effect::kReadOnly});
  table.add_parking<op::ValidateTemplate>({.access = on_everything<ValidateTemplateInput>("ValidateTemplate"),
                                           .run = bind_run(this, &C::validate_template),
                                           .effect = Effect::kReadOnly});
}

}  // namespace haneul::cloudformation
