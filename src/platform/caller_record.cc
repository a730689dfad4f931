#include "platform/caller_record.h"

namespace haneul::platform {
namespace {

Document list_of(const std::vector<std::string>& texts) {
  Document out = Document::array();
  for (const std::string& text : texts) out.push(text);
  return out;
}

std::vector<std::string> texts_of(const Document& from, std::string_view name) {
  std::vector<std::string> out;
  const Document* list = from.find(name);
  if (list == nullptr || !list->is_array()) return out;
  for (const Document& item : list->as_array()) out.push_back(item.as_string());
  return out;
}

}  // namespace

Document to_document(const Caller& caller) {
  Document tags = Document::object(), context = Document::object();
  for (const auto& [key, value] : caller.principal_tags) tags.set(key, value);
  for (const auto& [key, values] : caller.context) context.set(key, list_of(values));
  Document out = Document::Object{{"kind", static_cast<int>(caller.kind)},
                                  {"account", caller.account.str()},
                                  {"arn", caller.arn},
                                  {"id", caller.unique_id},
                                  {"name", caller.name},
                                  {"role", caller.role_arn},
                                  {"issuer", caller.issuer_id},
                                  {"session", caller.session_name},
                                  {"service", caller.service},
                                  {"key", caller.access_key_id},
                                  {"tags", std::move(tags)},
                                  {"policies", list_of(caller.session_policies)},
                                  {"source", caller.source_identity},
                                  {"transitive", list_of(caller.transitive_tag_keys)},
                                  {"context", std::move(context)}};
  if (caller.token_issued_at) out.set("issued", caller.token_issued_at->time_since_epoch().count());
  return out;
}

Caller caller_from(const Document& from) {
  Caller out;
  if (const Document* kind = from.find("kind")) out.kind = static_cast<Caller::Kind>(kind->as_int());
  out.account = AccountId(from.string_or("account", ""));
  out.arn = from.string_or("arn", "");
  out.unique_id = from.string_or("id", "");
  out.name = from.string_or("name", "");
  out.role_arn = from.string_or("role", "");
  out.issuer_id = from.string_or("issuer", "");
  out.session_name = from.string_or("session", "");
  out.service = from.string_or("service", "");
  out.access_key_id = from.string_or("key", "");
  out.session_policies = texts_of(from, "policies");
  out.source_identity = from.string_or("source", "");
  out.transitive_tag_keys = texts_of(from, "transitive");
  const Document* issued = from.find("issued");
  if (issued != nullptr && issued->is_int()) out.token_issued_at = Timestamp(Milliseconds(issued->as_int()));
  if (const Document* tags = from.find("tags"); tags != nullptr && tags->is_object()) {
    for (const auto& [key, value] : tags->as_object()) out.principal_tags[key] = value.as_string();
  }
  if (const Document* context = from.find("context"); context != nullptr && context->is_object()) {
    for (const auto& [key, values] : context->as_object()) out.context[key] = texts_of(*context, key);
  }
  return out;
}

}  // namespace haneul::platform
