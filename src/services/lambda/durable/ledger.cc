#include "services/lambda/durable/ledger.h"

#include <algorithm>

#include "services/lambda/durable/chained.h"
#include "services/lambda/durable/history.h"
#include "services/lambda/durable/keys.h"
#include "store/record.h"

namespace haneul::lambda {

namespace {

keys::FunctionLife life_of(const ExecutionRecord& head) {
  return {.place = head.ref.place, .name = head.ref.function, .born = head.born};
}

void drop(std::vector<std::string>& list, const std::string& text) { std::erase(list, text); }

}  // namespace

std::optional<ExecutionRecord> find_execution(store::Reader& tx, const Place& place, std::string_view id) {
  const auto bytes = tx.get(keys::durable(place, id));
  if (!bytes) return std::nullopt;
  return execution_from(*bytes);
}

std::optional<OperationRecord> find_operation(store::Reader& tx, const ExecutionRef& ref,
                                              std::string_view operation) {
  const auto number = tx.get(keys::durable_op_at(ref.place, ref.id, operation));
  if (!number) return std::nullopt;
  const auto bytes = tx.get(keys::durable_op(ref.place, ref.id, store::decode_record(*number).as_int()));
  if (!bytes) return std::nullopt;
  return operation_from(*bytes);
}

std::optional<std::string> find_data(store::Reader& tx, const ExecutionRef& ref, std::string_view what) {
  const auto bytes = tx.get(keys::durable_data(ref.place, ref.id, what));
  if (!bytes) return std::nullopt;
  return store::decode_record(*bytes).as_string();
}

Document job_payload(const ExecutionRef& ref) {
  Document out = Document::object();
  out.set("account", ref.place.account.str());
  out.set("region", ref.place.region.str());
  out.set("id", ref.id);
  return out;
}

std::optional<Ledger> Ledger::open(DurableParts& parts, store::Tx& tx, const Place& place,
                                   std::string_view id) {
  auto head = find_execution(tx, place, id);
  if (!head) return std::nullopt;
  return Ledger(parts, tx, *std::move(head));
}

Ledger Ledger::begin(DurableParts& parts, store::Tx& tx, ExecutionRecord record, std::string input) {
  Ledger ledger(parts, tx, std::move(record));
  ExecutionRecord& head = ledger.head;
  const Timestamp at = head.started_at;
  OperationRecord root;
  root.shown.id = head.ref.id;
  root.shown.type = "EXECUTION";
  root.shown.name = head.ref.name;
  root.shown.start_timestamp = at;
  root.shown.status = "STARTED";
  ledger.add(root);
  head.changed.clear();  // the first event of the function has it
  tx.put(keys::durable_data(head.ref.place, head.ref.id, "input"), store::encode_record(std::move(input)));
  ledger.note(execution_started(head), at);
  ledger.set_timer(std::string(kTimeoutTimer), at + Seconds(head.config.timeout_seconds));
  ledger.wake(at);
  ledger.put_listed();
  return ledger;
}

void Ledger::save() { tx_.put(keys::durable(head.ref.place, head.ref.id), encode(head)); }

std::optional<OperationRecord> Ledger::find(std::string_view operation) {
  return find_operation(tx_, head.ref, operation);
}

OperationRecord& Ledger::add(OperationRecord& operation) {
  operation.number = head.operations++;
  tx_.put(keys::durable_op_at(head.ref.place, head.ref.id, operation.shown.id),
          store::encode_record(operation.number));
  put(operation);
  return operation;
}

void Ledger::put_quietly(const OperationRecord& operation) {
  tx_.put(keys::durable_op(head.ref.place, head.ref.id, operation.number), encode(operation));
}

void Ledger::put(const OperationRecord& operation) {
  put_quietly(operation);
  const std::string& id = operation.shown.id;
  if (std::find(head.changed.begin(), head.changed.end(), id) == head.changed.end())
    head.changed.push_back(id);
}

void Ledger::note(Event event, Timestamp at) {
  event.event_id = ++head.events;
  event.event_timestamp = at;
  tx_.put(keys::durable_event(head.ref.place, head.ref.id, head.events), encode(event));
}

void Ledger::set_timer(const std::string& operation, Timestamp due) {
  clear_timer(operation);
  Document payload = job_payload(head.ref);
  payload.set("operation", operation);
  head.timers[operation] = parts_.core.jobs.add(tx_, kDurableTimerJob, due, std::move(payload));
}

void Ledger::clear_timer(const std::string& operation) {
  const auto found = head.timers.find(operation);
  if (found == head.timers.end()) return;
  parts_.core.jobs.cancel(tx_, found->second);
  head.timers.erase(found);
}

void Ledger::await(const std::string& operation) {
  drop(head.waiting, operation);
  head.waiting.push_back(operation);
}

void Ledger::settle(OperationRecord& operation, std::string_view status, Timestamp at) {
  const std::string& id = operation.shown.id;
  operation.shown.status = status;
  if (status != "READY") operation.shown.end_timestamp = at;
  clear_timer(id);
  drop(head.waiting, id);
  put(operation);
}

void Ledger::wake(Timestamp at) {
  if (head.run != 0 || !head.is_running()) return;
  head.run = ++head.runs;
  Document payload = job_payload(head.ref);
  payload.set("run", head.run);
  payload.set("failures", 0);
  parts_.core.jobs.add(tx_, kDurableRunJob, at, std::move(payload));
}

void Ledger::end(Ending ending, Timestamp at) {
  if (auto root = find(head.ref.id)) {
    root->shown.status = ending.status;
    root->shown.end_timestamp = at;
    put(*root);
  }
  head.status = ending.status;
  head.ended_at = at;
  head.error = ending.error;
  head.token.clear();
  head.first_token.clear();
  head.waiting.clear();
  while (!head.timers.empty()) clear_timer(std::string(head.timers.begin()->first));
  if (ending.result) {
    tx_.put(keys::durable_data(head.ref.place, head.ref.id, "result"), store::encode_record(*ending.result));
  }
  note(execution_ended(head), at);
  put_listed();
  parts_.core.jobs.add(tx_, kDurablePurgeJob, at + std::chrono::days(head.config.retention_days),
                       job_payload(head.ref));
  tell_parent(ending, at);
  tx_.on_durable([bell = parts_.bell, id = head.ref.id] { bell->ring(id); });
}

void Ledger::put_listed() {
  const ListedExecution row{
      .name = head.ref.name, .version = head.ref.version, .status = head.status, .ended_at = head.ended_at};
  tx_.put(keys::durable_list(life_of(head), head.started_at, head.ref.id), encode(row));
}

void Ledger::tell_parent(const Ending& ending, Timestamp at) {
  if (head.parent.empty()) return;
  auto parent = Ledger::open(parts_, tx_, head.ref.place, head.parent);
  if (!parent) return;
  complete_chained(*parent, head.parent_operation, ending, at);
  parent->save();
}

}  // namespace haneul::lambda
