// Random conditions against random items: the predicate must answer as a slow model does, which is built
// beside the text and looks at the API's documents.
#include <functional>

#include <gtest/gtest.h>

#include "services/dynamodb/expression/expression_model.h"
#include "services/dynamodb/expression/expression_testing.h"
#include "services/dynamodb/expression/predicate.h"

namespace haneul::dynamodb {
namespace {

namespace slow = model_of_expressions;

struct Condition {
  std::string text;
  std::function<bool(const Document&)> holds;
};

// What is compared: its text, and what it is for an item.
struct Operand {
  std::string text;
  std::function<std::optional<Document>(const Document&)> value;
};

class ConditionGenerator {
 public:
  explicit ConditionGenerator(slow::Generator& in) : in_(in) {}

  Document values = Document::object();  // the placeholders used so far

  Condition condition(size_t depth) {
    if (depth == 0 || in_.one_in(3)) return in_.one_in(2) ? comparison() : function();
    switch (in_.below(3)) {
      case 0: {
        const Condition inner = condition(depth - 1);
        return {"not (" + inner.text + ")", [inner](const Document& item) { return !inner.holds(item); }};
      }
      case 1: return joined(depth, "AND", [](bool a, bool b) { return a && b; });
      default: return joined(depth, "or", [](bool a, bool b) { return a || b; });
    }
  }

 private:
  Condition joined(size_t depth, const std::string& word, bool (*join)(bool, bool)) {
    const Condition a = condition(depth - 1), b = condition(depth - 1);
    return {"(" + a.text + ") " + word + " (" + b.text + ")",
            [a, b, join](const Document& item) { return join(a.holds(item), b.holds(item)); }};
  }

  Operand path() {
    const slow::Steps steps = in_.path();
    return {slow::text_of(steps), [steps](const Document& item) -> std::optional<Document> {
              const Document* found = slow::find(item, steps);
              return found == nullptr ? std::nullopt : std::optional(*found);
            }};
  }

  Operand placeholder(Document value) {
    const std::string key = fmt::format(":v{}", values.as_object().size());
    values.set(key, value);
    return {key, [value = std::move(value)](const Document&) { return value; }};
  }

  Operand operand() {
    if (in_.one_in(2)) return path();
    if (in_.one_in(3)) return placeholder(in_.value(1));
    const Operand inner = path();
    return {"size(" + inner.text + ")", [inner](const Document& item) -> std::optional<Document> {
              const auto value = inner.value(item);
              return value ? slow::size(*value) : std::nullopt;
            }};
  }

  Condition comparison() {
    const Operand a = operand(), b = operand();
    const size_t which = in_.below(8);
    if (which > 1) return ordered(a, b);
    const Operand c = operand();
    if (which == 0) {
      return {a.text + " BETWEEN " + b.text + " AND " + c.text, [a, b, c](const Document& item) {
                const auto x = a.value(item), low = b.value(item), high = c.value(item);
                if (!x || !low || !high) return false;
                return slow::order(*low, *x).value_or(1) <= 0 && slow::order(*x, *high).value_or(1) <= 0;
              }};
    }
    return {a.text + " in (" + b.text + ", " + c.text + ")", [a, b, c](const Document& item) {
              const auto x = a.value(item), y = b.value(item), z = c.value(item);
              return x && ((y && slow::equal(*x, *y)) || (z && slow::equal(*x, *z)));
            }};
  }

  Condition ordered(const Operand& a, const Operand& b) {
    static constexpr const char* kSymbols[] = {"=", "<>", "<", "<=", ">", ">="};
    const size_t which = in_.below(std::size(kSymbols));
    return {
        a.text + kSymbols[which] + b.text, [a, b, which](const Document& item) {
          const auto x = a.value(item), y = b.value(item);
          const bool same = x && y && slow::equal(*x, *y);
          if (which < 2) return same == (which == 0);
          const auto order = x && y ? slow::order(*x, *y) : std::nullopt;
          if (!order) return false;
          return which == 2 ? *order < 0 : which == 3 ? *order <= 0 : which == 4 ? *order > 0 : *order >= 0;
        }};
  }

  Condition function() {
    const Operand a = path();
    static constexpr const char* kTypes[] = {"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"};
    switch (in_.below(5)) {
      case 0:
        return {"attribute_exists(" + a.text + ")",
                [a](const Document& item) { return a.value(item).has_value(); }};
      case 1:
        return {"attribute_not_exists(" + a.text + ")", [a](const Document& item) { return !a.value(item); }};
      case 2: {
        const std::string type = kTypes[in_.below(std::size(kTypes))];
        Document text;
        text.set("S", type);
        return {"attribute_type(" + a.text + ", " + placeholder(text).text + ")",
                [a, type](const Document& item) {
                  const auto value = a.value(item);
                  return value && slow::type_in(*value) == type;
                }};
      }
      default: return of_two(a, in_.one_in(2) ? "contains" : "begins_with");
    }
  }

  Condition of_two(const Operand& a, const std::string& name) {
    const Operand b = in_.one_in(2) ? placeholder(in_.value(1)) : operand();
    const auto test = name == "contains" ? slow::contains : slow::begins_with;
    return {name + "(" + a.text + ", " + b.text + ")", [a, b, test](const Document& item) {
              const auto x = a.value(item), y = b.value(item);
              return x && y && test(*x, *y);
            }};
  }

  slow::Generator& in_;
};

// What is refused by the types of its placeholders alone says nothing of the model; of the rest there must be
// enough, and they must hold now and then.
TEST(ConditionModel, AgreesWithThePredicate) {
  slow::Generator random(20121010);
  size_t judged = 0, held = 0;
  for (size_t round = 0; round < 2000; ++round) {
    ConditionGenerator generator(random);
    const Condition condition = generator.condition(3);
    Predicate predicate;
    const std::string refused = refusal_of([&] {
      const bool any = !generator.values.as_object().empty();
      Placeholders placeholders({}, any ? std::optional(generator.values) : std::nullopt);
      predicate = parse_condition(condition.text, "ConditionExpression", placeholders);
      placeholders.finish();
    });
    if (!refused.empty()) {
      const bool known = refused.find("operand type:") != std::string::npos ||
                         refused.find("must be distinct") != std::string::npos ||
                         refused.find("BETWEEN operator requires") != std::string::npos;
      EXPECT_TRUE(known) << condition.text << ": " << refused;
      continue;
    }
    for (size_t i = 0; i < 8; ++i) {
      const Document item = random.members(3);
      const bool expected = condition.holds(item);
      ASSERT_EQ(predicate.matches(attributes_from(item)), expected) << condition.text;
      ++judged;
      held += expected ? 1 : 0;
    }
  }
  EXPECT_GT(judged, 5000U);
  EXPECT_GT(held, judged / 10);
  EXPECT_LT(held, judged - judged / 10);
}

}  // namespace
}  // namespace haneul::dynamodb
