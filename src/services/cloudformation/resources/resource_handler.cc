#include "services/cloudformation/resources/resource_handler.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "model/error.h"
#include "services/cloudformation/resources/shape_input.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

Task<Document> ResourceContext::call(std::string_view service, std::string_view operation,
                                     Document input) const {
  co_return co_await dispatcher_.call(call_, service, operation,
                                      shape_input(service, operation, std::move(input)));
}

Task<bool> ResourceContext::try_call(std::string_view service, std::string_view operation, Document input,
                                     std::initializer_list<std::string_view> tolerated,
                                     Document* output) const {
  const std::vector<std::string_view> codes(tolerated);
  try {
    Document answer = co_await call(service, operation, std::move(input));
    if (output != nullptr) *output = std::move(answer);
    co_return true;
  } catch (const model::ServiceError& error) {
    const bool is_tolerated = std::ranges::find(codes, error.shape().code) != codes.end() ||
                              std::ranges::find(codes, error.shape().name) != codes.end();
    if (!is_tolerated) throw;
  }
  co_return false;
}

std::string ResourceContext::text(std::string_view name) const {
  const Document* value = properties.find(name);
  return value == nullptr ? std::string() : scalar_text(*value);
}

bool ResourceContext::changed(std::string_view name) const {
  const Document* now = property(name);
  const Document* before = old_property(name);
  if (now == nullptr || before == nullptr) return now != before;
  return !same_value(*now, *before);
}

std::map<std::string, std::string> ResourceContext::merge_tags(const Document& stack,
                                                               const Document& resource) {
  std::map<std::string, std::string> out;
  const auto take = [&](const Document* list) {
    if (list == nullptr || !list->is_array()) return;
    for (const Document& tag : list->as_array()) {
      const Document* value = tag.find("Value");
      out[tag.string_or("Key", "")] = value == nullptr ? std::string() : scalar_text(*value);
    }
  };
  take(&stack);
  take(resource.find("Tags"));
  return out;
}

Document pick(const Document& from, std::initializer_list<std::string_view> names) {
  Document out = Document::object();
  for (const std::string_view name : names) {
    if (const Document* value = from.find(name)) out.set(name, *value);
  }
  return out;
}

Document tag_list(const std::map<std::string, std::string>& tags) {
  Document out = Document::array();
  for (const auto& [key, value] : tags) out.push(Document::Object{{"Key", key}, {"Value", value}});
  return out;
}

Document tag_map(const std::map<std::string, std::string>& tags) {
  Document out = Document::object();
  for (const auto& [key, value] : tags) out.set(key, value);
  return out;
}

Document dropped_tags(const std::map<std::string, std::string>& before,
                      const std::map<std::string, std::string>& after) {
  Document out = Document::array();
  for (const auto& [key, value] : before) {
    if (!after.contains(key)) out.push(key);
  }
  return out;
}

std::string policy_text(const Document& policy) {
  return policy.is_string() ? policy.as_string() : write_json(policy);
}

bool is_ours(const ResourceContext& context, const Document* created_at) {
  if (context.attempt != Attempt::kAgain || created_at == nullptr) return false;
  // Services that keep whole seconds report a time up to one second before the step began.
  const Timestamp earliest = context.started_at - std::chrono::seconds(1);
  if (created_at->is_timestamp()) return created_at->as_timestamp() >= earliest;
  if (created_at->is_int()) return Timestamp(Milliseconds(created_at->as_int())) >= earliest;
  if (!created_at->is_string()) return false;
  const auto at = parse_iso8601(created_at->as_string());
  return at && *at >= earliest;
}

}  // namespace haneul::cloudformation
