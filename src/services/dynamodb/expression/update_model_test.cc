// Random updates of random items: the modification must make of an item what a slow model makes of it, or
// refuse where the model refuses. In the model a list is a map from the indexes that were.
#include <functional>
#include <map>

#include <gtest/gtest.h>

#include "services/dynamodb/expression/expression_model.h"
#include "services/dynamodb/expression/expression_testing.h"
#include "services/dynamodb/expression/modification.h"

namespace haneul::dynamodb {
namespace {

namespace slow = model_of_expressions;

struct Refused {};
enum class Change : uint8_t { kAdd, kDelete };

// A value with its lists opened: members by name, elements by the index that they had.
struct Open {
  Document leaf;  // unless it is a map or a list
  std::map<std::string, Open> members;
  std::map<size_t, Open> elements;
  enum class Kind : uint8_t { kLeaf, kMap, kList } kind = Kind::kLeaf;
};

Open opened(const Document& value) {
  Open out;
  const std::string& type = slow::type_in(value);
  if (type == "M") {
    out.kind = Open::Kind::kMap;
    for (const auto& [name, member] : slow::content_of(value).as_object()) out.members[name] = opened(member);
  } else if (type == "L") {
    out.kind = Open::Kind::kList;
    const Document::Array& elements = slow::content_of(value).as_array();
    for (size_t i = 0; i < elements.size(); ++i) out.elements[i] = opened(elements[i]);
  } else {
    out.leaf = value;
  }
  return out;
}

Document closed(const Open& value) {
  if (value.kind == Open::Kind::kLeaf) return value.leaf;
  Document out;
  if (value.kind == Open::Kind::kMap) {
    Document members = Document::object();
    for (const auto& [name, member] : value.members) members.set(name, closed(member));
    out.set("M", std::move(members));
    return out;
  }
  Document elements = Document::array();
  for (const auto& [index, element] : value.elements) elements.push(closed(element));
  out.set("L", std::move(elements));
  return out;
}

Document map_of(const Document& item) {
  Document out;
  out.set("M", item);
  return out;
}

struct Action {
  std::string section, text;
  slow::Steps path;
  // What is to stand there, read from the item as it was; nothing: nothing.
  std::function<std::optional<Document>(const Document&)> result;
};

class UpdateGenerator {
 public:
  explicit UpdateGenerator(slow::Generator& in) : in_(in) {}

  Document values = Document::object();

  Action action() {
    Action out{.section = {}, .text = {}, .path = in_.path(), .result = {}};
    const std::string target = slow::text_of(out.path);
    switch (in_.below(5)) {
      case 0:
        out.section = "REMOVE";
        out.text = target;
        out.result = [](const Document&) -> std::optional<Document> { return {}; };
        return out;
      case 1: return changed_set(std::move(out), target);
      default: {
        const Read value = in_.one_in(3) ? sum() : read();
        out.section = "SET";
        out.text = target + " = " + value.text;
        out.result = value.value;
        return out;
      }
    }
  }

 private:
  struct Read {
    std::string text;
    std::function<Document(const Document&)> value;
  };

  Read placeholder(Document value) {
    const std::string key = fmt::format(":v{}", values.as_object().size());
    values.set(key, value);
    return {key, [value = std::move(value)](const Document&) { return value; }};
  }

  Read read() {
    const slow::Steps steps = in_.path();
    const auto found = [steps](const Document& item) -> Document {
      const Document* value = slow::find(item, steps);
      if (value == nullptr) throw Refused{};
      return *value;
    };
    switch (in_.below(3)) {
      case 0: return placeholder(in_.value(1));
      case 1: return {slow::text_of(steps), found};
      default: {
        const Read otherwise = placeholder(in_.value(0));
        return {"if_not_exists(" + slow::text_of(steps) + ", " + otherwise.text + ")",
                [steps, otherwise](const Document& item) {
                  const Document* value = slow::find(item, steps);
                  return value == nullptr ? otherwise.value(item) : *value;
                }};
      }
    }
  }

  Read sum() {
    const Read a = read(), b = read();
    if (in_.one_in(2)) {
      return {"list_append(" + a.text + ", " + b.text + ")", [a, b](const Document& item) {
                const Document x = a.value(item), y = b.value(item);
                if (slow::type_in(x) != "L" || slow::type_in(y) != "L") throw Refused{};
                Document elements = slow::content_of(x);
                for (const Document& element : slow::content_of(y).as_array()) elements.push(element);
                Document out;
                out.set("L", std::move(elements));
                return out;
              }};
    }
    const double sign = in_.one_in(2) ? 1 : -1;
    return {a.text + (sign > 0 ? "+" : " - ") + b.text, [a, b, sign](const Document& item) {
              const Document x = a.value(item), y = b.value(item);
              if (slow::type_in(x) != "N" || slow::type_in(y) != "N") throw Refused{};
              return slow::number(slow::number_in(slow::content_of(x)) +
                                  sign * slow::number_in(slow::content_of(y)));
            }};
  }

