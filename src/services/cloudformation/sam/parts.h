// What the translators of the serverless types share.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"
#include "services/cloudformation/sam/transform.h"

namespace haneul::cloudformation::sam {

// A resource of the template that is being translated.
struct Source {
  std::string logical_id;
  Document properties;  // with Globals merged in
  Document attributes;  // DependsOn, Condition, Metadata, DeletionPolicy ... as they stand beside Properties
};

// The template as it becomes: generated resources are added, ids that gained a suffix are renamed at the end.
struct Target {
  Document resources = Document::object();
  std::map<std::string, std::string> renamed;    // logical id -> logical id with its hash
  std::map<std::string, std::string> qualified;  // "Function.Version" -> logical id
};

[[noreturn]] void fail_sam(std::string_view logical_id, std::string_view reason);
// Refuses members that are not in the list.
void require_known(const Source& source, const std::vector<std::string_view>& known);

Document make_ref(std::string_view logical_id);
Document get_att(std::string_view logical_id, std::string_view attribute);
Document resource(std::string_view type, Document properties);
// Copies what stands beside Properties; Condition always goes along with what is generated.
void copy_attributes(const Source& source, Document& made);
void copy_condition(const Source& source, Document& made);
// "s3://bucket/key" or {Bucket, Key, Version}, as {S3Bucket, S3Key, S3ObjectVersion}.
Document code_location(const Source& source, std::string_view property, const Document& value);
std::string short_hash(const Document& value);  // ten hexadecimal digits
// A map of tags as a list of keys and values, after the tag that says SAM made the resource.
Document tag_list(const Source& source, const Document* tags);

Document merge_globals(const Document& globals, const Document& properties);
void check_globals(const Document& globals);

void translate_function(const Source& source, const Surroundings& surroundings, Target& target);
// Its URL; `alias` as translate_events takes it.
void translate_url(const Source& source, const Document& alias, Target& target);
void translate_layer(const Source& source, Target& target);
void translate_table(const Source& source, Target& target);
// Role or policies of a function; the role's logical id and ARN reference.
Document make_role(const Source& source, const std::vector<Document>& extra_statements);
void translate_events(const Source& source, const Document& function, Target& target);

// Events that are event source mappings (SQS, Kinesis, DynamoDB).
struct EventText {
  std::string_view name, type;
  const Document& properties;
};
bool is_event_source(std::string_view type);
void translate_event_source(const Source& source, const EventText& event, const Document& alias,
                            Target& target);
// What the role of the function needs for all of them: names of managed policies, and statements.
std::vector<std::string_view> event_source_policies(const Source& source);
std::vector<Document> event_source_statements(const Source& source);

// The statements of a policy template, with its parameters put in.
Document expand_policy_template(const Source& source, std::string_view name, const Document& parameters);
bool is_policy_template(std::string_view name);

// Gives renamed resources their new ids wherever they are referred to.
Document rename_references(const Document& value, const Target& target);

}  // namespace haneul::cloudformation::sam
