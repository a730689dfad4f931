#include "services/cloudformation/template/references.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/text.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

void collect_attribute(const std::string& path, References& into) {
  const size_t dot = path.find('.');
  if (dot == std::string::npos) return;
  into.attributes.emplace(path.substr(0, dot), path.substr(dot + 1));
}

void require_sub_name(std::string_view name) {
  const bool is_valid = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == ':';
  });
  if (is_valid) return;
  fail_template(
      "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, "
      "underscores, periods, and colons");
}

void collect_sub(const Document& argument, References& into) {
  const Document* text = &argument;
  const Document* variables = nullptr;
  if (argument.is_array() && !argument.as_array().empty()) {
    text = &argument.as_array()[0];
    if (argument.as_array().size() > 1) variables = &argument.as_array()[1];
  }
  if (text->is_string()) {
    for (const SubPiece& piece : split_sub(text->as_string())) {
      if (piece.is_name) require_sub_name(piece.text);
      if (!piece.is_name || (variables != nullptr && variables->find(piece.text) != nullptr)) continue;
      if (piece.text.find('.') != std::string::npos) {
        collect_attribute(piece.text, into);
      } else {
        into.refs.insert(piece.text);
      }
    }
  }
  if (variables != nullptr) collect_references(*variables, into);
}

// Whether the function was one that names something; its argument is then dealt with.
bool collect_function(const Intrinsic& function, References& into) {
  const Document& argument = *function.argument;
  if (function.name == "Ref" && argument.is_string()) {
    into.refs.insert(argument.as_string());
    return true;
  }
  if (function.name == "Fn::GetAtt") {
    if (argument.is_string()) collect_attribute(argument.as_string(), into);
    if (argument.is_array() && argument.as_array().size() == 2 && argument.as_array()[0].is_string()) {
      const Document& attribute = argument.as_array()[1];
      into.attributes.emplace(argument.as_array()[0].as_string(), scalar_text(attribute));
      collect_references(attribute, into);
    }
    return true;
  }
  if (function.name == "Fn::Sub") {
    collect_sub(argument, into);
    return true;
  }
  if (function.name == "Fn::If" && argument.is_array() && !argument.as_array().empty() &&
      argument.as_array()[0].is_string()) {
    into.conditions.insert(argument.as_array()[0].as_string());
  }
  return false;
}

class ReferenceCheck {
 public:
  explicit ReferenceCheck(const Template& tmpl) : tmpl_(tmpl) {}

  void run() {
    for (const ResourceSpec& resource : tmpl_.resources) {
      look(resource.properties, "Resources");
      require_condition(resource.condition, "Resources");
      for (const std::string& name : resource.depends_on) {
        if (tmpl_.find_resource(name) == nullptr) unresolved_["Resources"].insert(name);
      }
    }
    for (const OutputSpec& output : tmpl_.outputs) {
      look(output.value, "Outputs");
      look(output.export_name, "Outputs");
      require_condition(output.condition, "Outputs");
    }
    for (const auto& [block, names] : unresolved_) {
      fail_template(
          fmt::format("Template format error: Unresolved resource dependencies [{}] in the {} block of "
                      "the template",
                      join({names.begin(), names.end()}, ", "), block));
    }
  }

 private:
  void look(const Document& value, const std::string& block) {
    References found;
    collect_references(value, found);
    for (const std::string& name : found.refs) {
      const bool is_known = is_pseudo_parameter(name) || tmpl_.find_parameter(name) != nullptr ||
                            tmpl_.find_resource(name) != nullptr;
      if (!is_known) unresolved_[block].insert(name);
    }
    for (const auto& [name, attribute] : found.attributes) {
      if (tmpl_.find_resource(name) != nullptr) continue;
      fail_template(
          fmt::format("Template error: instance of Fn::GetAtt references undefined resource {}", name));
    }
    for (const std::string& name : found.conditions) {
      if (tmpl_.conditions.find(name) != nullptr) continue;
      fail_template(fmt::format("Template error: unresolved condition dependency {} in Fn::If", name));
    }
  }

  void require_condition(const std::string& name, std::string_view block) const {
    if (name.empty() || tmpl_.conditions.find(name) != nullptr) return;
    fail_template(
        fmt::format("Template format error: Unresolved condition dependency {} in the {} block of the "
                    "template",
                    name, block));
  }

  const Template& tmpl_;
  std::map<std::string, std::set<std::string>> unresolved_;
};

// Who waits for each.
Dependencies turned(const Dependencies& graph) {
  Dependencies out;
  for (const auto& [name, needs] : graph) {
    out[name];
    for (const std::string& need : needs) {
      if (graph.contains(need)) out[need].insert(name);
    }
  }
  return out;
}

Dependencies without(Dependencies graph, const std::vector<std::string>& names) {
  for (const std::string& name : names) graph.erase(name);
  return graph;
}

// What is left when everything that waits for nothing has been taken away, again and again, from both ends.
std::vector<std::string> circle_of(const Dependencies& graph) {
  const Dependencies left = turned(without(graph, in_order(graph)));
  std::vector<std::string> names;
  for (const auto& [name, waiting] : without(left, in_order(left))) names.push_back(name);
  return names;
}

}  // namespace

void collect_references(const Document& value, References& into) {
  if (const auto function = as_intrinsic(value)) {
    if (function->name != "Condition" && collect_function(*function, into)) return;
  }
  if (value.is_object()) {
    for (const auto& [name, member] : value.as_object()) collect_references(member, into);
  } else if (value.is_array()) {
    for (const Document& item : value.as_array()) collect_references(item, into);
  }
}

std::vector<std::string> in_order(const Dependencies& graph) {
  const Dependencies waiting = turned(graph);
  std::map<std::string, size_t> open;
  std::vector<std::string> order;
  for (const auto& [name, needs] : graph) {
    const auto count = std::ranges::count_if(needs, [&](const auto& need) { return graph.contains(need); });
    open[name] = static_cast<size_t>(count);
    if (count == 0) order.push_back(name);
  }
  for (size_t next = 0; next < order.size(); ++next) {
    const std::string done = order[next];
    for (const std::string& name : waiting.at(done)) {
      if (--open[name] == 0) order.push_back(name);
    }
  }
  return order;
}

void check_references(const Template& tmpl) { ReferenceCheck(tmpl).run(); }

Dependencies find_dependencies(const Template& tmpl) {
  Dependencies graph;
  for (const ResourceSpec& resource : tmpl.resources) {
    std::set<std::string>& needs = graph[resource.logical_id];
    References found;
    collect_references(resource.properties, found);
    for (const std::string& name : found.refs) {
      if (tmpl.find_resource(name) != nullptr) needs.insert(name);
    }
    for (const auto& [name, attribute] : found.attributes) needs.insert(name);
    needs.insert(resource.depends_on.begin(), resource.depends_on.end());
  }
  const std::vector<std::string> circle = circle_of(graph);
  if (!circle.empty()) {
    fail_template(fmt::format("Circular dependency between resources: [{}]", join(circle, ", ")));
  }
  return graph;
}

}  // namespace haneul::cloudformation
