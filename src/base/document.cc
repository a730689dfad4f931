#include "base/document.h"

#include <cmath>

#include "base/check.h"

namespace haneul {

std::string_view Document::kind_name() const {
  switch (kind()) {
    case Kind::kNull: return "null";
    case Kind::kBool: return "boolean";
    case Kind::kInt: return "integer";
    case Kind::kDouble: return "number";
    case Kind::kString: return "string";
    case Kind::kBlob: return "blob";
    case Kind::kTimestamp: return "timestamp";
    case Kind::kArray: return "list";
    case Kind::kObject: return "object";
    case Kind::kDeferred: return "deferred";
  }
  return "unknown";
}

bool Document::as_bool() const {
  HANEUL_CHECK(is_bool(), "document is not a boolean");
  return std::get<bool>(value_);
}

int64_t Document::as_int() const {
  if (is_double()) {
    const double value = std::get<double>(value_);
    HANEUL_CHECK(std::floor(value) == value && std::abs(value) < 9.3e18, "document is not an integer");
    return static_cast<int64_t>(value);
  }
  HANEUL_CHECK(is_int(), "document is not an integer");
  return std::get<int64_t>(value_);
}

double Document::as_double() const {
  if (is_int()) return static_cast<double>(std::get<int64_t>(value_));
  HANEUL_CHECK(is_double(), "document is not a number");
  return std::get<double>(value_);
}

const std::string& Document::as_string() const {
  HANEUL_CHECK(is_string(), "document is not a string");
  return std::get<std::string>(value_);
}

std::string& Document::as_string() {
  HANEUL_CHECK(is_string(), "document is not a string");
  return std::get<std::string>(value_);
}

const std::string& Document::as_blob() const {
  HANEUL_CHECK(is_blob(), "document is not a blob");
  return std::get<Blob>(value_).bytes;
}

Timestamp Document::as_timestamp() const {
  HANEUL_CHECK(is_timestamp(), "document is not a timestamp");
  return std::get<Timestamp>(value_);
}

const Document::Array& Document::as_array() const {
  HANEUL_CHECK(is_array(), "document is not a list");
  return std::get<Array>(value_);
}

Document::Array& Document::as_array() {
  HANEUL_CHECK(is_array(), "document is not a list");
  return std::get<Array>(value_);
}

const Document::Object& Document::as_object() const {
  HANEUL_CHECK(is_object(), "document is not an object");
  return std::get<Object>(value_);
}

Document::Object& Document::as_object() {
  HANEUL_CHECK(is_object(), "document is not an object");
  return std::get<Object>(value_);
}

const Deferred& Document::as_deferred() const {
  HANEUL_CHECK(kind() == Kind::kDeferred, "document is not deferred");
  return std::get<Deferred>(value_);
}

const Document* Document::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const Entry& entry : as_object()) {
    if (entry.first == key) return &entry.second;
  }
  return nullptr;
}

Document* Document::find(std::string_view key) {
  return const_cast<Document*>(std::as_const(*this).find(key));
}

std::string Document::string_or(std::string_view key, std::string_view fallback) const {
  const Document* value = find(key);
  return value != nullptr && value->is_string() ? value->as_string() : std::string(fallback);
}

Document& Document::set(std::string_view key, Document value) {
  if (is_null()) value_ = Object{};
  if (Document* existing = find(key)) {
    *existing = std::move(value);
    return *existing;
  }
  return as_object().emplace_back(std::string(key), std::move(value)).second;
}

bool Document::erase(std::string_view key) {
  if (!is_object()) return false;
  return std::erase_if(as_object(), [&](const Entry& entry) { return entry.first == key; }) > 0;
}

void Document::push(Document value) {
  if (is_null()) value_ = Array{};
  as_array().push_back(std::move(value));
}

}  // namespace haneul
