#include "platform/http.h"

#include "base/text.h"

namespace haneul::platform {

void Headers::set(std::string_view name, std::string_view value) {
  erase(name);
  add(name, value);
}

void Headers::erase(std::string_view name) {
  std::erase_if(entries_, [&](const auto& entry) { return equals_ignore_case(entry.first, name); });
}

const std::string* Headers::find(std::string_view name) const {
  for (const auto& entry : entries_) {
    if (equals_ignore_case(entry.first, name)) return &entry.second;
  }
  return nullptr;
}

std::string_view Headers::get(std::string_view name) const {
  const std::string* value = find(name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

}  // namespace haneul::platform
