// Cursor: the rows of a range one after the other, read in pages, with jumps forward. For merging and
// grouping ordered rows in listings. Lives as long as its transaction.
#pragma once

#include "store/tx.h"

namespace haneul::s3 {

class Cursor {
 public:
  Cursor(store::Reader& tx, store::Shard shard, store::KeyRange range, size_t page)
      : tx_(tx), shard_(shard), from_(std::move(range.from)), to_(std::move(range.to)), page_(page) {}

  const store::Entry* peek() {  // null at the end
    if (index_ == rows_.size() && !at_end_) refill();
    return index_ < rows_.size() ? &rows_[index_] : nullptr;
  }
  void next() { ++index_; }
  void seek(const std::string& from) {  // never backwards
    while (index_ < rows_.size() && rows_[index_].key < from) ++index_;
    if (index_ == rows_.size() && from > from_) from_ = from;
  }

 private:
  void refill() {
    rows_ = tx_.scan(shard_, from_, to_, {.limit = page_});
    index_ = 0;
    at_end_ = rows_.size() < page_;
    if (!rows_.empty()) from_ = store::key_after(rows_.back().key);
  }

  store::Reader& tx_;
  store::Shard shard_;
  std::string from_, to_;
  size_t page_;
  std::vector<store::Entry> rows_;
  size_t index_ = 0;
  bool at_end_ = false;
};

}  // namespace haneul::s3
