// ItemCollectionMetrics: of a table with local indexes, how large the collection of a hash key may be. The
// upper bound is that of the collection's partition. Source: API reference, ItemCollectionMetrics.
#pragma once

#include <optional>

#include "gen/dynamodb/types.h"
#include "services/dynamodb/tables/table.h"
#include "store/tx.h"

namespace haneul::dynamodb {

std::optional<ItemCollectionMetrics> metrics_of(store::Reader& reader, const Table& table,
                                                const Attributes& key);

}  // namespace haneul::dynamodb
