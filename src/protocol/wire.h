// HTTP messages as codecs and routers see them: plain text, no listener, no platform. All names compare
// without case. Paths and queries are raw (percent-encoded). Views live as long as what they point at.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/schema.h"

namespace haneul::protocol {

using Header = std::pair<std::string, std::string>;

class HeaderView {
 public:
  HeaderView() = default;
  HeaderView(std::span<const Header> entries) : entries_(entries) {}
  const std::string* find(std::string_view name) const;  // the first of that name
  std::string_view get(std::string_view name) const;     // the first, or empty
  std::span<const Header> entries() const { return entries_; }

 private:
  std::span<const Header> entries_;
};

struct WireRequest {
  std::string_view method;
  std::string_view path;   // raw; S3 virtual-host buckets already moved into it by the caller
  std::string_view query;  // raw, without '?'
  HeaderView headers;
  std::string_view body;  // empty for a streamed payload
};

struct WireResponse {
  int status = 200;
  std::vector<Header> headers;
  std::string body;
};

// Path labels of a REST request, percent-decoded, by their names in the template.
using UriLabels = std::vector<std::pair<std::string_view, std::string>>;

// A request whose meaning is known: the result of routing.
struct Call {
  model::Protocol protocol = model::Protocol::kJson11;
  const model::ServiceModel* service = nullptr;
  const model::OperationModel* operation = nullptr;
  UriLabels labels;
};

// A raw query string or form body, split at '&' and percent-decoded ('+' is a blank); empty value where there
// is no '='.
using QueryPairs = std::vector<std::pair<std::string, std::string>>;
QueryPairs parse_query(std::string_view raw);  // throws DecodeError on a bad escape

}  // namespace haneul::protocol
