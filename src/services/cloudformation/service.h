// CloudFormation: stacks of resources from templates, with change sets, rollback and the SAM transform.
// Source: the CloudFormation API reference (2010-05-15).
#pragma once

#include <span>

#include "gen/cloudformation/types.h"
#include "platform/access.h"
#include "platform/gap.h"
#include "platform/operation_table.h"
#include "services/cloudformation/changes.h"
#include "services/cloudformation/engine/engine.h"
#include "services/cloudformation/intake.h"
#include "services/cloudformation/stack_rows.h"

namespace haneul::cloudformation {

struct CloudFormationParts {
  store::Db& db;
  const Clock& clock;
  Random& random;
  platform::Jobs& jobs;
  iam::Port& iam;
};

std::span<const platform::FieldGap> field_gaps();

class CloudFormation {
 public:
  explicit CloudFormation(const CloudFormationParts& parts);  // registers its jobs
  void connect(platform::Dispatcher& dispatcher) { dispatcher_.connect(dispatcher); }
  void register_operations(platform::OperationTable& table);

 private:
  using Request = platform::Request;
  using Exchange = platform::Exchange;

  // ops/stacks.cc
  Task<CreateStackOutput> create_stack(const Request& request, const CreateStackInput& input, Exchange&);
  Task<UpdateStackOutput> update_stack(const Request& request, const UpdateStackInput& input, Exchange&);
  // ops/delete_stack.cc
  Task<DeleteStackOutput> delete_stack(const Request& request, const DeleteStackInput& input, Exchange&);
  CancelUpdateStackOutput cancel_update_stack(const Request& request, const CancelUpdateStackInput& input);
  ContinueUpdateRollbackOutput continue_update_rollback(const Request& request,
                                                        const ContinueUpdateRollbackInput& input);
  UpdateTerminationProtectionOutput update_termination_protection(
      const Request& request, const UpdateTerminationProtectionInput& input);
  // ops/describe_stacks.cc
  DescribeStacksOutput describe_stacks(const Request& request, const DescribeStacksInput& input);
  ListStacksOutput list_stacks(const Request& request, const ListStacksInput& input);
  DescribeStackEventsOutput describe_stack_events(const Request& request,
                                                  const DescribeStackEventsInput& input);
  // ops/describe_resources.cc
  DescribeStackResourceOutput describe_stack_resource(const Request& request,
                                                      const DescribeStackResourceInput& input);
  DescribeStackResourcesOutput describe_stack_resources(const Request& request,
                                                        const DescribeStackResourcesInput& input);
  ListStackResourcesOutput list_stack_resources(const Request& request, const ListStackResourcesInput& input);
  ListExportsOutput list_exports(const Request& request, const ListExportsInput& input);
  ListImportsOutput list_imports(const Request& request, const ListImportsInput& input);
  // ops/templates.cc
  GetTemplateOutput get_template(const Request& request, const GetTemplateInput& input);
  Task<GetTemplateSummaryOutput> get_template_summary(const Request& request,
                                                      const GetTemplateSummaryInput& input, Exchange&);
  Task<ValidateTemplateOutput> validate_template(const Request& request, const ValidateTemplateInput& input,
                                                 Exchange&);
  // ops/change_sets.cc
  Task<CreateChangeSetOutput> create_change_set(const Request& request, const CreateChangeSetInput& input,
                                                Exchange&);
  DescribeChangeSetOutput describe_change_set(const Request& request, const DescribeChangeSetInput& input);
  Task<ExecuteChangeSetOutput> execute_change_set(const Request& request, const ExecuteChangeSetInput& input,
                                                  Exchange&);
  DeleteChangeSetOutput delete_change_set(const Request& request, const DeleteChangeSetInput& input);
  ListChangeSetsOutput list_change_sets(const Request& request, const ListChangeSetsInput& input);

  CreateChangeSetOutput store_change_set(const Request& request, StackRecord planned, ChangeSet change_set);

  // ops/common.cc
  StackRecord new_stack(const Request& request, const std::string& name, const std::string& status);
  void begin(store::Tx& tx, const Request& request, StackRecord& stack, Operation::Kind kind);
  // Until the stack is at rest, for kAnswerPatience at most.
  Task<void> wait_a_moment(Place place, std::string uuid);
  void require_role(const std::string& role_arn) const;
  ChangePlan plan(store::Reader& tx, const Place& place, const StackRecord& stack, const Spec& spec) const;

  void register_stacks(platform::OperationTable& table);
  void register_views(platform::OperationTable& table);
  void register_templates(platform::OperationTable& table);

  LateDispatcher dispatcher_;
  Parts parts_;
  Engine engine_;
};

}  // namespace haneul::cloudformation
