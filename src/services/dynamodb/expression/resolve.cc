#include "services/dynamodb/expression/resolve.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "services/dynamodb/expression/functions.h"

namespace haneul::dynamodb {
namespace {

enum class Clash : uint8_t { kNone, kOverlap, kConflict };

// Same, or one inside the other; or what is a map for one and a list for the other.
Clash clash_of(const Path& a, const Path& b) {
  if (a.root != b.root) return Clash::kNone;
  const size_t common = std::min(a.rest.size(), b.rest.size());
  for (size_t i = 0; i < common; ++i) {
    if (a.rest[i].index() != b.rest[i].index()) return Clash::kConflict;
    if (a.rest[i] != b.rest[i]) return Clash::kNone;
  }
  return Clash::kOverlap;
}

}  // namespace

Path Resolver::path(const Syntax& syntax) const {
  const auto name_of = [this](const SyntaxStep& step) {
    if (step.kind == SyntaxStep::Kind::kName) return std::string(step.text);
    if (const std::string* name = placeholders.name(step.text)) return *name;
    invalid(fmt::format(
        "An expression attribute name used in the document path is not defined; attribute name: {}",
        step.text));
  };
  Path out{.root = name_of(syntax.path[0]), .rest = {}};
  out.rest.reserve(syntax.path.size() - 1);
  for (size_t i = 1; i < syntax.path.size(); ++i) {
    const SyntaxStep& step = syntax.path[i];
    if (step.kind != SyntaxStep::Kind::kIndex) {
      out.rest.emplace_back(name_of(step));
      continue;
    }
    size_t index = 0;
    std::from_chars(step.text.data(), step.text.data() + step.text.size(), index);
    out.rest.emplace_back(index);
  }
  if (syntax.path.size() > kPathDepthMax) {
    invalid(
        fmt::format("The document path has too many nesting levels; nesting levels: {}", syntax.path.size()));
  }
  return out;
}

const Value& Resolver::value(const Syntax& syntax) const {
  if (const Value* value = placeholders.value(syntax.word)) return *value;
  invalid(fmt::format("An expression attribute value used in expression is not defined; attribute value: {}",
                      syntax.word));
}

void refuse_clashes(const std::vector<Path>& paths, std::string_view parameter) {
  const auto refuse_first = [&](Clash kind, std::string_view what) {
    for (size_t i = 1; i < paths.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (clash_of(paths[j], paths[i]) != kind) continue;
        invalid_expression(
            parameter,
            fmt::format("Two document paths {} with each other; must remove or rewrite one of these "
                        "paths; path one: {}, path two: {}",
                        what, text_of(paths[j]), text_of(paths[i])));
      }
    }
  };
  refuse_first(Clash::kOverlap, "overlap");
  refuse_first(Clash::kConflict, "conflict");
}

}  // namespace haneul::dynamodb
