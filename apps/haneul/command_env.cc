// haneul env: the export lines that point the AWS CLI and the SDKs at this installation.

#include <iostream>

#include "commands.h"
#include "installation.h"

namespace haneul::app {

int command_env(const CommandOptions& options) {
  const RootCredentials credentials = read_root_credentials(options.data);
  const auto running = find_running_server(options.data);
  const std::string endpoint = running ? running->endpoint : "http://127.0.0.1:4566";
  std::cout << "export AWS_ACCESS_KEY_ID='" << credentials.access_key_id << "'\n"
            << "export AWS_SECRET_ACCESS_KEY='" << credentials.secret_access_key.reveal() << "'\n"
            << "export AWS_DEFAULT_REGION='" << options.region << "'\n"
            << "export AWS_REGION='" << options.region << "'\n"
            << "export AWS_ENDPOINT_URL='" << endpoint << "'\n";
  return 0;
}

}  // namespace haneul::app
