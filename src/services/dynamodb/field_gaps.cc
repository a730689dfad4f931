// What the implemented operations refuse, for the gap page.
#include <array>

#include "services/dynamodb/service.h"

namespace haneul::dynamodb {
namespace {

constexpr const char* kOneAttributePerPart = "an index has one hash and at most one range attribute";

}  // namespace

std::span<const platform::FieldGap> field_gaps() {
  static constexpr auto kGaps = std::to_array<platform::FieldGap>({
      {"*", "SSESpecification.Enabled", "NotImplemented", "there is no key service yet"},
      {"*", "SSESpecification.KMSMasterKeyId", "NotImplemented", "there is no key service yet"},
      {"*", "SSESpecification.SSEType", "NotImplemented", "there is no key service yet"},
      {"*", "SSESpecificationOverride.Enabled", "NotImplemented", "there is no key service yet"},
      {"*", "SSESpecificationOverride.KMSMasterKeyId", "NotImplemented", "there is no key service yet"},
      {"*", "SSESpecificationOverride.SSEType", "NotImplemented", "there is no key service yet"},
      {"*", "VectorIndexOverride", "NotImplemented", "there is no vector search"},
      {"ExportTableToPointInTime", "ExportFormat=ION", "NotImplemented", "only DYNAMODB_JSON is written"},
      {"ExportTableToPointInTime", "S3SseAlgorithm=KMS", "NotImplemented", "there is no key service yet"},
      {"ExportTableToPointInTime", "S3SseKmsKeyId", "NotImplemented", "there is no key service yet"},
      {"ExportTableToPointInTime", "FilterSpecification", "NotImplemented", "exports hold all items"},
      {"ImportTable", "InputFormat=ION", "NotImplemented", "DYNAMODB_JSON and CSV are read"},
      {"CreateTable", "GlobalSecondaryIndexes.KeySchema of several attributes per part",
       "ValidationException", kOneAttributePerPart},
      {"ImportTable",
       "TableCreationParameters.GlobalSecondaryIndexes.KeySchema of several attributes per part",
       "ValidationException", kOneAttributePerPart},
      {"UpdateTable", "GlobalSecondaryIndexUpdates.Create.KeySchema of several attributes per part",
       "ValidationException", kOneAttributePerPart},
      {"*", "VectorIndexes", "NotImplemented", "there is no vector search"},
      {"UpdateTable", "VectorIndexUpdates", "NotImplemented", "there is no vector search"},
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
