// JsonPath: "$.users[0].email" and what it finds. "*" in place of a name or an index stands for all members.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/document.h"
#include "services/logs/filter/cursor.h"

namespace haneul::logs::filter {

class JsonPath {
 public:
  static JsonPath take(Cursor& cursor);

  const std::string& text() const { return text_; }  // as written
  // Calls for each value found until the visitor returns true; whether it did.
  bool any(const Document& root, const std::function<bool(const Document&)>& visit) const;

 private:
  struct Step {
    std::string name;  // of a property, unless an index is set
    std::optional<size_t> index;
    bool is_wildcard = false;
  };
  bool walk(const Document& at, size_t step, const std::function<bool(const Document&)>& visit) const;

  std::string text_;
  std::vector<Step> steps_;
};

}  // namespace haneul::logs::filter
