#include "services/lambda/durable/envelope.h"

#include "base/json.h"
#include "base/text.h"
#include "gen/lambda/errors.h"
#include "gen/lambda/schema.h"
#include "model/binding.h"
#include "platform/pagination.h"
#include "services/lambda/durable/keys.h"
#include "services/lambda/durable/update_rules.h"

namespace haneul::lambda {

namespace {

// Tells what stands below a context that is done.
class Hidden {
 public:
  Hidden(store::Reader& tx, const ExecutionRef& ref) : tx_(tx), ref_(ref) {}

  bool hides(const std::optional<std::string>& context) {
    if (!context) return false;
    const auto known = known_.find(*context);
    if (known != known_.end()) return known->second;
    const auto found = find_operation(tx_, ref_, *context);
    bool answer = false;
    if (found) {
      const Operation& shown = found->shown;
      const bool is_done = shown.status == "SUCCEEDED" || shown.status == "FAILED";
      const bool replays = shown.context_details && shown.context_details->replay_children.value_or(false);
      answer = (is_done && !replays) || hides(shown.parent_id);
    }
    return known_[*context] = answer;
  }

 private:
  store::Reader& tx_;
  const ExecutionRef& ref_;
  std::map<std::string, bool> known_;
};

// The event has times as milliseconds; the API's answers have seconds.
Document in_millis(const Document& from) {
  if (from.is_timestamp()) return from.as_timestamp().time_since_epoch().count();
  if (from.is_array()) {
    Document out = Document::array();
    for (const Document& each : from.as_array()) out.push(in_millis(each));
    return out;
  }
  if (!from.is_object()) return from;
  Document out = Document::object();
  for (const auto& [name, value] : from.as_object()) out.set(name, in_millis(value));
  return out;
}

std::optional<std::string> text_of(const Document& from, std::string_view name) {
  const Document* value = from.find(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->as_string();
}

std::optional<ErrorObject> error_member(const Document& answer) {
  const Document* given = answer.find("Error");
  if (given == nullptr || !given->is_object()) return std::nullopt;
  ErrorObject out;
  out.error_message = text_of(*given, "ErrorMessage");
  out.error_type = text_of(*given, "ErrorType");
  out.error_data = text_of(*given, "ErrorData");
  if (const Document* trace = given->find("StackTrace"); trace != nullptr && trace->is_array()) {
    out.stack_trace.emplace();
    for (const Document& line : trace->as_array()) {
      if (line.is_string()) out.stack_trace->push_back(line.as_string());
    }
  }
  return out;
}

Document parse_or_null(const std::string& payload) {
  try {
    return parse_json(payload);
  } catch (const ParseError&) {
    return {};
  }
}

}  // namespace

StatePage read_state(store::Reader& tx, const ExecutionRef& ref, int64_t from, size_t items_max) {
  StatePage page;
  Hidden hidden(tx, ref);
  size_t bytes = 0;
  const store::Key first = keys::durable_op(ref.place, ref.id, from);
  const store::KeyRange all = keys::durable_ops(ref.place, ref.id);
  std::vector<OperationRecord> found;
  tx.scan_each({first.shard, first.bytes, all.to}, {}, [&](std::string_view, std::string_view value) {
    OperationRecord operation = operation_from(value);
    if (found.size() == items_max || (bytes > kOperationPageBytes && !found.empty())) {
      page.next = operation.number;
      return store::Visit::kStop;
    }
    bytes += value.size();
    found.push_back(std::move(operation));
    return store::Visit::kContinue;
  });
  for (OperationRecord& operation : found) {
    if (operation.number == 0)
      operation.shown.execution_details = ExecutionDetails{.input_payload = find_data(tx, ref, "input")};
    if (!hidden.hides(operation.shown.parent_id)) page.operations.push_back(std::move(operation.shown));
  }
  return page;
}

std::string state_marker(const ExecutionRef& ref, int64_t number) {
  return platform::make_page_token("durable-state", ref.place.account, ref.id + "/" + std::to_string(number));
}

std::optional<int64_t> open_state_marker(const ExecutionRef& ref, std::string_view marker) {
  const auto position = platform::open_page_token("durable-state", ref.place.account, marker);
  if (!position || !position->starts_with(ref.id + "/")) return std::nullopt;
  return parse_int(std::string_view(*position).substr(ref.id.size() + 1));
}

std::string make_event(store::Reader& tx, const ExecutionRecord& head) {
  const StatePage page = read_state(tx, head.ref, 0, kExecutionItemsMax);
  Document event = Document::object();
  event.set("DurableExecutionArn", head.ref.arn());
  event.set("CheckpointToken", head.token);
  Document& updated = event.set("UpdatedOperationIds", Document::array());
  for (const std::string& id : head.changed) updated.push(id);
  Document& state = event.set("InitialExecutionState", Document::object());
  Document& operations = state.set("Operations", Document::array());
  for (const Operation& operation : page.operations) operations.push(in_millis(model::unbind(operation)));
  state.set("NextMarker", page.next ? state_marker(head.ref, *page.next) : "");
  return write_json(event);
}

std::expected<FunctionAnswer, std::string> read_answer(const ExecutionRecord& head,
                                                       const std::string& payload) {
  const Document answer = parse_or_null(payload);
  FunctionAnswer out{.status = text_of(answer, "Status").value_or(""),
                     .result = text_of(answer, "Result"),
                     .error = error_member(answer)};
  if (out.status == "SUCCEEDED") {
    if (out.error) return std::unexpected("Cannot provide an Error for SUCCEEDED status.");
    if (!out.result || out.result->size() <= static_cast<size_t>(head.result_bytes_max)) return out;
    return std::unexpected(result_too_large(head.result_bytes_max));
  }
  if (out.status == "FAILED") {
    if (out.result) return std::unexpected("Cannot provide a Result for FAILED status.");
    return out;
  }
  if (out.status != "PENDING") return std::unexpected("Invalid Status in invocation output.");
  if (head.waiting.empty() && head.changed.empty())
    return std::unexpected("Cannot return PENDING status with no pending operations.");
  return out;
}

ErrorObject error_of_function(const std::string& payload) {
  const Document given = parse_or_null(payload);
  ErrorObject out;
  out.error_type = text_of(given, "errorType");
  out.error_message = text_of(given, "errorMessage");
  if (!out.error_type && !out.error_message) out.error_message = payload;
  const Document* trace = given.find("stackTrace");
  if (trace == nullptr) trace = given.find("trace");
  if (trace != nullptr && trace->is_array()) {
    out.stack_trace.emplace();
    for (const Document& line : trace->as_array()) {
      if (line.is_string()) out.stack_trace->push_back(line.as_string());
    }
  }
  return out;
}

std::string function_error(const ErrorObject& error) {
  Document out = Document::object();
  if (error.error_message) out.set("errorMessage", *error.error_message);
  if (error.error_type) out.set("errorType", *error.error_type);
  if (error.error_data) out.set("errorData", *error.error_data);
  if (error.stack_trace) {
    Document& trace = out.set("stackTrace", Document::array());
    for (const std::string& line : *error.stack_trace) trace.push(line);
  }
  return write_json(out);
}

}  // namespace haneul::lambda
