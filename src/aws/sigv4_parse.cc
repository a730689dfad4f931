// Reads an authorization: the Authorization header or the X-Amz-* parameters of a presigned URL. Strict,
// because a part that can be read in two ways is a part that can be forged: one spelling, no repeats, no
// unknown fields.
#include <algorithm>
#include <map>

#include "aws/sigv4.h"
#include "aws/sigv4_canonical.h"
#include "base/text.h"

namespace haneul::aws {
namespace {

using Failed = std::unexpected<SigV4Error>;

Failed fail(SigV4Failure failure, std::string detail) { return Failed({failure, std::move(detail), {}, {}}); }
Failed malformed(std::string detail) { return fail(SigV4Failure::kMalformed, std::move(detail)); }

const std::string* find_header(const SigningRequest& request, std::string_view name) {
  for (const auto& [header, value] : request.headers) {
    if (equals_ignore_case(header, name)) return &value;
  }
  return nullptr;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Parts of the scope end up in file names, keys and messages of the server: only what AWS names consist of.
bool is_scope_word(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '*';
  });
}

bool read_scope(std::string_view text, CredentialScope& out) {
  const auto parts = split(text, '/');
  if (parts.size() != 5 || parts[4] != "aws4_request") return false;
  if (parts[1].size() != 8 || !is_digits(parts[1])) return false;
  for (const size_t i : {0, 2, 3}) {
    if (!is_scope_word(parts[i])) return false;
  }
  out = {std::string(parts[0]), std::string(parts[1]), std::string(parts[2]), std::string(parts[3])};
  return true;
}

bool read_signed_headers(std::string_view text, std::vector<std::string>& out) {
  for (const std::string_view name : split(text, ';')) {
    const bool valid = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return c > ' ' && c < 0x7f && !(c >= 'A' && c <= 'Z') && c != ',' && c != ':';
    });
    if (!valid || out.size() >= 256) return false;
    if (std::find(out.begin(), out.end(), name) != out.end()) return false;
    out.emplace_back(name);
  }
  return !out.empty();
}

bool read_signature(std::string_view text, std::string& out) {
  if (text.size() != 64 || !is_lower_hex(text)) return false;
  out = text;
  return true;
}

