// Checkpoints, state, and stopping.
#include "services/lambda/durable/ops.h"

#include "gen/lambda/errors.h"
#include "services/lambda/durable/checkpoint.h"
#include "services/lambda/durable/envelope.h"
#include "services/lambda/durable/keys.h"
#include "services/lambda/durable/lookup.h"
#include "services/lambda/durable/timers.h"
#include "services/lambda/invoker.h"

namespace haneul::lambda {

using platform::Effect;

namespace {

// Its beginning is what the SDKs know it by.
[[noreturn]] void refuse_token() {
  refuse<InvalidParameterValueException>(
      "Invalid Checkpoint Token: it was used before, or the execution has moved on.");
}

void require_supported(const std::vector<OperationUpdate>& updates) {
  for (const OperationUpdate& update : updates) {
    if (update.chained_invoke_options && update.chained_invoke_options->tenant_id)
      throw model::NotImplemented("ChainedInvokeOptions.TenantId is not implemented by Haneul.");
  }
}

std::vector<Operation> operations_of(Ledger& ledger, const std::vector<std::string>& ids) {
  std::vector<Operation> out;
  for (const std::string& id : ids) {
    if (auto operation = ledger.find(id)) out.push_back(std::move(operation->shown));
  }
  return out;
}

bool is_repeated(const ExecutionRecord& head, const CheckpointDurableExecutionInput& in) {
  return in.client_token && !head.used_token.empty() && head.client_token == *in.client_token &&
         head.used_token == in.checkpoint_token;
}

CheckpointDurableExecutionOutput answer(Ledger& ledger) {
  CheckpointDurableExecutionOutput out;
  if (!ledger.head.token.empty()) out.checkpoint_token = ledger.head.token;
  out.new_execution_state.operations = operations_of(ledger, ledger.head.shown);
  return out;
}

}  // namespace

template <class Op, class Output, class Input>
void DurableOps::add(platform::OperationTable& table, Output (DurableOps::*run)(const Request&, const Input&),
                     Effect effect) {
  const std::string action = "lambda:" + std::string(Op::model().name);
  table.add<Op>(
      {.access = [action](const Request&,
                          const Input& in) { return execution_check(action, in.durable_execution_arn); },
       .run = platform::bind_run(this, run),
       .effect = effect});
}

void DurableOps::register_operations(platform::OperationTable& table) {
  add<op::CheckpointDurableExecution>(table, &DurableOps::checkpoint, Effect::kWrite);
  add<op::GetDurableExecutionState>(table, &DurableOps::get_state, Effect::kReadOnly);
  add<op::GetDurableExecution>(table, &DurableOps::get, Effect::kReadOnly);
  add<op::GetDurableExecutionHistory>(table, &DurableOps::get_history, Effect::kReadOnly);
  add<op::StopDurableExecution>(table, &DurableOps::stop, Effect::kWrite);
  table.add<op::ListDurableExecutionsByFunction>(
      {.access =
           [this](const Request& request, const ListDurableExecutionsByFunctionInput& in) {
             return core_.function_check("lambda:ListDurableExecutionsByFunction",
                                         parse_function(request, in.function_name, in.qualifier));
           },
       .run = platform::bind_run(this, &DurableOps::list),
       .effect = Effect::kReadOnly});
  register_callbacks(table);
}

CheckpointDurableExecutionOutput DurableOps::checkpoint(const Request& request,
                                                        const CheckpointDurableExecutionInput& in) {
  const std::vector<OperationUpdate> updates = in.updates.value_or(std::vector<OperationUpdate>{});
  require_supported(updates);
  const auto ref = near_execution(request, in.durable_execution_arn);
  if (!ref) refuse_token();
  const std::string next = make_checkpoint_token(ref->id, core_.random);
  bool was_repeated = false;
  auto out = core_.db.write(keys::durable_scope(ref->place, ref->id), [&](store::Tx& tx) {
    auto ledger = Ledger::open(parts_, tx, ref->place, ref->id);
    if (!ledger || ledger->head.ref.arn() != in.durable_execution_arn) refuse_token();
    ExecutionRecord& head = ledger->head;
    was_repeated = is_repeated(head, in);
    if (was_repeated) return answer(*ledger);
    if (!head.is_running() || head.token.empty() || head.token != in.checkpoint_token) refuse_token();
    apply_updates(*ledger, request, updates);
    if (head.is_running()) fire_due(*ledger, request.now);
    head.used_token = in.checkpoint_token;
    head.client_token = in.client_token.value_or("");
    head.shown = std::move(head.changed);
    head.changed.clear();
    if (head.is_running()) head.token = next;
    ledger->save();
    return answer(*ledger);
  });
  const FunctionRef function{.place = ref->place, .name = ref->function, .qualifier = ref->version};
  if (!was_repeated && !updates.empty())
    publish_use(core_, function, "durable-operations", static_cast<double>(updates.size()));
  return out;
}

GetDurableExecutionStateOutput DurableOps::get_state(const Request& request,
                                                     const GetDurableExecutionStateInput& in) {
  const auto ref = near_execution(request, in.durable_execution_arn);
  if (!ref) refuse_token();
  int64_t from = 0;
  if (in.marker && !in.marker->empty()) {
    const auto position = open_state_marker(*ref, *in.marker);
    if (!position) refuse<InvalidParameterValueException>("Invalid Marker");
    from = *position;
  }
  return core_.db.read([&](store::ReadTx& tx) {
    const auto head = find_execution(tx, ref->place, ref->id);
    if (!head || !head->is_running() || head->token.empty()) refuse_token();
    if (in.checkpoint_token != head->token && in.checkpoint_token != head->first_token) refuse_token();
    StatePage page = read_state(tx, *ref, from, page_size(in.max_items));
    GetDurableExecutionStateOutput out;
    out.operations = std::move(page.operations);
    if (page.next) out.next_marker = state_marker(*ref, *page.next);
    return out;
  });
}

StopDurableExecutionOutput DurableOps::stop(const Request& request, const StopDurableExecutionInput& in) {
  const ExecutionRef ref = require_near_execution(request, in.durable_execution_arn);
  return core_.db.write(keys::durable_scope(ref.place, ref.id), [&](store::Tx& tx) {
    auto ledger = Ledger::open(parts_, tx, ref.place, ref.id);
    if (!ledger || ledger->head.ref.arn() != ref.arn()) refuse_missing_execution();
    if (ledger->head.is_running()) {
      ledger->end({.status = "STOPPED", .result = {}, .error = in.error.value_or(ErrorObject{})},
                  request.now);
      ledger->save();
    }
    return StopDurableExecutionOutput{.stop_timestamp = ledger->head.ended_at};
  });
}

}  // namespace haneul::lambda
