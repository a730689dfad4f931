// GetLogEvents. A token names a place between two events: "f/" goes on behind it, "b/" before it. At an end
// of the stream the token that was given comes back.
#include "gen/logs/errors.h"
#include "services/logs/event_log.h"
#include "services/logs/limits.h"
#include "services/logs/service.h"

namespace haneul::logs {

using platform::Request;

namespace {

struct Token {
  store::Direction direction;
  Position cut;
};

Token parse_token(std::string_view text) {
  const bool has_form =
      text.size() > 4 && (text.starts_with("f/") || text.starts_with("b/")) && text.ends_with("/s");
  const auto cut = has_form ? parse_position(text.substr(2, text.size() - 4)) : std::nullopt;
  if (!cut) throw InvalidParameterException("The specified nextToken is invalid.");
  return {text.front() == 'f' ? store::Direction::kForward : store::Direction::kReverse, *cut};
}

std::string make_token(char side, const Position& cut) {
  return std::string(1, side) + "/" + position_text(cut) + "/s";
}

Token begin_of(const GetLogEventsInput& input) {
  if (input.next_token) return parse_token(*input.next_token);
  if (input.start_from_head.value_or(false)) return {store::Direction::kForward, {}};
  return {store::Direction::kReverse, kFarEnd};
}

}  // namespace

GetLogEventsOutput LogsService::get_log_events(const Request& request, const GetLogEventsInput& input) {
  const GroupName where =
      group_in(request, require_group_name(request, input.log_group_name, input.log_group_identifier));
  const Token begin = begin_of(input);
  const EventPage page = parts_.db.read([&](store::ReadTx& tx) {
    const Group group = require_group(tx, where);
    const StreamRecord stream = require_stream(tx, group.keys(), input.log_stream_name);
    EventQuery query;
    query.from = std::max(input.start_time.value_or(0),
                          oldest_kept(group.record, request.now.time_since_epoch().count()));
    query.to = input.end_time.value_or(INT64_MAX);
    query.cut = begin.cut;
    query.direction = begin.direction;
    query.limit = static_cast<size_t>(input.limit.value_or(static_cast<int32_t>(kPageEventsMax)));
    return read_stream(tx, group.keys(), stream.id, query);
  });
  GetLogEventsOutput out;
  out.events.emplace();
  for (const auto& [at, event] : page.events) {
    out.events->push_back(
        OutputLogEvent{.timestamp = at.time, .message = event.message, .ingestion_time = event.ingested});
  }
  const bool is_empty = page.events.empty();
  // Nothing there yet: both ends are the beginning, so that what comes later is found going forwards.
  const Position nowhere = input.next_token ? begin.cut : Position{};
  out.next_forward_token = make_token('f', is_empty ? nowhere : page.events.rbegin()->first.next());
  out.next_backward_token = make_token('b', is_empty ? nowhere : page.events.begin()->first);
  return out;
}

}  // namespace haneul::logs