// The body's cover as x-amz-content-sha256 states it.
bool read_payload(std::string_view text, Authorization& out) {
  static constexpr std::pair<std::string_view, PayloadKind> kLiterals[] = {
      {sigv4::kUnsignedPayload, PayloadKind::kUnsigned},
      {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", PayloadKind::kStreamingSigned},
      {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", PayloadKind::kStreamingSignedTrailer},
      {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", PayloadKind::kStreamingUnsignedTrailer},
  };
  out.payload_hash = text;
  for (const auto& [literal, kind] : kLiterals) {
    if (text != literal) continue;
    out.payload = kind;
    return true;
  }
  out.payload = PayloadKind::kDeclaredHash;
  return text.size() == 64 && is_lower_hex(text);
}

std::optional<SigV4Error> read_header_date(const SigningRequest& request, Authorization& out) {
  const std::string* amz_date = find_header(request, "x-amz-date");
  const std::string* date = amz_date ? amz_date : find_header(request, "date");
  if (!date) {
    return SigV4Error{SigV4Failure::kMissingDate,
                      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."};
  }
  const std::string_view text = trim(*date);
  auto at = parse_basic(text);
  if (!at && !amz_date) at = parse_http_date(text);
  if (!at) {
    return SigV4Error{SigV4Failure::kMissingDate,
                      "Date must be in ISO-8601 'basic format'. Got '" + std::string(text) + "'."};
  }
  out.signed_at = *at;
  out.signed_at_text = format_basic(*at);
  return std::nullopt;
}

std::expected<Authorization, SigV4Error> parse_header(const SigningRequest& request, std::string_view text) {
  Authorization out;
  const size_t blank = text.find(' ');
  if (text.substr(0, blank) != sigv4::kAlgorithm) {
    return fail(SigV4Failure::kUnsupportedAlgorithm,
                "Unsupported AWS 'algorithm': '" + std::string(text.substr(0, blank)) + "'.");
  }
  const std::string_view rest = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
  bool has_credential = false;
  bool has_headers = false;
  bool has_signature = false;
  for (std::string_view field : split(rest, ',')) {
    while (field.starts_with(' ')) field.remove_prefix(1);
    const size_t equals = field.find('=');
    const std::string_view name = field.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : field.substr(equals + 1);
    if (name == "Credential" && !std::exchange(has_credential, true)) {
      if (!read_scope(value, out.scope)) {
        return malformed(
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            "keyid/date/region/service/term, got '" +
            std::string(value) + "'.");
      }
    } else if (name == "SignedHeaders" && !std::exchange(has_headers, true)) {
      if (!read_signed_headers(value, out.signed_headers)) {
        return malformed("SignedHeaders must be lower-case header names delimited by ';'.");
      }
    } else if (name == "Signature" && !std::exchange(has_signature, true)) {
      if (!read_signature(value, out.signature)) return malformed("Signature must be 64 hexadecimal digits.");
    } else {
      return malformed("'" + std::string(field) +
                       "' not a valid key=value pair (missing equal-sign) in "
                       "Authorization header: '" +
                       std::string(text) + "'.");
    }
  }
  if (!has_credential) return malformed("Authorization header requires 'Credential' parameter.");
  if (!has_signature) return malformed("Authorization header requires 'Signature' parameter.");
  if (!has_headers) return malformed("Authorization header requires 'SignedHeaders' parameter.");
  if (auto error = read_header_date(request, out)) return Failed(*std::move(error));
  if (const std::string* token = find_header(request, "x-amz-security-token")) out.session_token = *token;
  const std::string* hash = find_header(request, "x-amz-content-sha256");
  if (hash && !read_payload(trim(*hash), out)) {
    return malformed(
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a valid "
        "sha256 value.");
  }
  return out;
}

using Parameters = std::map<std::string, std::string, std::less<>>;

// The X-Amz-* parameters of SigV4, decoded; empty optional on a repeat or a bad escape.
std::optional<Parameters> signature_parameters(std::string_view query) {
  static constexpr std::string_view kNames[] = {
      "X-Amz-Algorithm",     "X-Amz-Credential", "X-Amz-Date",           "X-Amz-Expires",
      "X-Amz-SignedHeaders", "X-Amz-Signature",  "X-Amz-Security-Token", "X-Amz-Content-Sha256"};
  Parameters out;
  for (const std::string_view piece : split(query, '&')) {
    const size_t equals = piece.find('=');
    const auto name = uri_decode(piece.substr(0, equals), Plus::kBlank);
    if (!name || std::find(std::begin(kNames), std::end(kNames), *name) == std::end(kNames)) continue;
    auto value = uri_decode(equals == std::string_view::npos ? "" : piece.substr(equals + 1), Plus::kBlank);
    if (!value || !out.emplace(*name, *std::move(value)).second) return std::nullopt;
  }
  return out;
}

std::expected<Authorization, SigV4Error> parse_query(const SigningRequest& request) {
  const auto parameters = signature_parameters(request.query);
  if (!parameters) return malformed("The X-Amz-* query parameters cannot be read.");
  const auto get = [&](std::string_view name) {
    const auto found = parameters->find(name);
    return found == parameters->end() ? std::string_view() : std::string_view(found->second);
  };
  Authorization out;
  out.place = Authorization::Place::kQuery;
  if (get("X-Amz-Algorithm") != sigv4::kAlgorithm) {
    return fail(SigV4Failure::kUnsupportedAlgorithm, "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
  }
  if (!read_scope(get("X-Amz-Credential"), out.scope)) {
    return malformed(
        "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
        "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
  }
  const auto at = parse_basic(get("X-Amz-Date"));
  if (!at || format_basic(*at) != get("X-Amz-Date")) {
    return malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  }
  out.signed_at = *at;
  out.signed_at_text = get("X-Amz-Date");
  const std::string_view expires = get("X-Amz-Expires");
  constexpr int64_t kWeek = 604'800;
  if (expires.size() > 9 || !is_digits(expires)) {
    return fail(SigV4Failure::kBadExpires, "X-Amz-Expires should be a number");
  }
  out.expires = Seconds(*parse_int(expires));
  if (out.expires.count() < 1) return fail(SigV4Failure::kBadExpires, "X-Amz-Expires must be non-negative");
  if (out.expires.count() > kWeek) {
    return fail(
        SigV4Failure::kBadExpires,
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
        "than 604800 seconds");
  }
  if (!read_signed_headers(get("X-Amz-SignedHeaders"), out.signed_headers)) {
    return malformed("X-Amz-SignedHeaders must be lower-case header names delimited by ';'.");
  }
  if (!read_signature(get("X-Amz-Signature"), out.signature)) {
    return malformed("X-Amz-Signature must be 64 hexadecimal digits.");
  }
  out.session_token = get("X-Amz-Security-Token");
  std::string_view hash = get("X-Amz-Content-Sha256");
  const std::string* header = find_header(request, "x-amz-content-sha256");
  if (hash.empty() && header) hash = trim(*header);
  if (!hash.empty() && !read_payload(hash, out)) return malformed("X-Amz-Content-Sha256 is not valid.");
  // S3's presigned URLs are made before the body is known, so they do not cover it unless they say so.
  if (hash.empty() && path_rules_for(out.scope.service).dots == PathRules::Dots::kKeep) {
    read_payload(sigv4::kUnsignedPayload, out);
  }
  return out;
}

}  // namespace

std::expected<Authorization, SigV4Error> parse_authorization(const SigningRequest& request) {
  // Normalising would turn "." and "" into the "/" that another request was signed for.
  if (!request.path.starts_with('/')) return malformed("The path must begin with '/'.");
  const std::string* header = nullptr;
  for (const auto& entry : request.headers) {
    if (!equals_ignore_case(entry.first, "authorization")) continue;
    if (header) return malformed("Only one Authorization header is allowed.");
    header = &entry.second;
  }
  const bool in_query = request.query.find("X-Amz-Signature=") != std::string_view::npos ||
                        request.query.find("X-Amz-Algorithm=") != std::string_view::npos;
  if (header && in_query) {
    return malformed(
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query "
        "string parameter or the Authorization header should be specified");
  }
  if (header) return parse_header(request, trim(*header));
  if (in_query) return parse_query(request);
  return fail(SigV4Failure::kNoSignature, "The request is not signed.");
}

}  // namespace haneul::aws
