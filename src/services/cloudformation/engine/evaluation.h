// A stack's template with its values: which resources it has, and what their properties are once those they
// refer to exist. Pure.
#pragma once

#include <string>
#include <vector>

#include "services/cloudformation/keys.h"
#include "services/cloudformation/records.h"
#include "services/cloudformation/stack_rows.h"
#include "services/cloudformation/template/references.h"
#include "services/cloudformation/template/resolver.h"
#include "services/cloudformation/template/template.h"

namespace haneul::cloudformation {

// What Ref and Fn::GetAtt give for a resource that does not exist yet, in change sets.
inline constexpr std::string_view kKnownAfterApply = "{{changeSet:KNOWN_AFTER_APPLY}}";

struct StackIdentity {
  Place place;
  std::string name;
  std::string id;
};

class Evaluation {
 public:
  Evaluation(const StackIdentity& identity, const Spec& spec);
  // Names hold pointers into this object.
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  const Template& tmpl() const { return template_; }
  // Without those whose condition is false.
  const Dependencies& dependencies() const { return dependencies_; }
  bool has_resource(std::string_view logical_id) const;
  bool has_condition(const std::string& name) const;  // also true for no condition

  // Names whose resources are looked up in `resources`, which must outlive the result.
  enum class Missing { kIsError, kIsUnknown };
  Names names(const ResourceMap& resources, Missing missing) const;
  // The value as it may be shown: with **** for NoEcho parameters.
  Document shown(const Document& value, Names names) const;
  // Refuses references to resources that their conditions leave out.
  void require_present() const;

 private:
  Template template_;
  Names base_;
  std::vector<std::string> no_echo_;
  Dependencies dependencies_;
};

}  // namespace haneul::cloudformation
