#include "services/cloudformation/template/parameters.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/text.h"
#include "services/cloudformation/limits.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

bool is_list_type(const std::string& type) {
  return type == "CommaDelimitedList" || type.starts_with("List<");
}
bool is_number_type(const std::string& type) { return type == "Number" || type == "List<Number>"; }

std::vector<std::string> items_of(const ParameterSpec& spec, const std::string& text) {
  if (!is_list_type(spec.type)) return {text};
  std::vector<std::string> items;
  if (text.empty()) return items;
  for (const std::string_view item : split(text, ',')) items.emplace_back(trim(item));
  return items;
}

std::optional<double> to_number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

[[noreturn]] void fail_constraint(const ParameterSpec& spec, const std::string& what) {
  const std::string& reason = spec.constraint_description;
  if (!reason.empty()) {
    fail_template(fmt::format("Parameter {} failed to satisfy constraint: {}", spec.name, reason));
  }
  fail_template(fmt::format("Parameter '{}' must {}", spec.name, what));
}

void check_pattern(const ParameterSpec& spec, const std::string& item) {
  if (!spec.allowed_pattern) return;
  const re2::RE2 pattern(*spec.allowed_pattern, re2::RE2::Quiet);
  if (!pattern.ok()) {
    fail_template(
        fmt::format("Template format error: AllowedPattern of parameter {} is not a valid regular "
                    "expression.",
                    spec.name));
  }
  if (!re2::RE2::FullMatch(item, pattern)) {
    fail_constraint(spec, "match pattern " + *spec.allowed_pattern);
  }
}

void check_item(const ParameterSpec& spec, const std::string& item) {
  const auto& allowed = spec.allowed_values;
  if (!allowed.empty() && std::ranges::find(allowed, item) == allowed.end()) {
    fail_constraint(spec, "be one of AllowedValues");
  }
  check_pattern(spec, item);
  if (is_number_type(spec.type)) {
    const auto number = to_number(item);
    if (!number) fail_template(fmt::format("Parameter '{}' must be a number.", spec.name));
    if (spec.min_value && *number < *spec.min_value) {
      fail_constraint(spec, fmt::format("be a number not less than {}", *spec.min_value));
    }
    if (spec.max_value && *number > *spec.max_value) {
      fail_constraint(spec, fmt::format("be a number not greater than {}", *spec.max_value));
    }
    return;
  }
  const auto length = static_cast<double>(item.size());
  if (spec.min_length && length < *spec.min_length) {
    fail_constraint(spec, fmt::format("contain at least {} characters", *spec.min_length));
  }
  if (spec.max_length && length > *spec.max_length) {
    fail_constraint(spec, fmt::format("contain at most {} characters", *spec.max_length));
  }
}

void check(const ParameterSpec& spec, const std::string& text) {
  if (text.size() > kParameterValueBytesMax) {
    fail_template(fmt::format("Parameter '{}' exceeds the maximum length of {} bytes", spec.name,
                              kParameterValueBytesMax));
  }
  if (text.starts_with("{{resolve:") || text.find("{{resolve:") != std::string::npos) {
    fail_template(fmt::format("Dynamic references are not supported by Haneul: parameter '{}'", spec.name));
  }
  for (const std::string& item : items_of(spec, text)) check_item(spec, item);
}

void require_declared(const Template& tmpl, const std::vector<GivenParameter>& given) {
  std::vector<std::string> unknown;
  for (const GivenParameter& parameter : given) {
    if (tmpl.find_parameter(parameter.key) == nullptr) unknown.push_back(parameter.key);
  }
  if (unknown.empty()) return;
  fail_template(fmt::format("Parameters: [{}] do not exist in the template", join(unknown, ", ")));
}

std::optional<std::string> choose(const ParameterSpec& spec, const std::vector<GivenParameter>& given,
                                  const ParameterTexts& previous) {
  const auto found = std::ranges::find(given, spec.name, &GivenParameter::key);
  if (found == given.end()) {
    if (spec.default_value) return spec.default_value->as_string();
    return std::nullopt;
  }
  if (found->source == GivenParameter::Source::kGiven) return found->value;
  const auto old = previous.find(spec.name);
  if (old == previous.end()) {
    fail_template(fmt::format(
        "Invalid input for parameter key {}. Cannot specify usePreviousValue as true for a parameter key not "
        "in the previous template",
        spec.name));
  }
  return old->second;
}

}  // namespace

ParameterTexts settle_parameters(const Template& tmpl, const std::vector<GivenParameter>& given,
                                 const ParameterTexts& previous) {
  require_declared(tmpl, given);
  ParameterTexts texts;
  std::vector<std::string> missing;
  for (const ParameterSpec& spec : tmpl.parameters) {
    const auto text = choose(spec, given, previous);
    if (!text) {
      missing.push_back(spec.name);
      continue;
    }
    check(spec, *text);
    texts[spec.name] = *text;
  }
  if (!missing.empty()) {
    fail_template(fmt::format("Parameters: [{}] must have values", join(missing, ", ")));
  }
  return texts;
}

Document parameter_value(const ParameterSpec& spec, const std::string& text) {
  if (!is_list_type(spec.type)) return text;
  Document list = Document::array();
  for (std::string& item : items_of(spec, text)) list.push(std::move(item));
  return list;
}

}  // namespace haneul::cloudformation
