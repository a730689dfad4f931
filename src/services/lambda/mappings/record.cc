#include "services/lambda/mappings/record.h"

#include "aws/arn.h"
#include "store/record.h"

namespace haneul::lambda {

namespace {

Document texts(const std::vector<std::string>& values) {
  Document out = Document::array();
  for (const std::string& value : values) out.push(value);
  return out;
}

std::vector<std::string> texts_from(const Document* from) {
  std::vector<std::string> out;
  if (from == nullptr) return out;
  for (const Document& value : from->as_array()) out.push_back(value.as_string());
  return out;
}

int64_t number(const Document& from, std::string_view key) {
  const Document* value = from.find(key);
  return value == nullptr ? 0 : value->as_int();
}

Timestamp time(const Document& from, std::string_view key) {
  return Timestamp(Milliseconds(number(from, key)));
}

int64_t millis(Timestamp at) { return at.time_since_epoch().count(); }

Document encode_function(const FunctionRef& ref) {
  Document out = Document::object();
  out.set("account", ref.place.account.str());
  out.set("region", ref.place.region.str());
  out.set("name", ref.name);
  out.set("qualifier", ref.qualifier);
  return out;
}

FunctionRef function_of(const Document& from) {
  return {.place = {AccountId(from.string_or("account", "")), Region(from.string_or("region", ""))},
          .name = from.string_or("name", ""),
          .qualifier = from.string_or("qualifier", "")};
}

}  // namespace

std::optional<SourceKind> source_kind(std::string_view service) {
  if (service == "sqs") return SourceKind::kQueue;
  if (service == "kinesis") return SourceKind::kDataStream;
  if (service == "dynamodb") return SourceKind::kTableStream;
  return std::nullopt;
}

std::string_view source_name(SourceKind kind) {
  switch (kind) {
    case SourceKind::kQueue: return "SQS";
    case SourceKind::kDataStream: return "Kinesis";
    case SourceKind::kTableStream: return "DynamoDB";
  }
  return "";
}

SourceKind MappingRecord::kind() const { return *source_kind(aws::parse_arn(source_arn)->service); }
std::string MappingRecord::source_region() const { return aws::parse_arn(source_arn)->region; }
std::string MappingRecord::arn() const {
  return aws::make_arn("lambda", function.place.region.str(), function.place.account.str(),
                       "event-source-mapping:" + uuid);
}

std::string encode(const MappingRecord& record) {
  Document out = Document::object();
  out.set("uuid", record.uuid);
  out.set("function", encode_function(record.function));
  out.set("source", record.source_arn);
  out.set("state", record.state);
  out.set("wanted", static_cast<int>(record.wanted));
  out.set("generation", record.generation);
  out.set("created", millis(record.created_at));
  out.set("modified", millis(record.modified_at));
  out.set("batch", record.batch_size);
  out.set("window", record.window_seconds);
  out.set("filters", texts(record.filters));
  out.set("reports", record.reports_failures);
  Document tags = Document::object();
  for (const auto& [key, value] : record.tags) tags.set(key, value);
  out.set("tags", std::move(tags));
  if (record.concurrency_max) out.set("concurrency", *record.concurrency_max);
  out.set("position", record.starting_position);
  if (record.starting_at) out.set("position_at", millis(*record.starting_at));
  out.set("bisects", record.bisects);
  out.set("retries", record.retries_max);
  out.set("age", record.age_seconds_max);
  out.set("factor", record.factor);
  out.set("tumbling", record.tumbling_seconds);
  out.set("failure", record.on_failure);
  return store::encode_record(out);
}

MappingRecord mapping_from(std::string_view bytes) {
  const Document from = store::decode_record(bytes);
  MappingRecord out;
  out.uuid = from.string_or("uuid", "");
  out.function = function_of(*from.find("function"));
  out.source_arn = from.string_or("source", "");
  out.state = from.string_or("state", "");
  out.wanted = static_cast<MappingRecord::Wanted>(number(from, "wanted"));
  out.generation = number(from, "generation");
  out.created_at = time(from, "created");
  out.modified_at = time(from, "modified");
  out.batch_size = number(from, "batch");
  out.window_seconds = number(from, "window");
  out.filters = texts_from(from.find("filters"));
  out.reports_failures = from.find("reports")->as_bool();
  for (const auto& [key, value] : from.find("tags")->as_object()) out.tags[key] = value.as_string();
  if (from.find("concurrency") != nullptr) out.concurrency_max = number(from, "concurrency");
  out.starting_position = from.string_or("position", "");
  if (from.find("position_at") != nullptr) out.starting_at = time(from, "position_at");
  out.bisects = from.find("bisects")->as_bool();
  out.retries_max = number(from, "retries");
  out.age_seconds_max = number(from, "age");
  out.factor = number(from, "factor");
  out.tumbling_seconds = number(from, "tumbling");
  out.on_failure = from.string_or("failure", "");
  return out;
}

namespace {

void describe_stream(EventSourceMappingConfiguration& out, const MappingRecord& record) {
  out.starting_position = record.starting_position;
  if (record.starting_at) out.starting_position_timestamp = *record.starting_at;
  out.bisect_batch_on_function_error = record.bisects;
  out.maximum_retry_attempts = static_cast<int32_t>(record.retries_max);
  out.maximum_record_age_in_seconds = static_cast<int32_t>(record.age_seconds_max);
  out.parallelization_factor = static_cast<int32_t>(record.factor);
  out.tumbling_window_in_seconds = static_cast<int32_t>(record.tumbling_seconds);
  out.destination_config.emplace();
  out.destination_config->on_failure.emplace();
  if (!record.on_failure.empty()) out.destination_config->on_failure->destination = record.on_failure;
}

}  // namespace

EventSourceMappingConfiguration describe(const MappingRecord& record, const std::string& last_result) {
  const bool is_queue = record.kind() == SourceKind::kQueue;
  EventSourceMappingConfiguration out;
  out.uuid = record.uuid;
  out.event_source_mapping_arn = record.arn();
  out.event_source_arn = record.source_arn;
  out.function_arn = record.function.qualified_arn();
  out.state = record.state;
  out.state_transition_reason = is_queue ? "USER_INITIATED" : "User action";
  out.last_modified = record.modified_at;
  out.batch_size = static_cast<int32_t>(record.batch_size);
  out.maximum_batching_window_in_seconds = static_cast<int32_t>(record.window_seconds);
  out.function_response_types.emplace();
  if (record.reports_failures) out.function_response_types->push_back("ReportBatchItemFailures");
  if (!record.filters.empty()) {
    out.filter_criteria.emplace();
    out.filter_criteria->filters.emplace();
    for (const std::string& pattern : record.filters) {
      Filter filter;
      filter.pattern = pattern;
      out.filter_criteria->filters->push_back(std::move(filter));
    }
  }
  if (record.concurrency_max) {
    out.scaling_config.emplace();
    out.scaling_config->maximum_concurrency = *record.concurrency_max;
  }
  if (is_queue) return out;
  describe_stream(out, record);
  out.last_processing_result = last_result.empty() ? "No records processed" : last_result;
  return out;
}

}  // namespace haneul::lambda
