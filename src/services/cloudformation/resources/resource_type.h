// What CloudFormation knows about a resource type: its properties with their form and what a change of each
// means, its attributes, and how a name is made for it. Data, so that a new type is a table and a handler.
// Source: "AWS resource and property types reference".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"

namespace haneul::cloudformation {

enum class Form { kScalar, kScalars, kObject, kObjects, kMap, kJson, kTags };
enum class OnChange { kUpdate, kReplace };
enum class Need { kOptional, kRequired };

struct PropertySpec {
  std::string_view name;
  Form form = Form::kScalar;
  OnChange on_change = OnChange::kUpdate;
  Need need = Need::kOptional;
  std::vector<PropertySpec> members = {};  // of kObject and kObjects
  // Of properties whose change replaces only sometimes; null: `on_change` says it. A value may be missing.
  using Condition = bool (*)(const Document* before, const Document* after);
  Condition is_replacing = nullptr;

  PropertySpec required() const {
    PropertySpec copy = *this;
    copy.need = Need::kRequired;
    return copy;
  }
  PropertySpec replaces() const {
    PropertySpec copy = *this;
    copy.on_change = OnChange::kReplace;
    return copy;
  }
  PropertySpec replaces_if(Condition condition) const {
    PropertySpec copy = *this;
    copy.is_replacing = condition;
    return copy;
  }
};

// Rows of a table read as words: scalar("Path").replaces().
PropertySpec scalar(std::string_view name);
PropertySpec scalars(std::string_view name);
PropertySpec object(std::string_view name, std::vector<PropertySpec> members);
PropertySpec objects(std::string_view name, std::vector<PropertySpec> members);
PropertySpec map(std::string_view name);
PropertySpec json(std::string_view name);
PropertySpec tags(std::string_view name = "Tags");

// The physical id that is decided before the resource is made.
struct NameRule {
  std::string_view property;  // that names it when given; empty: none does
  size_t length_max = 64;
  enum class Case { kKept, kLower } letter_case = Case::kKept;
  // kByService: the service gives the id (an ARN, a key id) and it is known only afterwards.
  enum class Source { kGenerated, kByService } source = Source::kGenerated;
  std::string_view within = {};  // the property that names what the name is unique in; empty: the account
};

struct ResourceType {
  std::string_view name;
  std::vector<PropertySpec> properties;
  std::vector<std::string_view> attributes;
  NameRule naming;
  enum class Capability { kNone, kIam } capability = Capability::kNone;

  const PropertySpec* find(std::string_view property) const;
};

// Refuses properties that are not in the table, required ones that are missing, and values of another form.
// Functions that are not resolved yet are taken as they are; what was resolved must be of the form.
// Throws ValidationError; `where` goes before the message.
enum class Stage { kUnresolved, kResolved };
void check_properties(const ResourceType& type, const Document& properties, Stage stage,
                      std::string_view where = {});

struct PropertyChange {
  std::string_view property;
  OnChange on_change = OnChange::kUpdate;
};
std::vector<PropertyChange> find_changes(const ResourceType& type, const Document& before,
                                         const Document& after);

// STACK-LOGICALID-RANDOM, shortened to what the type allows.
std::string generate_name(const NameRule& rule, std::string_view stack_name, std::string_view logical_id,
                          std::string_view random);

}  // namespace haneul::cloudformation
