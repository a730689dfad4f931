// haneul replay: gives a function an event that it had before. What runs is the code that the name stands for
// now; when it is not what ran then, that is said. The call is a signed one like any other.

#include <iostream>
#include <stdexcept>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "client.h"
#include "commands.h"
#include "event_journal.h"

namespace haneul::app {

namespace {

// The package of the code that would run, in the form in which it was kept.
std::string code_now(const Client& client, const std::string& function, const std::string& qualifier) {
  const ClientResponse response =
      client.call({.method = "GET",
                   .service = "lambda",
                   .path = "/2015-03-31/functions/" + uri_encode(function) + "/configuration",
                   .query = qualifier.empty() ? "" : "Qualifier=" + uri_encode(qualifier)});
  const Document answer = parse_json(response.body);
  if (response.status != 200) throw std::runtime_error(answer.string_or("Message", response.body));
  return hex_encode(base64_decode(answer.string_or("CodeSha256", "")).value_or(""));
}

}  // namespace

int command_replay(const CommandOptions& options, const ReplayOptions& replay) {
  const Client client(options.data, options.region);
  const auto event = EventJournal::find(options.data / "events", replay.request_id);
  if (!event) {
    throw std::runtime_error("no event of request " + replay.request_id +
                             " is kept (serve --keep-events MIB keeps them, for a day at most)");
  }
  // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]
  constexpr size_t kFunction = 6;
  const std::vector<std::string_view> parts = split(event->invoked_arn, ':');
  const std::string function(parts.at(kFunction));
  std::string qualifier = replay.qualifier;
  if (qualifier.empty() && parts.size() > kFunction + 1) qualifier = parts[kFunction + 1];
  const std::string code = code_now(client, function, qualifier);
  const std::string name = qualifier.empty() ? function : function + ":" + qualifier;
  std::cerr << fmt::format("{} of {} on {}, {}\n", replay.request_id, format_iso8601(event->at), name,
                           code == event->code ? "the same code" : "other code than then");
  return command_invoke(options, {.function = function, .payload = event->payload, .qualifier = qualifier});
}

}  // namespace haneul::app
