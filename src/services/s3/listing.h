// Listing: ordered keys under a prefix, grouped at a delimiter, in pages. The one walk behind ListObjects,
// ListObjectsV2, ListObjectVersions and ListMultipartUploads. S3 user guide, "Organizing objects using
// prefixes".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace haneul::s3 {

// The group of a key: prefix up to and with the first delimiter behind it; empty when the key stands for
// itself.
std::string group_of(std::string_view key, std::string_view prefix, std::string_view delimiter);

// x-amz encoding-type=url: percent-encoding of names in answers. Throws InvalidArgument for any other
// encoding.
class NameEncoding {
 public:
  explicit NameEncoding(const std::optional<std::string>& encoding_type);
  std::string operator()(const std::string& name) const;
  std::optional<std::string> operator()(const std::optional<std::string>& name) const;

 private:
  bool is_url_;
};

int page_size(const std::optional<int32_t>& wanted,
              const char* argument);  // throws InvalidArgument when negative

}  // namespace haneul::s3
