#include "base/yaml_builder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "base/json.h"
#include "base/parse_error.h"
#include "base/text.h"
#include "base/unique_keys.h"
#include "base/yaml.h"

namespace haneul {
namespace {

constexpr size_t kAliasBytesMax = 16U << 20U;  // text that aliases may repeat, all together
constexpr std::string_view kCoreTag = "tag:yaml.org,2002:";

constexpr std::array<std::string_view, 20> kFunctions = {
    "And",         "Base64",       "Cidr",    "Equals",        "FindInMap", "GetAZs", "GetAtt", "If",
    "ImportValue", "Join",         "Length",  "Not",           "Or",        "Select", "Split",  "Sub",
    "Transform",   "ToJsonString", "ForEach", "GetStackOutput"};

[[noreturn]] void fail(const YamlMark& mark, std::string_view reason) {
  throw ParseError(fmt::format("{} (line {}, column {})", reason, mark.line, mark.column),
                   {.line = static_cast<size_t>(mark.line), .column = static_cast<size_t>(mark.column)});
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> choices) {
  return std::ranges::find(choices, text) != choices.end();
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Decimal only, and only where the text is what the number would be written as: 0123 is an account id or a
// zip code, not octal.
std::optional<int64_t> as_integer(std::string_view text) {
  const std::string_view digits = text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
  if (!all_digits(digits) || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  return parse_int(text.starts_with('+') ? digits : text);
}

std::optional<double> as_float(std::string_view text) {
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (is_one_of(text, {".inf", ".Inf", ".INF"})) return negative ? -kInfinity : kInfinity;
  if (text.find('.') == std::string_view::npos ||
      text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) {
    return std::nullopt;
  }
  if (text == "." || text.starts_with('+') || text.starts_with('-')) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return negative ? -value : value;
}

Document resolve_plain(std::string_view text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (is_one_of(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})) return false;
  if (const auto integer = as_integer(text)) return *integer;
  if (const auto number = as_float(text)) return *number;
  return text;
}

// A scalar under a core tag: !!str keeps the text, the others demand their kind.
Document resolve_core(const YamlNode& node, std::string_view kind, const std::string& text) {
  if (kind == "str") return text;
  Document value = resolve_plain(text);
  const bool fits = (kind == "null" && value.is_null()) || (kind == "bool" && value.is_bool()) ||
                    (kind == "int" && value.is_int()) || (kind == "float" && value.is_number());
  if (!fits) fail(node.mark, fmt::format("the value does not fit its tag !!{}", kind));
  return value;
}

Document object_of(std::string key, Document value) {
  Document out = Document::object();
  out.as_object().emplace_back(std::move(key), std::move(value));
  return out;
}

Document apply_short_tag(const YamlMark& mark, std::string_view tag, Document value) {
  const std::string_view name = tag.substr(1);
  if (name == "Ref" || name == "Condition") return object_of(std::string(name), std::move(value));
  if (std::ranges::find(kFunctions, name) == kFunctions.end()) {
    fail(mark, fmt::format("unknown tag \"{}\"", tag.substr(0, 64)));
  }
  if (name == "GetAtt" && value.is_string()) {
    const std::string text = value.as_string();
    const size_t dot = text.find('.');
    if (dot == std::string::npos) fail(mark, "!GetAtt names a resource and an attribute, divided by a dot");
    value = Document::Array{text.substr(0, dot), text.substr(dot + 1)};
  }
  return object_of("Fn::" + std::string(name), std::move(value));
}

bool is_short_tag(std::string_view tag) { return tag.size() > 1 && tag.front() == '!'; }

}  // namespace

bool YamlBuilder::expects_key() const {
  return !open_.empty() && open_.back().content.value.is_object() && !open_.back().key;
}

void YamlBuilder::count(const YamlMark& mark, size_t nodes) {
  nodes_ += nodes;
  if (nodes_ > static_cast<size_t>(kYamlNodesMax))
    fail(mark, fmt::format("more than {} nodes", kYamlNodesMax));
}

void YamlBuilder::key(const YamlNode& node, const std::string& text) {
  const bool is_text = node.tag == "?" || node.tag == "!" || node.tag == "tag:yaml.org,2002:str";
  if (!is_text || node.anchor != 0) fail(node.mark, "a key with a tag or an anchor");
  if (node.tag == "?" && text == "<<") fail(node.mark, "merge keys (<<) are not supported");
  open_.back().key = text;
  open_.back().key_marks.push_back(node.mark);
}

void YamlBuilder::null(const YamlNode& node) {
  if (expects_key()) fail(node.mark, "an empty key");
  count(node.mark, 1);
  add({}, node.anchor);
}

void YamlBuilder::scalar(const YamlNode& node, const std::string& text) {
  if (expects_key()) return key(node, text);
  count(node.mark, 1);
  Sized item{.value = text, .size = {.nodes = 1, .bytes = text.size(), .depth = 0}};
  if (node.tag == "?") item.value = resolve_plain(text);
  if (node.tag.starts_with(kCoreTag)) item.value = resolve_core(node, node.tag.substr(kCoreTag.size()), text);
  add_tagged(node, std::move(item));
}

void YamlBuilder::alias(const YamlNode& node) {
  if (expects_key()) fail(node.mark, "an alias as a key");
  const auto found = anchors_.find(node.anchor);
  if (found == anchors_.end()) fail(node.mark, "an alias inside of what it names");
  count(node.mark, found->second.size.nodes);
  alias_bytes_ += found->second.size.bytes;
  if (alias_bytes_ > kAliasBytesMax) fail(node.mark, "aliases repeat too much text");
  if (open_.size() + found->second.size.depth > static_cast<size_t>(kDepthMax)) {
    fail(node.mark, fmt::format("nested deeper than {} levels", kDepthMax));
  }
  add(found->second, 0);
}

void YamlBuilder::begin(const YamlNode& node, Document container) {
  if (expects_key()) fail(node.mark, "a key that is no scalar");
  if (open_.size() >= static_cast<size_t>(kDepthMax)) {
    fail(node.mark, fmt::format("nested deeper than {} levels", kDepthMax));
  }
  count(node.mark, 1);
  open_.push_back({.mark = node.mark,
                   .tag = std::string(node.tag),
                   .anchor = node.anchor,
                   .content = {.value = std::move(container), .size = {}},
                   .key = {},
                   .key_marks = {}});
}

void YamlBuilder::begin_list(const YamlNode& node) { begin(node, Document::array()); }
void YamlBuilder::begin_map(const YamlNode& node) { begin(node, Document::object()); }

void YamlBuilder::end() {
  Frame finished = std::move(open_.back());
  open_.pop_back();
  if (finished.content.value.is_object()) {
    const Document::Object& entries = finished.content.value.as_object();
    if (const auto repeated = find_repeated_key(entries)) {
      fail(finished.key_marks[*repeated],
           fmt::format("duplicate key \"{}\"", entries[*repeated].first.substr(0, 128)));
    }
  }
  finished.content.size.depth += 1;
  add_tagged({.mark = finished.mark, .tag = finished.tag, .anchor = finished.anchor},
             std::move(finished.content));
}

void YamlBuilder::add_tagged(const YamlNode& node, Sized item) {
  if (is_short_tag(node.tag)) {
    item.value = apply_short_tag(node.mark, node.tag, std::move(item.value));
    item.size.nodes += 1;
    item.size.depth += 1;
    if (open_.size() + item.size.depth > static_cast<size_t>(kDepthMax)) {
      fail(node.mark, fmt::format("nested deeper than {} levels", kDepthMax));
    }
  } else if (node.tag.starts_with(kCoreTag)) {
    const std::string_view kind = node.tag.substr(kCoreTag.size());
    const bool fits = item.value.is_array() ? kind == "seq" : item.value.is_object() ? kind == "map" : true;
    if (!fits) fail(node.mark, fmt::format("unsupported tag !!{}", kind.substr(0, 64)));
  } else if (!is_one_of(node.tag, {"", "?", "!"})) {
    fail(node.mark, fmt::format("unknown tag \"{}\"", node.tag.substr(0, 64)));
  }
  add(std::move(item), node.anchor);
}

void YamlBuilder::add(Sized item, size_t anchor) {
  if (anchor != 0) anchors_[anchor] = item;
  if (open_.empty()) {
    root_ = std::move(item.value);
    return;
  }
  Frame& top = open_.back();
  top.content.size.nodes += item.size.nodes;
  top.content.size.bytes += item.size.bytes;
  top.content.size.depth = std::max(top.content.size.depth, item.size.depth);
  if (top.content.value.is_array()) {
    top.content.value.as_array().push_back(std::move(item.value));
    return;
  }
  top.content.size.bytes += top.key->size();
  top.content.value.as_object().emplace_back(std::move(*top.key), std::move(item.value));
  top.key.reset();
}

}  // namespace haneul
