#include "services/lambda/durable/record.h"

#include "model/binding.h"
#include "store/record.h"

namespace haneul::lambda {

namespace {

int64_t number(const Document& from, std::string_view key) {
  const Document* value = from.find(key);
  return value != nullptr && value->is_number() ? value->as_int() : 0;
}

Timestamp time_of(const Document& from, std::string_view key) {
  return Timestamp(Milliseconds(number(from, key)));
}

int64_t millis(Timestamp at) { return at.time_since_epoch().count(); }

Document list_of(const std::vector<std::string>& texts) {
  Document out = Document::array();
  for (const std::string& each : texts) out.push(each);
  return out;
}

std::vector<std::string> texts_of(const Document& from, std::string_view key) {
  std::vector<std::string> out;
  if (const Document* list = from.find(key)) {
    for (const Document& each : list->as_array()) out.push_back(each.as_string());
  }
  return out;
}

void set_names(Document& out, const ExecutionRecord& record) {
  out.set("account", record.ref.place.account.str());
  out.set("region", record.ref.place.region.str());
  out.set("function", record.ref.function);
  out.set("version", record.ref.version);
  out.set("name", record.ref.name);
  out.set("id", record.ref.id);
  out.set("born", record.born);
  out.set("invoked", record.invoked_arn);
  out.set("parent", record.parent);
  out.set("parent_operation", record.parent_operation);
}

void get_names(const Document& from, ExecutionRecord& record) {
  record.ref.place = {AccountId(from.string_or("account", "")), Region(from.string_or("region", ""))};
  record.ref.function = from.string_or("function", "");
  record.ref.version = from.string_or("version", "");
  record.ref.name = from.string_or("name", "");
  record.ref.id = from.string_or("id", "");
  record.born = from.string_or("born", "");
  record.invoked_arn = from.string_or("invoked", "");
  record.parent = from.string_or("parent", "");
  record.parent_operation = from.string_or("parent_operation", "");
}

void set_progress(Document& out, const ExecutionRecord& record) {
  out.set("operations", record.operations);
  out.set("events", record.events);
  out.set("bytes", record.bytes);
  out.set("runs", record.runs);
  out.set("run", record.run);
  out.set("token", record.token);
  out.set("first_token", record.first_token);
  out.set("used_token", record.used_token);
  out.set("client_token", record.client_token);
  out.set("shown", list_of(record.shown));
  out.set("changed", list_of(record.changed));
  out.set("waiting", list_of(record.waiting));
  Document& timers = out.set("timers", Document::object());
  for (const auto& [operation, job] : record.timers) timers.set(operation, job);
}

void get_progress(const Document& from, ExecutionRecord& record) {
  record.operations = number(from, "operations");
  record.events = number(from, "events");
  record.bytes = number(from, "bytes");
  record.runs = number(from, "runs");
  record.run = number(from, "run");
  record.token = from.string_or("token", "");
  record.first_token = from.string_or("first_token", "");
  record.used_token = from.string_or("used_token", "");
  record.client_token = from.string_or("client_token", "");
  record.shown = texts_of(from, "shown");
  record.changed = texts_of(from, "changed");
  record.waiting = texts_of(from, "waiting");
  if (const Document* timers = from.find("timers")) {
    for (const auto& [operation, job] : timers->as_object()) record.timers[operation] = job.as_string();
  }
}

}  // namespace

std::string encode(const ExecutionRecord& record) {
  Document out = Document::object();
  set_names(out, record);
  out.set("status", record.status);
  out.set("started", millis(record.started_at));
  out.set("ended", millis(record.ended_at));
  out.set("timeout", record.config.timeout_seconds);
  out.set("retention", record.config.retention_days);
  out.set("result_max", record.result_bytes_max);
  out.set("input_digest", record.input_digest);
  out.set("trace", record.trace);
  out.set("context", record.client_context);
  out.set("request", record.request_id);
  if (record.error) out.set("error", model::unbind(*record.error));
  set_progress(out, record);
  return store::encode_record(out);
}

ExecutionRecord execution_from(std::string_view bytes) {
  const Document from = store::decode_record(bytes);
  ExecutionRecord out;
  get_names(from, out);
  out.status = from.string_or("status", kRunning);
  out.started_at = time_of(from, "started");
  out.ended_at = time_of(from, "ended");
  out.config.timeout_seconds = number(from, "timeout");
  out.config.retention_days = number(from, "retention");
  out.result_bytes_max = number(from, "result_max");
  out.input_digest = from.string_or("input_digest", "");
  out.trace = from.string_or("trace", "");
  out.client_context = from.string_or("context", "");
  out.request_id = from.string_or("request", "");
  if (const Document* error = from.find("error")) out.error = model::bind<ErrorObject>(*error);
  get_progress(from, out);
  return out;
}

std::string encode(const OperationRecord& record) {
  Document out = Document::object();
  out.set("number", record.number);
  out.set("shown", model::unbind(record.shown));
  out.set("wait", record.wait_seconds);
  out.set("heartbeat", record.heartbeat_seconds);
  out.set("callback_due", millis(record.callback_due));
  out.set("heartbeat_due", millis(record.heartbeat_due));
  if (!record.target.empty()) {
    out.set("target", record.target);
    out.set("input", record.input);
    out.set("trace", record.trace);
    out.set("event", record.started_event);
  }
  return store::encode_record(out);
}

OperationRecord operation_from(std::string_view bytes) {
  const Document from = store::decode_record(bytes);
  OperationRecord out;
  out.number = number(from, "number");
  if (const Document* shown = from.find("shown")) out.shown = model::bind<Operation>(*shown);
  out.wait_seconds = number(from, "wait");
  out.heartbeat_seconds = number(from, "heartbeat");
  out.callback_due = time_of(from, "callback_due");
  out.heartbeat_due = time_of(from, "heartbeat_due");
  out.target = from.string_or("target", "");
  out.input = from.string_or("input", "");
  out.trace = from.string_or("trace", "");
  out.started_event = number(from, "event");
  return out;
}

std::string encode(const Event& event) { return store::encode_record(model::unbind(event)); }
Event event_from(std::string_view bytes) { return model::bind<Event>(store::decode_record(bytes)); }

std::string encode(const ListedExecution& record) {
  Document out = Document::object();
  out.set("name", record.name);
  out.set("version", record.version);
  out.set("status", record.status);
  out.set("ended", millis(record.ended_at));
  return store::encode_record(out);
}

ListedExecution listed_from(std::string_view bytes) {
  const Document from = store::decode_record(bytes);
  return {.name = from.string_or("name", ""),
          .version = from.string_or("version", ""),
          .status = from.string_or("status", kRunning),
          .ended_at = time_of(from, "ended")};
}

}  // namespace haneul::lambda
