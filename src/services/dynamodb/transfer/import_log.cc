#include "services/dynamodb/transfer/import_log.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace haneul::dynamodb {
namespace {

constexpr int64_t kToldMax = 10'000;  // of an import: a source of nothing but errors fills no disk
constexpr size_t kLinesMax = 1000;    // of one call
constexpr size_t kMessageBytesMax = 4096;

std::string line_of(const Import& given, const ImportProblem& problem) {
  std::string message = problem.message;
  if (message.size() > kMessageBytesMax) message = to_valid_utf8(message.substr(0, kMessageBytesMax));
  Document place = Document::Object{{"bucket", given.request.s3_bucket_source.s3_bucket},
                                    {"key", problem.key},
                                    {"itemIndex", problem.index}};
  return write_json(Document::Object{{"itemS3Pointer", std::move(place)},
                                     {"importArn", given.where.arn()},
                                     {"errorMessages", Document::Array{std::move(message)}}});
}

}  // namespace

bool ImportLog::write(Import& given, std::string_view stream,
                      const std::vector<std::string>& messages) const {
  if (port_ == nullptr || messages.empty()) return true;
  const TableName& table = given.where.table;
  const logs::LogTarget target{.account = table.account,
                               .region = table.region,
                               .group = kImportLogGroup,
                               .stream = fmt::format("{}/{}", given.where.id, stream)};
  std::vector<logs::Line> lines;
  for (const std::string& message : messages) lines.push_back({.at = clock_.now(), .message = message});
  if (port_->append(given.caller, target, lines)) return true;
  given.fail(
      "CloudWatchLogsAccessDenied",
      fmt::format("User: {} is not authorized to perform: logs:PutLogEvents on resource: "
                  "arn:aws:logs:{}:{}:log-group:{}:log-stream:{}",
                  given.caller.arn, table.region.str(), table.account.str(), target.group, target.stream));
  return false;
}

void ImportLog::begin(Import& given) const {
  write(
      given, "info",
      {write_json(Document::Object{{"importArn", given.where.arn()}, {"message", "The import has begun."}})});
}

void ImportLog::tell(Import& given, const std::vector<ImportProblem>& problems, int64_t before) const {
  std::vector<std::string> lines;
  for (const ImportProblem& problem : problems) {
    if (before++ >= kToldMax) break;
    lines.push_back(line_of(given, problem));
    if (lines.size() < kLinesMax) continue;
    if (!write(given, "error", lines)) return;
    lines.clear();
  }
  write(given, "error", lines);
}

}  // namespace haneul::dynamodb
