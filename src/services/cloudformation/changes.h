// What carrying out a Spec would change in a stack, as change sets show it. Pure.
#pragma once

#include "services/cloudformation/engine/evaluation.h"

namespace haneul::cloudformation {

struct ChangePlan {
  Document changes = Document::array();  // [{Type: Resource, ResourceChange: {...}}]
  bool has_effect = false;               // resources, outputs or tags differ
};

// The stack as it is.
struct StackNow {
  const StackRecord& stack;
  const ResourceMap& resources;
  const Document& tags;
  std::function<std::string(const std::string& export_name)> import;
};

ChangePlan plan_changes(const Evaluation& evaluation, const Spec& spec, const StackNow& now);

}  // namespace haneul::cloudformation
