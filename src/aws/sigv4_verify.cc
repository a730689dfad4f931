// The server's side of SigV4: is this signature the one that the secret gives? Cheap checks come first; the
// signature is compared in constant time and last, so a failure before it says nothing about the secret.
#include <algorithm>

#include "aws/sigv4.h"
#include "aws/sigv4_canonical.h"
#include "base/text.h"

namespace haneul::aws {
namespace {

constexpr std::string_view kEmptyBodyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::optional<SigV4Error> check_scope(const Authorization& authorization, const VerifyOptions& options) {
  const CredentialScope& scope = authorization.scope;
  if (!authorization.signed_at_text.starts_with(scope.date)) {
    return SigV4Error{
        SigV4Failure::kWrongScope,
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
            scope.date + "' != '" + authorization.signed_at_text.substr(0, 8) + "', from '" +
            authorization.signed_at_text + "'."};
  }
  if (!options.service.empty() && options.service != scope.service) {
    return SigV4Error{SigV4Failure::kWrongScope, "Credential should be scoped to correct service: '" +
                                                     std::string(options.service) + "'."};
  }
  if (!options.region.empty() && options.region != scope.region) {
    return SigV4Error{SigV4Failure::kWrongScope, "Credential should be scoped to a valid region."};
  }
  return std::nullopt;
}

std::optional<SigV4Error> check_time(const Authorization& authorization, const VerifyOptions& options) {
  const Timestamp at = authorization.signed_at;
  const std::string now = format_basic(options.now);
  if (at > options.now + options.skew_max) {
    return SigV4Error{SigV4Failure::kNotYetValid,
                      "Signature not yet current: " + authorization.signed_at_text + " is still later than " +
                          format_basic(options.now + options.skew_max) + " (" + now + " + 15 min.)"};
  }
  if (authorization.place == Authorization::Place::kQuery) {
    if (at + authorization.expires >= options.now) return std::nullopt;
    return SigV4Error{SigV4Failure::kPresignExpired, "Request has expired"};
  }
  if (at >= options.now - options.skew_max) return std::nullopt;
  return SigV4Error{SigV4Failure::kExpired,
                    "Signature expired: " + authorization.signed_at_text + " is now earlier than " +
                        format_basic(options.now - options.skew_max) + " (" + now + " - 15 min.)"};
}

// Host binds the request to this server; an unsigned x-amz-* header would let a third party change what is
// asked for. The session token is exempt: the secret is bound to it, so a foreign token cannot match the
// signature.
std::optional<SigV4Error> check_signed_headers(const SigningRequest& request,
                                               const Authorization& authorization) {
  const auto is_signed = [&](std::string_view name) {
    return std::any_of(authorization.signed_headers.begin(), authorization.signed_headers.end(),
                       [&](const std::string& listed) { return equals_ignore_case(listed, name); });
  };
  if (!is_signed("host")) {
    return SigV4Error{SigV4Failure::kHostNotSigned,
                      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."};
  }
  for (const auto& entry : request.headers) {
    const std::string_view name = entry.first;
    const bool is_amz = name.size() > 6 && equals_ignore_case(name.substr(0, 6), "x-amz-");
    if (!is_amz || equals_ignore_case(name, "x-amz-security-token") || is_signed(name)) continue;
    return SigV4Error{SigV4Failure::kHeaderNotSigned,
                      "There were headers present in the request which were not signed: " + to_lower(name)};
  }
  return std::nullopt;
}

// What of the query is not part of the canonical request.
std::vector<std::string_view> query_left_out(const Authorization& authorization,
                                             const VerifyOptions& options) {
  if (authorization.place == Authorization::Place::kHeader) return {};
  std::vector<std::string_view> out = {"X-Amz-Signature"};
  if (options.query_token == VerifyOptions::QueryToken::kUnsigned) out.push_back("X-Amz-Security-Token");
  return out;
}

}  // namespace

std::expected<void, SigV4Error> verify_signature(const SigningRequest& request,
                                                 const Authorization& authorization,
                                                 const VerifyOptions& options) {
  if (auto error = check_signed_headers(request, authorization)) return std::unexpected(*std::move(error));
  if (auto error = check_scope(authorization, options)) return std::unexpected(*std::move(error));
  if (auto error = check_time(authorization, options)) return std::unexpected(*std::move(error));

  const KeyScope key_scope = authorization.scope.key_scope();
  std::string_view payload_hash = authorization.payload_hash;
  if (authorization.payload == PayloadKind::kBodyHash) {
    payload_hash = options.body_hash.empty() ? kEmptyBodyHash : options.body_hash;
  }
  const auto left_out = query_left_out(authorization, options);
  const sigv4::CanonicalParts parts{options.path_rules.value_or(path_rules_for(key_scope.service)), left_out,
                                    authorization.signed_headers, payload_hash};
  auto canonical = sigv4::canonical_request(request, parts);
  if (!canonical) {
    return std::unexpected(
        SigV4Error{SigV4Failure::kMissingSignedHeader,
                   "The signed header '" + canonical.error() + "' is not in the request."});
  }
  const SigningKey key = options.keys ? options.keys->get(options.secret, key_scope)
                                      : derive_signing_key(options.secret, key_scope);
  std::string to_sign =
      sigv4::string_to_sign(authorization.signed_at_text, authorization.scope.str(), *canonical);
  if (constant_time_equal(sigv4::signature(key, to_sign), authorization.signature)) return {};
  return std::unexpected(SigV4Error{SigV4Failure::kSignatureMismatch,
                                    "The request signature we calculated does not match the signature you "
                                    "provided. Check your AWS Secret Access "
                                    "Key and signing method. Consult the service documentation for details.",
                                    *std::move(canonical), std::move(to_sign)});
}

}  // namespace haneul::aws
