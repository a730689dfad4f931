// The input members and template properties that CloudFormation refuses, for the gap page.

#include <array>

#include "services/cloudformation/service.h"

namespace haneul::cloudformation {

std::span<const platform::FieldGap> field_gaps() {
  static constexpr std::string_view kNo = "NotImplemented";
  static constexpr auto kGaps = std::to_array<platform::FieldGap>({
      {"*", "NotificationARNs", kNo, "there is no SNS yet"},
      {"*", "ResourceTypes", kNo, "stacks are not limited to types; use IAM"},
      {"*", "RollbackConfiguration.RollbackTriggers", kNo, "there are no alarms yet"},
      {"*", "RollbackConfiguration.MonitoringTimeInMinutes", kNo, "there are no alarms yet"},
      {"*", "RetainExceptOnCreate", kNo, "the deletion policy of the template decides"},
      {"*", "DeploymentConfig", kNo, "deployments have one mode"},
      {"*", "DisableValidation", kNo, "templates are always validated"},
      {"CreateStack", "StackPolicyBody", kNo, "there are no stack policies"},
      {"CreateStack", "StackPolicyURL", kNo, "there are no stack policies"},
      {"UpdateStack", "StackPolicyBody", kNo, "there are no stack policies"},
      {"UpdateStack", "StackPolicyURL", kNo, "there are no stack policies"},
      {"UpdateStack", "StackPolicyDuringUpdateBody", kNo, "there are no stack policies"},
      {"UpdateStack", "StackPolicyDuringUpdateURL", kNo, "there are no stack policies"},
      {"DeleteStack", "DeletionMode=FORCE_DELETE_STACK", kNo, "RetainResources does the same by name"},
      {"ContinueUpdateRollback", "ForceRollback", kNo, "ResourcesToSkip does the same by name"},
      {"CreateChangeSet", "ResourcesToImport", kNo, "resources cannot be imported"},
      {"CreateChangeSet", "ImportExistingResources", kNo, "resources cannot be imported"},
      {"CreateChangeSet", "ChangeSetType=IMPORT", kNo, "resources cannot be imported"},
      {"CreateChangeSet", "IncludeNestedStacks", kNo, "there are no nested stacks"},
      {"CreateChangeSet", "DeploymentMode", kNo, "deployments have one mode"},
      {"GetTemplateSummary", "StackSetName", kNo, "there are no stack sets"},
      {"GetTemplateSummary", "CallAs", kNo, "there are no stack sets"},
      {"GetTemplateSummary", "TemplateSummaryConfig", kNo, "unknown types are always an error"},
  });
  return kGaps;
}

}  // namespace haneul::cloudformation
