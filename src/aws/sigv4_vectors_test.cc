// The public SigV4 test suite: https://github.com/awslabs/aws-c-auth (tests/aws-signing-test-suite/v4). Found
// by HANEUL_VECTORS or at ../shared/data beside the source tree; skipped, and said so, when absent.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "aws/sigv4.h"
#include "aws/sigv4_canonical.h"
#include "base/json.h"
#include "base/text.h"

namespace haneul::aws {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<fs::path> vectors() {
  const char* set = std::getenv("HANEUL_VECTORS");
  fs::path root = set ? fs::path(set) : fs::path();
  // The source tree is not known to the program; the build tree lies inside it.
  for (fs::path at = fs::current_path(); !set && at.has_relative_path(); at = at.parent_path()) {
    if (fs::exists(at / "shared/data/sigv4-vectors")) root = at / "shared/data";
  }
  std::vector<fs::path> out;
  if (root.empty() || !fs::exists(root / "sigv4-vectors/v4")) return out;
  for (const auto& entry : fs::directory_iterator(root / "sigv4-vectors/v4")) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

struct Request {
  std::string method, path, query, body;
  std::vector<HeaderEntry> headers;
  SigningRequest view() const { return {method, path, query, headers}; }
};

// The suite's own request form: LF line ends, "Name:value", values continued on lines that begin with a
// blank, and blanks in paths. An HTTP parser would refuse some of it, so the test reads it itself.
Request parse_request(const std::string& text) {
  Request out;
  std::istringstream in(text);
  std::string line;
  std::getline(in, line);
  const size_t first = line.find(' ');
  std::string target = line.substr(first + 1, line.rfind(" HTTP/1.1") - first - 1);
  out.method = line.substr(0, first);
  const size_t mark = target.find('?');
  out.path = target.substr(0, mark);
  if (mark != std::string::npos) out.query = target.substr(mark + 1);
  while (std::getline(in, line) && !line.empty()) {
    if (line.front() == ' ' && !out.headers.empty()) {
      out.headers.back().second += line;
      continue;
    }
    const size_t colon = line.find(':');
    out.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  std::getline(in, out.body, '\0');
  return out;
}

struct Vector {
  explicit Vector(const fs::path& folder) : folder_(folder) {
    const Document context = parse_json(read_file(folder / "context.json"));
    secret = context.find("credentials")->string_or("secret_access_key", "");
    access_key_id = context.find("credentials")->string_or("access_key_id", "");
    token = context.find("credentials")->string_or("token", "");
    now = *parse_iso8601(context.string_or("timestamp", ""));
    expires = Seconds(context.find("expiration_in_seconds")->as_int());
    sign_body = context.find("sign_body")->as_bool();
    if (!context.find("normalize")->as_bool()) rules.dots = PathRules::Dots::kKeep;
    const Document* omit = context.find("omit_session_token");
    omit_token = omit && omit->as_bool();
  }
  std::string file(const std::string& name) const { return read_file(folder_ / name); }
  VerifyOptions options(const std::string& body_hash) const {
    VerifyOptions out{.secret = secret,
                      .now = now,
                      .body_hash = body_hash,
                      .service = "service",
                      .region = "us-east-1",
                      .path_rules = rules};
    if (omit_token) out.query_token = VerifyOptions::QueryToken::kUnsigned;
    return out;
  }

  std::string secret, access_key_id, token;
  Timestamp now;
  Seconds expires{};
  bool sign_body = false;
  bool omit_token = false;
  PathRules rules;

 private:
  fs::path folder_;
};

bool accepts(const Request& request, const VerifyOptions& options) {
  const auto authorization = parse_authorization(request.view());
  // A server looks the secret up by the key id: of another key it has another secret, or none.
  if (!authorization || authorization->scope.access_key_id != "AKIDEXAMPLE") return false;
  return verify_signature(request.view(), *authorization, options).has_value();
}

class Vectors : public testing::Test {
 protected:
  void SetUp() override {
    if (vectors().empty()) GTEST_SKIP() << "no sigv4 vectors: set HANEUL_VECTORS to the folder that has them";
  }
};

// Every signed request of the suite must verify, in both forms, and with exactly the suite's canonical
// request.
TEST_F(Vectors, AreAccepted) {
  for (const fs::path& folder : vectors()) {
    const Vector vector(folder);
    for (const std::string form : {"header", "query"}) {
      SCOPED_TRACE(folder.filename().string() + " " + form);
      const Request request = parse_request(vector.file(form + "-signed-request.txt"));
      const auto authorization = parse_authorization(request.view());
      ASSERT_TRUE(authorization) << authorization.error().detail;
      EXPECT_EQ(authorization->signature, vector.file(form + "-signature.txt"));
      const std::string body_hash = sha256_hex(request.body);
      VerifyOptions options = vector.options(body_hash);
      const auto good = verify_signature(request.view(), *authorization, options);
      EXPECT_TRUE(good) << good.error().canonical_request;
      options.secret = "another";
      const auto bad = verify_signature(request.view(), *authorization, options);
      ASSERT_FALSE(bad);
      EXPECT_EQ(bad.error().failure, SigV4Failure::kSignatureMismatch);
      EXPECT_EQ(bad.error().canonical_request, vector.file(form + "-canonical-request.txt"));
      EXPECT_EQ(bad.error().string_to_sign, vector.file(form + "-string-to-sign.txt"));
    }
  }
}

// Our own signer must give the suite's signatures: the command line and the tests sign with it.
TEST_F(Vectors, AreSignedAlike) {
  for (const fs::path& folder : vectors()) {
    const Vector vector(folder);
    SCOPED_TRACE(folder.filename().string());
    Request request = parse_request(vector.file("request.txt"));
    const std::string body_hash = sha256_hex(request.body);
    SignOptions options{.access_key_id = vector.access_key_id,
                        .secret = vector.secret,
                        .session_token = vector.token,
                        .now = vector.now,
                        .region = "us-east-1",
                        .service = "service",
                        .payload_hash = body_hash,
                        .path_rules = vector.rules};
    if (vector.sign_body) options.payload_header = SignOptions::PayloadHeader::kSend;
    if (vector.omit_token) options.token = SignOptions::Token::kUnsigned;
    EXPECT_EQ(sign_request(request.view(), options).signature, vector.file("header-signature.txt"));
    const std::string query = presign_query(request.view(), options, vector.expires);
    EXPECT_TRUE(query.ends_with("&X-Amz-Signature=" + vector.file("query-signature.txt"))) << query;
  }
}

// The meaning of a path or query, worked out apart from the code under test: mutations that keep it are no
// mutations.
std::string path_meaning(const std::string& path, const PathRules& rules) {
  if (rules.dots == PathRules::Dots::kKeep) return path;
  const std::string normal = fs::path(path).lexically_normal().string();
  size_t slashes = 0;
  while (slashes < normal.size() && normal[slashes] == '/') ++slashes;
  return "/" + normal.substr(slashes);
}

std::vector<std::string> query_meaning(const std::string& query) {
  std::vector<std::string> out;
  for (const std::string_view piece : split(query, '&')) {
    if (piece.empty()) continue;
    const size_t equals = std::min(piece.find('='), piece.size());
    const auto name = uri_decode(piece.substr(0, equals), Plus::kBlank);
    const auto value = uri_decode(piece.substr(std::min(equals + 1, piece.size())), Plus::kBlank);
    if (!name || !value) return {query};
    out.push_back(*name + "\n" + *value);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string value_meaning(const std::string& value) {  // blanks trimmed and folded, as the page defines it
  std::istringstream in(value);
  std::string word, out;
  while (in >> word) out += " " + word;
  return out;
}

// Every one-byte change of `text` (a flipped low bit, the other letter case, a blank) that changes its
// meaning must be refused; `request` holds `text` by reference.
template <class Meaning>
void refuse_mutations(const Request& request, std::string& text, const VerifyOptions& options,
                      Meaning meaning) {
  const std::string original = text;
  for (size_t i = 0; i < original.size(); ++i) {
    for (const char changed :
         {static_cast<char>(original[i] ^ 1), static_cast<char>(original[i] ^ 32), ' '}) {
      text[i] = changed;
      if (meaning(text) == meaning(original)) continue;
      EXPECT_FALSE(accepts(request, options)) << original << " accepted as " << text;
    }
    text[i] = original[i];
  }
}

bool is_only_one(const Request& request, const std::string& lower_name) {
  return std::count_if(request.headers.begin(), request.headers.end(),
                       [&](const HeaderEntry& entry) { return to_lower(entry.first) == lower_name; }) == 1;
}

void refuse_header_mutations(Request& request, const Authorization& authorization,
                             const VerifyOptions& options) {
  const auto& listed = authorization.signed_headers;
  for (auto& [name, value] : request.headers) {
    const std::string lower = to_lower(name);
    const bool is_signed = std::find(listed.begin(), listed.end(), lower) != listed.end();
    if (!is_signed && lower != "authorization") continue;
    refuse_mutations(request, value, options, value_meaning);
    if (is_only_one(request, lower)) {
      refuse_mutations(request, name, options, [](const std::string& text) { return to_lower(text); });
    }
  }
}

// One changed byte of anything signed is a forgery. Exempt by rule: changes that keep the meaning as AWS
// defines it (case of a header's name, blanks around and inside values, %2f for %2F, dot segments that
// normalise away), and headers that are not signed (the session token where the suite leaves it out,
// Content-Length where it is not listed).
TEST_F(Vectors, OneByteChangesAreRefused) {
  SigningKeyCache keys;
  for (const fs::path& folder : vectors()) {
    const Vector vector(folder);
    for (const std::string form : {"header", "query"}) {
      SCOPED_TRACE(folder.filename().string() + " " + form);
      Request request = parse_request(vector.file(form + "-signed-request.txt"));
      const std::string body_hash = sha256_hex(request.body);
      VerifyOptions options = vector.options(body_hash);
      options.keys = &keys;
      options.skew_max =
          Seconds(86'400L * 40'000);  // the date must be refused for its signature, not for its age
      ASSERT_TRUE(accepts(request, options));
      const auto authorization = *parse_authorization(request.view());
      const auto exact = [](const std::string& text) { return text; };
      refuse_mutations(request, request.method, options, exact);
      refuse_mutations(request, request.path, options,
                       [&](const std::string& path) { return path_meaning(path, vector.rules); });
      const bool unsigned_token = form == "query" && vector.omit_token;
      if (!unsigned_token) refuse_mutations(request, request.query, options, query_meaning);
      refuse_header_mutations(request, authorization, options);
      std::string other_hash = sha256_hex(request.body + "x");
      if (authorization.payload == PayloadKind::kBodyHash) {
        options.body_hash = other_hash;
        EXPECT_FALSE(accepts(request, options)) << "another body";
      }
    }
  }
}

}  // namespace
}  // namespace haneul::aws
