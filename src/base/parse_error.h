// ParseError: what every parser of outside bytes throws. The message is fit for a user; the callers turn it
// into the modelled error of the service that was asked.
#pragma once

#include <stdexcept>
#include <string>

namespace haneul {

class ParseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace haneul
