#include "services/dynamodb/expression/placeholders.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/common_errors.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {
namespace {

constexpr size_t kKeyBytesMax = 255;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void check_key(std::string_view parameter, char mark, std::string_view key) {
  if (key.size() > kKeyBytesMax) {
    const std::string size = mark == '#' ? fmt::format(" size of key: {}", key.size()) : "";
    refuse(fmt::format(
        "{} contains invalid key: The expression attribute map contains a key that is too long;{}", parameter,
        size));
  }
  if (key.size() < 2 || key[0] != mark || !std::ranges::all_of(key.substr(1), is_word)) {
    refuse(fmt::format("{} contains invalid key: Syntax error; key: \"{}\"", parameter, key));
  }
}

Value value_of(const std::string& key, const Document& wire) {
  const auto of_key = [&](std::string_view why) {
    return fmt::format("ExpressionAttributeValues contains invalid value: {} for key {}", why, key);
  };
  try {
    Value out = value_from(wire);
    if (depth_of(out) <= dynamodb::kDepthMax) return out;
  } catch (const ValueRefusal& refusal) {
    throw ValueRefusal({.newer = refusal.newer(), .older = of_key(refusal.message())});
  } catch (const model::ValidationException& refusal) {
    refuse(of_key(refusal.message()));
  }
  refuse(of_key(kTooDeep));
}

void refuse_unused(std::string_view parameter, const std::vector<std::string_view>& keys) {
  if (keys.empty()) return;
  refuse(fmt::format("Value provided in {} unused in expressions: keys: {{{}}}", parameter,
                     fmt::join(keys, ", ")));
}

}  // namespace

Placeholders::Placeholders(const std::optional<Names>& names, const std::optional<Document>& values) {
  if (names) {
    if (names->empty()) refuse("ExpressionAttributeNames must not be empty");
    for (const auto& [key, name] : *names) {
      check_key("ExpressionAttributeNames", '#', key);
      if (name.empty()) {
        refuse(fmt::format("ExpressionAttributeNames contains invalid value: Empty attribute name for key {}",
                           key));
      }
    }
    names_ = *names;
  }
  if (!values) return;
  if (values->as_object().empty()) refuse("ExpressionAttributeValues must not be empty");
  for (const auto& entry : values->as_object()) check_key("ExpressionAttributeValues", ':', entry.first);
  for (const auto& [key, wire] : values->as_object()) values_.insert_or_assign(key, value_of(key, wire));
}

const std::string* Placeholders::name(std::string_view placeholder) {
  const auto at = names_.find(std::string(placeholder));
  if (at == names_.end()) return nullptr;
  used_.emplace(placeholder);
  return &at->second;
}

const Value* Placeholders::value(std::string_view placeholder) {
  const auto at = values_.find(placeholder);
  if (at == values_.end()) return nullptr;
  used_.emplace(placeholder);
  return &at->second;
}

void Placeholders::finish() const {
  const auto unused = [this](const auto& defined) {
    std::vector<std::string_view> out;
    for (const auto& entry : defined) {
      if (!used_.contains(entry.first)) out.emplace_back(entry.first);
    }
    return out;
  };
  refuse_unused("ExpressionAttributeNames", unused(names_));
  refuse_unused("ExpressionAttributeValues", unused(values_));
}

}  // namespace haneul::dynamodb
