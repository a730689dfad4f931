// haneul logs: what a function printed, oldest first, and with --follow what it prints from now on.

#include <chrono>
#include <iostream>
#include <set>
#include <stdexcept>
#include <thread>

#include "base/json.h"
#include "client.h"
#include "commands.h"

namespace haneul::app {

namespace {

using std::chrono::milliseconds;

int64_t now_ms() { return SystemClock().now().time_since_epoch().count(); }

Document filter_events(const Client& client, Document input) {
  const ClientResponse response =
      client.call({.service = "logs",
                   .body = write_json(input),
                   .headers = {{"Content-Type", "application/x-amz-json-1.1"},
                               {"X-Amz-Target", "Logs_20140328.FilterLogEvents"}}});
  Document answer = parse_json(response.body);
  if (response.status == 200) return answer;
  throw std::runtime_error(answer.string_or("message", answer.string_or("Message", response.body)));
}

// Prints the events from `since` on that were not printed before; returns the newest time seen.
int64_t print_new(const Client& client, const std::string& group, int64_t since,
                  std::set<std::string>& seen) {
  int64_t newest = since;
  std::string token;
  do {
    Document input = Document::Object{{"logGroupName", group}, {"startTime", since}};
    if (!token.empty()) input.set("nextToken", token);
    const Document answer = filter_events(client, std::move(input));
    token = answer.string_or("nextToken", "");
    const Document* events = answer.find("events");
    if (events == nullptr || !events->is_array()) continue;
    for (const Document& event : events->as_array()) {
      if (!seen.insert(event.string_or("eventId", "")).second) continue;
      newest = std::max(newest, event.find("timestamp")->as_int());
      const std::string message = event.string_or("message", "");
      std::cout << message << (message.ends_with('\n') ? "" : "\n");
    }
  } while (!token.empty());
  std::cout.flush();
  return newest;
}

}  // namespace

int command_logs(const CommandOptions& options, const LogsOptions& logs) {
  const Client client(options.data, options.region);
  const std::string group = logs.function.starts_with('/') ? logs.function : "/aws/lambda/" + logs.function;
  std::set<std::string> seen;
  int64_t since = now_ms() - int64_t{logs.minutes} * 60'000;
  since = print_new(client, group, since, seen);
  while (logs.follow) {
    std::this_thread::sleep_for(milliseconds(500));
    // A little back: streams of several environments are not written in one order.
    since = print_new(client, group, std::max(since - 10'000, int64_t{0}), seen);
  }
  return 0;
}

}  // namespace haneul::app
