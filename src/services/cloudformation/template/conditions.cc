// The Conditions section: Fn::And, Fn::Or, Fn::Not, Fn::Equals and references to other conditions.

#include <set>

#include <fmt/format.h>

#include "services/cloudformation/template/resolver.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

[[noreturn]] void fail_arguments(std::string_view function) {
  if (function == "Fn::And" || function == "Fn::Or") {
    fail_template(
        fmt::format("Template error: every {} object requires a list of at least 2 and at most 10 boolean "
                    "parameters.",
                    function));
  }
  if (function == "Fn::Not") {
    fail_template(
        "Template error: every Fn::Not object requires a list argument with a single boolean parameter.");
  }
  if (function == "Fn::Equals") {
    fail_template("Template error: every Fn::Equals object requires a list of 2 string parameters.");
  }
  fail_template(
      "Template format error: Conditions can only be boolean operations on parameters and other conditions");
}

// Evaluates each condition once, those it depends on first.
class Evaluation {
 public:
  Evaluation(const Document& conditions, const Names& names) : conditions_(conditions), names_(names) {}

  std::map<std::string, bool, std::less<>> run() {
    for (const auto& [name, value] : conditions_.as_object()) require(name);
    return std::move(names_.conditions);
  }

 private:
  bool require(const std::string& name) {
    if (const auto known = names_.conditions.find(name); known != names_.conditions.end())
      return known->second;
    const Document* body = conditions_.find(name);
    if (body == nullptr) {
      fail_template(
          fmt::format("Template format error: Unresolved condition dependency {} in the Conditions "
                      "block of the template",
                      name));
    }
    if (!open_.insert(name).second) {
      fail_template(fmt::format(
          "Template format error: Found circular condition dependency between {} and {}", name, name));
    }
    const bool value = evaluate(*body);
    open_.erase(name);
    names_.conditions[name] = value;
    return value;
  }

  bool evaluate(const Document& body) {
    const auto function = as_intrinsic(body);
    if (!function) fail_arguments({});
    const Document& argument = *function->argument;
    if (function->name == "Condition" && argument.is_string()) return require(argument.as_string());
    if (!argument.is_array()) {
      fail_arguments(function->name);
    }
    const auto& parts = argument.as_array();
    if (function->name == "Fn::Not" && parts.size() == 1) return !evaluate(parts[0]);
    if (function->name == "Fn::Equals" && parts.size() == 2) return is_equal(parts[0], parts[1]);
    const bool is_and = function->name == "Fn::And";
    if ((is_and || function->name == "Fn::Or") && parts.size() >= 2 && parts.size() <= 10) {
      return combine(parts, is_and ? Combine::kAll : Combine::kAny);
    }
    fail_arguments(function->name);
  }

  enum class Combine { kAll, kAny };
  bool combine(const Document::Array& parts, Combine how) {
    bool all = true;
    bool any = false;
    for (const Document& part : parts) {
      const bool value = evaluate(part);
      all = all && value;
      any = any || value;
    }
    return how == Combine::kAll ? all : any;
  }

  bool is_equal(const Document& left, const Document& right) {
    Resolver resolver(names_);
    return same_value(resolver.require(left, "Fn::Equals"), resolver.require(right, "Fn::Equals"));
  }

  const Document& conditions_;
  Names names_;
  std::set<std::string> open_;
};

}  // namespace

std::map<std::string, bool, std::less<>> evaluate_conditions(const Document& conditions, const Names& names) {
  Names inside = names;
  inside.ref = nullptr;
  inside.attribute = nullptr;
  inside.import = nullptr;
  inside.conditions.clear();
  return Evaluation(conditions, inside).run();
}

}  // namespace haneul::cloudformation
