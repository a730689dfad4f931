#include "protocol/wire.h"

#include "base/text.h"
#include "protocol/codec.h"

namespace haneul::protocol {

const std::string* HeaderView::find(std::string_view name) const {
  for (const Header& header : entries_) {
    if (equals_ignore_case(header.first, name)) return &header.second;
  }
  return nullptr;
}

std::string_view HeaderView::get(std::string_view name) const {
  const std::string* found = find(name);
  return found == nullptr ? std::string_view() : std::string_view(*found);
}

QueryPairs parse_query(std::string_view raw) {
  QueryPairs out;
  while (!raw.empty()) {
    const std::string_view pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(raw.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    auto key = uri_decode(pair.substr(0, equals), Plus::kBlank);
    auto text = uri_decode(value, Plus::kBlank);
    if (!key || !text) {
      throw DecodeError(DecodeError::Kind::kBadParameter,
                        "The query string contains a malformed percent-encoding.");
    }
    out.emplace_back(std::move(*key), std::move(*text));
  }
  return out;
}

}  // namespace haneul::protocol
