#include "services/dynamodb/transfer/import.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/binding.h"
#include "platform/caller_record.h"
#include "store/record.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kImport = "dynamodb/import";

const char* status_of(Import::State state) {
  switch (state) {
    case Import::State::kInProgress: return "IN_PROGRESS";
    case Import::State::kCompleted: return "COMPLETED";
    case Import::State::kFailed: return "FAILED";
  }
  return "FAILED";
}

store::KeyWriter imports_in(const AccountId& account, const Region& region) {
  store::KeyWriter writer(catalog_scope(account, region));
  writer.text(kImport).text(account.str()).text(region.str());
  return writer;
}

store::Key import_key(const ImportName& where) {
  return imports_in(where.table.account, where.table.region).text(where.table.name).text(where.id).key();
}

std::optional<std::string> if_any(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

Document document_of(const SourceObject& object) {
  return Document::Object{{"key", object.key}, {"etag", object.etag}, {"size", object.size}};
}

Import decode(std::string_view bytes, ImportName where) {
  const Document record = store::decode_record(bytes);
  Import out;
  out.where = std::move(where);
  out.state = static_cast<Import::State>(record.find("state")->as_int());
  out.table_id = record.string_or("table_id", "");
  out.caller = platform::caller_from(*record.find("caller"));
  out.started = record.find("started")->as_timestamp();
  if (const Document* ended = record.find("ended")) out.ended = ended->as_timestamp();
  out.digest = record.find("digest")->as_blob();
  out.request = model::bind<ImportTableInput>(*record.find("request"));
  out.after = record.string_or("after", "");
  if (const Document* object = record.find("object")) {
    out.object = {.key = object->string_or("key", ""),
                  .etag = object->string_or("etag", ""),
                  .size = static_cast<uint64_t>(object->find("size")->as_int())};
  }
  out.offset = static_cast<uint64_t>(record.find("offset")->as_int());
  out.processed = record.find("processed")->as_int();
  out.imported = record.find("imported")->as_int();
  out.errors = record.find("errors")->as_int();
  out.bytes = record.find("bytes")->as_int();
  out.failure_code = record.string_or("failure_code", "");
  out.failure_message = record.string_or("failure_message", "");
  return out;
}

S3BucketSource source_of(const Import& given) {
  S3BucketSource out = given.request.s3_bucket_source;
  if (!out.s3_bucket_owner) out.s3_bucket_owner = given.where.table.account.str();
  return out;
}

std::string log_group_arn(const TableName& table) {
  return fmt::format("arn:aws:logs:{}:{}:log-group:{}:*", table.region.str(), table.account.str(),
                     kImportLogGroup);
}

}  // namespace

void Import::fail(std::string code, std::string message) {
  state = State::kFailed;
  failure_code = std::move(code);
  failure_message = std::move(message);
}

Import import_in(std::string_view key, std::string_view value) {
  ImportName where{.table = table_at(key), .id = {}};
  store::KeyReader reader(key);
  for (int i = 0; i < 4; ++i) reader.text();
  where.id = reader.text();
  return decode(value, std::move(where));
}

std::optional<Import> find_import(store::Reader& reader, const ImportName& where) {
  const auto bytes = reader.get(import_key(where));
  if (!bytes) return std::nullopt;
  return decode(*bytes, where);
}

void save_import(store::Tx& tx, const Import& given) {
  Document out = Document::Object{{"state", static_cast<int>(given.state)},
                                  {"table_id", given.table_id},
                                  {"caller", platform::to_document(given.caller)},
                                  {"started", given.started},
                                  {"digest", Blob{given.digest}},
                                  {"request", model::unbind(given.request)},
                                  {"after", given.after},
                                  {"offset", given.offset},
                                  {"processed", given.processed},
                                  {"imported", given.imported},
                                  {"errors", given.errors},
                                  {"bytes", given.bytes},
                                  {"failure_code", given.failure_code},
                                  {"failure_message", given.failure_message}};
  if (given.ended) out.set("ended", *given.ended);
  if (given.object) out.set("object", document_of(*given.object));
  tx.put(import_key(given.where), store::encode_record(out));
}

std::vector<Import> imports_of(store::Reader& reader, const AccountId& account, const Region& region) {
  std::vector<Import> out;
  const store::KeyRange range = imports_in(account, region).range();
  reader.scan_each({catalog_scope(account, region).shard, range.from, range.to}, {},
                   [&](std::string_view key, std::string_view value) {
                     out.push_back(import_in(key, value));
                     return store::Visit::kContinue;
                   });
  // Ids begin with the time.
  std::ranges::sort(out, std::ranges::greater(), [](const Import& given) {
    return std::pair(std::string_view(given.where.id), std::string_view(given.where.table.name));
  });
  return out;
}

store::KeyRange all_imports_in(store::Shard shard) {
  return store::KeyWriter(store::Scope{shard}).text(kImport).range();
}

ImportTableDescription description_of(const Import& given) {
  ImportTableDescription out;
  out.import_arn = given.where.arn();
  out.import_status = status_of(given.state);
  out.table_arn = table_arn(given.where.table);
  out.table_id = given.table_id;
  out.client_token = given.request.client_token;
  out.s3_bucket_source = source_of(given);
  out.error_count = given.errors;
  out.cloud_watch_log_group_arn = log_group_arn(given.where.table);
  out.input_format = given.request.input_format;
  out.input_format_options = given.request.input_format_options;
  out.input_compression_type = given.request.input_compression_type.value_or("NONE");
  out.table_creation_parameters = given.request.table_creation_parameters;
  out.start_time = given.started;
  out.end_time = given.ended;
  if (given.bytes > 0 || given.ended) out.processed_size_bytes = given.bytes;
  out.processed_item_count = given.processed;
  out.imported_item_count = given.imported;
  out.failure_code = if_any(given.failure_code);
  out.failure_message = if_any(given.failure_message);
  return out;
}

ImportSummary summary_of(const Import& given) {
  ImportSummary out;
  out.import_arn = given.where.arn();
  out.import_status = status_of(given.state);
  out.table_arn = table_arn(given.where.table);
  out.s3_bucket_source = source_of(given);
  out.cloud_watch_log_group_arn = log_group_arn(given.where.table);
  out.input_format = given.request.input_format;
  out.start_time = given.started;
  out.end_time = given.ended;
  return out;
}

}  // namespace haneul::dynamodb
