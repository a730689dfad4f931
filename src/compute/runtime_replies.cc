#include "compute/runtime_replies.h"

#include "base/json.h"

namespace haneul::compute {

RuntimeReply json_reply(int status, Document body) {
  return RuntimeReply{status, {{"Content-Type", "application/json"}}, write_json(body)};
}

RuntimeReply refuse(int status, std::string_view type, std::string_view message) {
  Document body = Document::object();
  body.set("errorMessage", message);
  body.set("errorType", type);
  return json_reply(status, std::move(body));
}

RuntimeReply accepted() {
  Document body = Document::object();
  body.set("status", "OK");
  return json_reply(202, std::move(body));
}

std::string header_safe(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

}  // namespace haneul::compute
