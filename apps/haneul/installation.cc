#include "installation.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"

namespace haneul::app {

namespace {

constexpr std::string_view kKeyIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kSecretAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

[[noreturn]] void fail(const std::filesystem::path& file, std::string_view what) {
  throw std::runtime_error(file.string() + ": " + std::string(what) + ": " + std::strerror(errno));
}

// Written aside, synced and renamed: a crash leaves the old file or the new one.
void write_private_file(const std::filesystem::path& file, std::string_view content) {
  const std::filesystem::path fresh = file.string() + ".new";
  {
    const Fd out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (out.get() < 0) fail(fresh, "cannot be made");
    if (::write(out.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
      fail(fresh, "cannot be written");
    }
    if (::fsync(out.get()) != 0) fail(fresh, "cannot be synced");
  }
  if (::rename(fresh.c_str(), file.c_str()) != 0) fail(file, "cannot be put in place");
  const Fd folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) fail(file.parent_path(), "cannot be synced");
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) fail(file, "cannot be read");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

RootCredentials make_credentials(Random& random) {
  // A first digit other than 0, so that tools which read the id as a number keep all twelve digits.
  return {.account = AccountId(random.text(1, "123456789") + random.text(11, "0123456789")),
          .access_key_id = "AKIA" + random.text(16, kKeyIdAlphabet),
          .secret_access_key = Secret<std::string>(random.text(40, kSecretAlphabet))};
}

}  // namespace

RootCredentials read_root_credentials(const std::filesystem::path& data) {
  const std::filesystem::path file = data / "root-credentials.json";
  const Document document = parse_json(read_file(file));
  return {.account = AccountId(document.string_or("account", "")),
          .access_key_id = document.string_or("accessKeyId", ""),
          .secret_access_key = Secret<std::string>(document.string_or("secretAccessKey", ""))};
}

RootCredentials ensure_root_credentials(const std::filesystem::path& data, Random& random) {
  const std::filesystem::path file = data / "root-credentials.json";
  if (std::filesystem::exists(file)) return read_root_credentials(data);
  RootCredentials made = make_credentials(random);
  const Document document = Document::Object{{"account", made.account.str()},
                                             {"accessKeyId", made.access_key_id},
                                             {"secretAccessKey", made.secret_access_key.reveal()}};
  write_private_file(file, write_json_pretty(document) + "\n");
  return made;
}

void write_running_server(const std::filesystem::path& data, const RunningServer& running) {
  const Document document = Document::Object{{"pid", running.pid},
                                             {"endpoint", running.endpoint},
                                             {"debugPort", static_cast<int64_t>(running.debug_port)},
                                             {"startedAt", running.started_at}};
  write_private_file(data / "run.json", write_json_pretty(document) + "\n");
}

void remove_running_server(const std::filesystem::path& data) {
  std::error_code ignored;
  std::filesystem::remove(data / "run.json", ignored);
}

std::optional<RunningServer> find_running_server(const std::filesystem::path& data) {
  const std::filesystem::path file = data / "run.json";
  if (!std::filesystem::exists(file)) return std::nullopt;
  const Document document = parse_json(read_file(file));
  RunningServer running;
  const Document* pid = document.find("pid");
  const Document* port = document.find("debugPort");
  if (pid == nullptr || !pid->is_int() || port == nullptr || !port->is_int()) return std::nullopt;
  running.pid = static_cast<int>(pid->as_int());
  running.debug_port = static_cast<uint16_t>(port->as_int());
  running.endpoint = document.string_or("endpoint", "");
  running.started_at = document.string_or("startedAt", "");
  // The file outlives a killed server; the process does not.
  if (running.pid <= 0 || (::kill(running.pid, 0) != 0 && errno == ESRCH)) return std::nullopt;
  return running;
}

std::filesystem::path default_data_directory() {
  if (const char* named = std::getenv("HANEUL_DATA"); named != nullptr && *named != '\0') return named;
  if (::geteuid() == 0) return "/var/lib/haneul";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : ".") / ".local/share/haneul";
}

}  // namespace haneul::app
