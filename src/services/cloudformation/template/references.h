// References: what names a template's values use, judged before anything is resolved, and the order of
// resources that follows from them. Pure; errors are ValidationError with AWS's texts.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/cloudformation/template/template.h"

namespace haneul::cloudformation {

using Dependencies = std::map<std::string, std::set<std::string>>;  // resource -> what it waits for

struct References {
  std::set<std::string> refs;  // of Ref and plain names in Fn::Sub
  std::set<std::pair<std::string, std::string>> attributes;
  std::set<std::string> conditions;  // of Fn::If and Condition
};
void collect_references(const Document& value, References& into);

// Each after all it waits for; those in a circle, and those that wait for one, are left out. Names that the
// graph has no row for are taken as done.
std::vector<std::string> in_order(const Dependencies& graph);
// Refuses references to what is not there: resources, parameters, conditions.
void check_references(const Template& tmpl);
// DependsOn and references together; a circle is an error.
Dependencies find_dependencies(const Template& tmpl);

}  // namespace haneul::cloudformation
