// Pagination: opaque continuation tokens. A token names where the next page begins; it is bound to the
// operation and the account, so one that was made elsewhere, or was changed, is refused by
// require_position().
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace haneul::platform {

std::string make_page_token(std::string_view operation, const AccountId& account, std::string_view position);
// The position inside a token; empty when the token is not one of ours for this operation and account.
std::optional<std::string> open_page_token(std::string_view operation, const AccountId& account,
                                           std::string_view token);

}  // namespace haneul::platform
