// Target: the table that a restore makes, as its source defines it and the request overrides it. Tags, time
// to live, streams, policies, protection and point-in-time recovery are not restored. Source: API reference,
// RestoreTableFromBackup, RestoreTableToPointInTime. Thread rule: pure functions.
#pragma once

#include "gen/dynamodb/types.h"
#include "services/dynamodb/tables/table.h"

namespace haneul::dynamodb {

// The members that the inputs of both restores share.
struct Overrides {
  const std::optional<std::string>& billing_mode;
  const std::optional<std::vector<GlobalSecondaryIndex>>& global_indexes;
  const std::optional<std::vector<LocalSecondaryIndex>>& local_indexes;
  const std::optional<ProvisionedThroughput>& throughput;
  const std::optional<SSESpecification>& encryption;
  const std::optional<OnDemandThroughput>& on_demand_throughput;
  const std::optional<std::vector<VectorIndex>>& vector_indexes;

  template <class Input>
  static Overrides of(const Input& input) {
    return {.billing_mode = input.billing_mode_override,
            .global_indexes = input.global_secondary_index_override,
            .local_indexes = input.local_secondary_index_override,
            .throughput = input.provisioned_throughput_override,
            .encryption = input.sse_specification_override,
            .on_demand_throughput = input.on_demand_throughput_override,
            .vector_indexes = input.vector_index_override};
  }
};

void require_supported(const Overrides& overrides);
// Without name, id, numbers and times. Indexes of an override must be indexes of the source.
Table target_of(const Table& source, const Overrides& overrides);

}  // namespace haneul::dynamodb
