// The private CA as a client sees it: handshakes in memory, verified against ca.pem, at the virtual clock's
// time.
#include "server/private_ca.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include "server/certificates.h"

namespace haneul::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::string file_text(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

struct Session {
  bool verified = false;
  bool reused = false;
  Timestamp expiry;
  std::shared_ptr<SSL_SESSION> ticket;
};

class PrivateCaTest : public ::testing::Test {
 protected:
  PrivateCaTest() {
    std::string pattern = (fs::temp_directory_path() / "haneul-ca-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~PrivateCaTest() override { fs::remove_all(directory_); }

  PrivateCa::Options options() const {
    return {.directory = directory_ / "tls",
            .extra_names = {"cloud.example", "10.1.2.3"},
            .system_bundle = directory_ / "system.crt"};
  }

  // A client that trusts ca.pem alone connects to the name.
  Session connect(PrivateCa& ca, const std::string& name, int version = TLS1_3_VERSION,
                  SSL_SESSION* ticket = nullptr) {
    SSL_CTX* client_context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_load_verify_locations(client_context, ca.certificate_path().c_str(), nullptr);
    SSL_CTX_set_max_proto_version(client_context, version);
    SSL_CTX_set_verify(client_context, SSL_VERIFY_PEER, nullptr);
    SSL* client = SSL_new(client_context);
    X509_VERIFY_PARAM* verify = SSL_get0_param(client);
    X509_VERIFY_PARAM_set_time(verify, std::chrono::system_clock::to_time_t(clock_.now()));
    X509_VERIFY_PARAM_set_flags(verify, X509_V_FLAG_X509_STRICT);
    if (X509_VERIFY_PARAM_set1_ip_asc(verify, name.c_str()) != 1) {
      SSL_set1_host(client, name.c_str());
      SSL_set_tlsext_host_name(client, name.c_str());
    }
    if (ticket != nullptr) SSL_set_session(client, ticket);
    SSL* server = SSL_new(ca.native());
    const Session session = shake(client, server);
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(client_context);
    return session;
  }

  static Session shake(SSL* client, SSL* server) {
    BIO* one = nullptr;
    BIO* other = nullptr;
    BIO_new_bio_pair(&one, 0, &other, 0);
    SSL_set_bio(client, one, one);
    SSL_set_bio(server, other, other);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    for (int i = 0; i < 10; ++i) {
      SSL_do_handshake(client);
      SSL_do_handshake(server);
    }
    Session session;
    session.verified = SSL_is_init_finished(client) == 1 && SSL_is_init_finished(server) == 1;
    if (!session.verified) return session;
    char byte = 'x';
    SSL_write(server, &byte, 1);
    SSL_read(client, &byte, 1);  // takes the tickets in
    session.reused = SSL_session_reused(client) == 1;
    session.expiry = expiry_of(SSL_get0_peer_certificate(client));
    session.ticket.reset(SSL_get1_session(client), SSL_SESSION_free);
    SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // else the session counts as broken
    return session;
  }

  VirtualClock clock_;
  fs::path directory_;
};

TEST_F(PrivateCaTest, IsTrustedForEveryNameClientsUse) {
  // Unmodified SDKs verify the host they connect to, with OpenSSL's strict checks in newer Pythons.
  PrivateCa ca(options(), clock_);
  for (const std::string name :
       {"localhost", "127.0.0.1", "::1", "bucket.localhost", "bucket.s3.localhost", "s3.amazonaws.com",
        "sqs.eu-west-1.amazonaws.com", "bucket.s3.eu-west-1.amazonaws.com",
        "dotted.bucket.s3.eu-west-1.amazonaws.com", "lambda.us-east-1.api.aws",
        "abc.lambda-url.eu-west-1.on.aws", "cloud.example", "s3.cloud.example", "10.1.2.3"}) {
    EXPECT_TRUE(connect(ca, name).verified) << name;
  }
  for (const std::string name :
       {"example.com", "localhost.example.com", "xamazonaws.com", "a..amazonaws.com", "10.1.2.4"}) {
    EXPECT_FALSE(connect(ca, name).verified) << name;
  }
}

TEST_F(PrivateCaTest, ResumesSessions) {
  // A resumed handshake costs no signature; SDKs open many connections.
  PrivateCa ca(options(), clock_);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const Session first = connect(ca, "s3.amazonaws.com", version);
    EXPECT_FALSE(first.reused);
    EXPECT_TRUE(connect(ca, "s3.amazonaws.com", version, first.ticket.get()).reused) << version;
  }
  EXPECT_FALSE(connect(ca, "localhost", TLS1_1_VERSION).verified);
}

TEST_F(PrivateCaTest, KeepsItsKeyAndShowsItToNobody) {
  // Users install ca.pem once: it must survive a restart; whoever reads the key can impersonate AWS to them.
  std::string first;
  {
    const PrivateCa ca(options(), clock_);
    first = file_text(ca.certificate_path());
  }
  struct stat status{};
  ASSERT_EQ(::stat((directory_ / "tls" / "ca.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  std::ofstream(directory_ / "system.crt") << "system authorities";
  PrivateCa again(options(), clock_);
  EXPECT_EQ(file_text(again.certificate_path()), first);
  EXPECT_EQ(file_text(again.bundle_path()), "system authorities\n" + first);
  EXPECT_TRUE(connect(again, "localhost").verified);
}

TEST_F(PrivateCaTest, SaysWhichFileIsDamaged) {
  // A damaged key is never replaced in silence: clients would stop trusting the server without a reason in
  // sight.
  {
    const PrivateCa ca(options(), clock_);
  }
  std::ofstream(directory_ / "tls" / "ca.key") << "nonsense";
  try {
    const PrivateCa ca(options(), clock_);
    FAIL() << "a damaged key was taken";
  } catch (const CertificateError& error) {
    EXPECT_THAT(error.what(), HasSubstr("ca.key"));
  }
  EXPECT_EQ(file_text(directory_ / "tls" / "ca.key"), "nonsense");
}

TEST_F(PrivateCaTest, RenewsWhatIsAboutToExpire) {
  // A server that runs for years must not wake up with an expired certificate, and none may live too long for
  // clients.
  PrivateCa ca(options(), clock_);
  const Timestamp first = connect(ca, "s3.amazonaws.com").expiry;
  EXPECT_LT(first - clock_.now(), std::chrono::days(825));
  clock_.advance(std::chrono::days(300));
  EXPECT_EQ(connect(ca, "s3.amazonaws.com").expiry, first);
  clock_.advance(std::chrono::days(60));
  EXPECT_GT(connect(ca, "s3.amazonaws.com").expiry, first);
  clock_.advance(std::chrono::days(3300));
  PrivateCa later(options(), clock_);
  EXPECT_TRUE(connect(later, "s3.amazonaws.com").verified);
  EXPECT_GT(connect(later, "s3.amazonaws.com").expiry - clock_.now(), std::chrono::days(300));
}

TEST(CertificateNames, GroupNamesByParent) {
  // A thousand buckets need one certificate, not a thousand; what clients would not match is not shared.
  const auto names = [](const char* name) { return certificate_names(name, {}); };
  EXPECT_EQ(names("A.s3.eu-west-1.amazonaws.com").group, names("b.S3.eu-west-1.amazonaws.com").group);
  EXPECT_THAT(names("sqs.us-east-1.amazonaws.com").dns,
              ElementsAre("us-east-1.amazonaws.com", "*.us-east-1.amazonaws.com"));
  EXPECT_THAT(names("b.localhost").dns, ElementsAre("b.localhost", "*.b.localhost"));
  EXPECT_EQ(names("x.b.localhost").dns, names("b.localhost").dns);
  EXPECT_EQ(names("").group, "");
  EXPECT_EQ(names("bad name.amazonaws.com").group, "");
  EXPECT_EQ(names("example.com").group, "");
}

}  // namespace
}  // namespace haneul::server
