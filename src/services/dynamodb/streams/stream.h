// Stream: the changes of a table, in their order, for a day. Made and closed with the table's stream
// specification; one that is closed, or whose table is gone, can be read until its records are old.
//
// A stream has one shard. A record's number is drawn in the transaction of its change, so numbers are in the
// order of the changes and have no gaps. Rows: the stream beside the tables; its next number and its records
// in a scope of their own, where writes of such a table begin (write_scope()). Source: "Change data capture
// for DynamoDB Streams". Thread rule: plain values.
#pragma once

#include <optional>
#include <string>

#include "services/dynamodb/tables/table.h"
#include "store/tx.h"

namespace haneul::dynamodb {

struct StreamInfo {
  TableName table;
  std::string label;
  uint64_t number = 0;  // names its rows; never given twice
  std::string view_type;
  KeySchema keys;  // of the table
  Timestamp created;
  std::optional<Timestamp> closed;
  std::optional<ResourcePolicy> policy;

  std::string arn() const { return table_arn(table) + "/stream/" + label; }
  std::string shard_id() const;
};

std::string encode(const StreamInfo& stream);
StreamInfo decode_stream(std::string_view bytes, TableName table, std::string label);

struct StreamName {
  TableName table;
  std::string label;
};
// Of an ARN in this region; nothing when it is none.
std::optional<StreamName> stream_in_arn(const Region& region, std::string_view arn);
std::optional<StreamInfo> find_stream(store::Reader& reader, const StreamName& name);

// Numbers of records as clients see them: 21 digits.
std::string sequence_text(uint64_t sequence);
std::optional<uint64_t> sequence_of(std::string_view text);

}  // namespace haneul::dynamodb