  Action changed_set(Action out, const std::string& target) {
    const Change change = in_.one_in(2) ? Change::kAdd : Change::kDelete;
    const bool adds = change == Change::kAdd;
    const Document operand = in_.value(0);
    out.section = adds ? "ADD" : "DELETE";
    out.text = target + " " + placeholder(operand).text;
    out.result = [change, operand, path = out.path](const Document& item) -> std::optional<Document> {
      const Document* held = slow::find(item, path);
      if (held == nullptr) return change == Change::kAdd ? std::optional(operand) : std::nullopt;
      const std::string& type = slow::type_in(operand);
      if (slow::type_in(*held) != type) throw Refused{};
      if (type == "N") {
        return slow::number(slow::number_in(slow::content_of(*held)) +
                            slow::number_in(slow::content_of(operand)));
      }
      return combined(*held, operand, change);
    };
    return out;
  }

  static std::optional<Document> combined(const Document& held, const Document& operand, Change change) {
    const bool adds = change == Change::kAdd;
    const std::string& type = slow::type_in(held);
    const auto in = [&](const Document& set, const Document& element) {
      return std::ranges::any_of(slow::content_of(set).as_array(), [&](const Document& other) {
        return slow::same_element(type, element, other);
      });
    };
    Document elements = Document::array();
    for (const Document& element : slow::content_of(held).as_array()) {
      if (adds || !in(operand, element)) elements.push(element);
    }
    for (const Document& element : slow::content_of(operand).as_array()) {
      if (adds && !in(held, element)) elements.push(element);
    }
    if (elements.as_array().empty()) return {};
    Document out;
    out.set(type, std::move(elements));
    return out;
  }

  slow::Generator& in_;
};

// The place that a path names, whose parents must be there and be what the path says.
void put(Open& item, const slow::Steps& path, const std::optional<Document>& value) {
  Open* at = &item;
  for (size_t i = 0; i < path.size(); ++i) {
    const bool last = i + 1 == path.size(), named = !path[i].name.empty();
    if (at->kind != (named ? Open::Kind::kMap : Open::Kind::kList)) throw Refused{};
    if (last && !value) {
      if (named) at->members.erase(path[i].name);
      if (!named) at->elements.erase(path[i].index);
      return;
    }
    const bool there = named ? at->members.contains(path[i].name) : at->elements.contains(path[i].index);
    if (!last && !there) throw Refused{};
    at = named ? &at->members[path[i].name] : &at->elements[path[i].index];
  }
  *at = opened(*value);
}

// The sections in an order of their own; all values are read before anything is written.
std::optional<Document> model_of(const std::vector<Action>& actions, const Document& item) {
  try {
    std::vector<std::optional<Document>> results;
    for (const Action& action : actions) results.push_back(action.result(item));
    Open out = opened(map_of(item));
    for (size_t i = 0; i < actions.size(); ++i) put(out, actions[i].path, results[i]);
    return slow::content_of(closed(out));
  } catch (const Refused&) {
    return {};
  }
}

std::string text_of(const std::vector<Action>& actions) {
  std::map<std::string, std::string> sections;
  for (const Action& action : actions) {
    std::string& text = sections[action.section];
    text += (text.empty() ? "" : ", ") + action.text;
  }
  std::string out;
  for (const auto& [section, text] : sections) out += section + " " + text + " ";
  return out;
}

// Updates that are refused by their text alone say nothing of the model; of the rest there must be enough.
TEST(UpdateModel, AgreesWithTheModification) {
  slow::Generator random(19700101);
  size_t changed = 0, refused = 0;
  for (size_t round = 0; round < 8000; ++round) {
    UpdateGenerator generator(random);
    std::vector<Action> actions;
    for (size_t i = 1 + random.below(3); i > 0; --i) actions.push_back(generator.action());
    const std::string text = text_of(actions);
    Modification update;
    const std::string invalid = refusal_of([&] {
      const bool any = !generator.values.as_object().empty();
      Placeholders placeholders({}, any ? std::optional(generator.values) : std::nullopt);
      update = parse_update(text, placeholders);
      placeholders.finish();
    });
    if (!invalid.empty()) {
      const bool known = invalid.find("operand type:") != std::string::npos ||
                         invalid.find("Two document paths") != std::string::npos;
      EXPECT_TRUE(known) << text << ": " << invalid;
      continue;
    }
    for (size_t i = 0; i < 4; ++i) {
      const Document item = random.members(3);
      const auto expected = model_of(actions, item);
      Attributes result = attributes_from(item);
      const std::string message = refusal_of([&] { update.apply(result); });
      ASSERT_EQ(message.empty(), expected.has_value()) << text << ": " << message;
      ASSERT_EQ(result, attributes_from(expected.value_or(item))) << text;
      ++(expected ? changed : refused);
    }
  }
  EXPECT_GT(changed, 3000U);
  EXPECT_GT(refused, 3000U);
}

}  // namespace
}  // namespace haneul::dynamodb
