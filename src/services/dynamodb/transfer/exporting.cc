#include "services/dynamodb/transfer/exporting.h"

#include <fmt/format.h>

#include "aws/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "model/error.h"
#include "services/dynamodb/backups/copying.h"
#include "services/dynamodb/backups/past.h"
#include "services/dynamodb/transfer/gzip.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {

namespace {

constexpr std::string_view kKind = "dynamodb.export";
constexpr size_t kParallel = 2;
constexpr size_t kFileBytes = 4 << 20;  // of lines; the page that reaches it is the last of its file

Document micros(Timestamp at) {
  return Document::Object{{"N", std::to_string(at.time_since_epoch().count() * 1000)}};
}

std::string line_of(const Attributes& item) {
  return write_json(Document::Object{{"Item", document_of(item)}}) + "\n";
}

std::string line_of(const PastChange& change, const std::string& view) {
  Document out = Document::Object{{"Metadata", Document::Object{{"WriteTimestampMicros", micros(change.at)}}},
                                  {"Keys", document_of(change.keys)}};
  if (view == "NEW_AND_OLD_IMAGES" && change.before) out.set("OldImage", document_of(*change.before));
  if (change.after) out.set("NewImage", document_of(*change.after));
  return write_json(out) + "\n";
}

// The same for the same file of the same export, and nobody else's.
std::string file_name(const Export& given, uint64_t number) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";
  const std::string digest = aws::sha256(given.where.arn() + "/" + std::to_string(number));
  std::string out;
  for (size_t i = 0; i < 26; ++i) out += kLetters[static_cast<unsigned char>(digest[i]) % kLetters.size()];
  return out + ".json.gz";
}

Document text_or_null(const std::optional<std::string>& text) { return text ? Document(*text) : Document(); }

}  // namespace

struct Exporting::Progress {
  ExportName where;
  bool is_started = false;
  PastPlace place;
  Document files = Document::array();  // lines of the manifest
  int64_t items = 0, bytes = 0;
};

// Of a call to S3: what it answered, or why the export fails.
struct Exporting::Outcome {
  std::string etag, code, message;
  bool is_failed() const { return !code.empty(); }
};

Exporting::Exporting(const Parts& parts) : parts_(parts) {
  parts_.jobs.handle(std::string(kKind), kParallel, [this](const platform::Job& job) { return run(job); });
}

Document Exporting::payload_of(const Progress& progress) {
  return Document::Object{{"account", progress.where.table.account.str()},
                          {"region", progress.where.table.region.str()},
                          {"table", progress.where.table.name},
                          {"export", progress.where.id},
                          {"started", progress.is_started},
                          {"place", document_of(progress.place)},
                          {"files", progress.files},
                          {"items", progress.items},
                          {"bytes", progress.bytes}};
}

Exporting::Progress Exporting::progress_of(const Document& payload) {
  return {.where = {.table = {.account = AccountId(payload.string_or("account", "")),
                              .region = Region(payload.string_or("region", "")),
                              .name = payload.string_or("table", "")},
                    .id = payload.string_or("export", "")},
          .is_started = payload.find("started")->as_bool(),
          .place = past_place_of(*payload.find("place")),
          .files = *payload.find("files"),
          .items = payload.find("items")->as_int(),
          .bytes = payload.find("bytes")->as_int()};
}

void Exporting::begin(store::Tx& tx, const Export& given) {
  Progress progress;
  progress.where = given.where;
  parts_.jobs.add(tx, kKind, given.started, payload_of(progress));
}

Task<platform::JobOutcome> Exporting::run(const platform::Job& job) {
  Progress progress = progress_of(job.payload);
  const auto given = parts_.db.read([&](store::ReadTx& tx) { return find_export(tx, progress.where); });
  if (!given || given->state != Export::State::kInProgress) co_return platform::JobOutcome::done();
  const bool is_last = progress.place.at_end();
  const Outcome outcome = co_await step(*given, progress);
  if (is_last || outcome.is_failed()) {
    finish(progress.where, outcome, progress);
    co_return platform::JobOutcome::done();
  }
  co_return platform::JobOutcome{.again_at = parts_.clock.now(), .payload = payload_of(progress)};
}

Task<Exporting::Outcome> Exporting::step(const Export& given, Progress& progress) {
  if (progress.place.at_end()) co_return co_await put_manifests(given, progress);
  if (progress.is_started) co_return co_await put_file(given, progress);
  Outcome outcome = co_await put(given, given.folder() + "_started", "");
  progress.is_started = true;
  co_return outcome;
}

Task<Exporting::Outcome> Exporting::put(const Export& given, std::string key, std::string body) {
  const platform::CallContext context{.caller = given.caller,
                                      .account = given.where.table.account,
                                      .region = given.where.table.region,
                                      .trace_id = {},
                                      .source = "dynamodb.amazonaws.com"};
  Document input = Document::Object{{"Bucket", given.bucket}, {"Key", std::move(key)}};
  input.set("Body", Blob{std::move(body)});
  if (given.owner) input.set("ExpectedBucketOwner", *given.owner);
  if (given.encryption) input.set("ServerSideEncryption", *given.encryption);
  try {
    const Document answer = co_await dispatcher_->call(context, "s3", "PutObject", std::move(input));
    co_return Outcome{.etag = answer.string_or("ETag", ""), .code = {}, .message = {}};
  } catch (const model::ServiceError& error) {
    // The store's own troubles pass: the job runs again.
    if (error.shape().status >= 500) throw;
    co_return Outcome{.etag = {}, .code = "S3" + std::string(error.shape().code), .message = error.message()};
  }
}

