#include "services/iam/session.h"

#include "aws/session_token.h"
#include "base/cbor.h"
#include "base/document.h"
#include "base/parse_error.h"

namespace haneul::iam {

namespace {

Document list_of(const std::vector<std::string>& values) {
  Document out = Document::array();
  for (const std::string& value : values) out.push(value);
  return out;
}

std::vector<std::string> list_from(const Document& document, std::string_view key) {
  std::vector<std::string> out;
  const Document* list = document.find(key);
  if (list == nullptr) return out;
  for (const Document& value : list->as_array()) out.push_back(value.as_string());
  return out;
}

Timestamp time_from(const Document& document, std::string_view key) {
  const Document* value = document.find(key);
  return Timestamp(Milliseconds(value == nullptr ? 0 : value->as_int()));
}

// Short names, since every request carries them.
Document to_document(const Session& session) {
  Document out = Document::object();
  const auto set = [&out](std::string_view key, const std::string& value) {
    if (!value.empty()) out.set(key, value);
  };
  const auto set_list = [&out](std::string_view key, const std::vector<std::string>& values) {
    if (!values.empty()) out.set(key, list_of(values));
  };
  out.set("k", static_cast<int64_t>(session.kind));
  set("a", session.access_key_id);
  set("s", session.secret.reveal());
  set("c", session.account);
  set("p", session.principal_id);
  set("n", session.name);
  set("e", session.session_name);
  set_list("d", session.policies);
  set_list("r", session.policy_arns);
  set_list("v", session.transitive_tags);
  set("o", session.source_identity);
  out.set("i", session.issued_at.time_since_epoch().count());
  out.set("x", session.expires_at.time_since_epoch().count());
  Document tags = Document::object();
  for (const auto& [key, value] : session.tags) tags.as_object().emplace_back(key, value);
  if (!session.tags.empty()) out.set("t", std::move(tags));
  return out;
}

Session session_from(const Document& document) {
  Session session;
  session.kind = static_cast<Session::Kind>(document.find("k")->as_int());
  session.access_key_id = document.string_or("a", "");
  session.secret = Secret<std::string>(document.string_or("s", ""));
  session.account = document.string_or("c", "");
  session.principal_id = document.string_or("p", "");
  session.name = document.string_or("n", "");
  session.session_name = document.string_or("e", "");
  session.policies = list_from(document, "d");
  session.policy_arns = list_from(document, "r");
  session.transitive_tags = list_from(document, "v");
  session.source_identity = document.string_or("o", "");
  session.issued_at = time_from(document, "i");
  session.expires_at = time_from(document, "x");
  if (const Document* tags = document.find("t")) {
    for (const auto& [key, value] : tags->as_object()) session.tags.emplace(key, value.as_string());
  }
  return session;
}

}  // namespace

std::string seal_session(const Session& session, std::string_view token_key, Random& random) {
  return aws::seal_token(token_key, write_cbor(to_document(session)), random);
}

std::optional<Session> open_session(std::string_view access_key_id, std::string_view token,
                                    std::string_view token_key) {
  const auto content = aws::open_token(token_key, token);
  if (!content) return std::nullopt;
  Document document;
  try {
    document = parse_cbor(*content);
  } catch (const ParseError&) {
    return std::nullopt;
  }
  // What opens was sealed by us; a token of another use of the key is told by its missing parts.
  const Document* kind = document.find("k");
  if (kind == nullptr || !kind->is_int() || document.string_or("a", "") != access_key_id) return std::nullopt;
  return session_from(document);
}

}  // namespace haneul::iam
