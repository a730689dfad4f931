#include "services/logs/filter/json_path.h"

#include "base/text.h"

namespace haneul::logs::filter {

namespace {
constexpr std::string_view kNameSigns = "-:@#/$+";
}

JsonPath JsonPath::take(Cursor& cursor) {
  JsonPath path;
  cursor.skip_blanks();
  cursor.require("$");
  path.text_ = "$";
  for (;;) {
    Step step;
    if (cursor.take(".")) {
      step.is_wildcard = cursor.take("*");
      if (!step.is_wildcard) step.name = std::string(cursor.word(kNameSigns));
      if (!step.is_wildcard && step.name.empty()) {
        const char next = cursor.peek();
        throw_invalid_characters(path.text_ + "." + (next == '\0' ? std::string() : std::string(1, next)));
      }
      path.text_ += "." + (step.is_wildcard ? std::string("*") : step.name);
    } else if (cursor.take("[")) {
      step.is_wildcard = cursor.take("*");
      if (!step.is_wildcard) {
        const auto index = parse_int(cursor.word({}));
        if (!index || *index < 0) throw_invalid();
        step.index = static_cast<size_t>(*index);
      }
      cursor.require("]");
      path.text_ += "[" + (step.is_wildcard ? std::string("*") : std::to_string(*step.index)) + "]";
    } else {
      break;
    }
    path.steps_.push_back(std::move(step));
  }
  if (path.steps_.empty()) throw_invalid();
  return path;
}

bool JsonPath::any(const Document& root, const std::function<bool(const Document&)>& visit) const {
  return walk(root, 0, visit);
}

bool JsonPath::walk(const Document& at, size_t step,
                    const std::function<bool(const Document&)>& visit) const {
  if (step == steps_.size()) return visit(at);
  const Step& here = steps_[step];
  if (here.is_wildcard && at.is_array()) {
    for (const Document& item : at.as_array()) {
      if (walk(item, step + 1, visit)) return true;
    }
    return false;
  }
  if (here.is_wildcard && at.is_object()) {
    for (const auto& [name, value] : at.as_object()) {
      if (walk(value, step + 1, visit)) return true;
    }
    return false;
  }
  if (here.is_wildcard) return false;
  if (here.index) {
    return at.is_array() && *here.index < at.as_array().size() &&
           walk(at.as_array()[*here.index], step + 1, visit);
  }
  const Document* found = at.find(here.name);
  return found != nullptr && walk(*found, step + 1, visit);
}

}  // namespace haneul::logs::filter
