// Templates are written by users, and everything of them is read before anybody asks for rights on what they
// name: parsed, transformed by SAM, judged, and resolved with nothing known yet and with everything known.
// What is taken must resolve to properties of the form that the handlers rely on, and the same text must give
// the same again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/error.h"
#include "services/cloudformation/intake.h"
#include "services/cloudformation/resources/resource_handler.h"

namespace haneul::cloudformation {
namespace {

const StackIdentity kIdentity = {
    .place = {.account = AccountId("111122223333"), .region = Region("eu-west-1")},
    .name = "app",
    .id = "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/id"};

// As the engine does it, each resource taken as made.
void resolve_all(const Spec& spec) {
  const Evaluation evaluation(kIdentity, spec);
  const ResourceMap none;
  Names names = evaluation.names(none, Evaluation::Missing::kIsUnknown);
  names.unknown.clear();
  names.ref = [](std::string_view id) { return Document(id); };
  names.attribute = [](std::string_view id, std::string_view) {
    return Document("arn:aws:x:eu-west-1:1:" + std::string(id));
  };
  names.import = [](const std::string& name) { return name; };
  for (const ResourceSpec& resource : evaluation.tmpl().resources) {
    if (!evaluation.has_resource(resource.logical_id)) continue;
    try {
      const Document properties = Resolver(names).require(resource.properties, "Properties");
      const ResourceType& type = find_handler(resource.type)->type();
      check_properties(type, properties, Stage::kResolved);
      if (!find_changes(type, properties, properties).empty()) std::abort();
      evaluation.shown(resource.properties, names);
    } catch (const model::ServiceError&) {
      continue;  // what only the values show
    }
  }
}

}  // namespace
}  // namespace haneul::cloudformation

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul::cloudformation;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const SpecRequest request{.text = text,
                            .given = {},
                            .previous = {},
                            .capabilities = {"CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"}};
  try {
    read_facts(kIdentity, text);
  } catch (const haneul::model::ServiceError&) {
  }
  try {
    const Spec spec = make_spec(kIdentity, request);
    if (make_spec(kIdentity, request).processed != spec.processed) std::abort();
    resolve_all(spec);
  } catch (const haneul::model::ServiceError&) {
  }
  return 0;
}
