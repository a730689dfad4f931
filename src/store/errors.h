// What the store throws. None of these is an answer to a client by itself: the pipeline turns Unavailable and
// DiskFull into the service's 503, TooLarge and Corrupt into its internal failure, and logs the story.
#pragma once

#include <stdexcept>
#include <string>

namespace haneul::store {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The log cannot be written or synced (or the engine is closing). What was not acknowledged may or may not be
// kept; after a failed sync every later write is refused until the process restarts, since the kernel forgets
// failed pages.
class Unavailable : public Error {
 public:
  using Error::Error;
};

// Free space is below the reserve: nothing was written. Reads and deletes go on.
class DiskFull : public Error {
 public:
  using Error::Error;
};

// A key, value or transaction is above Limits: a missing check in the caller.
class TooLarge : public Error {
 public:
  using Error::Error;
};

// Bytes on disk are not what was written there.
class Corrupt : public Error {
 public:
  using Error::Error;
};

// The engine could not order the batch because of somebody else's; nothing was applied. Db retries, callers
// never see it.
class Conflict : public Error {
 public:
  using Error::Error;
};

}  // namespace haneul::store
