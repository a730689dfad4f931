// Gzip, as exports write it (libarchive behind it). Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace haneul::dynamodb {

std::string gzip(std::string_view data);

}  // namespace haneul::dynamodb
