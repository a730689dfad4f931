// A place in a PartiQL statement, and what its clauses share: keywords, identifiers, paths, literals and
// parameters. Thread rule: one thread's.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/dynamodb/expression/path.h"
#include "services/dynamodb/partiql/lexer.h"
#include "services/dynamodb/value/value.h"

namespace haneul::dynamodb::partiql {

class Reader {
 public:
  Reader(std::string_view text, std::span<const Value> parameters);

  const Token& peek(size_t ahead = 0) const;
  Token next();
  bool at_symbol(std::string_view symbol, size_t ahead = 0) const;
  bool at_word(std::string_view upper, size_t ahead = 0) const;  // without regard to case
  bool take_symbol(std::string_view symbol);
  bool take_word(std::string_view upper);
  void expect_symbol(std::string_view symbol);
  void expect_word(std::string_view upper);
  [[noreturn]] void fail() const;  // at the next token
  void expect_end();               // of the statement, and of the parameters

  bool at_identifier() const;  // quoted, or a word that is no keyword
  bool at_call() const;        // a name before a parenthesis
  bool at_value() const;       // a literal or a parameter
  std::string identifier();
  Path path();
  // A literal of any type, or a parameter; `under` tells where in an item it is, for messages.
  Value value(const std::string& under = "root");
  Attributes item();  // a map, as INSERT has one

  // Counts a level of nesting while it lives; what is nested too deep is no statement.
  class Level {
   public:
    explicit Level(Reader& reader);
    ~Level() { --reader_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Reader& reader_;
  };

 private:
  Value number(std::string_view sign, const std::string& under);
  Value list(const std::string& under);
  Attributes map(const std::string& under);
  Value bag(const std::string& under);
  size_t index();

  std::vector<Token> tokens_;
  size_t at_ = 0;
  size_t depth_ = 0;
  std::span<const Value> parameters_;
  size_t bound_ = 0;
};

// " at 1:8:3", as messages tell places.
std::string place_of(const Token& token);

}  // namespace haneul::dynamodb::partiql