std::string Exporting::next_lines(const Export& given, Progress& progress, int64_t& items) {
  std::string lines;
  const size_t partition = progress.place.partition;
  while (progress.place.partition == partition && lines.size() < kFileBytes) {
    parts_.db.read([&](store::ReadTx& tx) {
      const TablePtr table = parts_.catalog.require(tx, given.where.table);
      if (given.from) {
        const PastPeriod period{.from = *given.from - Milliseconds(1), .to = given.at - Milliseconds(1)};
        PastChanges page = read_past_changes(tx, *table, progress.place, period);
        for (const PastChange& change : page.changes) {
          lines += line_of(change, given.view);
        }
        items += static_cast<int64_t>(page.changes.size());
        progress.place = std::move(page.next);
      } else {
        PastPage page = read_past(tx, *table, progress.place, given.at);
        for (const Attributes& item : page.items) lines += line_of(item);
        items += static_cast<int64_t>(page.items.size());
        progress.place = std::move(page.next);
      }
    });
  }
  return lines;
}

Task<Exporting::Outcome> Exporting::put_file(const Export& given, Progress& progress) {
  int64_t items = 0;
  const uint64_t number = progress.files.as_array().size();
  const std::string lines = next_lines(given, progress, items);
  std::string body = gzip(lines);
  const std::string checksum = base64_encode(aws::md5(body));
  const std::string key = given.data_folder() + file_name(given, number);
  Outcome outcome = co_await put(given, key, std::move(body));
  std::string etag = outcome.etag;
  std::erase(etag, '"');
  progress.files.push(Document::Object{
      {"itemCount", items}, {"md5Checksum", checksum}, {"etag", etag}, {"dataFileS3Key", key}});
  progress.items += items;
  progress.bytes += static_cast<int64_t>(lines.size());
  co_return outcome;
}

Task<Exporting::Outcome> Exporting::put_manifests(const Export& given, const Progress& progress) {
  std::string files;
  for (const Document& file : progress.files.as_array()) files += write_json(file) + "\n";
  const std::string folder = given.folder();
  Document summary = Document::Object{{"version", given.from ? "2023-08-01" : "2020-06-30"},
                                      {"exportArn", given.where.arn()},
                                      {"startTime", format_iso8601_millis(given.started)},
                                      {"endTime", format_iso8601_millis(parts_.clock.now())},
                                      {"tableArn", table_arn(given.where.table)},
                                      {"tableId", given.table_id}};
  if (given.from) {
    summary.set("exportFromTime", format_iso8601_millis(*given.from));
    summary.set("exportToTime", format_iso8601_millis(given.at));
  } else {
    summary.set("exportTime", format_iso8601_millis(given.at));
  }
  summary.set("s3Bucket", given.bucket);
  summary.set("s3Prefix", text_or_null(given.prefix));
  summary.set("s3SseAlgorithm", given.encryption.value_or("AES256"));
  summary.set("s3SseKmsKeyId", Document());
  summary.set("manifestFilesS3Key", folder + "manifest-files.json");
  summary.set("billedSizeBytes", progress.bytes);
  summary.set("itemCount", progress.items);
  summary.set("outputFormat", "DYNAMODB_JSON");
  if (given.from) {
    summary.set("outputView", given.view);
    summary.set("exportType", "INCREMENTAL_EXPORT");
  }
  std::vector<std::pair<std::string, std::string>> objects;
  for (const auto& [name, text] :
       {std::pair("manifest-files", files), std::pair("manifest-summary", write_json(summary))}) {
    objects.emplace_back(std::string(name) + ".json", text);
    objects.emplace_back(std::string(name) + ".md5", base64_encode(aws::md5(text)));
  }
  Outcome outcome;
  for (auto& [name, body] : objects) {
    outcome = co_await put(given, folder + name, std::move(body));
    if (outcome.is_failed()) break;
  }
  co_return outcome;
}

void Exporting::finish(const ExportName& where, const Outcome& outcome, const Progress& progress) {
  const Timestamp now = parts_.clock.now();
  parts_.db.write(catalog_scope(where.table.account, where.table.region), [&](store::Tx& tx) {
    auto given = find_export(tx, where);
    if (!given || given->state != Export::State::kInProgress) return;
    given->state = outcome.is_failed() ? Export::State::kFailed : Export::State::kCompleted;
    given->ended = now;
    given->items = progress.items;
    given->bytes = progress.bytes;
    given->failure_code = outcome.code;
    given->failure_message = outcome.message;
    save_export(tx, *given);
    if (const TablePtr table = parts_.catalog.find(tx, where.table)) {
      end_copy(tx, parts_.catalog, *table, where.id);
    }
  });
}

}  // namespace haneul::dynamodb
