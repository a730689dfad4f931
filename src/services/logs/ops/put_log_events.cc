// PutLogEvents, and the same for what a function printed (port.h).
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "gen/logs/errors.h"
#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/event_log.h"
#include "services/logs/limits.h"
#include "services/logs/service.h"

namespace haneul::logs {

using platform::Request;

namespace {

int64_t millis(Timestamp at) { return at.time_since_epoch().count(); }

void check_batch(const std::vector<InputLogEvent>& events) {
  size_t bytes = 0;
  int64_t before = 0;
  for (const InputLogEvent& event : events) {
    const size_t size = event.message.size() + kEventOverheadBytes;
    if (size > kEventBytesMax) {
      throw InvalidParameterException(
          fmt::format("Log event too large: {} bytes exceeds limit of {}", size, kEventBytesMax));
    }
    bytes += size;
    if (event.timestamp < before) {
      throw InvalidParameterException(
          "Log events in a single PutLogEvents request must be in chronological order.");
    }
    before = event.timestamp;
  }
  if (bytes > kBatchBytesMax) {
    throw InvalidParameterException(
        fmt::format("Upload too large: {} bytes exceeds limit of {}", bytes, kBatchBytesMax));
  }
  if (events.back().timestamp - events.front().timestamp > kBatchSpanMax.count()) {
    throw InvalidParameterException(
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
}

// The events of a checked batch that the service takes: neither too old, expired nor too new.
struct Accepted {
  std::vector<Event> events;
  std::optional<RejectedLogEventsInfo> rejected;
};

Accepted accept(const std::vector<InputLogEvent>& events, const GroupRecord& group, int64_t now) {
  const auto index_of = [&](int64_t time) {  // of the first event at or behind the time
    const auto at =
        std::lower_bound(events.begin(), events.end(), time,
                         [](const InputLogEvent& event, int64_t limit) { return event.timestamp < limit; });
    return static_cast<int32_t>(at - events.begin());
  };
  const int32_t too_old = index_of(now - kEventAgeMax.count());
  const int32_t expired = index_of(oldest_kept(group, now));
  const int32_t too_new = index_of(now + kEventAheadMax.count() + 1);
  Accepted out;
  RejectedLogEventsInfo info;
  if (too_old > 0) info.too_old_log_event_end_index = too_old;
  if (expired > too_old) info.expired_log_event_end_index = expired;
  if (too_new < static_cast<int32_t>(events.size())) info.too_new_log_event_start_index = too_new;
  for (int32_t i = std::max(too_old, expired); i < too_new; ++i) {
    const InputLogEvent& event = events[static_cast<size_t>(i)];
    out.events.push_back({event.timestamp, event.message});
  }
  if (out.events.size() < events.size()) out.rejected = info;
  return out;
}

// Lines as events: bytes that are no text are replaced, long lines are cut into pieces, empty ones left out.
std::vector<Event> events_of(const std::vector<Line>& lines) {
  constexpr size_t kPieceMax = kEventBytesMax - kEventOverheadBytes;
  std::vector<Event> events;
  for (const Line& line : lines) {
    const std::string text = to_valid_utf8(line.message);
    for (size_t begin = 0; begin < text.size();) {
      size_t end = std::min(text.size(), begin + kPieceMax);
      while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
      events.push_back({millis(line.at), text.substr(begin, end - begin)});
      begin = end;
    }
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.time < b.time; });
  return events;
}

}  // namespace

PutLogEventsOutput LogsService::put_log_events(const Request& request, const PutLogEventsInput& input) {
  check_batch(input.log_events);
  const GroupName where = group_in(request, input.log_group_name);
  const int64_t now = millis(request.now);
  // Rows are packed before the transaction, so that the group is not held meanwhile.
  const Group group = parts_.db.read([&](store::ReadTx& tx) { return require_group(tx, where); });
  const Accepted accepted = accept(input.log_events, group.record, now);
  const std::vector<EncodedRow> rows = encode_rows(now, accepted.events);
  const GroupKeys keys = group.keys();
  const uint64_t stream_id = parts_.db.write(keys.scope(), [&](store::Tx& tx) {
    if (require_group(tx, where).record.id != group.record.id)
      throw ResourceNotFoundException("The specified log group does not exist.");
    const StreamRecord stream = require_stream(tx, keys, input.log_stream_name);
    append_rows(tx, keys, input.log_stream_name, rows, now);
    return stream.id;
  });
  PutLogEventsOutput out;
  out.next_sequence_token = position_text({now, stream_id, 0});
  out.rejected_log_events_info = accepted.rejected;
  if (input.entity) {
    // The events are stored; their relation to an entity is refused in the service's own way.
    out.rejected_entity_info = RejectedEntityInfo{.error_type = "UnsupportedLogGroupType"};
  }
  return out;
}

bool LogsService::prepare_target(const Request& request, const GroupName& where, const std::string& stream) {
  const LogsAccess access(parts_.db);
  const auto may = [&](const char* action, std::string_view name) {
    const platform::AccessChecks checks = access.on_stream(request, action, where.name, name);
    return parts_.authorizer.judge(request, checks.front()).allowed;
  };
  if (!may("logs:PutLogEvents", stream)) return false;
  const auto state = parts_.db.read([&](store::ReadTx& tx) {
    const auto group = find_group(tx, where);
    const bool has_stream = group && find_stream(tx, group->keys(), stream);
    return std::pair(group.has_value(), has_stream);
  });
  if (!state.first && !may("logs:CreateLogGroup", {})) return false;
  if (!state.second && !may("logs:CreateLogStream", stream)) return false;
  if (state.first && state.second) return true;
  const GroupRecord fresh = make_group({}, request.now);
  parts_.db.write(groups_scope(where.account, where.region), [&](store::Tx& tx) {
    auto group = find_group(tx, where);
    if (!group) {
      tx.put(group_key(where), encode(fresh));
      group = Group{where, fresh};
    }
    const GroupKeys keys = group->keys();
    if (!find_stream(tx, keys, stream)) put_new_stream(tx, keys, stream, millis(request.now));
  });
  return true;
}

bool LogsService::append(const platform::Caller& writer, const LogTarget& target,
                         const std::vector<Line>& lines) {
  Request request;
  request.service = &op::PutLogEvents::service();
  request.operation = &op::PutLogEvents::model();
  request.account = target.account;
  request.region = target.region;
  request.caller = writer;
  request.now = parts_.clock.now();
  const GroupName where{target.account, target.region, target.group};
  const std::vector<EncodedRow> rows = encode_rows(millis(request.now), events_of(lines));
  if (!prepare_target(request, where, target.stream)) return false;
  parts_.db.write(GroupKeys(where, {}).scope(), [&](store::Tx& tx) {
    // Deleted since: what was printed goes where it would have gone a moment earlier.
    const auto group = find_group(tx, where);
    if (!group || !find_stream(tx, group->keys(), target.stream)) return;
    append_rows(tx, group->keys(), target.stream, rows, millis(request.now));
  });
  return true;
}

}  // namespace haneul::logs
