// Records of a stream as its API and its readers see them, and pages of them. Thread rule: pure functions.
#pragma once

#include <vector>

#include "gen/dynamodbstreams/types.h"
#include "services/dynamodb/streams/change_log.h"

namespace haneul::dynamodb {

dynamodbstreams::Record record_of(const StreamInfo& stream, const ChangeRecord& change);

struct ChangePage {
  std::vector<ChangeRecord> changes;
  uint64_t next = 0;  // where the next page begins
};
struct ChangeLimit {
  size_t records = 1000;
  size_t bytes = 1 << 20;  // one record is given whatever its size
};
// Durable changes from this number on; those that are gone are passed over.
ChangePage changes_from(store::Reader& reader, const StreamInfo& stream, uint64_t sequence,
                        ChangeLimit limit);

}  // namespace haneul::dynamodb
