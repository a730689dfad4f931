// AWS::Serverless::SimpleTable becomes AWS::DynamoDB::Table with a key of one attribute: "id", a string, if
// none is named; paid for by request unless capacity is given.
// "AWS SAM developer guide": AWS::Serverless::SimpleTable.

#include <map>

#include <fmt/format.h>

#include "services/cloudformation/sam/parts.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation::sam {

namespace {

// The letters that DynamoDB has for the types' words.
std::string type_of(const Source& source, const Document& word) {
  static const std::map<std::string, std::string, std::less<>> kLetters = {
      {"String", "S"}, {"Number", "N"}, {"Binary", "B"}};
  const auto found = kLetters.find(scalar_text(word));
  if (found == kLetters.end()) {
    fail_sam(source.logical_id, fmt::format("Invalid 'Type' \"{}\".", scalar_text(word)));
  }
  return found->second;
}

Document key_of(const Source& source) {
  const Document* key = source.properties.find("PrimaryKey");
  if (key == nullptr) return Document::Object{{"AttributeName", "id"}, {"AttributeType", "S"}};
  if (!key->is_object()) fail_sam(source.logical_id, "'PrimaryKey' must be a map.");
  for (const char* name : {"Name", "Type"}) {
    if (key->find(name) == nullptr) {
      fail_sam(source.logical_id, fmt::format("'PrimaryKey' is missing required Property '{}'.", name));
    }
  }
  return Document::Object{{"AttributeName", *key->find("Name")},
                          {"AttributeType", type_of(source, *key->find("Type"))}};
}

Document tags_of(const Source& source, const Document& tags) {
  if (!tags.is_object() || as_intrinsic(tags)) fail_sam(source.logical_id, "'Tags' must be a map.");
  Document out = Document::array();
  for (const auto& [key, value] : tags.as_object()) {
    out.push(Document::Object{{"Key", key}, {"Value", value}});
  }
  return out;
}

}  // namespace

void translate_table(const Source& source, Target& target) {
  require_known(source, {"TableName", "PrimaryKey", "ProvisionedThroughput", "Tags",
                         "PointInTimeRecoverySpecification"});
  const Document key = key_of(source);
  Document schema = Document::Object{{"AttributeName", *key.find("AttributeName")}, {"KeyType", "HASH"}};
  Document properties = Document::Object{{"AttributeDefinitions", Document::Array{key}},
                                         {"KeySchema", Document::Array{std::move(schema)}}};
  if (const Document* throughput = source.properties.find("ProvisionedThroughput")) {
    properties.set("ProvisionedThroughput", *throughput);
  } else {
    properties.set("BillingMode", "PAY_PER_REQUEST");
  }
  for (const char* name : {"TableName", "PointInTimeRecoverySpecification"}) {
    if (const Document* value = source.properties.find(name)) properties.set(name, *value);
  }
  const Document* tags = source.properties.find("Tags");
  if (tags != nullptr && !tags->is_null()) properties.set("Tags", tags_of(source, *tags));
  Document made = resource("AWS::DynamoDB::Table", std::move(properties));
  copy_attributes(source, made);
  target.resources.set(source.logical_id, std::move(made));
}

}  // namespace haneul::cloudformation::sam
