#include "services/s3/tags.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "gen/s3/errors.h"
#include "services/s3/limits.h"

namespace haneul::s3 {

namespace {

size_t count_characters(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Letters, digits and blanks of any script and + - = . _ : / @ (others of ASCII are refused).
bool has_allowed_characters(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) != 0 || std::string_view(" +-=._:/@").contains(c);
  });
}

void require_tag(const std::string& key, const std::string& value) {
  const size_t key_length = count_characters(key);
  if (key_length == 0 || key_length > kTagKeyCharsMax || !has_allowed_characters(key)) {
    InvalidTag error("The TagKey you have provided is invalid");
    error.with("TagKey", key);
    throw error;
  }
  if (count_characters(value) > kTagValueCharsMax || !has_allowed_characters(value)) {
    InvalidTag error("The TagValue you have provided is invalid");
    error.with("TagKey", key).with("TagValue", value);
    throw error;
  }
  if (to_lower(key).starts_with("aws:")) {
    InvalidTag error("System tags cannot be added/updated by requester");
    error.with("TagKey", key);
    throw error;
  }
}

void require_distinct(const Tags& tags) {
  std::set<std::string_view> seen;
  for (const auto& [key, value] : tags) {
    if (seen.insert(key).second) continue;
    InvalidTag error("Cannot provide multiple Tags with the same key");
    error.with("TagKey", key);
    throw error;
  }
}

Tags checked(Tags tags) {
  for (const auto& [key, value] : tags) require_tag(key, value);
  require_distinct(tags);
  return tags;
}

Tags from_set(const std::vector<Tag>& tag_set) {
  Tags tags;
  for (const Tag& tag : tag_set) tags.emplace_back(tag.key, tag.value);
  return tags;
}

}  // namespace

Tags parse_tag_header(const std::string& header) {
  Tags tags;
  for (const std::string_view pair : split(header, '&')) {
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const auto key = uri_decode(pair.substr(0, equals), Plus::kBlank);
    const auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                        : uri_decode(pair.substr(equals + 1), Plus::kBlank);
    if (!key || !value) {
      InvalidArgument error(
          "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query "
          "parameters without tag name duplicates.");
      error.with("ArgumentName", "x-amz-tagging").with("ArgumentValue", header);
      throw error;
    }
    tags.emplace_back(*key, *value);
  }
  if (tags.size() > kObjectTagsMax) throw InvalidTag("Object tags cannot be greater than 10");
  return checked(std::move(tags));
}

Tags object_tags(const std::vector<Tag>& tag_set) {
  if (tag_set.size() > kObjectTagsMax) throw InvalidTag("Object tags cannot be greater than 10");
  return checked(from_set(tag_set));
}

Tags bucket_tags(const std::vector<Tag>& tag_set) {
  if (tag_set.size() > kBucketTagsMax) throw InvalidTag("Bucket tag count cannot be greater than 50");
  return checked(from_set(tag_set));
}

std::vector<Tag> to_tag_set(const Tags& tags) {
  std::vector<Tag> out;
  for (const auto& [key, value] : tags) out.push_back({.key = key, .value = value});
  return out;
}

void add_request_tags(const Tags& tags, ConditionKeys& keys) {
  if (tags.empty()) return;
  std::vector<std::string> names;
  for (const auto& [key, value] : tags) {
    keys["s3:RequestObjectTag/" + key] = {value};
    names.push_back(key);
  }
  keys["s3:RequestObjectTagKeys"] = std::move(names);
}

void add_existing_tags(const Tags& tags, ConditionKeys& keys) {
  for (const auto& [key, value] : tags) keys["s3:ExistingObjectTag/" + key] = {value};
}

}  // namespace haneul::s3
