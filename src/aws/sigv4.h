// Signature Version 4: who signed this request, and did they? AWS General Reference "Create a signed AWS API
// request" and S3 API Reference "Authenticating Requests". Header form (Authorization) and query form
// (presigned URLs).
//
// Reading is two steps, because the secret has to be looked up in between: parse_authorization() says whose
// key signed and how the body is covered; verify_signature() recomputes the signature. Nothing of a request
// may be believed before the second step says so. Views passed in must outlive the call only. All functions
// are pure and thread-safe.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/signing_key.h"
#include "base/clock.h"

namespace haneul::aws {

using HeaderEntry = std::pair<std::string, std::string>;

// A request as it was received (or will be sent): path and query raw, the query without its '?'.
struct SigningRequest {
  std::string_view method;
  std::string_view path;
  std::string_view query;
  std::span<const HeaderEntry> headers;
};

// How the path enters the canonical request. S3 takes it as sent; all others normalise it (dot segments,
// double slashes) and encode it once more.
struct PathRules {
  enum class Dots { kKeep, kNormalize } dots = Dots::kNormalize;
  enum class Encode { kOnce, kTwice } encode = Encode::kTwice;
};
PathRules path_rules_for(std::string_view service);

struct CredentialScope {
  std::string access_key_id;
  std::string date;  // 20150830
  std::string region;
  std::string service;
  std::string str() const;  // date/region/service/aws4_request
  KeyScope key_scope() const { return {date, region, service}; }
};

enum class SigV4Failure {
  kNoSignature,           // no Authorization header and no X-Amz-Signature: an anonymous request
  kMalformed,             // an authorization that cannot be read; detail says why
  kUnsupportedAlgorithm,  // anything but AWS4-HMAC-SHA256
  kMissingDate,           // neither X-Amz-Date nor Date
  kMissingSignedHeader,   // SignedHeaders names a header that was not sent
  kHostNotSigned,
  kHeaderNotSigned,  // an x-amz-* header was sent but not signed
  kWrongScope,       // date, region or service of the scope is not what was asked
  kNotYetValid,      // signed more than the tolerated skew in the future
  kExpired,          // signed more than the tolerated skew in the past (header form)
  kPresignExpired,   // X-Amz-Expires has run out
  kBadExpires,       // X-Amz-Expires is no number, or outside 1..604800 seconds
  kSignatureMismatch,
};
struct SigV4Error {
  SigV4Failure failure;
  std::string detail;             // fit for the message of the service's error
  std::string canonical_request;  // with kSignatureMismatch: what S3 puts in its error body
  std::string string_to_sign;
};

// What covers the body.
enum class PayloadKind {
  kBodyHash,      // nothing declared: the SHA-256 of the body itself is signed; the verifier must be given it
  kDeclaredHash,  // x-amz-content-sha256 carries it; whoever reads the body compares
  kUnsigned,      // UNSIGNED-PAYLOAD
  kStreamingSigned,           // STREAMING-AWS4-HMAC-SHA256-PAYLOAD
  kStreamingSignedTrailer,    // STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
  kStreamingUnsignedTrailer,  // STREAMING-UNSIGNED-PAYLOAD-TRAILER
};

struct Authorization {
  enum class Place { kHeader, kQuery };
  Place place = Place::kHeader;
  CredentialScope scope;
  Timestamp signed_at{};
  std::string signed_at_text;  // 20150830T123600Z
  Seconds expires{0};          // query form only
  std::vector<std::string> signed_headers;
  std::string signature;      // 64 lower-case hex digits
  std::string session_token;  // X-Amz-Security-Token, or empty
  PayloadKind payload = PayloadKind::kBodyHash;
  std::string payload_hash;  // the last line of the canonical request; empty for kBodyHash
};
std::expected<Authorization, SigV4Error> parse_authorization(const SigningRequest& request);

struct VerifyOptions {
  std::string_view secret;
  Timestamp now;
  std::string_view body_hash = {};  // hex SHA-256 of the body; wanted for PayloadKind::kBodyHash only
  std::string_view service = {};    // when set, the scope must name it
  std::string_view region = {};     // when set, the scope must name it
  Seconds skew_max{15 * 60};
  std::optional<PathRules> path_rules{};  // default: those of the scope's service
  enum class QueryToken { kSigned, kUnsigned } query_token = QueryToken::kSigned;  // IoT signs without it
  SigningKeyCache* keys = nullptr;
};
std::expected<void, SigV4Error> verify_signature(const SigningRequest& request,
                                                 const Authorization& authorization,
                                                 const VerifyOptions& options);

struct SignOptions {
  std::string_view access_key_id;
  std::string_view secret;
  std::string_view session_token = {};
  Timestamp now;
  std::string_view region;
  std::string_view service;
  std::string_view payload_hash;  // hex SHA-256 of the body, or one of the literals above
  enum class PayloadHeader {
    kOmit,
    kSend
  } payload_header = PayloadHeader::kOmit;  // x-amz-content-sha256; S3 wants it
  enum class Token { kSigned, kUnsigned } token = Token::kSigned;
  std::optional<PathRules> path_rules{};
  SigningKeyCache* keys = nullptr;  // for a client of many requests
};
struct SignedHeaders {
  std::vector<HeaderEntry> add;  // headers to add to the request, Authorization last
  std::string signature;         // the seed of chunk signatures
};
// Signs all headers of the request (the caller passes those to be signed; Host must be among them).
SignedHeaders sign_request(const SigningRequest& request, const SignOptions& options);
// The query (without '?') of a presigned URL, valid for `expires`.
std::string presign_query(const SigningRequest& request, const SignOptions& options, Seconds expires);

}  // namespace haneul::aws
