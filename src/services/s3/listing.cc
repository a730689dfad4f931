#include "services/s3/listing.h"

#include <algorithm>

#include "base/text.h"
#include "gen/s3/errors.h"
#include "services/s3/limits.h"

namespace haneul::s3 {

std::string group_of(std::string_view key, std::string_view prefix, std::string_view delimiter) {
  if (delimiter.empty() || !key.starts_with(prefix)) return {};
  const size_t at = key.find(delimiter, prefix.size());
  if (at == std::string_view::npos) return {};
  return std::string(key.substr(0, at + delimiter.size()));
}

NameEncoding::NameEncoding(const std::optional<std::string>& encoding_type)
    : is_url_(encoding_type == "url") {
  if (!encoding_type || is_url_) return;
  InvalidArgument error("Invalid Encoding Method specified in Request");
  error.with("ArgumentName", "encoding-type").with("ArgumentValue", *encoding_type);
  throw error;
}

std::string NameEncoding::operator()(const std::string& name) const {
  return is_url_ ? uri_encode(name, Slash::kKeep) : name;
}

std::optional<std::string> NameEncoding::operator()(const std::optional<std::string>& name) const {
  if (!name) return std::nullopt;
  return (*this)(*name);
}

int page_size(const std::optional<int32_t>& wanted, const char* argument) {
  if (wanted && *wanted < 0) {
    InvalidArgument error("Argument " + std::string(argument) +
                          " must be an integer between 0 and 2147483647");
    error.with("ArgumentName", argument).with("ArgumentValue", static_cast<int64_t>(*wanted));
    throw error;
  }
  return std::min(wanted.value_or(kListKeysMax), kListKeysMax);
}

}  // namespace haneul::s3
