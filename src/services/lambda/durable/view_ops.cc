// What is told of executions: one, its history, those of a function.
#include "gen/lambda/errors.h"
#include "platform/pagination.h"
#include "services/lambda/durable/history.h"
#include "services/lambda/durable/keys.h"
#include "services/lambda/durable/lookup.h"
#include "services/lambda/durable/ops.h"

namespace haneul::lambda {

namespace {

constexpr const char* kMarkerForwards = "forwards";
constexpr const char* kMarkerBackwards = "backwards";

// A page of a range in either direction. The marker is bound to the listing, its direction and the account.
struct Scan {
  const platform::Request& request;
  store::Shard shard;
  store::KeyRange range;
  bool is_reverse = false;
  size_t items_max = 0;

  std::string listing() const {
    return std::string(request.operation->name) + (is_reverse ? kMarkerBackwards : kMarkerForwards);
  }

  void go_on_from(const std::optional<std::string>& marker) {
    if (!marker || marker->empty()) return;
    const auto position = platform::open_page_token(listing(), request.account, *marker);
    if (!position || *position < range.from || *position >= range.to)
      refuse<InvalidParameterValueException>("Invalid Marker");
    (is_reverse ? range.to : range.from) = *position;
  }

  // Forwards the marker is the key that comes next, backwards the one that was last: the end is exclusive.
  template <class Take>
  std::optional<std::string> each(store::Reader& tx, Take take) const {
    size_t taken = 0;
    std::string last;
    std::optional<std::string> next;
    const store::ScanOptions options{.direction = is_reverse ? store::Direction::kReverse
                                                             : store::Direction::kForward};
    tx.scan_each({shard, range.from, range.to}, options, [&](std::string_view key, std::string_view value) {
      if (taken == items_max) {
        next = platform::make_page_token(listing(), request.account, is_reverse ? last : std::string(key));
        return store::Visit::kStop;
      }
      last = key;
      if (take(key, value)) ++taken;
      return store::Visit::kContinue;
    });
    return next;
  }
};

bool is_wanted(const ListDurableExecutionsByFunctionInput& in, const ListedExecution& row, Timestamp start) {
  if (in.durable_execution_name && row.name != *in.durable_execution_name) return false;
  if (in.started_after && start <= *in.started_after) return false;
  if (in.started_before && start >= *in.started_before) return false;
  if (!in.statuses || in.statuses->empty()) return true;
  return std::find(in.statuses->begin(), in.statuses->end(), row.status) != in.statuses->end();
}

void add_data(Event& event, const std::optional<std::string>& input,
              const std::optional<std::string>& result) {
  if (event.execution_started_details)
    event.execution_started_details->input = EventInput{.payload = input, .truncated = false};
  if (event.execution_succeeded_details)
    event.execution_succeeded_details->result = EventResult{.payload = result, .truncated = false};
}

}  // namespace

GetDurableExecutionOutput DurableOps::get(const Request& request, const GetDurableExecutionInput& in) {
  const ExecutionRef ref = require_near_execution(request, in.durable_execution_arn);
  return core_.db.read([&](store::ReadTx& tx) {
    const ExecutionRecord head = require_execution(tx, ref);
    GetDurableExecutionOutput out;
    out.durable_execution_arn = ref.arn();
    out.durable_execution_name = ref.name;
    out.function_arn = ref.function_arn();
    out.start_timestamp = head.started_at;
    out.status = head.status;
    out.version = ref.version;
    if (!head.is_running()) out.end_timestamp = head.ended_at;
    if (!head.trace.empty()) out.trace_header = TraceHeader{.x_amzn_trace_id = head.trace};
    out.durable_config =
        DurableConfig{.kms_key_arn = {},
                      .retention_period_in_days = static_cast<int32_t>(head.config.retention_days),
                      .execution_timeout = static_cast<int32_t>(head.config.timeout_seconds)};
    out.execution_data_included = in.include_execution_data.value_or(true);
    if (!*out.execution_data_included) return out;
    out.input_payload = find_data(tx, ref, "input");
    out.result = find_data(tx, ref, "result");
    out.error = head.error;
    return out;
  });
}

GetDurableExecutionHistoryOutput DurableOps::get_history(const Request& request,
                                                         const GetDurableExecutionHistoryInput& in) {
  const ExecutionRef ref = require_near_execution(request, in.durable_execution_arn);
  const ExecutionData data =
      in.include_execution_data.value_or(false) ? ExecutionData::kIncluded : ExecutionData::kLeftOut;
  Scan scan{.request = request,
            .shard = keys::durable_scope(ref.place, ref.id).shard,
            .range = keys::durable_events(ref.place, ref.id),
            .is_reverse = in.reverse_order.value_or(false),
            .items_max = page_size(in.max_items)};
  scan.go_on_from(in.marker);
  return core_.db.read([&](store::ReadTx& tx) {
    require_execution(tx, ref);
    GetDurableExecutionHistoryOutput out;
    std::optional<std::string> input, result;
    if (data == ExecutionData::kIncluded) {
      input = find_data(tx, ref, "input");
      result = find_data(tx, ref, "result");
    }
    out.next_marker = scan.each(tx, [&](std::string_view, std::string_view value) {
      Event event = event_from(value);
      add_data(event, input, result);
      out.events.push_back(shown_event(std::move(event), data));
      return true;
    });
    return out;
  });
}

ListDurableExecutionsByFunctionOutput DurableOps::list(const Request& request,
                                                       const ListDurableExecutionsByFunctionInput& in) {
  const FunctionRef function = parse_function(request, in.function_name, in.qualifier);
  return core_.db.read([&](store::ReadTx& tx) {
    const FunctionRecord record = require_function(tx, function);
    const std::string version = require_version(tx, function).version;
    const keys::FunctionLife life{.place = function.place, .name = function.name, .born = record.born};
    Scan scan{.request = request,
              .shard = keys::durable_of_scope(life).shard,
              .range = keys::durable_lists(life),
              .is_reverse = in.reverse_order.value_or(false),
              .items_max = page_size(in.max_items)};
    scan.go_on_from(in.marker);
    ListDurableExecutionsByFunctionOutput out;
    out.durable_executions.emplace();
    out.next_marker = scan.each(tx, [&](std::string_view key, std::string_view value) {
      const ListedExecution row = listed_from(value);
      const Timestamp start = keys::listed_start(key);
      if (row.version != version || !is_wanted(in, row, start)) return false;
      const ExecutionRef ref{.place = function.place,
                             .function = function.name,
                             .version = row.version,
                             .name = row.name,
                             .id = keys::listed_id(key)};
      Execution shown;
      shown.durable_execution_arn = ref.arn();
      shown.durable_execution_name = row.name;
      shown.function_arn = ref.function_arn();
      shown.status = row.status;
      shown.start_timestamp = start;
      if (row.status != kRunning) shown.end_timestamp = row.ended_at;
      out.durable_executions->push_back(std::move(shown));
      return true;
    });
    return out;
  });
}

}  // namespace haneul::lambda
