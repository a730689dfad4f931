#include "services/s3/conditions.h"

#include <algorithm>

#include "base/text.h"
#include "gen/s3/errors.h"
#include "model/common_errors.h"

namespace haneul::s3 {

namespace {

[[noreturn]] void throw_failed(std::string_view condition) {
  PreconditionFailed error("At least one of the pre-conditions you specified did not hold");
  error.with("Condition", condition);
  throw error;
}

std::string_view unquote(std::string_view tag) {
  tag = trim(tag);
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') return tag.substr(1, tag.size() - 2);
  return tag;
}

// Headers carry whole seconds.
auto seconds(Timestamp at) { return std::chrono::floor<Seconds>(at); }

std::optional<uint64_t> parse_offset(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  const auto value = parse_int(text);
  return value ? static_cast<uint64_t>(*value) : UINT64_MAX / 2;
}

}  // namespace

bool etag_matches(std::string_view header, std::string_view etag) {
  return std::ranges::any_of(split(header, ','), [etag](std::string_view tag) {
    const std::string_view bare = unquote(tag);
    return bare == "*" || bare == etag;
  });
}

ReadVerdict judge_read(const ReadConditions& conditions, const ObjectRecord& object) {
  if (conditions.if_match) {
    if (!etag_matches(*conditions.if_match, object.etag)) throw_failed("If-Match");
  } else if (conditions.if_unmodified_since &&
             seconds(object.modified_at) > seconds(*conditions.if_unmodified_since)) {
    throw_failed("If-Unmodified-Since");
  }
  if (conditions.if_none_match) {
    if (etag_matches(*conditions.if_none_match, object.etag)) return ReadVerdict::kNotModified;
  } else if (conditions.if_modified_since && *conditions.if_modified_since <= conditions.now &&
             seconds(object.modified_at) <= seconds(*conditions.if_modified_since)) {
    return ReadVerdict::kNotModified;
  }
  return ReadVerdict::kGo;
}

void require_copy_source(const ReadConditions& conditions, const ObjectRecord& object) {
  if (judge_read(conditions, object) == ReadVerdict::kGo) return;
  throw_failed(conditions.if_none_match ? "x-amz-copy-source-If-None-Match"
                                        : "x-amz-copy-source-If-Modified-Since");
}

void require_write(const WriteConditions& conditions, const std::optional<ObjectRecord>& current,
                   const std::string& key) {
  if (conditions.if_none_match) {
    if (*conditions.if_none_match != "*") {
      model::NotImplemented error("A header you provided implies functionality that is not implemented");
      error.with("Header", "If-None-Match");
      throw error;
    }
    if (current) throw_failed("If-None-Match");
  }
  if (!conditions.if_match) return;
  if (!current) {
    NoSuchKey error("The specified key does not exist.");
    error.with("Key", key);
    throw error;
  }
  if (!etag_matches(*conditions.if_match, current->etag)) throw_failed("If-Match");
}

std::optional<ByteRange> parse_range(std::string_view header, uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return std::nullopt;
  const std::string_view spec = trim(header.substr(kUnit.size()));
  const size_t dash = spec.find('-');
  if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos) return std::nullopt;
  const auto first = parse_offset(trim(spec.substr(0, dash)));
  const auto last = parse_offset(trim(spec.substr(dash + 1)));
  const bool is_suffix = dash == 0;
  if (is_suffix ? !last : (!first || (dash + 1 != spec.size() && !last))) return std::nullopt;
  ByteRange range{0, size};
  if (is_suffix) {
    range.from = *last >= size ? 0 : size - *last;
    if (*last == 0) range.from = size;
  } else {
    if (last && *last < *first) return std::nullopt;
    range.from = *first;
    if (last) range.to = std::min(size, *last + 1);
  }
  if (range.from >= size) {
    InvalidRange error("The requested range is not satisfiable");
    error.with("RangeRequested", header).with("ActualObjectSize", size);
    throw error;
  }
  return range;
}

ByteRange parse_copy_range(const std::string& header, uint64_t size) {
  const auto refuse = [&](const std::string& message) {
    InvalidArgument error(message);
    error.with("ArgumentName", "x-amz-copy-source-range").with("ArgumentValue", header);
    throw error;
  };
  constexpr std::string_view kUnit = "bytes=";
  const std::string_view spec = std::string_view(header).substr(std::min(kUnit.size(), header.size()));
  const size_t dash = spec.find('-');
  if (!header.starts_with(kUnit) || dash == std::string_view::npos) {
    refuse(
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
        "zero-based offsets of the first and last bytes to copy");
  }
  const auto first = parse_offset(spec.substr(0, dash));
  const auto last = parse_offset(spec.substr(dash + 1));
  if (!first || !last || *last < *first) {
    refuse(
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
        "zero-based offsets of the first and last bytes to copy");
  }
  if (*last >= size) {
    refuse("Range specified is not valid for source object of size: " + std::to_string(size));
  }
  return {*first, *last + 1};
}

}  // namespace haneul::s3
