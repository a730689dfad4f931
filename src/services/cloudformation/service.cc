#include "services/cloudformation/service.h"

#include "gen/cloudformation/operations.h"
#include "model/common_errors.h"
#include "services/cloudformation/ops/common.h"

namespace haneul::cloudformation {

namespace {

using platform::bind_run;
using platform::Effect;
using platform::Request;

// The access checks of operations about one stack. They are about the stack itself, by its ARN, whichever way
// the request names it: a policy that denies a stack holds for its name as well.
class StackAccess {
 public:
  explicit StackAccess(store::Db& db) : db_(db) {}

  template <class Input>
  auto on_stack(std::string_view action) const {
    return [action, db = &db_](const Request& request, const Input& input) {
      return check_stack(action, arn_of_stack(*db, request, input.stack_name));
    };
  }

  template <class Input>
  auto on_stack_with_role(std::string_view action) const {
    return [action, db = &db_](const Request& request, const Input& input) {
      return check_stack_and_role(action, arn_of_stack(*db, request, input.stack_name), input.role_arn);
    };
  }

  // StackName may be left out: then the check is about all stacks.
  template <class Input>
  auto on_any_stack(std::string_view action) const {
    return [action, db = &db_](const Request& request, const Input& input) {
      return check_stack(action, arn_of_stack(*db, request, input.stack_name.value_or("*")));
    };
  }

  template <class Input>
  auto on_change_set(std::string_view action) const {
    return [action, db = &db_](const Request& request, const Input& input) {
      return check_stack(action,
                         arn_of_change_set_stack(*db, request, input.stack_name, input.change_set_name));
    };
  }

  // Of one stack, or of the stack that holds a physical resource.
  auto on_holder(std::string_view action) const {
    return [action, db = &db_](const Request& request, const DescribeStackResourcesInput& input) {
      return check_stack(action, arn_of_holder(*db, request, input));
    };
  }

 private:
  store::Db& db_;
};

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
  const StackAccess access(parts_.db);
  table.add_parking<op::CreateStack>({.access = access.on_stack_with_role<CreateStackInput>("CreateStack"),
                                      .run = bind_run(this, &C::create_stack)});
  table.add_parking<op::UpdateStack>({.access = access.on_stack_with_role<UpdateStackInput>("UpdateStack"),
                                      .run = bind_run(this, &C::update_stack)});
  table.add_parking<op::DeleteStack>({.access = access.on_stack_with_role<DeleteStackInput>("DeleteStack"),
                                      .run = bind_run(this, &C::delete_stack)});
  table.add<op::CancelUpdateStack>({.access = access.on_stack<CancelUpdateStackInput>("CancelUpdateStack"),
                                    .run = bind_run(this, &C::cancel_update_stack)});
  table.add<op::ContinueUpdateRollback>(
      {.access = access.on_stack_with_role<ContinueUpdateRollbackInput>("ContinueUpdateRollback"),
       .run = bind_run(this, &C::continue_update_rollback)});
  table.add<op::UpdateTerminationProtection>(
      {.access = access.on_stack<UpdateTerminationProtectionInput>("UpdateTerminationProtection"),
       .run = bind_run(this, &C::update_termination_protection)});
  table.add_parking<op::CreateChangeSet>(
      {.access = access.on_stack_with_role<CreateChangeSetInput>("CreateChangeSet"),
       .run = bind_run(this, &C::create_change_set)});
  table.add_parking<op::ExecuteChangeSet>(
      {.access = access.on_change_set<ExecuteChangeSetInput>("ExecuteChangeSet"),
       .run = bind_run(this, &C::execute_change_set)});
  table.add<op::DeleteChangeSet>({.access = access.on_change_set<DeleteChangeSetInput>("DeleteChangeSet"),
                                  .run = bind_run(this, &C::delete_change_set)});
}

void CloudFormation::register_views(platform::OperationTable& table) {
  using C = CloudFormation;
  const StackAccess access(parts_.db);
  table.add<op::DescribeStacks>({.access = access.on_any_stack<DescribeStacksInput>("DescribeStacks"),
                                 .run = bind_run(this, &C::describe_stacks),
                                 .effect = Effect::kReadOnly});
  table.add<op::ListStacks>({.access = on_everything<ListStacksInput>("ListStacks"),
                             .run = bind_run(this, &C::list_stacks),
                             .effect = Effect::kReadOnly});
  table.add<op::DescribeStackEvents>(
      {.access = access.on_any_stack<DescribeStackEventsInput>("DescribeStackEvents"),
       .run = bind_run(this, &C::describe_stack_events),
       .effect = Effect::kReadOnly});
  table.add<op::DescribeStackResource>(
      {.access = access.on_stack<DescribeStackResourceInput>("DescribeStackResource"),
       .run = bind_run(this, &C::describe_stack_resource),
       .effect = Effect::kReadOnly});
  table.add<op::DescribeStackResources>({.access = access.on_holder("DescribeStackResources"),
                                         .run = bind_run(this, &C::describe_stack_resources),
                                         .effect = Effect::kReadOnly});
  table.add<op::ListStackResources>({.access = access.on_stack<ListStackResourcesInput>("ListStackResources"),
                                     .run = bind_run(this, &C::list_stack_resources),
                                     .effect = Effect::kReadOnly});
  table.add<op::ListExports>({.access = on_everything<ListExportsInput>("ListExports"),
                              .run = bind_run(this, &C::list_exports),
                              .effect = Effect::kReadOnly});
  table.add<op::ListImports>({.access = on_everything<ListImportsInput>("ListImports"),
                              .run = bind_run(this, &C::list_imports),
                              .effect = Effect::kReadOnly});
  table.add<op::DescribeChangeSet>(
      {.access = access.on_change_set<DescribeChangeSetInput>("DescribeChangeSet"),
       .run = bind_run(this, &C::describe_change_set),
       .effect = Effect::kReadOnly});
  table.add<op::ListChangeSets>({.access = access.on_stack<ListChangeSetsInput>("ListChangeSets"),
                                 .run = bind_run(this, &C::list_change_sets),
                                 .effect = Effect::kReadOnly});
}

void CloudFormation::register_templates(platform::OperationTable& table) {
  using C = CloudFormation;
  const StackAccess access(parts_.db);
  table.add<op::GetTemplate>({.access = access.on_any_stack<GetTemplateInput>("GetTemplate"),
                              .run = bind_run(this, &C::get_template),
                              .effect = Effect::kReadOnly});
  table.add_parking<op::GetTemplateSummary>(
      {.access = access.on_any_stack<GetTemplateSummaryInput>("GetTemplateSummary"),
       .run = bind_run(this, &C::get_template_summary),
       .effect = Effect::kReadOnly});
  table.add_parking<op::ValidateTemplate>({.access = on_everything<ValidateTemplateInput>("ValidateTemplate"),
                                           .run = bind_run(this, &C::validate_template),
                                           .effect = Effect::kReadOnly});
}

}  // namespace haneul::cloudformation
