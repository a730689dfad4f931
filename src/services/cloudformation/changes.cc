#include "services/cloudformation/changes.h"

#include <algorithm>

#include "base/json.h"
#include "services/cloudformation/resources/resource_handler.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

bool is_unknown(const Document& value) {
  return write_json(value).find(kKnownAfterApply) != std::string::npos;
}

std::string recreation_of(const PropertyChange& change, const Document* after) {
  if (change.on_change == OnChange::kUpdate) return "Never";
  // A value that only depends on another resource's replacement may turn out to be the same.
  return after != nullptr && is_unknown(*after) ? "Conditionally" : "Always";
}

std::string text_of(const Document& value) {
  return is_scalar(value) ? scalar_text(value) : write_json(value);
}

class ChangePlanner {
 public:
  ChangePlanner(const Evaluation& evaluation, const Spec& spec, const StackNow& now)
      : evaluation_(evaluation), spec_(spec), resources_(now.resources), import_(now.import) {}

  void run(ChangePlan& plan) {
    for (const std::string& name : in_order(evaluation_.dependencies())) consider(name);
    for (const auto& [name, resource] : resources_) {
      if (resource.current && !evaluation_.has_resource(name)) remove(resource);
    }
    plan.changes = std::move(changes_);
  }

  // With what is known before anything is done.
  Names names() const {
    Names names = evaluation_.names(resources_, Evaluation::Missing::kIsUnknown);
    names.import = import_;
    return names;
  }

 private:
  void consider(const std::string& name) {
    const ResourceSpec& spec = *evaluation_.tmpl().find_resource(name);
    const auto found = resources_.find(name);
    if (found == resources_.end() || !found->second.current) {
      push(Document::Object{{"Action", "Add"},
                            {"LogicalResourceId", name},
                            {"ResourceType", spec.type},
                            {"Scope", Document::array()},
                            {"Details", Document::array()}});
      return;
    }
    if (found->second.current->type != spec.type) {
      fail_template(
          "Update of resource type is not permitted. The new template modifies resource type of the "
          "following resources: [" +
          name + "]");
    }
    compare(found->second, spec);
  }

  void compare(Resource& resource, const ResourceSpec& spec) {
    const ResourceType& type = find_handler(spec.type)->type();
    const Names known = names();
    const Document after = Resolver(known).require(spec.properties, "Properties");
    const Document& before = resource.current->properties;
    auto changes = find_changes(type, before, after);
    const bool has_new_tags =
        type.find("Tags") != nullptr && !same_value(resource.current->stack_tags, spec_.tags);
    if (has_new_tags && std::ranges::none_of(changes, [](const auto& c) { return c.property == "Tags"; })) {
      changes.push_back({.property = "Tags"});
    }
    const bool has_new_metadata = resource.metadata != spec.metadata;
    if (changes.empty() && !resource.half && !has_new_metadata) return;
    const Document shown = spec_.no_echo.empty() ? after : evaluation_.shown(spec.properties, known);
    modify(resource, changes, shown, has_new_metadata ? Aside::kMetadata : Aside::kNothing);
  }

