#include "services/dynamodb/expression/selection.h"

#include <algorithm>
#include <optional>
#include <span>

#include "services/dynamodb/expression/resolve.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kParameter = "ProjectionExpression";

using Paths = std::span<const Path>;

// Paths in order, cut where the step at `depth` changes. Calls `each` with every such group.
template <class Each>
void by_step(Paths paths, size_t depth, Each&& each) {
  while (!paths.empty()) {
    const Path::Step& step = paths[0].rest[depth];
    const auto end = std::ranges::find_if(paths, [&](const Path& path) { return path.rest[depth] != step; });
    const auto count = static_cast<size_t>(end - paths.begin());
    each(step, paths.first(count));
    paths = paths.subspan(count);
  }
}

// What of a value the paths name, whose first `depth` steps led here; nothing when it holds none of it.
std::optional<Value> selected(Value& value, Paths paths, size_t depth) {
  if (paths[0].rest.size() == depth) return std::move(value);
  auto* map = value.as<Attributes>();
  auto* list = value.as<List>();
  Attributes::Entries members;
  List elements;
  by_step(paths, depth, [&](const Path::Step& step, Paths group) {
    auto* found = const_cast<Value*>(find(std::as_const(value), step));
    if (found == nullptr) return;
    auto part = selected(*found, group, depth + 1);
    if (!part) return;
    if (map != nullptr) members.emplace_back(std::get<std::string>(step), std::move(*part));
    if (list != nullptr) elements.push_back(std::move(*part));
  });
  if (!members.empty()) return Attributes::of(std::move(members));
  if (!elements.empty()) return Value(std::move(elements));
  return {};
}

bool before(const Path& a, const Path& b) {
  return a.root != b.root ? a.root < b.root : std::ranges::lexicographical_compare(a.rest, b.rest);
}

}  // namespace

Selection::Selection(std::vector<Path> paths) : paths_(std::move(paths)) {
  refuse_clashes(paths_, kParameter);
  std::ranges::sort(paths_, before);
}

Attributes Selection::apply(Attributes item) const {
  if (everything()) return item;
  Attributes::Entries out;
  for (Paths rest = paths_; !rest.empty();) {
    const std::string& root = rest[0].root;
    const auto end = std::ranges::find_if(rest, [&](const Path& path) { return path.root != root; });
    const Paths group = rest.first(static_cast<size_t>(end - rest.begin()));
    rest = rest.subspan(group.size());
    Value* value = item.find(root);
    if (value == nullptr) continue;
    if (auto part = selected(*value, group, 0)) out.emplace_back(root, std::move(*part));
  }
  return Attributes::of(std::move(out));
}

std::set<std::string> Selection::attributes() const {
  std::set<std::string> out;
  for (const Path& path : paths_) out.insert(path.root);
  return out;
}

std::set<std::string> Selection::entered() const {
  std::set<std::string> out;
  for (const Path& path : paths_) {
    if (!path.rest.empty()) out.insert(path.root);
  }
  return out;
}

Selection parse_projection(std::string_view text, Placeholders& placeholders) {
  const std::vector<Syntax> syntax = parse_projection_syntax(text, kParameter);
  check_projection_syntax(syntax, kParameter);
  const Resolver resolver{.parameter = kParameter, .placeholders = placeholders};
  std::vector<Path> paths;
  paths.reserve(syntax.size());
  for (const Syntax& path : syntax) paths.push_back(resolver.path(path));
  return Selection(std::move(paths));
}

}  // namespace haneul::dynamodb
