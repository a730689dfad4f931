#include "server/private_ca.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
#include <unordered_map>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/fd.h"
#include "base/log.h"
#include "server/certificates.h"

namespace haneul::server {

namespace {

namespace fs = std::filesystem;
using std::chrono::days;

constexpr days kCaLife{3650};
constexpr days kCaRenewBefore{120};
constexpr days kLeafLife{397};  // clients refuse more than 825
constexpr days kLeafRenewBefore{60};
constexpr days kBackdate{1};  // for clients whose clock is behind
constexpr size_t kLeavesMax = 1024;
constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw CertificateError(fmt::format("{}: {}", path.string(), why));
}

std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    if (!fs::exists(path)) return std::nullopt;
    fail(path, "cannot be read");
  }
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

// Whole or not at all, and never readable by others on the way.
void write_file(const fs::path& path, const std::string& text, mode_t mode) {
  const fs::path draft = path.string() + ".new";
  ::unlink(draft.c_str());
  const Fd file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  const bool written = file && ::fchmod(file.get(), mode) == 0 &&
                       ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(file.get()) == 0 && ::rename(draft.c_str(), path.c_str()) == 0;
  if (!written) fail(path, std::string("cannot be written: ") + std::strerror(errno));
  const Fd directory(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0)
    fail(path, std::string("cannot be kept: ") + std::strerror(errno));
}

struct ContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

// HTTP/1.1 is what we speak; a client that offers other protocols only may still try.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof kHttp11, offered, offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

struct PrivateCa::Impl {
  Options options;
  const Clock& clock;
  Key ca_key;
  Certificate ca;
  Key leaf_key = make_key();
  std::unique_ptr<SSL_CTX, ContextFree> context;

  std::mutex mutex;
  std::unordered_map<std::string, Certificate> leaves;

  fs::path file(const char* name) const { return options.directory / name; }

  void open_directory() {
    std::error_code error;
    fs::create_directories(options.directory, error);
    if (error) fail(options.directory, "cannot be made: " + error.message());
  }

  void load_or_make_ca() {
    const fs::path key_path = file("ca.key");
    const fs::path certificate_path = file("ca.pem");
    if (const auto pem = read_file(key_path)) {
      try {
        ca_key = key_from_pem(*pem);
      } catch (const CertificateError& error) {
        fail(key_path, error.what());
      }
      ::chmod(key_path.c_str(), 0600);
    } else {
      ca_key = make_key();
      write_file(key_path, to_pem(ca_key.get()), 0600);
    }
    if (const auto pem = read_file(certificate_path)) {
      try {
        ca = certificate_from_pem(*pem);
      } catch (const CertificateError& error) {
        fail(certificate_path, error.what());
      }
    }
    if (ca && belong_together(ca.get(), ca_key.get()) && expiry_of(ca.get()) > clock.now() + kCaRenewBefore)
      return;
    if (ca)
      log_warning("the private CA's certificate is renewed: clients must trust it anew",
                  {{"file", certificate_path.string()}});
    ca = make_ca_certificate(ca_key.get(), {clock.now() - kBackdate, clock.now() + kCaLife});
    write_file(certificate_path, to_pem(ca.get()), 0644);
  }

  void write_bundle() {
    std::string bundle = read_file(options.system_bundle).value_or("");
    if (!bundle.empty() && bundle.back() != '\n') bundle += '\n';
    bundle += to_pem(ca.get());
    if (read_file(file("ca-bundle.pem")) != bundle) write_file(file("ca-bundle.pem"), bundle, 0644);
  }

  void make_context() {
    context.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* raw = context.get();
    HANEUL_CHECK(raw != nullptr, "OpenSSL gives a context");
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_options(raw,
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(raw, 1);
    static constexpr unsigned char kSessions[] = "haneul";
    SSL_CTX_set_session_id_context(raw, kSessions, sizeof kSessions - 1);
    SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
    SSL_CTX_set_cert_cb(
        raw, [](SSL* ssl, void* self) { return static_cast<Impl*>(self)->present_certificate(ssl); }, this);
  }

  // OpenSSL's callback in each handshake; nothing may be thrown through it. 0 ends the handshake.
  int present_certificate(SSL* ssl) noexcept {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    try {
      const std::lock_guard lock(mutex);
      return SSL_use_cert_and_key(ssl, leaf_for(name == nullptr ? "" : name), leaf_key.get(), nullptr, 1);
    } catch (const std::exception& error) {
      log_error("no certificate could be issued",
                {{"name", name == nullptr ? "" : name}, {"what", error.what()}});
      return 0;
    }
  }

  X509* leaf_for(std::string_view server_name) {
    const CertificateNames names = certificate_names(server_name, options.extra_names);
    const auto found = leaves.find(names.group);
    const Timestamp now = clock.now();
    if (found != leaves.end() && expiry_of(found->second.get()) > now + kLeafRenewBefore)
      return found->second.get();
    if (leaves.size() >= kLeavesMax) leaves.clear();
    Certificate leaf =
        make_leaf_certificate({ca.get(), ca_key.get()}, leaf_key.get(), names,
                              {now - kBackdate, std::min(now + kLeafLife, expiry_of(ca.get()))});
    return (leaves[names.group] = std::move(leaf)).get();
  }
};

PrivateCa::PrivateCa(Options options, const Clock& clock)
    : impl_(std::unique_ptr<Impl>(new Impl{.options = std::move(options), .clock = clock})) {
  impl_->open_directory();
  impl_->load_or_make_ca();
  impl_->write_bundle();
  impl_->make_context();
}

PrivateCa::~PrivateCa() = default;
ssl_ctx_st* PrivateCa::native() { return impl_->context.get(); }
fs::path PrivateCa::certificate_path() const { return impl_->file("ca.pem"); }
fs::path PrivateCa::bundle_path() const { return impl_->file("ca-bundle.pem"); }

}  // namespace haneul::server
