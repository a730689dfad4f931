// Bindings of requests: labels, query string and headers to members. See rest_binding.h; a value of the wrong
// kind is a DecodeError that names the member.
#include <algorithm>
#include <map>

#include "base/json.h"
#include "base/text.h"
#include "protocol/rest_binding.h"
#include "protocol/scalar.h"

namespace haneul::protocol {

using model::Location;
using model::ShapeKind;
using model::TimestampFormat;

namespace {

constexpr auto kBadParameter = DecodeError::Kind::kBadParameter;

Document scalar(const model::Shape& shape, std::string_view text, const Place& place) {
  auto read = scalar_from_text(shape, TimestampFormat::kDefault, text);
  if (!read)
    place.fail(kBadParameter, fmt::format("\"{}\" is not a valid {}", text.substr(0, 128), kind_word(shape)));
  return std::move(*read);
}

Document json_header(std::string_view text, const Place& place) {
  const auto decoded = base64_decode(text);
  if (!decoded) place.fail(kBadParameter, "the header is not valid base64");
  try {
    parse_json(*decoded);
  } catch (const ParseError&) {
    place.fail(kBadParameter, "the header does not hold JSON");
  }
  return *decoded;
}

Document header_value(const model::Member& member, std::string_view text, const Place& place) {
  const model::Shape& shape = *member.shape;
  if (shape.media_json) return json_header(text, place);
  if (shape.kind != ShapeKind::kList) return scalar(shape, text, place);
  const bool dates =
      shape.element->kind == ShapeKind::kTimestamp &&
      time_format(nullptr, *shape.element, TimestampFormat::kHttpDate) == TimestampFormat::kHttpDate;
  Document out = Document::array();
  for (const std::string& item : split_header_list(text, dates ? ListItems::kHttpDates : ListItems::kPlain)) {
    out.push(scalar(*shape.element, item, place));
  }
  return out;
}

// Several header lines of one name mean the same as one with commas (RFC 9110, 5.3); of a single value the
// first counts.
std::optional<std::string> header_text(const HeaderView& headers, const model::Member& member) {
  std::optional<std::string> out;
  for (const Header& header : headers.entries()) {
    if (!equals_ignore_case(header.first, wire_name(member))) continue;
    if (out && member.shape->kind != ShapeKind::kList) break;
    out = out ? *out + ", " + header.second : header.second;
  }
  return out;
}

Document prefixed_headers(const model::Member& member, const HeaderView& headers, const Place& place) {
  Document out;
  for (const auto& [name, text] : headers.entries()) {
    const std::string_view prefix = member.wire_name;
    if (name.size() <= prefix.size() ||
        !equals_ignore_case(std::string_view(name).substr(0, prefix.size()), prefix)) {
      continue;
    }
    if (!is_valid_utf8(text)) place.fail(kBadParameter, "the header is not valid UTF-8");
    const std::string key = to_lower(std::string_view(name).substr(prefix.size()));
    Document* earlier = out.find(key);
    if (earlier != nullptr) {
      earlier->as_string() += "," + text;
    } else {
      out.set(key, text);
    }
  }
  return out;
}

Document query_value(const model::Member& member, const QueryPairs& query, const Place& place) {
  const model::Shape& shape = *member.shape;
  Document out;
  for (const auto& [key, text] : query) {
    if (key != wire_name(member)) continue;
    if (shape.kind != ShapeKind::kList) return scalar(shape, text, place);
    out.push(scalar(*shape.element, text, place));
  }
  return out;
}

bool is_fixed(const Call& call, std::string_view key) {
  const std::string_view path = call.operation->http_path;
  const size_t mark = path.find('?');
  if (mark == std::string_view::npos) return false;
  for (const std::string_view literal : split(path.substr(mark + 1), '&')) {
    if (literal.substr(0, literal.find('=')) == key) return true;
  }
  return false;
}

// The map receives every parameter that the template does not fix, also those bound by name: that is how
// Smithy defines it for servers.
Document query_map(const Call& call, const model::Member& member, const QueryPairs& query,
                   const Place& place) {
  const model::Shape& shape = *member.shape;
  std::map<std::string_view, size_t> at;
  Document out;
  for (const auto& [key, text] : query) {
    if (is_fixed(call, key)) continue;
    const bool is_list = shape.element->kind == ShapeKind::kList;
    Document value = scalar(is_list ? *shape.element->element : *shape.element, text, place);
    if (out.is_null()) out = Document::object();
    const auto [found, is_new] = at.emplace(key, out.as_object().size());
    if (is_new) out.as_object().emplace_back(key, is_list ? Document::array() : value);
    if (is_list) out.as_object()[found->second].second.push(std::move(value));
  }
  return out;
}

Document bound_value(const Call& call, const WireRequest& request, const QueryPairs& query,
                     const model::Member& member) {
  const Place place{.parent = nullptr, .name = member.name};
  switch (member.location) {
    case Location::kHeader: {
      const auto text = header_text(request.headers, member);
      return text ? header_value(member, *text, place) : Document();
    }
    case Location::kHeaders: return prefixed_headers(member, request.headers, place);
    case Location::kQuery: return query_value(member, query, place);
    case Location::kQueryMap: return query_map(call, member, query, place);
    case Location::kUri: {
      const auto found = std::ranges::find(call.labels, wire_name(member), &UriLabels::value_type::first);
      return found == call.labels.end() ? Document() : scalar(*member.shape, found->second, place);
    }
    default: return {};
  }
}

}  // namespace

void read_bindings(const Call& call, const WireRequest& request, Document& input) {
  const QueryPairs query = parse_query(request.query);
  for (const model::Member& member : call.operation->input->members) {
    Document value = bound_value(call, request, query, member);
    if (!value.is_null()) input.as_object().emplace_back(member.name, std::move(value));
  }
}

std::vector<std::string> split_header_list(std::string_view text, ListItems items) {
  std::vector<std::string> out;
  std::string item;
  bool quoted = false, was_quoted = false;
  size_t commas = 0;
  const auto finish = [&] {
    out.push_back(was_quoted ? item : std::string(trim(item)));
    item.clear();
    was_quoted = false;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\' && i + 1 < text.size()) {
      item += text[++i];
    } else if (c == '"' && (quoted || trim(item).empty())) {
      quoted = !quoted;
      was_quoted = true;
      if (quoted) item.clear();
    } else if (c == ',' && !quoted && !(items == ListItems::kHttpDates && commas++ % 2 == 0)) {
      finish();
    } else if (!was_quoted || quoted) {
      item += c;
    }
  }
  if (!out.empty() || was_quoted || !trim(item).empty()) finish();
  return out;
}

}  // namespace haneul::protocol
