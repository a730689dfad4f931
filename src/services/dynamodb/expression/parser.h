// What the parsers of conditions, updates and projections share: a place among tokens, DynamoDB's wording of
// syntax errors, operands, functions and paths. Recursive descent, with a bound on nesting that no allowed
// expression reaches. Thread rule: one thread's.
#pragma once

#include <string_view>
#include <vector>

#include "services/dynamodb/expression/syntax.h"

namespace haneul::dynamodb {

class Parser {
 public:
  Parser(std::string_view text, std::string_view parameter, Dialect dialect);

  const Token& peek(size_t ahead = 0) const;
  Token next();
  bool at(std::string_view symbol) const { return is_symbol(peek(), symbol); }
  bool take(std::string_view symbol);
  void expect(std::string_view symbol);
  bool at_keyword(std::string_view upper) const;
  bool take_keyword(std::string_view upper);
  Token expect(Token::Kind kind);
  void expect_end() const;
  [[noreturn]] void fail() const;  // a syntax error at the next token
  [[noreturn]] void invalid(std::string_view what) const { invalid_expression(parameter_, what); }

  Syntax path();
  // A path, a value, or a function of operands; in parentheses or not.
  Syntax operand();
  Syntax call();
  // What stands before ".b" or "[0]" was in parentheses: of a condition only.
  void path_steps(Syntax& path);
  // Marks what a closing parenthesis ends, refuses a second pair around the same.
  Syntax closed(Syntax inner);

  // Counts a level of parentheses while it lives.
  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) { parser_.enter(); }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser& parser_;
  };

 private:
  static bool is_symbol(const Token& token, std::string_view symbol) {
    return token.kind == Token::Kind::kSymbol && token.text == symbol;
  }
  void enter();

  std::string_view text_;
  std::string_view parameter_;
  Dialect dialect_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  size_t depth_ = 0;
};

}  // namespace haneul::dynamodb
