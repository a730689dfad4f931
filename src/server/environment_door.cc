#include "server/environment_door.h"

namespace haneul::server {

namespace {
std::string door_name(std::string_view environment_id) {
  return "environment:" + std::string(environment_id);
}
}  // namespace

void EnvironmentDoor::open(std::string_view environment_id, Fd http_listener, Fd https_listener) {
  server_.add_listener(std::move(http_listener), TlsMode::kPlain, door_name(environment_id));
  server_.add_listener(std::move(https_listener), TlsMode::kTls, door_name(environment_id));
}

void EnvironmentDoor::close(std::string_view environment_id) {
  server_.remove_listener(door_name(environment_id));
}

}  // namespace haneul::server
