// ImportText: the items of one object of an import. The object comes in pieces and is unpacked, cut into
// records and turned into items as far as they are asked for.
//
// Invariant: the same object gives the same items at the same places, wherever the pieces are cut.
// Thread rule: one thread at a time.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "services/dynamodb/tables/table.h"
#include "services/dynamodb/transfer/import.h"
#include "services/dynamodb/transfer/records.h"
#include "services/dynamodb/transfer/unpack.h"

namespace haneul::dynamodb {

struct ImportedItem {
  std::expected<Attributes, std::string> item;  // or why there is none
  uint64_t end = 0;                             // bytes of the text up to its end
  uint64_t index = 0;                           // among the items of the object, from 0
  bool is_last = false;                         // the rest of the object is no items
};

class ImportText {
 public:
  ImportText(const ImportTableInput& request, SourceObject object);

  const SourceObject& object() const { return object_; }
  uint64_t fetched() const { return fetched_; }    // bytes of the object
  uint64_t unpacked() const { return unpacked_; }  // bytes of its text
  uint64_t count() const { return index_; }        // of items so far
  bool is_at_end() const { return is_at_end_; }
  void abandon() { is_at_end_ = true; }
  void feed(std::string piece);
  // The next item, after the place `offset` of the text; nothing: it takes another piece, is at its end, or
  // has unpacked `budget` bytes, of which the rest is left for another call.
  std::optional<ImportedItem> next(const Table& table, uint64_t offset, size_t& budget);

 private:
  std::optional<Record> next_record(size_t& budget);
  std::optional<ImportedItem> item_of(Record record, const Table& table, uint64_t offset);
  std::optional<ImportedItem> broken(std::string problem, uint64_t end);

  SourceObject object_;
  std::string text_;  // the piece of text that is handed on
  std::vector<std::string> columns_;
  const bool is_csv_;
  std::unique_ptr<Unpacker> unpacker_;
  std::unique_ptr<Records> records_;
  uint64_t fetched_ = 0, unpacked_ = 0, index_ = 0;
  bool is_finished_ = false;  // no more text comes
  bool is_at_end_ = false;
};

}  // namespace haneul::dynamodb
