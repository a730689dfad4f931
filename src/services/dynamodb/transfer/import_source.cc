#include "services/dynamodb/transfer/import_source.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/error.h"

namespace haneul::dynamodb {
namespace {

constexpr int kPageKeys = 32;
constexpr uint64_t kPieceBytes = 1 << 20;

SourceFailure::Of scope_of(const model::ServiceError& error) {
  if (error.shape().status >= 500) return SourceFailure::Of::kMoment;
  for (const char* code :
       {"NoSuchKey", "PreconditionFailed", "InvalidRange", "InvalidObjectState", "MethodNotAllowed"}) {
    if (error.shape().code == code) return SourceFailure::Of::kObject;
  }
  return SourceFailure::Of::kImport;
}

SourceFailure failure_of(const model::ServiceError& error) {
  const std::string code(error.shape().code);
  return {.code = "S3" + code,
          .message = fmt::format("{} (Service: Amazon S3; Status Code: {}; Error Code: {})", error.message(),
                                 error.shape().status, code),
          .of = scope_of(error)};
}

}  // namespace

ImportSource::ImportSource(platform::Dispatcher& dispatcher, const Import& given)
    : dispatcher_(dispatcher),
      source_(given.request.s3_bucket_source),
      context_({.caller = given.caller,
                .account = given.where.table.account,
                .region = given.where.table.region,
                .trace_id = {},
                .source = "dynamodb.amazonaws.com"}) {}

Task<std::expected<Document, SourceFailure>> ImportSource::call(std::string_view operation, Document input) {
  input.set("Bucket", source_.s3_bucket);
  if (source_.s3_bucket_owner) input.set("ExpectedBucketOwner", *source_.s3_bucket_owner);
  try {
    co_return co_await dispatcher_.call(context_, "s3", operation, std::move(input));
  } catch (const model::ServiceError& error) {
    co_return std::unexpected(failure_of(error));
  }
}

Task<std::expected<bool, SourceFailure>> ImportSource::list(const std::string& after) {
  Document input = Document::Object{{"MaxKeys", kPageKeys}};
  if (source_.s3_key_prefix) input.set("Prefix", *source_.s3_key_prefix);
  if (!after.empty()) input.set("StartAfter", after);
  const auto page = co_await call("ListObjectsV2", std::move(input));
  if (!page) co_return std::unexpected(page.error());
  const Document* contents = page->find("Contents");
  if (contents == nullptr || !contents->is_array()) co_return false;
  for (const Document& object : contents->as_array()) {
    listed_.push_back({.key = object.string_or("Key", ""),
                       .etag = object.string_or("ETag", ""),
                       .size = static_cast<uint64_t>(object.find("Size")->as_int())});
  }
  std::ranges::reverse(listed_);
  co_return !listed_.empty();
}

Task<std::expected<std::optional<SourceObject>, SourceFailure>> ImportSource::next(const std::string& after) {
  if (listed_.empty()) {
    const auto is_more = co_await list(after);
    if (!is_more) co_return std::unexpected(is_more.error());
    if (!*is_more) co_return std::nullopt;
  }
  std::optional<SourceObject> out = std::move(listed_.back());
  listed_.pop_back();
  co_return out;
}

Task<std::expected<std::string, SourceFailure>> ImportSource::read(const SourceObject& object,
                                                                   uint64_t from) {
  const uint64_t to = std::min(from + kPieceBytes, object.size);
  Document input = Document::Object{
      {"Key", object.key}, {"Range", fmt::format("bytes={}-{}", from, to - 1)}, {"IfMatch", object.etag}};
  auto answer = co_await call("GetObject", std::move(input));
  if (!answer) co_return std::unexpected(answer.error());
  const Document* body = answer->find("Body");
  if (body == nullptr || !body->is_blob() || body->as_blob().size() != to - from) {
    co_return std::unexpected(SourceFailure{.code = "S3Truncated",
                                            .message = "The object is not as long as it was listed",
                                            .of = SourceFailure::Of::kObject});
  }
  co_return body->as_blob();
}

}  // namespace haneul::dynamodb
