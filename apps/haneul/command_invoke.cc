// haneul invoke: calls a function, prints its answer on standard output and the end of its log on standard
// error.

#include <iostream>

#include "base/text.h"
#include "client.h"
#include "commands.h"

namespace haneul::app {

int command_invoke(const CommandOptions& options, const InvokeOptions& invoke) {
  const Client client(options.data, options.region);
  const bool is_file = invoke.payload.starts_with('@');
  std::string payload = is_file ? read_text_file(invoke.payload.substr(1)) : invoke.payload;
  if (!invoke.event_file.empty()) payload = read_text_file(invoke.event_file);
  ClientRequest request{.service = "lambda",
                        .path = "/2015-03-31/functions/" + uri_encode(invoke.function) + "/invocations",
                        .query = invoke.qualifier.empty() ? "" : "Qualifier=" + uri_encode(invoke.qualifier),
                        .body = payload,
                        .headers = {{"Content-Type", "application/json"}}};
  request.headers.emplace_back("X-Amz-Invocation-Type", invoke.is_asynchronous ? "Event" : "RequestResponse");
  if (!invoke.is_asynchronous) request.headers.emplace_back("X-Amz-Log-Type", "Tail");
  const ClientResponse response = client.call(request);
  if (const auto log = base64_decode(response.header("x-amz-log-result"))) std::cerr << *log;
  std::cout << response.body << (response.body.empty() ? "" : "\n");
  if (response.status >= 300) return 1;
  return response.header("x-amz-function-error").empty() ? 0 : 2;
}

}  // namespace haneul::app
