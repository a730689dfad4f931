// Items in their stored form (record.h) on the way into an answer: they are counted and written as they are,
// no Value or Document is made of them. What is written is what document_of(decode_item(bytes)) says. Bytes
// that are no item are store::Corrupt, found when they are sized. Thread rule: plain values.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"
#include "base/value_sink.h"
#include "services/dynamodb/value/value.h"

namespace haneul::dynamodb {

// As size_of() tells it of the item.
size_t size_of_stored(std::string_view bytes);
void write_stored(std::string_view bytes, ValueSink& sink);

// One item that writes itself.
Document stored_document(std::string bytes);
Document stored_document(const Attributes& item);

// Many of them, side by side in one piece of memory.
class StoredItems {
 public:
  void add(std::string_view bytes) {
    bytes_ += bytes;
    ends_.push_back(bytes_.size());
  }
  size_t count() const { return ends_.size(); }
  std::string_view at(size_t index) const {
    const size_t from = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(bytes_).substr(from, ends_[index] - from);
  }

 private:
  std::string bytes_;
  std::vector<size_t> ends_;
};
std::vector<Document> stored_documents(StoredItems items);

}  // namespace haneul::dynamodb
