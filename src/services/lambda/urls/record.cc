#include "services/lambda/urls/record.h"

#include "model/binding.h"
#include "store/record.h"

namespace haneul::lambda {

namespace {

Timestamp time_of(const Document& from, std::string_view key) {
  const Document* value = from.find(key);
  return Timestamp(Milliseconds(value == nullptr ? 0 : value->as_int()));
}

}  // namespace

std::string encode(const UrlRecord& record) {
  Document out = Document::object();
  out.set("id", record.id);
  out.set("auth", record.auth_type);
  out.set("mode", record.invoke_mode);
  if (record.cors) out.set("cors", model::unbind(*record.cors));
  out.set("created", int64_t{record.created_at.time_since_epoch().count()});
  out.set("modified", int64_t{record.modified_at.time_since_epoch().count()});
  return store::encode_record(out);
}

UrlRecord url_from(std::string_view bytes) {
  const Document from = store::decode_record(bytes);
  UrlRecord out{.id = from.string_or("id", ""),
                .auth_type = from.string_or("auth", ""),
                .invoke_mode = from.string_or("mode", ""),
                .cors = {},
                .created_at = time_of(from, "created"),
                .modified_at = time_of(from, "modified")};
  if (const Document* cors = from.find("cors")) out.cors = model::bind<Cors>(*cors);
  return out;
}

std::string encode_owner(const FunctionRef& ref) {
  Document out = Document::object();
  out.set("account", ref.place.account.str());
  out.set("region", ref.place.region.str());
  out.set("name", ref.name);
  out.set("qualifier", ref.qualifier);
  return store::encode_record(out);
}

FunctionRef owner_from(std::string_view bytes) {
  const Document from = store::decode_record(bytes);
  return {.place = {AccountId(from.string_or("account", "")), Region(from.string_or("region", ""))},
          .name = from.string_or("name", ""),
          .qualifier = from.string_or("qualifier", "")};
}

}  // namespace haneul::lambda
