#include "services/dynamodb/streams/stream.h"

#include <charconv>

#include <fmt/format.h>

#include "aws/arn.h"
#include "services/dynamodb/keys.h"
#include "store/record.h"

namespace haneul::dynamodb {
namespace {

constexpr size_t kSequenceDigits = 21;
constexpr std::string_view kShardPrefix = "shardId-";

}  // namespace

std::string StreamInfo::shard_id() const {
  const auto at = std::chrono::duration_cast<Milliseconds>(created.time_since_epoch()).count();
  return fmt::format("{}{:020}-{:08x}", kShardPrefix, at, static_cast<uint32_t>(number));
}

std::string encode(const StreamInfo& stream) {
  Document out = Document::Object{{"number", stream.number},
                                  {"view", stream.view_type},
                                  {"hash", stream.keys.hash},
                                  {"created", stream.created}};
  if (stream.keys.range) out.set("range", *stream.keys.range);
  if (stream.closed) out.set("closed", *stream.closed);
  if (stream.policy) out.set("policy", policy_document(*stream.policy));
  return store::encode_record(out);
}

StreamInfo decode_stream(std::string_view bytes, TableName table, std::string label) {
  const Document record = store::decode_record(bytes);
  StreamInfo out{.table = std::move(table), .label = std::move(label)};
  out.number = static_cast<uint64_t>(record.find("number")->as_int());
  out.view_type = record.string_or("view", "");
  out.keys.hash = record.string_or("hash", "");
  if (const Document* range = record.find("range")) out.keys.range = range->as_string();
  out.created = record.find("created")->as_timestamp();
  if (const Document* closed = record.find("closed")) out.closed = closed->as_timestamp();
  if (const Document* policy = record.find("policy")) out.policy = policy_of(*policy);
  return out;
}

std::optional<StreamName> stream_in_arn(const Region& region, std::string_view arn) {
  const auto parsed = aws::parse_arn(arn);
  if (!parsed || parsed->service != "dynamodb" || parsed->region != region.str()) return std::nullopt;
  if (parsed->resource_type() != "table") return std::nullopt;
  const std::string_view id = parsed->resource_id();
  constexpr std::string_view kMiddle = "/stream/";
  const size_t at = id.find(kMiddle);
  if (at == std::string_view::npos) return std::nullopt;
  return StreamName{.table = {.account = AccountId(parsed->account),
                              .region = region,
                              .name = std::string(id.substr(0, at))},
                    .label = std::string(id.substr(at + kMiddle.size()))};
}

std::optional<StreamInfo> find_stream(store::Reader& reader, const StreamName& name) {
  const auto row = reader.get(stream_key(name.table, name.label));
  if (!row) return std::nullopt;
  return decode_stream(*row, name.table, name.label);
}

std::string sequence_text(uint64_t sequence) { return fmt::format("1{:020}", sequence); }

std::optional<uint64_t> sequence_of(std::string_view text) {
  if (text.size() != kSequenceDigits || text[0] != '1') return std::nullopt;
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace haneul::dynamodb
