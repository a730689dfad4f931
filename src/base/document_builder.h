// DocumentBuilder: puts a Document together from its parts in the order in which they are read or written:
// containers are opened, filled and closed, members are named before their value. Thread rule: one thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/document.h"

namespace haneul {

class DocumentBuilder {
 public:
  void open(Document container) { open_.push_back(std::move(container)); }
  void key(std::string name) { keys_.push_back(std::move(name)); }
  void add(Document value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().is_array()) {
      open_.back().as_array().push_back(std::move(value));
    } else {
      open_.back().as_object().emplace_back(std::move(keys_.back()), std::move(value));
      keys_.pop_back();
    }
  }
  void close() {
    Document finished = std::move(open_.back());
    open_.pop_back();
    add(std::move(finished));
  }
  size_t depth() const { return open_.size(); }
  Document& innermost() { return open_.back(); }  // of those that are open
  Document take() { return std::move(root_); }

 private:
  Document root_;
  std::vector<Document> open_;
  std::vector<std::string> keys_;  // of the open members, innermost last
};

}  // namespace haneul
