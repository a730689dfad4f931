// Tokens of a PartiQL statement, with their places. Comments and spaces are left out.
// Thread rule: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace haneul::dynamodb::partiql {

struct Token {
  enum class Kind : uint8_t { kEnd, kWord, kQuoted, kString, kNumber, kParameter, kSymbol };
  Kind kind = Kind::kEnd;
  std::string text;  // of kQuoted and kString without the quotes
  size_t line = 1;   // from 1, as messages tell places
  size_t column = 1;
  size_t length = 0;  // characters, as written
};

// All of them; the last one is kEnd. Refuses characters that no token begins with, and what does not end.
std::vector<Token> tokens_of(std::string_view text);

// "Statement wasn't well formed, can't be processed: ...".
[[noreturn]] void not_well_formed(std::string_view detail);

}  // namespace haneul::dynamodb::partiql
