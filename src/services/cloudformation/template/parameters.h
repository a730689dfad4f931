// The values of a template's parameters: what the caller gave, what the stack had, or the default, checked
// against the declaration. Source: "CloudFormation template Parameters syntax". Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/cloudformation/template/template.h"

namespace haneul::cloudformation {

struct GivenParameter {
  std::string key;
  std::string value;
  enum class Source { kGiven, kPrevious };
  Source source = Source::kGiven;
};

using ParameterTexts = std::map<std::string, std::string>;

// The text of every declared parameter. Unknown keys, missing values and violated constraints are a
// ValidationError.
ParameterTexts settle_parameters(const Template& tmpl, const std::vector<GivenParameter>& given,
                                 const ParameterTexts& previous);
// As Ref gives it: a string, or the list of a list type.
Document parameter_value(const ParameterSpec& spec, const std::string& text);

}  // namespace haneul::cloudformation
