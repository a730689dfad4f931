#include "services/dynamodb/transfer/export.h"

#include "platform/caller_record.h"
#include "store/record.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kExport = "dynamodb/export";

const char* status_of(Export::State state) {
  switch (state) {
    case Export::State::kInProgress: return "IN_PROGRESS";
    case Export::State::kCompleted: return "COMPLETED";
    case Export::State::kFailed: return "FAILED";
  }
  return "FAILED";
}

std::optional<std::string> text_in(const Document& record, std::string_view name) {
  const Document* found = record.find(name);
  return found == nullptr ? std::nullopt : std::optional(found->as_string());
}

std::optional<Timestamp> time_in(const Document& record, std::string_view name) {
  const Document* found = record.find(name);
  return found == nullptr ? std::nullopt : std::optional(found->as_timestamp());
}

store::KeyWriter exports_of(const AccountId& account, const Region& region) {
  store::KeyWriter writer(catalog_scope(account, region));
  writer.text(kExport).text(account.str()).text(region.str());
  return writer;
}

std::optional<std::string> if_any(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

Export decode(std::string_view bytes, ExportName where) {
  const Document record = store::decode_record(bytes);
  Export out;
  out.where = std::move(where);
  out.state = static_cast<Export::State>(record.find("state")->as_int());
  out.table_id = record.string_or("table_id", "");
  out.caller = platform::caller_from(*record.find("caller"));
  out.started = record.find("started")->as_timestamp();
  out.ended = time_in(record, "ended");
  out.at = record.find("at")->as_timestamp();
  out.from = time_in(record, "from");
  out.view = record.string_or("view", "");
  out.token = record.string_or("token", "");
  if (const Document* digest = record.find("digest")) out.digest = digest->as_blob();
  out.bucket = record.string_or("bucket", "");
  out.owner = text_in(record, "owner");
  out.prefix = text_in(record, "prefix");
  out.encryption = text_in(record, "encryption");
  out.items = record.find("items")->as_int();
  out.bytes = record.find("bytes")->as_int();
  out.failure_code = record.string_or("failure_code", "");
  out.failure_message = record.string_or("failure_message", "");
  return out;
}

std::string root_of(const Export& given) {
  std::string out = given.prefix.value_or("");
  if (!out.empty() && !out.ends_with('/')) out += '/';
  return out + "AWSDynamoDB/";
}

}  // namespace

std::string Export::folder() const { return root_of(*this) + where.id + "/"; }

std::string Export::data_folder() const { return from ? root_of(*this) + "data/" : folder() + "data/"; }

store::Key export_key(const ExportName& where) {
  return exports_of(where.table.account, where.table.region).text(where.table.name).text(where.id).key();
}

store::KeyRange exports_range(const AccountId& account, const Region& region, std::string_view table) {
  store::KeyWriter writer = exports_of(account, region);
  if (!table.empty()) writer.text(table);
  return writer.range();
}

Export export_in(std::string_view key, std::string_view value) {
  ExportName where{.table = table_at(key), .id = {}};
  store::KeyReader reader(key);
  for (int i = 0; i < 4; ++i) reader.text();
  where.id = reader.text();
  return decode(value, std::move(where));
}

std::optional<Export> find_export(store::Reader& reader, const ExportName& where) {
  const auto bytes = reader.get(export_key(where));
  if (!bytes) return std::nullopt;
  return decode(*bytes, where);
}

void save_export(store::Tx& tx, const Export& given) {
  Document out = Document::Object{{"state", static_cast<int>(given.state)},
                                  {"table_id", given.table_id},
                                  {"caller", platform::to_document(given.caller)},
                                  {"started", given.started},
                                  {"at", given.at},
                                  {"view", given.view},
                                  {"token", given.token},
                                  {"digest", Blob{given.digest}},
                                  {"bucket", given.bucket},
                                  {"items", given.items},
                                  {"bytes", given.bytes},
                                  {"failure_code", given.failure_code},
                                  {"failure_message", given.failure_message}};
  if (given.ended) out.set("ended", *given.ended);
  if (given.from) out.set("from", *given.from);
  if (given.owner) out.set("owner", *given.owner);
  if (given.prefix) out.set("prefix", *given.prefix);
  if (given.encryption) out.set("encryption", *given.encryption);
  tx.put(export_key(given.where), store::encode_record(out));
}

ExportDescription description_of(const Export& given) {
  ExportDescription out;
  out.export_arn = given.where.arn();
  out.export_status = status_of(given.state);
  out.start_time = given.started;
  out.end_time = given.ended;
  out.table_arn = table_arn(given.where.table);
  out.table_id = given.table_id;
  out.client_token = if_any(given.token);
  out.s3_bucket = given.bucket;
  out.s3_bucket_owner = given.owner;
  out.s3_prefix = given.prefix;
  out.s3_sse_algorithm = given.encryption.value_or("AES256");
  out.failure_code = if_any(given.failure_code);
  out.failure_message = if_any(given.failure_message);
  out.export_format = "DYNAMODB_JSON";
  out.export_type = given.from ? "INCREMENTAL_EXPORT" : "FULL_EXPORT";
  if (given.state == Export::State::kCompleted) {
    out.export_manifest = given.folder() + "manifest-summary.json";
    out.item_count = given.items;
    out.billed_size_bytes = given.bytes;
  }
  if (given.from) {
    auto& period = out.incremental_export_specification.emplace();
    period.export_from_time = *given.from;
    period.export_to_time = given.at;
    period.export_view_type = given.view;
  } else {
    out.export_time = given.at;
  }
  return out;
}

}  // namespace haneul::dynamodb
