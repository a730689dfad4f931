// The client's side of SigV4: what the command line, the tests and the benchmarks sign their requests with.
#include <algorithm>

#include "aws/sigv4.h"
#include "aws/sigv4_canonical.h"
#include "base/check.h"
#include "base/text.h"

namespace haneul::aws {
namespace {

// Hop-by-hop and rewritten headers are left out by every SDK: a proxy may change them.
bool is_signable(std::string_view name) {
  static constexpr std::string_view kNever[] = {
      "authorization", "connection", "expect", "user-agent", "te", "transfer-encoding", "upgrade"};
  return std::find(std::begin(kNever), std::end(kNever), name) == std::end(kNever);
}

std::vector<std::string> names_to_sign(std::span<const HeaderEntry> headers, SignOptions::Token token) {
  std::vector<std::string> out;
  for (const auto& entry : headers) {
    std::string name = to_lower(entry.first);
    const bool is_token = name == "x-amz-security-token";
    if (!is_signable(name) || (is_token && token == SignOptions::Token::kUnsigned)) continue;
    out.push_back(std::move(name));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string compute(const SigningRequest& request, const SignOptions& options,
                    const sigv4::CanonicalParts& parts) {
  const std::string date = format_basic(options.now);
  const CredentialScope scope{std::string(options.access_key_id), date.substr(0, 8),
                              std::string(options.region), std::string(options.service)};
  const auto canonical = sigv4::canonical_request(request, parts);
  HANEUL_CHECK(canonical.has_value(), "only headers that are there are signed");
  const SigningKey key = options.keys != nullptr ? options.keys->get(options.secret, scope.key_scope())
                                                 : derive_signing_key(options.secret, scope.key_scope());
  return sigv4::signature(key, sigv4::string_to_sign(date, scope.str(), *canonical));
}

std::string credential(const SignOptions& options) {
  std::string out(options.access_key_id);
  out.append("/").append(format_basic(options.now).substr(0, 8)).append("/").append(options.region);
  return out.append("/").append(options.service).append("/aws4_request");
}

}  // namespace

SignedHeaders sign_request(const SigningRequest& request, const SignOptions& options) {
  SignedHeaders out;
  out.add.emplace_back("X-Amz-Date", format_basic(options.now));
  if (!options.session_token.empty()) out.add.emplace_back("X-Amz-Security-Token", options.session_token);
  if (options.payload_header == SignOptions::PayloadHeader::kSend) {
    out.add.emplace_back("X-Amz-Content-Sha256", options.payload_hash);
  }
  std::vector<HeaderEntry> headers(request.headers.begin(), request.headers.end());
  headers.insert(headers.end(), out.add.begin(), out.add.end());
  const SigningRequest whole{request.method, request.path, request.query, headers};
  const std::vector<std::string> names = names_to_sign(headers, options.token);
  const PathRules rules = options.path_rules.value_or(path_rules_for(options.service));
  out.signature = compute(whole, options, {rules, {}, names, options.payload_hash});
  std::string value(sigv4::kAlgorithm);
  value.append(" Credential=")
      .append(credential(options))
      .append(", SignedHeaders=")
      .append(join(names, ";"));
  out.add.emplace_back("Authorization", value.append(", Signature=").append(out.signature));
  return out;
}

std::string presign_query(const SigningRequest& request, const SignOptions& options, Seconds expires) {
  const std::vector<std::string> names = names_to_sign(request.headers, options.token);
  std::string query(request.query);
  const auto add = [&query](std::string_view name, std::string_view value) {
    if (!query.empty()) query.push_back('&');
    query.append(name).append("=").append(uri_encode(value));
  };
  add("X-Amz-Algorithm", sigv4::kAlgorithm);
  add("X-Amz-Credential", credential(options));
  add("X-Amz-Date", format_basic(options.now));
  add("X-Amz-SignedHeaders", join(names, ";"));
  add("X-Amz-Expires", std::to_string(expires.count()));
  if (!options.session_token.empty()) add("X-Amz-Security-Token", options.session_token);
  std::vector<std::string_view> left_out;
  if (options.token == SignOptions::Token::kUnsigned) left_out.push_back("X-Amz-Security-Token");
  const SigningRequest whole{request.method, request.path, query, request.headers};
  const PathRules rules = options.path_rules.value_or(path_rules_for(options.service));
  const std::string signature = compute(whole, options, {rules, left_out, names, options.payload_hash});
  add("X-Amz-Signature", signature);
  return query;
}

}  // namespace haneul::aws
