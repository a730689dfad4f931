// The rules of notification configurations: which events they name, and that no two of them want the same
// event of the same key. S3 user guide, "Configuring event notifications using object key name filtering".
#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "gen/s3/errors.h"
#include "services/s3/events.h"

namespace haneul::s3 {

namespace {

constexpr std::array<std::string_view, 12> kEvents = {"s3:ObjectCreated:*",
                                                      "s3:ObjectCreated:Put",
                                                      "s3:ObjectCreated:Post",
                                                      "s3:ObjectCreated:Copy",
                                                      "s3:ObjectCreated:CompleteMultipartUpload",
                                                      "s3:ObjectRemoved:*",
                                                      "s3:ObjectRemoved:Delete",
                                                      "s3:ObjectRemoved:DeleteMarkerCreated",
                                                      "s3:ObjectTagging:*",
                                                      "s3:ObjectTagging:Put",
                                                      "s3:ObjectTagging:Delete",
                                                      "s3:TestEvent"};

struct Filter {
  std::string prefix, suffix;
};

Filter filter_of(const LambdaFunctionConfiguration& rule) {
  Filter filter;
  if (!rule.filter || !rule.filter->key || !rule.filter->key->filter_rules) return filter;
  for (const FilterRule& one : *rule.filter->key->filter_rules) {
    const bool is_prefix = equals_ignore_case(one.name.value_or(""), "prefix");
    (is_prefix ? filter.prefix : filter.suffix) = one.value.value_or("");
  }
  return filter;
}

// "s3:ObjectCreated:*" covers "ObjectCreated:Put"; the given name has no "s3:" in front.
bool covers(std::string_view pattern, std::string_view name) {
  pattern.remove_prefix(3);
  if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == name;
}

bool events_meet(const LambdaFunctionConfiguration& a, const LambdaFunctionConfiguration& b) {
  return std::ranges::any_of(a.events, [&](std::string_view one) {
    return std::ranges::any_of(b.events, [&](std::string_view other) {
      return covers(one, other.substr(3)) || covers(other, one.substr(3));
    });
  });
}

bool keys_meet(const Filter& a, const Filter& b) {
  const bool prefixes = a.prefix.starts_with(b.prefix) || b.prefix.starts_with(a.prefix);
  const bool suffixes = a.suffix.ends_with(b.suffix) || b.suffix.ends_with(a.suffix);
  return prefixes && suffixes;
}

[[noreturn]] void refuse(const std::string& message, std::string_view name, const std::string& value) {
  InvalidArgument error(message);
  error.with("ArgumentName", name).with("ArgumentValue", value);
  throw error;
}

void require_events(const LambdaFunctionConfiguration& rule) {
  if (rule.events.empty())
    throw MalformedXML(
        "The XML you provided was not well-formed or did not validate against our published schema");
  for (const std::string& event : rule.events) {
    if (std::ranges::find(kEvents, event) == kEvents.end() || event == "s3:TestEvent") {
      refuse("The event '" + event + "' is not supported for notifications", "Event", event);
    }
  }
}

void require_filter(const LambdaFunctionConfiguration& rule) {
  if (!rule.filter || !rule.filter->key || !rule.filter->key->filter_rules) return;
  std::set<std::string> seen;
  for (const FilterRule& one : *rule.filter->key->filter_rules) {
    const std::string name = to_lower(one.name.value_or(""));
    if (name != "prefix" && name != "suffix") {
      refuse("filter rule name must be either prefix or suffix", "FilterRule.Name", one.name.value_or(""));
    }
    if (!seen.insert(name).second) {
      refuse("Cannot specify more than one " + name + " rule in a filter.", "FilterRule.Name", name);
    }
    if (one.value.value_or("").size() > 1024) {
      refuse("Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation", "FilterRule.Value",
             "too long");
    }
  }
}

}  // namespace

bool rule_matches(const LambdaFunctionConfiguration& rule, const Event& event) {
  const auto is_wanted = [&](std::string_view pattern) { return covers(pattern, event.name); };
  if (!std::ranges::any_of(rule.events, is_wanted)) return false;
  const Filter filter = filter_of(rule);
  return event.key.starts_with(filter.prefix) && event.key.ends_with(filter.suffix);
}

void require_valid_rules(const std::vector<LambdaFunctionConfiguration>& rules) {
  std::set<std::string> ids;
  for (const LambdaFunctionConfiguration& rule : rules) {
    require_events(rule);
    require_filter(rule);
    if (!ids.insert(rule.id.value_or("")).second) {
      refuse("Same ID used for multiple configurations. IDs must be unique", "Id", rule.id.value_or(""));
    }
  }
  for (size_t i = 0; i < rules.size(); ++i) {
    for (size_t j = i + 1; j < rules.size(); ++j) {
      if (!events_meet(rules[i], rules[j]) || !keys_meet(filter_of(rules[i]), filter_of(rules[j]))) continue;
      throw InvalidArgument(
          "Configurations overlap. Configurations on the same bucket cannot share a common event type.");
    }
  }
}

}  // namespace haneul::s3
