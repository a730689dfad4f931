// Turns errno of a failed file call into the store's own errors.
#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "store/errors.h"

namespace haneul::store {

[[noreturn]] inline void throw_file_error(std::string_view what) {
  const int code = errno;
  const std::string message = std::string(what) + ": " + std::strerror(code);
  if (code == ENOSPC || code == EDQUOT) throw DiskFull(message);
  throw Unavailable(message);
}

}  // namespace haneul::store
