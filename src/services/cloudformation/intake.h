// Intake: from the text of a template and the values given with it to a Spec that can be carried out. What is
// wrong with a template is said here, before anything exists: form, references, types, properties,
// parameters, capabilities.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/dispatcher.h"
#include "platform/request.h"
#include "services/cloudformation/engine/evaluation.h"
#include "services/cloudformation/records.h"

namespace haneul::cloudformation {

struct SpecRequest {
  std::string text;
  std::vector<GivenParameter> given;
  ParameterTexts previous;  // of the stack as it is
  Document tags = Document::array();
  std::vector<std::string> capabilities;
  // Change sets show what a transform made before it is carried out, so they need no CAPABILITY_AUTO_EXPAND.
  enum class Transforms { kNeedCapability, kAreShown } transforms = Transforms::kNeedCapability;
};

// Throws ValidationError or InsufficientCapabilitiesException.
Spec make_spec(const StackIdentity& identity, const SpecRequest& request);

// What a template says of itself, for GetTemplateSummary and ValidateTemplate.
struct TemplateFacts {
  Template tmpl;
  std::vector<std::string> transforms;
  std::vector<std::string> capabilities;
  std::string capabilities_reason;
  std::vector<std::string> resource_types;
};
TemplateFacts read_facts(const StackIdentity& identity, const std::string& text);

// The text that TemplateBody holds or TemplateURL names; the object is read as the caller.
struct TemplateSource {
  std::optional<std::string> body;
  std::optional<std::string> url;
};
Task<std::string> read_source(platform::Dispatcher& dispatcher, const platform::Request& request,
                              TemplateSource source);

struct ObjectAddress {
  std::string bucket;
  std::string key;
  std::string version;
};
std::optional<ObjectAddress> parse_object_url(std::string_view url);

}  // namespace haneul::cloudformation
