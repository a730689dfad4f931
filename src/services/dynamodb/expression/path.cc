#include "services/dynamodb/expression/path.h"

#include <fmt/format.h>

namespace haneul::dynamodb {

std::string text_of(const Path& path) {
  std::string out = "[" + path.root;
  for (const Path::Step& step : path.rest) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      out += ", " + *name;
    } else {
      out += fmt::format(", [{}]", std::get<size_t>(step));
    }
  }
  return out + "]";
}

const Value* find(const Value& value, const Path::Step& step) {
  if (const auto* name = std::get_if<std::string>(&step)) {
    const auto* map = value.as<Attributes>();
    return map == nullptr ? nullptr : map->find(*name);
  }
  const auto* list = value.as<List>();
  const size_t index = std::get<size_t>(step);
  return list == nullptr || index >= list->size() ? nullptr : &(*list)[index];
}

const Value* find(const Attributes& item, const Path& path) {
  const Value* at = item.find(path.root);
  for (const Path::Step& step : path.rest) {
    if (at == nullptr) return nullptr;
    at = find(*at, step);
  }
  return at;
}

Value* find(Attributes& item, const Path& path) {
  return const_cast<Value*>(find(std::as_const(item), path));
}

}  // namespace haneul::dynamodb
