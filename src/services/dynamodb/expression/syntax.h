// What the parsers of expressions make of a text, before names and values are looked up: views into the text.
// Nothing here knows an item. Thread rule: plain values, as long-lived as the text.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "services/dynamodb/expression/lexer.h"

namespace haneul::dynamodb {

struct SyntaxStep {
  enum class Kind : uint8_t { kName, kPlaceholder, kIndex } kind;
  std::string_view text;
};

struct Syntax {
  enum class Kind : uint8_t {
    kPath,
    kValue,    // `word` is the placeholder
    kCall,     // `word` is the function's name, `parts` its arguments
    kOr,       // of two parts or more
    kAnd,      // of two parts or more
    kNot,      // of one part
    kCompare,  // `word` is the operator, of two parts
    kBetween,  // of three parts
    kIn,       // what is looked for, then what it may be
    kSum,      // `word` is + or -, of two parts
  };
  Kind kind;
  std::string_view word;
  std::vector<SyntaxStep> path;
  std::vector<Syntax> parts;
  bool in_parentheses = false;
};

struct UpdateSyntax {
  enum class Kind : uint8_t { kSet, kRemove, kAdd, kDelete };
  struct Action {
    Kind kind;
    size_t section;  // which one of the expression's sections
    Syntax path;
    Syntax value;  // unless the kind is kRemove
  };
  std::vector<Kind> sections;
  std::vector<Action> actions;
};

std::string_view word_of(UpdateSyntax::Kind kind);  // "SET", ...

// Each refuses a text that is empty, too long or no expression; `parameter` names it in messages.
Syntax parse_condition_syntax(std::string_view text, std::string_view parameter);
UpdateSyntax parse_update_syntax(std::string_view text, std::string_view parameter);
std::vector<Syntax> parse_projection_syntax(std::string_view text, std::string_view parameter);

// Refuses what can be judged without names and values: reserved words, unknown and misplaced functions, list
// indexes out of range, too many operators, repeated sections.
void check_condition_syntax(const Syntax& syntax, std::string_view parameter);
void check_update_syntax(const UpdateSyntax& syntax, std::string_view parameter);
void check_projection_syntax(const std::vector<Syntax>& paths, std::string_view parameter);

// ValidationException: "Invalid ConditionExpression: ..."; of an empty parameter only what is wrong.
[[noreturn]] void invalid_expression(std::string_view parameter, std::string_view what);

}  // namespace haneul::dynamodb
