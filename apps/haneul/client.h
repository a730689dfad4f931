// The command line as a client of its own server: signed calls with the root credentials of the data
// directory, over libcurl. Blocking; errors are std::runtime_error with a sentence for the user.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "installation.h"

namespace haneul::app {

struct ClientResponse {
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // lower-case names
  std::string header(std::string_view name) const;           // or empty
};

struct ClientRequest {
  std::string method = "POST";
  std::string service;  // signing name
  std::string path = "/";
  std::string query;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

class Client {
 public:
  // Of the server that runs on this data directory; throws when none does.
  Client(const std::filesystem::path& data, std::string region);
  ClientResponse call(const ClientRequest& request) const;
  const RunningServer& server() const { return server_; }
  const std::string& region() const { return region_; }

 private:
  RunningServer server_;
  RootCredentials credentials_;
  std::string region_;
};

ClientResponse get_plain(const std::string& url);  // unsigned, for the debug pages

}  // namespace haneul::app
