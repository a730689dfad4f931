// What CreateEventSourceMapping and UpdateEventSourceMapping accept, refuse and default, by kind of source.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
#pragma once

#include "platform/request.h"
#include "services/lambda/mappings/record.h"
#include "store/tx.h"

namespace haneul::lambda {

// The members that both operations take and that take effect.
struct MappingChange {
  std::optional<bool> enabled, bisect_batch_on_function_error;
  std::optional<int32_t> batch_size, maximum_batching_window_in_seconds, parallelization_factor,
      maximum_record_age_in_seconds, maximum_retry_attempts, tumbling_window_in_seconds;
  std::optional<FilterCriteria> filter_criteria;
  std::optional<DestinationConfig> destination_config;
  std::optional<std::vector<std::string>> function_response_types;
  std::optional<ScalingConfig> scaling_config;
};
template <class In>
MappingChange change_of(const In& in) {
  MappingChange out;
  out.enabled = in.enabled;
  out.bisect_batch_on_function_error = in.bisect_batch_on_function_error;
  out.batch_size = in.batch_size;
  out.maximum_batching_window_in_seconds = in.maximum_batching_window_in_seconds;
  out.parallelization_factor = in.parallelization_factor;
  out.maximum_record_age_in_seconds = in.maximum_record_age_in_seconds;
  out.maximum_retry_attempts = in.maximum_retry_attempts;
  out.tumbling_window_in_seconds = in.tumbling_window_in_seconds;
  out.filter_criteria = in.filter_criteria;
  out.destination_config = in.destination_config;
  out.function_response_types = in.function_response_types;
  out.scaling_config = in.scaling_config;
  return out;
}

// Refuses what Haneul does not have: Kafka, MQ, DocumentDB, keys, metrics, pollers of one's own.
void require_supported(const CreateEventSourceMappingInput& in);
void require_supported(const UpdateEventSourceMappingInput& in);

// A mapping of the source with its defaults; refuses ARNs that no mapping can read.
MappingRecord make_mapping(const platform::Request& request, const CreateEventSourceMappingInput& in);
// Puts what was given into the record and checks the whole.
void apply(MappingRecord& record, const MappingChange& change);
// The destination must be a function that is there.
void require_destination(const platform::Request& request, store::Reader& tx, const MappingRecord& record);

}  // namespace haneul::lambda
