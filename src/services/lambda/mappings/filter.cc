#include "services/lambda/mappings/filter.h"

#include <algorithm>

#include "base/json.h"
#include "base/parse_error.h"

namespace haneul::lambda {

using aws::EventPattern;

namespace {

constexpr std::string_view kBody = "body", kData = "data";

// Objects and lists are JSON to a filter; everything else is text.
Document parse_data(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || (text[first] != '{' && text[first] != '[')) return text;
  try {
    return parse_json(text);
  } catch (const ParseError&) {
    return text;
  }
}

}  // namespace

RecordFilter::RecordFilter(const MappingRecord& mapping) : kind_(mapping.kind()) {
  for (const std::string& text : mapping.filters)
    patterns_.push_back(EventPattern::parse(text, aws::PatternDialect::kLambda));
}

bool RecordFilter::accepts(const Document& event, const std::string& data) const {
  if (patterns_.empty()) return true;
  Document view = event;
  if (kind_ == SourceKind::kQueue) {
    view.set(kBody, parse_data(data));
  } else if (kind_ == SourceKind::kDataStream) {
    // Patterns name the members of "kinesis" without it.
    if (const Document* members = event.find("kinesis")) {
      for (const auto& [name, value] : members->as_object()) view.set(name, value);
    }
    view.set(kData, parse_data(data));
  }
  return std::ranges::any_of(patterns_,
                             [&](const EventPattern& pattern) { return accepts_data(pattern, view); });
}

bool RecordFilter::accepts_data(const EventPattern& pattern, Document& view) const {
  if (kind_ != SourceKind::kTableStream) {
    const std::string_view key = kind_ == SourceKind::kQueue ? kBody : kData;
    const bool is_text = view.find(key)->is_string();
    const auto form = pattern.form_of(key);
    if (form == EventPattern::Form::kObject && is_text) return false;
    if (form == EventPattern::Form::kValues && !is_text) return false;
  }
  return pattern.matches(view);
}

}  // namespace haneul::lambda
