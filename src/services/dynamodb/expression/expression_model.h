// A slow model of values to hold expressions against: values stay the API's documents, numbers become doubles
// (the generator makes only such that are exact), sets stay unsorted. It shares no code with what it checks.
// Tests only.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/document.h"

namespace haneul::dynamodb::model_of_expressions {

inline const std::string& type_in(const Document& value) { return value.as_object()[0].first; }
inline const Document& content_of(const Document& value) { return value.as_object()[0].second; }
inline const std::string& text_in(const Document& content) {
  return content.is_blob() ? content.as_blob() : content.as_string();
}
inline double number_in(const Document& content) { return std::strtod(content.as_string().c_str(), nullptr); }

inline bool same_element(const std::string& type, const Document& a, const Document& b) {
  return type[0] == 'N' ? number_in(a) == number_in(b) : text_in(a) == text_in(b);
}

// As "=" of two values.
inline bool equal(const Document& a, const Document& b) {
  const std::string& type = type_in(a);
  if (type != type_in(b)) return false;
  const Document &x = content_of(a), &y = content_of(b);
  if (type == "S" || type == "B" || type == "N") return same_element(type, x, y);
  if (type == "NULL" || type == "BOOL") return x == y;
  if (type == "M") {
    return x.as_object().size() == y.as_object().size() &&
           std::ranges::all_of(x.as_object(), [&](const auto& entry) {
             const Document* other = y.find(entry.first);
             return other != nullptr && equal(entry.second, *other);
           });
  }
  if (x.as_array().size() != y.as_array().size()) return false;
  if (type == "L") return std::ranges::equal(x.as_array(), y.as_array(), equal);
  return std::ranges::all_of(x.as_array(), [&](const Document& element) {
    return std::ranges::any_of(y.as_array(),
                               [&](const Document& other) { return same_element(type, element, other); });
  });
}

inline std::optional<int> order(const Document& a, const Document& b) {
  const std::string& type = type_in(a);
  if (type != type_in(b)) return {};
  if (type == "N") {
    const double difference = number_in(content_of(a)) - number_in(content_of(b));
    return difference < 0 ? -1 : difference > 0 ? 1 : 0;
  }
  if (type != "S" && type != "B") return {};
  const auto bytes = [](const Document& value) {
    const std::string& text = text_in(content_of(value));
    return std::vector<unsigned char>(text.begin(), text.end());
  };
  const auto x = bytes(a), y = bytes(b);
  return x < y ? -1 : y < x ? 1 : 0;
}

inline bool contains(const Document& a, const Document& b) {
  const std::string &type = type_in(a), &wanted = type_in(b);
  if (type == "S" || type == "B") {
    return wanted == type && text_in(content_of(a)).find(text_in(content_of(b))) != std::string::npos;
  }
  if (type == "L") {
    return std::ranges::any_of(content_of(a).as_array(),
                               [&](const Document& element) { return equal(element, b); });
  }
  if (type.size() != 2 || type[1] != 'S' || wanted != type.substr(0, 1)) return false;
  return std::ranges::any_of(content_of(a).as_array(), [&](const Document& element) {
    return same_element(type, element, content_of(b));
  });
}

inline bool begins_with(const Document& a, const Document& b) {
  if (type_in(a) != type_in(b) || (type_in(a) != "S" && type_in(a) != "B")) return false;
  return text_in(content_of(a)).rfind(text_in(content_of(b)), 0) == 0;
}

inline Document number(double value) {
  Document out;
  out.set("N", fmt::format("{}", value));
  return out;
}

inline std::optional<Document> size(const Document& value) {
  const std::string& type = type_in(value);
  const Document& content = content_of(value);
  if (type == "N" || type == "NULL" || type == "BOOL") return {};
  if (type == "S" || type == "B") return number(static_cast<double>(text_in(content).size()));
  return number(static_cast<double>(type == "M" ? content.as_object().size() : content.as_array().size()));
}

struct Step {
  std::string name;  // or, when empty, an index
  size_t index = 0;
  friend bool operator==(const Step&, const Step&) = default;
};
using Steps = std::vector<Step>;

inline std::string text_of(const Steps& steps) {
  std::string out;
  for (const Step& step : steps) {
    if (step.name.empty()) {
      out += fmt::format("[{}]", step.index);
    } else {
      out += (out.empty() ? "" : ".") + step.name;
    }
  }
  return out;
}

// An item is the content of a map.
inline const Document* find(const Document& item, const Steps& steps) {
  const Document* at = item.find(steps[0].name);
  for (size_t i = 1; i < steps.size() && at != nullptr; ++i) {
    const Document& content = content_of(*at);
    if (!steps[i].name.empty()) {
      at = type_in(*at) == "M" ? content.find(steps[i].name) : nullptr;
    } else {
      const bool there = type_in(*at) == "L" && steps[i].index < content.as_array().size();
      at = there ? &content.as_array()[steps[i].index] : nullptr;
    }
  }
  return at;
}

// Random items, values and paths of few names, so that paths often lead somewhere.
class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  size_t below(size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random_); }
  bool one_in(size_t count) { return below(count) == 0; }

  Document value(size_t depth) {
    Document out;
    switch (below(depth == 0 ? 8 : 12)) {
      case 0:
      case 1: out.set("S", word()); return out;
      case 2:
      case 3: out.set("N", numeral()); return out;
      case 4: out.set("B", Blob{word()}); return out;
      case 5: out.set("BOOL", one_in(2)); return out;
      case 6: return set_of(one_in(2) ? "SS" : one_in(2) ? "NS" : "BS");
      case 7:
        if (one_in(2)) return set_of("NS");
        out.set("NULL", true);
        return out;
      case 8:
      case 9: out.set("M", members(depth - 1)); return out;
      default: {
        Document list = Document::array();
        for (size_t i = below(4); i > 0; --i) list.push(value(depth - 1));
        out.set("L", std::move(list));
        return out;
      }
    }
  }

  Document members(size_t depth) {
    Document out = Document::object();
    for (const char* name : {"aa", "bb", "cc", "dd"}) {
      if (!one_in(3)) out.set(name, value(depth));
    }
    return out;
  }

  Steps path() {
    Steps out{{.name = name()}};
    while (out.size() < 4 && one_in(2)) {
      if (one_in(2)) {
        out.push_back({.name = name()});
      } else {
        out.push_back({.index = below(4)});
      }
    }
    return out;
  }

 private:
  std::string name() {
    static constexpr const char* kNames[] = {"aa", "bb", "cc", "dd"};
    return kNames[below(std::size(kNames))];
  }
  std::string word() {
    static constexpr const char* kWords[] = {"", "a", "ab", "abc", "b", "bc", "Z", "a\x7f", "zz"};
    return kWords[below(std::size(kWords))];
  }
  std::string numeral() {
    static constexpr const char* kNumerals[] = {"0",  "1",   "1.0",  "10e-1", "2",
                                                "-3", "0.5", "5E-1", "100",   "-0"};
    return kNumerals[below(std::size(kNumerals))];
  }
  Document set_of(const std::string& type) {
    Document elements = Document::array();
    for (size_t i = 1 + below(3); i > 0; --i) {
      const Document element = type == "NS"   ? Document(numeral())
                               : type == "BS" ? Document(Blob{word()})
                                              : Document(word());
      const auto repeated = [&](const Document& other) { return same_element(type, element, other); };
      if (elements.is_null() || std::ranges::none_of(elements.as_array(), repeated)) elements.push(element);
    }
    Document out;
    out.set(type, std::move(elements));
    return out;
  }

  std::mt19937_64 random_;
};

}  // namespace haneul::dynamodb::model_of_expressions
