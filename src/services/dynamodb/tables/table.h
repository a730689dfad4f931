// Table: what is known of a table and its indexes; the record of its row. Items are elsewhere (items/).
// Thread rule: plain values; a Table from the catalog is shared and constant.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/strong.h"
#include "services/dynamodb/tables/resource_policy.h"
#include "services/dynamodb/value/value.h"

namespace haneul::dynamodb {

struct TableName {  // where a table is, whether or not it exists
  AccountId account;
  Region region;
  std::string name;
};
std::string table_arn(const TableName& table);

struct KeySchema {
  std::string hash;
  std::optional<std::string> range;
  friend bool operator==(const KeySchema&, const KeySchema&) = default;
};

struct Throughput {
  int64_t read = 0;
  int64_t write = 0;
  friend bool operator==(const Throughput&, const Throughput&) = default;
};

struct Index {
  enum class Kind { kLocal, kGlobal };
  enum class State { kActive, kBackfilling };
  std::string name;
  Kind kind = Kind::kGlobal;
  uint64_t number = 0;  // names its rows; never given twice
  KeySchema keys;
  std::string projection;  // ALL, KEYS_ONLY or INCLUDE
  std::vector<std::string> included;
  State state = State::kActive;
  Throughput throughput;
  std::optional<Throughput> on_demand_max;  // -1: no limit
  std::optional<Throughput> warm;           // at least
  bool is_local() const { return kind == Kind::kLocal; }
};

struct TableStream {
  std::string label;      // the time it was made; the last part of its ARN
  std::string view_type;  // NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES or KEYS_ONLY
  uint64_t number = 0;    // names its rows
};

struct Recovery {  // point-in-time recovery
  Timestamp since;
  int64_t days = 35;  // how far back it reaches
};

struct Origin {  // of a restored table
  std::string backup_arn, table_arn;
  Timestamp at;
};

struct Table {
  TableName where;
  std::string id;       // a UUID
  uint64_t number = 0;  // names its rows; never given twice
  // Grows with every change that writers of items must know (indexes, stream): see Catalog.
  uint64_t revision = 1;
  Timestamp created;
  KeySchema keys;
  std::map<std::string, ValueType> attributes;  // types of the key attributes, of the table and its indexes
  std::vector<Index> indexes;                   // local ones first
  bool on_demand = false;
  std::optional<Timestamp> on_demand_since;
  Throughput throughput;
  std::optional<Timestamp> throughput_increased, throughput_decreased;
  std::optional<Throughput> on_demand_max;  // -1: no limit
  std::optional<Throughput> warm;           // at least: see warm_of()
  std::string table_class;                  // empty: not said, which is STANDARD
  std::optional<Timestamp> table_class_since;
  bool deletion_protection = false;
  std::optional<TableStream> stream;
  std::optional<std::string> ttl_attribute;
  std::optional<ResourcePolicy> policy;  // of the table and its indexes
  std::map<std::string, std::string> tags;
  std::optional<Recovery> recovery;
  std::set<std::string> copies;  // backups, restores and exports that are reading the table as it was
  Timestamp cut;  // the newest moment that is read so: what is written now is later (items/undo.h)
  std::optional<Origin> origin;
  bool is_filling = false;  // by a restore or an import, and of no use until that is done

  std::string arn() const { return table_arn(where); }
  bool is_updating() const;  // an index is being filled
  bool keeps_undo() const { return recovery || !copies.empty(); }
  const Index* index(std::string_view name) const;
  Index* index(std::string_view name);
};

// Those of the attributes that entries of the index do not hold.
std::vector<std::string> not_projected(const Table& table, const Index& index,
                                       const std::set<std::string>& attributes);

std::string encode(const Table& table);
Table decode_table(std::string_view bytes, TableName where);

}  // namespace haneul::dynamodb
