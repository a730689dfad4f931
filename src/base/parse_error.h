// ParseError: what every parser of outside bytes throws. The message is fit for a user; the callers turn it
// into the modelled error of the service that was asked.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

namespace haneul {

// Where in the text, from 1.
struct TextPosition {
  size_t line = 1;
  size_t column = 1;
};

class ParseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ParseError(const std::string& message, TextPosition position)
      : std::runtime_error(message), position_(position) {}
  // Of parsers that tell it: JSON and YAML.
  const std::optional<TextPosition>& position() const { return position_; }

 private:
  std::optional<TextPosition> position_;
};

}  // namespace haneul
