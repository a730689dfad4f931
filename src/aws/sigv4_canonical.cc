#include "aws/sigv4_canonical.h"

#include <algorithm>

#include "base/text.h"

namespace haneul::aws {

PathRules path_rules_for(std::string_view service) {
  const bool is_s3 = service == "s3" || service == "s3express" || service == "s3-object-lambda";
  if (is_s3) return {PathRules::Dots::kKeep, PathRules::Encode::kOnce};
  return {};
}

std::string CredentialScope::str() const {
  std::string out = date;
  return out.append("/").append(region).append("/").append(service).append("/aws4_request");
}

namespace sigv4 {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_encoded(std::string& out, char c) {
  const unsigned char byte = static_cast<unsigned char>(c);
  out.push_back('%');
  out.push_back(kHex[byte >> 4]);
  out.push_back(kHex[byte & 15]);
}

// Encodes what a client sent so that clients that escape more or less than RFC 3986 asks come out alike: a
// valid escape stays one (unescaped when it hides an unreserved character), all else that is reserved is
// escaped. `kept` stay as they are.
std::string canonical_escapes(std::string_view text, std::string_view kept) {
  std::string out;
  out.reserve(text.size() + 16);
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const int high = c == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low >= 0) {
      const char byte = static_cast<char>(high * 16 + low);
      if (is_unreserved(byte)) {
        out.push_back(byte);
      } else {
        append_encoded(out, byte);
      }
      i += 2;
    } else if (is_unreserved(c) || kept.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      append_encoded(out, c);
    }
  }
  return out;
}

// RFC 3986, 5.2.4, and empty segments dropped; a final slash is kept.
std::string remove_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  for (const std::string_view segment : split(path, '/')) {
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(segment);
    }
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  const bool is_folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  if (out.empty() || is_folder) out.push_back('/');
  return out;
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void append_folded(std::string& out, std::string_view value) {
  while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
  bool after_blank = false;
  for (const char c : value) {
    const bool blank = is_blank(c);
    if (!blank) out.push_back(c);
    if (blank && !after_blank) out.push_back(' ');
    after_blank = blank;
  }
}

}  // namespace

std::string canonical_path(std::string_view path, const PathRules& rules) {
  if (path.empty()) return "/";
  std::string normalized;
  if (rules.dots == PathRules::Dots::kNormalize) {
    normalized = remove_dots(path);
    path = normalized;
  }
  if (rules.encode == PathRules::Encode::kTwice) return uri_encode(path, Slash::kKeep);
  return canonical_escapes(path, "/");
}

std::string canonical_query(std::string_view query, std::span<const std::string_view> leave_out) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const std::string_view piece : split(query, '&')) {
    if (piece.empty()) continue;
    const size_t equals = piece.find('=');
    // A '+' in a query is a blank to every server-side parser, so it is one to the signature.
    const auto encode = [](std::string_view text) {
      std::string blanks(text);
      std::replace(blanks.begin(), blanks.end(), '+', ' ');
      return canonical_escapes(blanks, "");
    };
    std::string name = encode(piece.substr(0, equals));
    if (std::find(leave_out.begin(), leave_out.end(), name) != leave_out.end()) continue;
    parameters.emplace_back(
        std::move(name), equals == std::string_view::npos ? std::string() : encode(piece.substr(equals + 1)));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string out;
  out.reserve(query.size() + 16);
  for (const auto& [name, value] : parameters) {
    if (!out.empty()) out.push_back('&');
    out.append(name).append("=").append(value);
  }
  return out;
}

std::optional<std::string> append_canonical_headers(std::span<const HeaderEntry> headers,
                                                    const std::vector<std::string>& signed_headers,
                                                    std::string& out) {
  for (const std::string& name : signed_headers) {
    bool found = false;
    for (const auto& [header, value] : headers) {
      if (!equals_ignore_case(header, name)) continue;
      out.append(found ? "," : name);
      if (!found) out.push_back(':');
      append_folded(out, value);
      found = true;
    }
    if (!found) return name;
    out.push_back('\n');
  }
  return std::nullopt;
}

std::expected<std::string, std::string> canonical_request(const SigningRequest& request,
                                                          const CanonicalParts& parts) {
  std::string out;
  out.reserve(512 + request.path.size() + request.query.size());
  out.append(request.method).append("\n");
  out.append(canonical_path(request.path, parts.path_rules)).append("\n");
  out.append(canonical_query(request.query, parts.query_without)).append("\n");
  if (auto missing = append_canonical_headers(request.headers, parts.signed_headers, out)) {
    return std::unexpected(*std::move(missing));
  }
  out.append("\n").append(join(parts.signed_headers, ";")).append("\n").append(parts.payload_hash);
  return out;
}

std::string string_to_sign(std::string_view signed_at, std::string_view scope,
                           std::string_view canonical_request) {
  std::string out(kAlgorithm);
  out.append("\n").append(signed_at).append("\n").append(scope);
  return out.append("\n").append(sha256_hex(canonical_request));
}

std::string signature(const SigningKey& key, std::string_view string_to_sign) {
  return hex_encode(view(hmac_sha256(view(key), string_to_sign)));
}

}  // namespace sigv4
}  // namespace haneul::aws
