// FilterLogEvents and TestMetricFilter.
#include <algorithm>

#include "gen/logs/errors.h"
#include "gen/logs/operations.h"
#include "model/common_errors.h"
#include "platform/pagination.h"
#include "services/logs/access.h"
#include "services/logs/event_log.h"
#include "services/logs/filter/filter.h"
#include "services/logs/limits.h"
#include "services/logs/service.h"

namespace haneul::logs {

using platform::Request;

namespace {

constexpr std::string_view kFilter = "logs:FilterLogEvents/";

void check_streams(const FilterLogEventsInput& input) {
  if (!input.log_stream_names || !input.log_stream_name_prefix) return;
  const bool some =
      std::any_of(input.log_stream_names->begin(), input.log_stream_names->end(),
                  [&](const std::string& name) { return name.starts_with(*input.log_stream_name_prefix); });
  if (!some)
    throw InvalidParameterException("logStreamNamePrefix matches none of the log streams in logStreamNames.");
}

std::function<bool(std::string_view)> stream_filter(const FilterLogEventsInput& input) {
  if (!input.log_stream_names && !input.log_stream_name_prefix) return {};
  const std::string prefix = input.log_stream_name_prefix.value_or("");
  std::set<std::string, std::less<>> names;
  if (input.log_stream_names) names.insert(input.log_stream_names->begin(), input.log_stream_names->end());
  return [prefix, names, has_names = input.log_stream_names.has_value()](std::string_view stream) {
    return stream.starts_with(prefix) && (!has_names || names.contains(stream));
  };
}

EventQuery query_of(const Request& request, const FilterLogEventsInput& input, const Group& group) {
  EventQuery query;
  query.from = std::max(input.start_time.value_or(0),
                        oldest_kept(group.record, request.now.time_since_epoch().count()));
  // Unlike GetLogEvents, the end is part of the range.
  if (input.end_time && *input.end_time < INT64_MAX) query.to = *input.end_time + 1;
  query.limit = static_cast<size_t>(input.limit.value_or(static_cast<int32_t>(kPageEventsMax)));
  query.wants_stream = stream_filter(input);
  if (input.filter_pattern && !input.filter_pattern->empty()) {
    query.wants_message = [filter = parse_filter(*input.filter_pattern)](std::string_view message) {
      return filter->matches(message);
    };
  }
  if (input.next_token) {
    const std::string name = std::string(kFilter) + group.record.id;
    const auto text = platform::open_page_token(name, request.account, *input.next_token);
    const auto cut = text ? parse_position(*text) : std::nullopt;
    if (!cut) throw InvalidParameterException("The specified nextToken is invalid.");
    query.cut = *cut;
  }
  return query;
}

}  // namespace

FilterLogEventsOutput LogsService::filter_log_events(const Request& request,
                                                     const FilterLogEventsInput& input) {
  if (!input.start_from_head.value_or(true))
    throw model::NotImplemented("startFromHead: events are searched from the oldest on");
  check_streams(input);
  const GroupName where =
      group_in(request, require_group_name(request, input.log_group_name, input.log_group_identifier));
  FilterLogEventsOutput out;
  out.events.emplace();
  out.searched_log_streams.emplace();  // always empty, as in AWS since 2020
  parts_.db.read([&](store::ReadTx& tx) {
    const Group group = require_group(tx, where);
    for (const std::string& name : input.log_stream_names.value_or(std::vector<std::string>{}))
      require_stream(tx, group.keys(), name);
    const EventQuery query = query_of(request, input, group);
    const EventPage page = read_group(tx, group.keys(), query);
    for (const auto& [at, event] : page.events) {
      out.events->push_back(FilteredLogEvent{.log_stream_name = event.stream,
                                             .timestamp = at.time,
                                             .message = event.message,
                                             .ingestion_time = event.ingested,
                                             .event_id = position_text(at)});
    }
    if (page.rest) {
      const std::string name = std::string(kFilter) + group.record.id;
      out.next_token = platform::make_page_token(name, request.account, position_text(*page.rest));
    }
  });
  return out;
}

TestMetricFilterOutput LogsService::test_metric_filter(const Request&, const TestMetricFilterInput& input) {
  const FilterPtr filter = parse_filter(input.filter_pattern);
  TestMetricFilterOutput out;
  out.matches.emplace();
  for (size_t i = 0; i < input.log_event_messages.size(); ++i) {
    const std::string& message = input.log_event_messages[i];
    if (!filter->matches(message)) continue;
    out.matches->push_back(MetricFilterMatchRecord{.event_number = static_cast<int64_t>(i + 1),
                                                   .event_message = message,
                                                   .extracted_values = filter->extract(message)});
  }
  return out;
}

void LogsService::register_filters(platform::OperationTable& table) {
  const LogsAccess access(parts_.db);
  table.add<op::FilterLogEvents>({.access =
                                      [access](const Request& request, const FilterLogEventsInput& input) {
                                        const std::string group = require_group_name(
                                            request, input.log_group_name, input.log_group_identifier);
                                        platform::AccessChecks checks =
                                            access.on_group(request, "logs:FilterLogEvents", group);
                                        if (input.unmask.value_or(false)) LogsAccess::add_unmask(checks);
                                        return checks;
                                      },
                                  .run = platform::bind_run(this, &LogsService::filter_log_events),
                                  .effect = platform::Effect::kReadOnly});
  table.add<op::TestMetricFilter>(
      {.access = [](const Request&,
                    const TestMetricFilterInput&) { return platform::check("logs:TestMetricFilter", "*"); },
       .run = platform::bind_run(this, &LogsService::test_metric_filter),
       .effect = platform::Effect::kReadOnly});
}

}  // namespace haneul::logs
