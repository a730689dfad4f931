#include "services/logs/event_log.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "services/logs/limits.h"

namespace haneul::logs {

namespace {

constexpr size_t kTimeDigits = 20, kSeqDigits = 20, kIndexDigits = 16;
constexpr int64_t kSpan = kRowSpanMax.count();
constexpr size_t kTimeRowCost = 128;  // what looking at a row that is not read counts

std::optional<uint64_t> digits(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

int64_t minus_span(int64_t time) { return time < kSpan ? 0 : time - kSpan; }

// Holds the best events seen so far: the first ones (forwards) or the last ones (backwards). Once something
// did not fit, nothing beyond it is taken any more, so that a page has no holes.
class Page {
 public:
  explicit Page(const EventQuery& query) : query_(query) {}

  bool forward() const { return query_.direction == store::Direction::kForward; }
  // Whether an event of this time may still enter the page, by time alone.
  bool may_hold(int64_t time) const {
    if (!barrier_) return true;
    return forward() ? time <= barrier_->time : time >= barrier_->time;
  }

  void offer_row(EventRow row, std::string_view stream, Batch batch) {
    for (size_t index = 0; index < batch.events.size(); ++index) {
      Event& event = batch.events[index];
      const Position at{event.time, row.seq, index};
      if (!is_in_range(at) || is_beyond(at)) continue;
      if (query_.wants_message && !query_.wants_message(event.message)) continue;
      bytes_ += stored_bytes(event);
      events_.emplace(at, FoundEvent{std::string(stream), batch.ingested, std::move(event.message)});
      shrink();
    }
  }

  // Ends the page in front of this time: what the scan did not reach may stand before what it found there.
  void stop_at(int64_t time) {
    events_.erase(events_.lower_bound(Position{time, 0, 0}), events_.end());
    barrier_ = Position{time, 0, 0};
  }

  EventPage take() && { return {std::move(events_), barrier_}; }

 private:
  bool is_in_range(const Position& at) const {
    if (at.time < query_.from || at.time >= query_.to) return false;
    return forward() ? at >= query_.cut : at < query_.cut;
  }
  bool is_beyond(const Position& at) const {
    if (!barrier_) return false;
    return forward() ? at >= *barrier_ : at < *barrier_;
  }
  void shrink() {
    while (events_.size() > 1 && (events_.size() > query_.limit || bytes_ > kPageBytesMax)) {
      const auto worst = forward() ? std::prev(events_.end()) : events_.begin();
      bytes_ -= worst->second.message.size() + kEventOverheadBytes;
      // Forwards the next page begins at what was dropped, backwards it ends behind it.
      barrier_ = forward() ? worst->first : worst->first.next();
      events_.erase(worst);
    }
  }

  const EventQuery& query_;
  std::map<Position, FoundEvent> events_;
  std::optional<Position> barrier_;
  size_t bytes_ = 0;
};

// The times between which rows can hold events of the query.
struct Window {
  int64_t from, to;
};
Window window_of(const EventQuery& query) {
  int64_t from = std::max<int64_t>(query.from, 0);
  int64_t to = query.to;
  if (query.direction == store::Direction::kForward) {
    from = std::max(from, query.cut.time);
  } else if (query.cut.time < to) {
    to = query.cut.time + 1;
  }
  return {minus_span(from), std::max(minus_span(from), to)};
}

}  // namespace

std::string position_text(const Position& position) {
  return fmt::format("{:020}{:020}{:016}", position.time, position.seq, position.index);
}

std::optional<Position> parse_position(std::string_view text) {
  if (text.size() != kTimeDigits + kSeqDigits + kIndexDigits) return std::nullopt;
  const auto time = digits(text.substr(0, kTimeDigits));
  const auto seq = digits(text.substr(kTimeDigits, kSeqDigits));
  const auto index = digits(text.substr(kTimeDigits + kSeqDigits));
  if (!time || !seq || !index || *time > INT64_MAX) return std::nullopt;
  return Position{static_cast<int64_t>(*time), *seq, *index};
}

void append_rows(store::Tx& tx, const GroupKeys& keys, std::string_view stream_name,
                 std::span<const EncodedRow> rows, int64_t now) {
  if (rows.empty()) return;
  StreamRecord stream = require_stream(tx, keys, stream_name);
  const auto usage_row = tx.get(keys.usage());
  UsageRecord usage = usage_row ? decode_usage(*usage_row) : UsageRecord{};
  const int64_t indexed_at = stream.last_event.value_or(0);
  for (const EncodedRow& row : rows) {
    const EventRow place{row.first, usage.next++};
    usage.bytes += row.bytes;
    tx.put(keys.event(stream.id, place), row.value);
    tx.put(keys.time(place), encode(TimeRecord{std::string(stream_name), stream.id, row.last, row.bytes}));
    stream.first_event = std::min(stream.first_event.value_or(row.first), row.first);
    stream.last_event = std::max(stream.last_event.value_or(row.last), row.last);
  }
  stream.last_ingestion = now;
  if (*stream.last_event != indexed_at) {
    tx.del(keys.latest(indexed_at, stream_name));
    tx.put(keys.latest(*stream.last_event, stream_name), {});
  }
  tx.put(keys.stream(stream_name), encode(stream));
  tx.put(keys.usage(), encode(usage));
}

EventPage read_stream(store::Reader& reader, const GroupKeys& keys, uint64_t stream_id,
                      const EventQuery& query) {
  Page page(query);
  const Window window = window_of(query);
  const store::KeyRange range = keys.events_between(stream_id, window.from, window.to);
  reader.scan_each({keys.scope().shard, range.from, range.to}, {.direction = query.direction},
                   [&](std::string_view key, std::string_view value) {
                     const EventRow row = GroupKeys::event_row_of(key);
                     // Backwards a row that begins earlier may still end late.
                     const int64_t nearest = page.forward() ? row.first : row.first + kSpan;
                     if (!page.may_hold(nearest)) return store::Visit::kStop;
                     page.offer_row(row, {}, decode_batch(value));
                     return store::Visit::kContinue;
                   });
  return std::move(page).take();
}

EventPage read_group(store::Reader& reader, const GroupKeys& keys, const EventQuery& query) {
  Page page(query);
  const Window window = window_of(query);
  const store::KeyRange range = keys.times_between(window.from, window.to);
  std::map<std::string, uint64_t, std::less<>> living;  // 0: deleted
  const auto is_living = [&](const TimeRecord& record) {
    auto found = living.find(record.stream);
    if (found == living.end()) {
      const auto stream = find_stream(reader, keys, record.stream);
      if (living.size() >= kPageEventsMax) living.clear();
      found = living.emplace(record.stream, stream ? stream->id : 0).first;
    }
    return found->second == record.stream_id;
  };
  size_t looked_at = 0;
  reader.scan_each({keys.scope().shard, range.from, range.to}, {},
                   [&](std::string_view key, std::string_view value) {
                     const EventRow row = GroupKeys::time_row_of(key);
                     if (!page.may_hold(row.first)) return store::Visit::kStop;
                     if (looked_at >= kScanBytesMax && row.first > query.cut.time) {
                       page.stop_at(row.first);
                       return store::Visit::kStop;
                     }
                     const TimeRecord record = decode_time(value);
                     looked_at += kTimeRowCost;
                     if (record.last < std::max(query.from, query.cut.time)) return store::Visit::kContinue;
                     if (query.wants_stream && !query.wants_stream(record.stream))
                       return store::Visit::kContinue;
                     if (!is_living(record)) return store::Visit::kContinue;
                     const auto events = reader.get(keys.event(record.stream_id, row));
                     if (!events) return store::Visit::kContinue;
                     looked_at += record.bytes;
                     page.offer_row(row, record.stream, decode_batch(*events));
                     return store::Visit::kContinue;
                   });
  return std::move(page).take();
}

}  // namespace haneul::logs
