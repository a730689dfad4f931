#include "services/lambda/mappings/settings.h"

#include <fmt/format.h>

#include "aws/arn.h"
#include "aws/event_pattern/event_pattern.h"
#include "base/parse_error.h"
#include "gen/lambda/errors.h"
#include "model/common_errors.h"
#include "services/lambda/destinations.h"
#include "services/lambda/limits.h"
#include "services/lambda/lookup.h"
#include "services/lambda/settings.h"

namespace haneul::lambda {

namespace {

using Invalid = InvalidParameterValueException;

template <class T>
void require_absent(const std::optional<T>& value, std::string_view name) {
  if (value) throw model::NotImplemented(fmt::format("{} is not implemented by Haneul.", name));
}

template <class In>
void require_supported_members(const In& in) {
  require_absent(in.source_access_configurations, "SourceAccessConfigurations");
  require_absent(in.amazon_managed_kafka_event_source_config, "AmazonManagedKafkaEventSourceConfig");
  require_absent(in.self_managed_kafka_event_source_config, "SelfManagedKafkaEventSourceConfig");
  require_absent(in.document_db_event_source_config, "DocumentDBEventSourceConfig");
  require_absent(in.kms_key_arn, "KMSKeyArn");
  require_absent(in.metrics_config, "MetricsConfig");
  require_absent(in.logging_config, "LoggingConfig");
  require_absent(in.provisioned_poller_config, "ProvisionedPollerConfig");
  const bool has_failure = in.destination_config && in.destination_config->on_failure;
  const std::string destination =
      has_failure ? in.destination_config->on_failure->destination.value_or("") : "";
  if (!destination.empty()) destination_kind(destination);
}

template <class T>
void require_fits(const std::optional<T>& value, std::string_view name) {
  if (!value) return;
  refuse<Invalid>(fmt::format("Unsupported {} parameter for given event source mapping type.", name));
}

bool is_fifo(const MappingRecord& record) { return record.source_arn.ends_with(".fifo"); }

void require_starting_position(const MappingRecord& record, const CreateEventSourceMappingInput& in) {
  if (record.kind() == SourceKind::kQueue) {
    if (in.starting_position || in.starting_position_timestamp)
      refuse<Invalid>("StartingPosition is not valid for SQS event sources.");
    return;
  }
  if (!in.starting_position) {
    refuse<Invalid>(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member "
        "must not be null.");
  }
  const bool at_time = *in.starting_position == "AT_TIMESTAMP";
  if (at_time && record.kind() == SourceKind::kTableStream)
    refuse<Invalid>("Unsupported starting position for arn type: " + record.source_arn);
  if (at_time != in.starting_position_timestamp.has_value()) {
    refuse<Invalid>(at_time ? "StartingPositionTimestamp is required when StartingPosition is AT_TIMESTAMP."
                            : "Timestamp only valid with StartingPosition AT_TIMESTAMP");
  }
}

void apply_queue(MappingRecord& record, const MappingChange& change) {
  require_fits(change.bisect_batch_on_function_error, "BisectBatchOnFunctionError");
  require_fits(change.parallelization_factor, "ParallelizationFactor");
  require_fits(change.maximum_record_age_in_seconds, "MaximumRecordAgeInSeconds");
  require_fits(change.maximum_retry_attempts, "MaximumRetryAttempts");
  require_fits(change.tumbling_window_in_seconds, "TumblingWindowInSeconds");
  require_fits(change.destination_config, "DestinationConfig");
  if (change.scaling_config) record.concurrency_max = change.scaling_config->maximum_concurrency;
  const int64_t asked = record.concurrency_max.value_or(kMappingConcurrencyMin);
  const bool is_low = asked < kMappingConcurrencyMin;
  if (is_low || asked > kMappingConcurrencyMax) {
    refuse<Invalid>(fmt::format(
        "1 validation error detected: Value '{}' at 'scalingConfig.maximumConcurrency' failed to satisfy "
        "constraint: Member must have value {} than or equal to {}",
        asked, is_low ? "greater" : "less", is_low ? kMappingConcurrencyMin : kMappingConcurrencyMax));
  }
  if (is_fifo(record) && record.window_seconds > 0)
    refuse<Invalid>("Batching window is not supported for FIFO queues.");
  if (record.batch_size <= kQueueBatchWithoutWindow) return;
  if (is_fifo(record))
    refuse<Invalid>(fmt::format("Maximum batch size for FIFO queues is {}.", kQueueBatchWithoutWindow));
  if (record.window_seconds == 0) {
    refuse<Invalid>(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
  }
}

void apply_stream(MappingRecord& record, const MappingChange& change) {
  require_fits(change.scaling_config, "ScalingConfig");
  if (change.bisect_batch_on_function_error) record.bisects = *change.bisect_batch_on_function_error;
  if (change.parallelization_factor) record.factor = *change.parallelization_factor;
  if (change.maximum_record_age_in_seconds) record.age_seconds_max = *change.maximum_record_age_in_seconds;
  if (change.maximum_retry_attempts) record.retries_max = *change.maximum_retry_attempts;
  if (change.tumbling_window_in_seconds) record.tumbling_seconds = *change.tumbling_window_in_seconds;
  if (record.age_seconds_max >= 0 && record.age_seconds_max < kRecordAgeMin) {
    refuse<Invalid>(
        fmt::format("MaximumRecordAgeInSeconds must be -1 or between {} and {}.", kRecordAgeMin, 604800));
  }
  if (!change.destination_config) return;
  const DestinationConfig& given = *change.destination_config;
  if (given.on_success && given.on_success->destination)
    refuse<Invalid>("Unsupported DestinationConfig parameter for given event source mapping type.");
  record.on_failure = given.on_failure ? given.on_failure->destination.value_or("") : "";
}

std::vector<std::string> require_filters(const FilterCriteria& criteria) {
  std::vector<std::string> out;
  if (!criteria.filters) return out;
  if (criteria.filters->size() > kFiltersMax)
    refuse<Invalid>(fmt::format("Maximum number of filters is {}.", kFiltersMax));
  for (const Filter& filter : *criteria.filters) {
    try {
      aws::EventPattern::parse(filter.pattern.value_or(""), aws::PatternDialect::kLambda);
    } catch (const ParseError&) {
      refuse<Invalid>("Invalid filter pattern definition.");
    }
    out.push_back(*filter.pattern);
  }
  return out;
}

// A filter for a data stream's bytes describes JSON; one for text would never be asked.
void require_data_filters(const MappingRecord& record) {
  if (record.kind() == SourceKind::kQueue) return;
  const std::string_view key = record.kind() == SourceKind::kDataStream ? "data" : "dynamodb";
  for (const std::string& text : record.filters) {
    const auto pattern = aws::EventPattern::parse(text, aws::PatternDialect::kLambda);
    if (pattern.form_of(key) == aws::EventPattern::Form::kValues)
      refuse<Invalid>("Invalid filter pattern definition.");
  }
}

}  // namespace

void require_supported(const CreateEventSourceMappingInput& in) {
  require_absent(in.self_managed_event_source, "SelfManagedEventSource");
  require_absent(in.topics, "Topics");
  require_absent(in.queues, "Queues");
  require_supported_members(in);
}

void require_supported(const UpdateEventSourceMappingInput& in) { require_supported_members(in); }

MappingRecord make_mapping(const platform::Request& request, const CreateEventSourceMappingInput& in) {
  const auto arn = aws::parse_arn(in.event_source_arn.value_or(""));
  if (!arn) refuse<Invalid>("Unrecognized event source.");
  if (!source_kind(arn->service)) {
    throw model::NotImplemented(
        fmt::format("Event sources of the service {} are not implemented by Haneul.", arn->service));
  }
  MappingRecord record;
  record.source_arn = *in.event_source_arn;
  record.function = parse_function(request, in.function_name);
  const bool is_stream_of_table =
      arn->resource.starts_with("table/") && arn->resource.find("/stream/") != std::string::npos;
  if (arn->region != request.region.str() ||
      (record.kind() == SourceKind::kTableStream && !is_stream_of_table) ||
      (record.kind() == SourceKind::kDataStream && !arn->resource.starts_with("stream/")))
    refuse<Invalid>("Unrecognized event source.");
  require_starting_position(record, in);
  record.starting_position = in.starting_position.value_or("");
  record.starting_at = in.starting_position_timestamp;
  record.batch_size = record.kind() == SourceKind::kQueue ? kQueueBatchWithoutWindow : kStreamBatchDefault;
  record.tags = in.tags.value_or(TextMap{});
  require_tags(record.tags);
  record.state = "Creating";
  record.created_at = record.modified_at = request.now;
  return record;
}

void apply(MappingRecord& record, const MappingChange& change) {
  if (change.enabled)
    record.wanted = *change.enabled ? MappingRecord::Wanted::kEnabled : MappingRecord::Wanted::kDisabled;
  if (change.batch_size) record.batch_size = *change.batch_size;
  if (change.maximum_batching_window_in_seconds)
    record.window_seconds = *change.maximum_batching_window_in_seconds;
  if (change.filter_criteria) record.filters = require_filters(*change.filter_criteria);
  if (change.function_response_types) record.reports_failures = !change.function_response_types->empty();
  require_data_filters(record);
  if (record.kind() == SourceKind::kQueue) {
    apply_queue(record, change);
  } else {
    apply_stream(record, change);
  }
}

void require_destination(const platform::Request& request, store::Reader& tx, const MappingRecord& record) {
  if (record.on_failure.empty() || destination_kind(record.on_failure) == Destination::kBucket) return;
  if (!find_function(tx, parse_function(request, record.on_failure)))
    refuse<Invalid>(fmt::format("The destination ARN {} is invalid.", record.on_failure));
}

}  // namespace haneul::lambda
