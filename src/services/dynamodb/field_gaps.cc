// What the implemented operations refuse, for the gap page.
#include <array>

#include "services/dynamodb/service.h"

namespace haneul::dynamodb {

std::span<const platform::FieldGap> field_gaps() {
  static constexpr auto kGaps = std::to_array<platform::FieldGap>({
      {"*", "SSESpecification.Enabled", "NotImplemented", "there is no key service yet"},
      {"*", "SSESpecification.KMSMasterKeyId", "NotImplemented", "there is no key service yet"},
      {"*", "SSESpecification.SSEType", "NotImplemented", "there is no key service yet"},
      {"CreateTable", "OnDemandThroughput", "NotImplemented", "capacity is not limited"},
      {"UpdateTable", "OnDemandThroughput", "NotImplemented", "capacity is not limited"},
      {"CreateTable", "GlobalSecondaryIndexes.OnDemandThroughput", "NotImplemented",
       "capacity is not limited"},
      {"CreateTable", "GlobalSecondaryIndexes.WarmThroughput", "NotImplemented", "capacity is not limited"},
      {"UpdateTable", "GlobalSecondaryIndexUpdates.Create.OnDemandThroughput", "NotImplemented",
       "capacity is not limited"},
      {"UpdateTable", "GlobalSecondaryIndexUpdates.Create.WarmThroughput", "NotImplemented",
       "capacity is not limited"},
      {"UpdateTable", "GlobalSecondaryIndexUpdates.Update.OnDemandThroughput", "NotImplemented",
       "capacity is not limited"},
      {"UpdateTable", "GlobalSecondaryIndexUpdates.Update.WarmThroughput", "NotImplemented",
       "capacity is not limited"},
      {"*", "OnDemandThroughputOverride", "NotImplemented", "capacity is not limited"},
      {"*", "SSESpecificationOverride.Enabled", "NotImplemented", "there is no key service yet"},
      {"*", "SSESpecificationOverride.KMSMasterKeyId", "NotImplemented", "there is no key service yet"},
      {"*", "SSESpecificationOverride.SSEType", "NotImplemented", "there is no key service yet"},
      {"*", "GlobalSecondaryIndexOverride.OnDemandThroughput", "NotImplemented", "capacity is not limited"},
      {"*", "GlobalSecondaryIndexOverride.WarmThroughput", "NotImplemented", "capacity is not limited"},
      {"*", "VectorIndexOverride", "NotImplemented", "there is no vector search"},
      {"ExportTableToPointInTime", "ExportFormat=ION", "NotImplemented", "only DYNAMODB_JSON is written"},
      {"ExportTableToPointInTime", "S3SseAlgorithm=KMS", "NotImplemented", "there is no key service yet"},
      {"ExportTableToPointInTime", "S3SseKmsKeyId", "NotImplemented", "there is no key service yet"},
      {"ExportTableToPointInTime", "FilterSpecification", "NotImplemented", "exports hold all items"},
      {"CreateTable", "VectorIndexes", "NotImplemented", "there is no vector search"},
      {"UpdateTable", "VectorIndexUpdates", "NotImplemented", "there is no vector search"},
      {"CreateTable", "ResourcePolicy", "NotImplemented", "tables have no policies yet"},
      {"CreateTable", "GlobalTableSourceArn", "NotImplemented", "there are no global tables"},
      {"*", "GlobalTableSettingsReplicationMode", "NotImplemented", "there are no global tables"},
      {"UpdateTable", "ReplicaUpdates", "NotImplemented", "there are no global tables"},
      {"UpdateTable", "MultiRegionConsistency", "NotImplemented", "there are no global tables"},
      {"UpdateTable", "GlobalTableWitnessUpdates", "NotImplemented", "there are no global tables"},
      {"UpdateTable", "DisassociationProtectionEnabled", "NotImplemented", "there are no global tables"},
  });
  return kGaps;
}

}  // namespace haneul::dynamodb
