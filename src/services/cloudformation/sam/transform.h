// The SAM transform AWS::Serverless-2016-10-31: serverless resources become the CloudFormation resources that
// the SAM specification says they generate, with the documented logical ids.
// Source: "AWS SAM resources and properties" and "Generated CloudFormation resources". Pure; errors are
// ValidationError in the form of the SAM translator.
#pragma once

#include <string>

#include "base/document.h"
#include "services/cloudformation/template/parameters.h"

namespace haneul::cloudformation::sam {

struct Surroundings {
  std::string region;
  ParameterTexts parameters;
};

Document transform(const Document& body, const Surroundings& surroundings);

}  // namespace haneul::cloudformation::sam
