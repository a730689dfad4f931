// The event log of a group: writing rows of events and reading pages of them in the order (time, sequence of
// the row, place in the row), forwards and backwards.
//
// A page is bounded in events and bytes, and so is what a read holds: the events of the page so far and one
// row. Rows may overlap in time; a page is complete when no row that is left can hold an event in front of
// its end. Source: API reference of GetLogEvents and FilterLogEvents.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "services/logs/event_batch.h"
#include "services/logs/groups.h"

namespace haneul::logs {

struct Position {  // of an event in its group
  int64_t time = 0;
  uint64_t seq = 0;
  uint64_t index = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
  // The place behind the event: a token that names it finds what comes later, and back from it the event
  // itself.
  Position next() const { return {time, seq, index + 1}; }
};
inline constexpr Position kFarEnd = {INT64_MAX, UINT64_MAX, UINT64_MAX};

// 56 digits, like the ids that AWS gives; the order of the texts is the order of the events.
std::string position_text(const Position& position);
std::optional<Position> parse_position(std::string_view text);

struct FoundEvent {
  std::string stream;  // set by read_group only
  int64_t ingested = 0;
  std::string message;
};

struct EventQuery {
  int64_t from = 0;        // ms, inclusive
  int64_t to = INT64_MAX;  // ms, exclusive
  Position cut;            // forwards: events at or behind it; backwards: events in front of it
  store::Direction direction = store::Direction::kForward;
  size_t limit = 0;
  std::function<bool(std::string_view stream)> wants_stream;    // read_group; empty: all
  std::function<bool(std::string_view message)> wants_message;  // empty: all
};

struct EventPage {
  std::map<Position, FoundEvent> events;
  std::optional<Position> rest;  // where the next page begins, when there may be one
};

// Inside a transaction of the group's scope; the stream exists.
void append_rows(store::Tx& tx, const GroupKeys& keys, std::string_view stream_name,
                 std::span<const EncodedRow> rows, int64_t now);

EventPage read_stream(store::Reader& reader, const GroupKeys& keys, uint64_t stream_id,
                      const EventQuery& query);
// Forwards only. Streams that were deleted are left out.
EventPage read_group(store::Reader& reader, const GroupKeys& keys, const EventQuery& query);

}  // namespace haneul::logs