  enum class Aside { kNothing, kMetadata };
  void modify(Resource& resource, const std::vector<PropertyChange>& changes, const Document& after,
              Aside aside) {
    const Incarnation& now = *resource.current;
    const Document& before = now.shown.is_null() ? now.properties : now.shown;
    Document details = Document::array();
    Document scope = Document::array();
    std::string replacement = "False";
    bool has_properties = false;
    bool has_tags = false;
    for (const PropertyChange& change : changes) {
      const Document* before_value = before.find(change.property);
      const Document* after_value = after.find(change.property);
      const std::string recreation = recreation_of(change, after_value);
      const bool is_tags = change.property == "Tags";
      (is_tags ? has_tags : has_properties) = true;
      if (recreation == "Always") replacement = "True";
      if (recreation == "Conditionally" && replacement == "False") replacement = "Conditional";
      Document target = Document::Object{{"Attribute", is_tags ? "Tags" : "Properties"},
                                         {"RequiresRecreation", recreation}};
      if (!is_tags) target.set("Name", change.property);
      if (before_value != nullptr) target.set("BeforeValue", text_of(*before_value));
      if (after_value != nullptr) target.set("AfterValue", text_of(*after_value));
      const bool is_dynamic = after_value != nullptr && is_unknown(*after_value);
      details.push(Document::Object{{"Target", std::move(target)},
                                    {"Evaluation", is_dynamic ? "Dynamic" : "Static"},
                                    {"ChangeSource", "DirectModification"}});
    }
    if (has_properties) scope.push("Properties");
    if (has_tags) scope.push("Tags");
    if (aside == Aside::kMetadata) {
      scope.push("Metadata");
      details.push(Document::Object{
          {"Target", Document::Object{{"Attribute", "Metadata"}, {"RequiresRecreation", "Never"}}},
          {"Evaluation", "Static"},
          {"ChangeSource", "DirectModification"}});
    }
    Document change = Document::Object{{"Action", "Modify"},
                                       {"LogicalResourceId", resource.logical_id},
                                       {"PhysicalResourceId", resource.current->physical_id},
                                       {"ResourceType", resource.type},
                                       {"Replacement", replacement},
                                       {"Scope", std::move(scope)},
                                       {"Details", std::move(details)}};
    if (replacement == "True") {
      const bool is_kept = resource.current->update_replace_policy == "Retain";
      change.set("PolicyAction", is_kept ? "ReplaceAndRetain" : "ReplaceAndDelete");
    }
    push(std::move(change));
    // Whatever refers to it cannot be known before.
    if (replacement != "False") resource.current.reset();
  }

  void remove(const Resource& resource) {
    const bool is_kept = resource.current->deletion_policy != "Delete";
    push(Document::Object{{"Action", "Remove"},
                          {"LogicalResourceId", resource.logical_id},
                          {"PhysicalResourceId", resource.current->physical_id},
                          {"ResourceType", resource.type},
                          {"Scope", Document::array()},
                          {"Details", Document::array()},
                          {"PolicyAction", is_kept ? "Retain" : "Delete"}});
  }

  void push(Document change) {
    changes_.push(Document::Object{{"Type", "Resource"}, {"ResourceChange", std::move(change)}});
  }

  const Evaluation& evaluation_;
  const Spec& spec_;
  ResourceMap resources_;  // as they will be, as far as it is known
  std::function<std::string(const std::string&)> import_;
  Document changes_ = Document::array();
};

// Whether an output would be another than it is.
bool outputs_differ(const Evaluation& evaluation, const Names& names, const StackRecord& stack) {
  size_t count = 0;
  for (const OutputSpec& spec : evaluation.tmpl().outputs) {
    if (!evaluation.has_condition(spec.condition)) continue;
    ++count;
    Resolver resolver(names);
    const auto value = resolver.resolve(spec.value);
    const std::string text = value ? scalar_text(*value) : std::string();
    const std::string exported =
        spec.export_name.is_null() ? std::string() : resolver.require_text(spec.export_name, "Export Name");
    const auto& old = stack.outputs.as_array();
    const auto same = std::ranges::find_if(old, [&](const Document& output) {
      return output.string_or("OutputKey", "") == spec.name && output.string_or("OutputValue", "") == text &&
             output.string_or("Description", "") == spec.description &&
             output.string_or("ExportName", "") == exported;
    });
    if (same == old.end()) return true;
  }
  return count != stack.outputs.as_array().size();
}

}  // namespace

ChangePlan plan_changes(const Evaluation& evaluation, const Spec& spec, const StackNow& now) {
  ChangePlan plan;
  ChangePlanner planner(evaluation, spec, now);
  planner.run(plan);
  plan.has_effect = !plan.changes.as_array().empty() || !same_value(now.tags, spec.tags) ||
                    outputs_differ(evaluation, planner.names(), now.stack);
  return plan;
}

}  // namespace haneul::cloudformation
