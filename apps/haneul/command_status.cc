// haneul status: whether a server runs on the data directory, where, and how it does.

#include <iostream>

#include "base/json.h"
#include "client.h"
#include "commands.h"

namespace haneul::app {

int command_status(const CommandOptions& options) {
  const auto running = find_running_server(options.data);
  if (!running) {
    if (options.json)
      std::cout << "{\"running\": false}\n";
    else
      std::cout << "not running on " << options.data.string() << "\n";
    return 3;
  }
  const std::string debug = "http://127.0.0.1:" + std::to_string(running->debug_port);
  const ClientResponse health = get_plain(debug + "/health");
  if (options.json) {
    std::cout << health.body << "\n";
    return health.status == 200 ? 0 : 1;
  }
  std::cout << "running      pid " << running->pid << " since " << running->started_at << "\n"
            << "endpoint     " << running->endpoint << "\n"
            << "debug pages  " << debug << "/health /metrics /config /requests\n"
            << "data         " << options.data.string() << "\n";
  const Document document = parse_json(health.body);
  for (const auto& [name, value] : document.as_object()) {
    const std::string shown = value.is_string() ? value.as_string() : write_json(value);
    std::cout << name << std::string(name.size() < 12 ? 13 - name.size() : 1, ' ') << shown << "\n";
  }
  return health.status == 200 ? 0 : 1;
}

}  // namespace haneul::app
