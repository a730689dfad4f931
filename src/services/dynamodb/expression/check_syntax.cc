// What is refused of an expression before its placeholders are looked at, in the order of the text.
#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "services/dynamodb/expression/functions.h"
#include "services/dynamodb/expression/reserved_words.h"
#include "services/dynamodb/expression/syntax.h"

namespace haneul::dynamodb {
namespace {

enum class Place : uint8_t { kCondition, kOperand };

class Check {
 public:
  Check(std::string_view parameter, Dialect dialect) : parameter_(parameter), dialect_(dialect) {}

  void visit(const Syntax& syntax, Place place) {
    using Kind = Syntax::Kind;
    switch (syntax.kind) {
      case Kind::kValue: return;
      case Kind::kPath: return path(syntax);
      case Kind::kOr:
      case Kind::kAnd: count(syntax.parts.size() - 1); return parts(syntax, Place::kCondition);
      case Kind::kNot: count(1); return parts(syntax, Place::kCondition);
      case Kind::kCall: function(syntax, place); return parts(syntax, Place::kOperand);
      case Kind::kCompare:
      case Kind::kBetween:
      case Kind::kIn:
      case Kind::kSum: count(1); return parts(syntax, Place::kOperand);
    }
  }

  [[noreturn]] void invalid(std::string_view what) const { invalid_expression(parameter_, what); }

 private:
  void parts(const Syntax& syntax, Place place) {
    for (const Syntax& part : syntax.parts) visit(part, place);
  }

  void count(size_t operators) {
    operators_ += operators;
    if (operators_ <= kOperatorsMax) return;
    invalid(fmt::format("The expression contains too many operators; operator count: {}", kOperatorsMax + 1));
  }

  void path(const Syntax& syntax) const {
    for (const SyntaxStep& step : syntax.path) {
      if (step.kind == SyntaxStep::Kind::kName && is_reserved(step.text)) {
        invalid(fmt::format("Attribute name is a reserved keyword; reserved keyword: {}", step.text));
      }
      if (step.kind == SyntaxStep::Kind::kIndex) index(step.text);
    }
  }

  void index(std::string_view digits) const {
    int32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc{} && digits.size() <= std::numeric_limits<int32_t>::digits10 + 1) return;
    invalid(fmt::format("List index is not within the allowable range; index: [{}]", digits));
  }

  void function(const Syntax& syntax, Place place) {
    const Function* function = find_function(syntax.word);
    if (function == nullptr) invalid(fmt::format("Invalid function name; function: {}", syntax.word));
    const bool of_update = function->place == Function::Place::kUpdate;
    if (of_update != (dialect_ == Dialect::kUpdate)) {
      const std::string_view where = of_update ? "a condition" : "an update";
      invalid(fmt::format("The function is not allowed in {} expression; function: {}", where, syntax.word));
    }
    const bool wanted =
        of_update || (function->place == Function::Place::kCondition) == (place == Place::kCondition);
    if (!wanted) misused(syntax.word);
    if (function->id == FunctionId::kListAppend) {
      for (const Syntax& part : syntax.parts) {
        if (part.kind == Syntax::Kind::kCall && part.word == syntax.word) misused(syntax.word);
      }
    }
    count(1);
  }

  [[noreturn]] void misused(std::string_view function) const {
    invalid(fmt::format("The function is not allowed to be used this way in an expression; function: {}",
                        function));
  }

  std::string_view parameter_;
  Dialect dialect_;
  size_t operators_ = 0;
};

}  // namespace

void check_condition_syntax(const Syntax& syntax, std::string_view parameter) {
  Check(parameter, Dialect::kCondition).visit(syntax, Place::kCondition);
}

void check_update_syntax(const UpdateSyntax& syntax, std::string_view parameter) {
  Check check(parameter, Dialect::kUpdate);
  for (const UpdateSyntax::Action& action : syntax.actions) {
    check.visit(action.path, Place::kOperand);
    if (action.kind != UpdateSyntax::Kind::kRemove) check.visit(action.value, Place::kOperand);
  }
  for (const UpdateSyntax::Kind kind : syntax.sections) {
    if (std::ranges::count(syntax.sections, kind) == 1) continue;
    check.invalid(
        fmt::format("The \"{}\" section can only be used once in an update expression;", word_of(kind)));
  }
}

void check_projection_syntax(const std::vector<Syntax>& paths, std::string_view parameter) {
  Check check(parameter, Dialect::kProjection);
  for (const Syntax& path : paths) check.visit(path, Place::kOperand);
}

}  // namespace haneul::dynamodb
