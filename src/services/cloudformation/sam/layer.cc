// AWS::Serverless::LayerVersion becomes AWS::Lambda::LayerVersion under an id that ends in a hash of its
// content: a new content is a new resource, since published layers never change.

#include "services/cloudformation/sam/parts.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation::sam {

void translate_layer(const Source& source, Target& target) {
  require_known(source, {"LayerName", "Description", "ContentUri", "CompatibleArchitectures",
                         "CompatibleRuntimes", "LicenseInfo", "RetentionPolicy"});
  const Document* content = source.properties.find("ContentUri");
  if (content == nullptr) fail_sam(source.logical_id, "Missing required property 'ContentUri'.");
  Document properties = Document::Object{{"Content", code_location(source, "ContentUri", *content)}};
  for (const std::string_view name :
       {"Description", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo"}) {
    if (const Document* value = source.properties.find(name)) properties.set(name, *value);
  }
  const Document* name = source.properties.find("LayerName");
  properties.set("LayerName", name != nullptr ? *name : Document(source.logical_id));
  const std::string id = source.logical_id + short_hash(source.properties);
  Document made = resource("AWS::Lambda::LayerVersion", std::move(properties));
  copy_attributes(source, made);
  const Document* retention = source.properties.find("RetentionPolicy");
  made.set("DeletionPolicy",
           retention != nullptr && scalar_text(*retention) == "Delete" ? "Delete" : "Retain");
  made.set("UpdateReplacePolicy", made.find("DeletionPolicy")->as_string());
  target.resources.set(id, std::move(made));
  target.renamed[source.logical_id] = id;
}

}  // namespace haneul::cloudformation::sam
