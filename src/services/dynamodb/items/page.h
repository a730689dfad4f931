// Page: one page of a Query or Scan, of a table or an index, from one snapshot.
//
// Rows are walked in key order from a start to an end; each counts towards Limit and 1 MB before the filter
// sees it. Source: API reference, Query and Scan. Thread rule: one request's thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "services/dynamodb/expression/key_condition.h"
#include "services/dynamodb/expression/predicate.h"
#include "services/dynamodb/items/capacity.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/value/stored_items.h"
#include "store/tx.h"

namespace haneul::dynamodb {

// Rows of one partition, in the order they are walked.
struct Stretch {
  store::Shard shard = 0;
  store::KeyRange range;
};

struct Walk {
  const Table* table = nullptr;
  const Index* index = nullptr;  // null: the table itself
  std::vector<Stretch> stretches;
  store::Direction direction = store::Direction::kForward;
  std::optional<size_t> limit;
  Predicate filter;
  std::function<Attributes(Attributes)> project;  // empty: items are answered whole
  enum class Fetch { kEntries, kItems };          // of a local index: the whole items behind the entries
  Fetch fetch = Fetch::kEntries;
};

// Refuses a condition beside the keys on what the entries of the index do not hold.
void require_projected_filter(const Table& table, const Index& index, const Predicate& filter);

struct Page {
  StoredItems items;  // that the filter let pass, projected
  int32_t scanned = 0;
  std::optional<Attributes> last_key;  // where the next page goes on: key attributes of table and index
  size_t bytes = 0;                    // of what was read: entries, or items
  size_t fetched_bytes = 0;            // of items behind entries
  size_t fetched_blocks = 0;           // of the same: each of them is a read by itself
};

Page walk(store::Reader& reader, const Walk& walk);

Units units_of(const Walk& walked, const Page& page, Consistency consistency);

// What a Query reads: one collection, or a part of it.
Stretch stretch_of(const Table& table, const Index* index, const KeyCondition& condition);
// What a Scan reads: the part of the table with these digests, [segment/total, (segment+1)/total).
std::vector<Stretch> stretches_of(const Table& table, const Index* index, uint32_t segment, uint32_t total);

// Begins behind a page's last key. What lies before it is cut off; a key that no stretch could hold is false.
bool start_after(const Table& table, const Index* index, const Attributes& key, store::Direction direction,
                 std::vector<Stretch>& stretches);

}  // namespace haneul::dynamodb
