// Pages: lists are scanned from a position of the store's keys; the position travels as an opaque marker.
#pragma once

#include <algorithm>

#include <fmt/format.h>

#include "gen/lambda/errors.h"
#include "platform/pagination.h"
#include "services/lambda/limits.h"
#include "services/lambda/names.h"
#include "store/tx.h"

namespace haneul::lambda {

struct PageRequest {
  const platform::Request& request;
  const std::optional<std::string>& marker;
  const std::optional<int32_t>& items_max;
};

struct Page {
  std::vector<store::Entry> rows;
  std::optional<std::string> next_marker;
};

// The rows of the range that `keep` takes, at most as many as asked for.
template <class Keep>
Page read_page(store::Reader& tx, store::Shard shard, store::KeyRange range, const PageRequest& asked,
               Keep keep) {
  const platform::Request& request = asked.request;
  const std::string operation(request.operation->name);
  if (asked.marker && !asked.marker->empty()) {
    const auto position = platform::open_page_token(operation, request.account, *asked.marker);
    if (!position || *position < range.from)
      refuse<InvalidParameterValueException>("Invalid pagination token: " + *asked.marker);
    range.from = *position;
  }
  const auto limit =
      static_cast<size_t>(std::clamp(asked.items_max.value_or(kListItemsMax), 1, kListItemsMax));
  Page page;
  tx.scan_each({shard, range.from, range.to}, {}, [&](std::string_view key, std::string_view value) {
    if (!keep(key, value)) return store::Visit::kContinue;
    if (page.rows.size() == limit) {
      page.next_marker = platform::make_page_token(operation, request.account, key);
      return store::Visit::kStop;
    }
    page.rows.push_back({std::string(key), std::string(value)});
    return store::Visit::kContinue;
  });
  return page;
}

inline constexpr auto kKeepAll = [](std::string_view, std::string_view) { return true; };

}  // namespace haneul::lambda
