// Tokens of an expression: names, placeholders, whole numbers, symbols, and the keywords of one dialect.
// Views into the text. Source: "Using expressions in DynamoDB". Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace haneul::dynamodb {

enum class Dialect : uint8_t { kCondition, kUpdate, kProjection };  // which words are keywords

struct Token {
  enum class Kind : uint8_t {
    kEnd,
    kName,
    kNamePlaceholder,
    kValuePlaceholder,
    kInteger,
    kSymbol,
    kKeyword,
    kUnknown,
  };
  Kind kind = Kind::kEnd;
  std::string_view text;  // of kEnd empty, at the end of the expression
};

// All of them; the last one is kEnd.
std::vector<Token> tokens_of(std::string_view text, Dialect dialect);

// Without regard to case; `upper` is in capitals.
bool same_word(std::string_view word, std::string_view upper);

}  // namespace haneul::dynamodb
