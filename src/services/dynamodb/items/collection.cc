#include "services/dynamodb/items/collection.h"

#include <algorithm>
#include <cmath>

#include "services/dynamodb/items/usage.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {

std::optional<ItemCollectionMetrics> metrics_of(store::Reader& reader, const Table& table,
                                                const Attributes& key) {
  if (!std::ranges::any_of(table.indexes, &Index::is_local)) return std::nullopt;
  const Value& hash = *key.find(table.keys.hash);
  const Amount held = Usage::read(reader, table, partition_of(digest_of(hash))).sum();
  const double most = std::ceil(static_cast<double>(held.bytes) / (1 << 30));
  Attributes collection;
  collection.set(table.keys.hash, hash);
  ItemCollectionMetrics out;
  out.item_collection_key = document_of(collection);
  out.size_estimate_range_gb = std::vector<double>{0.0, std::max(1.0, most)};
  return out;
}

}  // namespace haneul::dynamodb
