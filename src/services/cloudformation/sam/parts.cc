#include "services/cloudformation/sam/parts.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation::sam {

void fail_sam(std::string_view logical_id, std::string_view reason) {
  fail_template(
      fmt::format("Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application "
                  "Specification document. Number of errors found: 1. Resource with id [{}] is invalid. "
                  "{}",
                  logical_id, reason));
}

void require_known(const Source& source, const std::vector<std::string_view>& known) {
  for (const auto& [name, value] : source.properties.as_object()) {
    if (std::ranges::find(known, name) != known.end()) continue;
    fail_sam(source.logical_id,
             fmt::format("property {} not defined for resource, or not supported by Haneul", name));
  }
}

Document make_ref(std::string_view logical_id) { return Document::Object{{"Ref", logical_id}}; }

Document get_att(std::string_view logical_id, std::string_view attribute) {
  return Document::Object{{"Fn::GetAtt", Document::Array{logical_id, attribute}}};
}

Document resource(std::string_view type, Document properties) {
  return Document::Object{{"Type", type}, {"Properties", std::move(properties)}};
}

void copy_attributes(const Source& source, Document& made) {
  for (const auto& [name, value] : source.attributes.as_object()) made.set(name, value);
}

void copy_condition(const Source& source, Document& made) {
  if (const Document* condition = source.attributes.find("Condition")) made.set("Condition", *condition);
}

Document code_location(const Source& source, std::string_view property, const Document& value) {
  if (value.is_string()) {
    const std::string& uri = value.as_string();
    const size_t slash = uri.starts_with("s3://") ? uri.find('/', 5) : std::string::npos;
    if (slash == std::string::npos || slash == 5 || slash + 1 == uri.size()) {
      fail_sam(source.logical_id,
               fmt::format(
                   "'{}' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query "
                   "parameter.",
                   property));
    }
    std::string key = uri.substr(slash + 1);
    Document out = Document::Object{{"S3Bucket", uri.substr(5, slash - 5)}};
    const size_t version = key.find("?versionId=");
    if (version != std::string::npos) out.set("S3ObjectVersion", key.substr(version + 11));
    out.set("S3Key", key.substr(0, version));
    return out;
  }
  const Document* bucket = value.find("Bucket");
  const Document* key = value.find("Key");
  if (bucket == nullptr || key == nullptr) {
    fail_sam(source.logical_id,
             fmt::format("'{}' requires Bucket and Key properties to be specified.", property));
  }
  Document out = Document::Object{{"S3Bucket", *bucket}, {"S3Key", *key}};
  if (const Document* version = value.find("Version")) out.set("S3ObjectVersion", *version);
  return out;
}

std::string short_hash(const Document& value) {
  return hex_encode(aws::sha256(write_json(value))).substr(0, 10);
}

Document tag_list(const Source& source, const Document* tags) {
  Document out = Document::Array{Document::Object{{"Key", "lambda:createdBy"}, {"Value", "SAM"}}};
  if (tags == nullptr) return out;
  if (!tags->is_object() || as_intrinsic(*tags)) fail_sam(source.logical_id, "'Tags' must be a map.");
  for (const auto& [key, value] : tags->as_object()) {
    out.push(Document::Object{{"Key", key}, {"Value", value}});
  }
  return out;
}

namespace {

std::string renamed_path(const std::string& path, const Target& target) {
  if (const auto whole = target.qualified.find(path); whole != target.qualified.end()) return whole->second;
  const size_t dot = path.find('.');
  const auto found = target.renamed.find(path.substr(0, dot));
  if (found == target.renamed.end()) return path;
  return dot == std::string::npos ? found->second : found->second + path.substr(dot);
}

std::string renamed_sub(const std::string& text, const Target& target) {
  std::string out;
  size_t from = 0;
  for (size_t at = text.find("${"); at != std::string::npos; at = text.find("${", from)) {
    const size_t close = text.find('}', at);
    if (close == std::string::npos) break;
    out += text.substr(from, at - from);
    const std::string name = text.substr(at + 2, close - at - 2);
    out += "${" + (name.starts_with('!') ? name : renamed_path(name, target)) + "}";
    from = close + 1;
  }
  return out + text.substr(from);
}

std::optional<Document> renamed_function(const Intrinsic& function, const Target& target) {
  const Document& argument = *function.argument;
  if (function.name == "Ref" && argument.is_string())
    return make_ref(renamed_path(argument.as_string(), target));
  if (function.name == "Fn::Sub" && argument.is_string()) {
    return Document(Document::Object{{"Fn::Sub", renamed_sub(argument.as_string(), target)}});
  }
  if (function.name == "Fn::Sub" && argument.is_array() && argument.as_array().size() == 2 &&
      argument.as_array()[0].is_string()) {
    Document pair = Document::Array{renamed_sub(argument.as_array()[0].as_string(), target),
                                    rename_references(argument.as_array()[1], target)};
    return Document(Document::Object{{"Fn::Sub", std::move(pair)}});
  }
  if (function.name == "Fn::GetAtt" && argument.is_string()) {
    return Document(Document::Object{{"Fn::GetAtt", renamed_path(argument.as_string(), target)}});
  }
  if (function.name == "Fn::GetAtt" && argument.is_array() && argument.as_array().size() == 2 &&
      argument.as_array()[0].is_string()) {
    Document pair = Document::Array{renamed_path(argument.as_array()[0].as_string(), target),
                                    rename_references(argument.as_array()[1], target)};
    return Document(Document::Object{{"Fn::GetAtt", std::move(pair)}});
  }
  return std::nullopt;
}

}  // namespace

Document rename_references(const Document& value, const Target& target) {
  if (const auto function = as_intrinsic(value)) {
    if (auto renamed = renamed_function(*function, target)) return std::move(*renamed);
  }
  if (value.is_array()) {
    Document out = Document::array();
    for (const Document& item : value.as_array()) out.push(rename_references(item, target));
    return out;
  }
  if (!value.is_object()) return value;
  Document out = Document::object();
  for (const auto& [name, member] : value.as_object()) {
    Document changed = rename_references(member, target);
    if (name == "DependsOn" && changed.is_string()) changed = renamed_path(changed.as_string(), target);
    if (name == "DependsOn" && changed.is_array()) {
      for (Document& item : changed.as_array()) {
        if (item.is_string()) item = renamed_path(item.as_string(), target);
      }
    }
    out.as_object().emplace_back(name, std::move(changed));
  }
  return out;
}

}  // namespace haneul::cloudformation::sam
