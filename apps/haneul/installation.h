// What a data directory holds besides the store: root credentials, the sealing key of session tokens, and
// where a running server can be found. Files are made at the first start, synced, readable by their owner
// only.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/random.h"
#include "base/secret.h"
#include "base/strong.h"

namespace haneul::app {

struct RootCredentials {
  AccountId account;
  std::string access_key_id;
  Secret<std::string> secret_access_key;
};

// root-credentials.json; made when missing. Throws std::runtime_error naming the file when it cannot be read
// or written.
RootCredentials ensure_root_credentials(const std::filesystem::path& data, Random& random);
RootCredentials read_root_credentials(const std::filesystem::path& data);

// run.json: of the server that serves this directory now.
struct RunningServer {
  int pid = 0;
  std::string endpoint;  // http://127.0.0.1:4566
  uint16_t debug_port = 0;
  std::string started_at;
};
void write_running_server(const std::filesystem::path& data, const RunningServer& running);
void remove_running_server(const std::filesystem::path& data);
std::optional<RunningServer> find_running_server(
    const std::filesystem::path& data);  // empty when none is alive

std::filesystem::path
default_data_directory();  // $HANEUL_DATA, else ~/.local/share/haneul (root: /var/lib/haneul)

}  // namespace haneul::app
