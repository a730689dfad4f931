#include "services/cloudformation/records.h"

#include "platform/caller_record.h"
#include "services/cloudformation/record_fields.h"

namespace haneul::cloudformation {

namespace {

template <class Enum>
Document enum_of(Enum value) {
  return static_cast<int64_t>(value);
}
template <class Enum>
Enum enum_from(const Document& from, std::string_view name) {
  return static_cast<Enum>(number_of(from, name));
}

Document to_document(const Operation& op) {
  return Document::Object{{"id", op.id},
                          {"kind", enum_of(op.kind)},
                          {"phase", enum_of(op.phase)},
                          {"token", op.token},
                          {"started", time_of(op.started_at)},
                          {"cancelled", op.cancelled_because},
                          {"retain", list_of(op.retain)},
                          {"caller", cloudformation::to_document(op.caller)},
                          {"role", op.role_arn}};
}

Operation operation_from(const Document& from) {
  Operation op;
  op.id = from.string_or("id", "");
  op.kind = enum_from<Operation::Kind>(from, "kind");
  op.phase = enum_from<Phase>(from, "phase");
  op.token = from.string_or("token", "");
  op.started_at = time_from(from, "started");
  op.cancelled_because = from.string_or("cancelled", "");
  op.retain = texts_of(from, "retain");
  op.caller = caller_from(value_of(from, "caller"));
  op.role_arn = from.string_or("role", "");
  return op;
}

Document to_document(const Incarnation& incarnation) {
  return Document::Object{{"type", incarnation.type},
                          {"id", incarnation.physical_id},
                          {"properties", incarnation.properties},
                          {"shown", incarnation.shown},
                          {"attributes", incarnation.attributes},
                          {"tags", incarnation.stack_tags},
                          {"deletion", incarnation.deletion_policy},
                          {"replacement", incarnation.update_replace_policy},
                          {"depends", list_of(incarnation.depends_on)},
                          {"kept", incarnation.is_kept}};
}

Incarnation incarnation_from(const Document& from) {
  Incarnation out;
  out.type = from.string_or("type", "");
  out.physical_id = from.string_or("id", "");
  out.properties = value_of(from, "properties", Document::object());
  out.shown = value_of(from, "shown");
  out.attributes = value_of(from, "attributes", Document::object());
  out.stack_tags = value_of(from, "tags", Document::array());
  out.deletion_policy = from.string_or("deletion", "Delete");
  out.update_replace_policy = from.string_or("replacement", "Delete");
  out.depends_on = texts_of(from, "depends");
  out.is_kept = flag_of(from, "kept");
  return out;
}

Document to_document(const std::optional<Incarnation>& incarnation) {
  return incarnation ? to_document(*incarnation) : Document();
}
std::optional<Incarnation> optional_incarnation_from(const Document& from, std::string_view name) {
  const Document* value = from.find(name);
  if (value == nullptr || !value->is_object()) return std::nullopt;
  return incarnation_from(*value);
}

}  // namespace

Document to_document(const Spec& spec) {
  return Document::Object{{"original", spec.original},
                          {"processed", spec.processed},
                          {"parameters", map_of(spec.parameters)},
                          {"noEcho", list_of(spec.no_echo)},
                          {"tags", spec.tags},
                          {"capabilities", list_of(spec.capabilities)},
                          {"description", spec.description}};
}

Spec spec_from(const Document& from) {
  Spec spec;
  spec.original = from.string_or("original", "");
  spec.processed = from.string_or("processed", "");
  spec.parameters = map_from(from, "parameters");
  spec.no_echo = texts_of(from, "noEcho");
  spec.tags = value_of(from, "tags", Document::array());
  spec.capabilities = texts_of(from, "capabilities");
  spec.description = from.string_or("description", "");
  return spec;
}

Document to_document(const StackRecord& stack) {
  return Document::Object{{"id", stack.id},
                          {"uuid", stack.uuid},
                          {"name", stack.name},
                          {"status", stack.status},
                          {"reason", stack.status_reason},
                          {"created", time_of(stack.created_at)},
                          {"updated", time_of(stack.updated_at)},
                          {"deleted", time_of(stack.deleted_at)},
                          {"onFailure", enum_of(stack.on_failure)},
                          {"timeout", stack.timeout_minutes},
                          {"role", stack.role_arn},
                          {"protected", stack.is_protected},
                          {"changeSet", stack.change_set_id},
                          {"outputs", stack.outputs},
                          {"imports", list_of(stack.imports)},
                          {"nextEvent", stack.next_event},
                          {"operation", to_document(stack.op)}};
}

StackRecord stack_from(const Document& from) {
  StackRecord stack;
  stack.id = from.string_or("id", "");
  stack.uuid = from.string_or("uuid", "");
  stack.name = from.string_or("name", "");
  stack.status = from.string_or("status", "");
  stack.status_reason = from.string_or("reason", "");
  stack.created_at = time_from(from, "created");
  stack.updated_at = optional_time_from(from, "updated");
  stack.deleted_at = optional_time_from(from, "deleted");
  stack.on_failure = enum_from<StackRecord::OnFailure>(from, "onFailure");
  stack.timeout_minutes = number_of(from, "timeout");
  stack.role_arn = from.string_or("role", "");
  stack.is_protected = flag_of(from, "protected");
  stack.change_set_id = from.string_or("changeSet", "");
  stack.outputs = value_of(from, "outputs", Document::array());
  stack.imports = texts_of(from, "imports");
  stack.next_event = static_cast<uint64_t>(number_of(from, "nextEvent"));
  stack.op = operation_from(value_of(from, "operation", Document::object()));
  return stack;
}

Document to_document(const Resource& resource) {
  Document doomed = Document::array();
  for (const Incarnation& incarnation : resource.doomed) doomed.push(to_document(incarnation));
  return Document::Object{{"logical", resource.logical_id},
                          {"type", resource.type},
                          {"physical", resource.physical_id},
                          {"status", resource.status},
                          {"reason", resource.status_reason},
                          {"updated", time_of(resource.updated_at)},
                          {"metadata", resource.metadata},
                          {"current", to_document(resource.current)},
                          {"previous", to_document(resource.previous)},
                          {"doomed", std::move(doomed)},
                          {"half", to_document(resource.half)},
                          {"op", resource.op},
                          {"action", enum_of(resource.action)},
                          {"step", enum_of(resource.step)},
                          {"intent", to_document(resource.intent)},
                          {"started", time_of(resource.started_at)}};
}

Resource resource_from(const Document& from) {
  Resource resource;
  resource.logical_id = from.string_or("logical", "");
  resource.type = from.string_or("type", "");
  resource.physical_id = from.string_or("physical", "");
  resource.status = from.string_or("status", "");
  resource.status_reason = from.string_or("reason", "");
  resource.updated_at = time_from(from, "updated");
  resource.metadata = value_of(from, "metadata");
  resource.current = optional_incarnation_from(from, "current");
  resource.previous = optional_incarnation_from(from, "previous");
  if (const Document* doomed = from.find("doomed"); doomed != nullptr && doomed->is_array()) {
    for (const Document& item : doomed->as_array()) resource.doomed.push_back(incarnation_from(item));
  }
  resource.half = optional_incarnation_from(from, "half");
  resource.op = from.string_or("op", "");
  resource.action = enum_from<Resource::Action>(from, "action");
  resource.step = enum_from<Resource::Step>(from, "step");
  resource.intent = optional_incarnation_from(from, "intent");
  resource.started_at = time_from(from, "started");
  return resource;
}

Document to_document(const Event& event) {
  return Document::Object{{"id", event.id},
                          {"logical", event.logical_id},
                          {"physical", event.physical_id},
                          {"type", event.type},
                          {"status", event.status},
                          {"reason", event.reason},
                          {"properties", event.properties},
                          {"token", event.token},
                          {"at", time_of(event.at)}};
}

Event event_from(const Document& from) {
  return {.id = from.string_or("id", ""),
          .logical_id = from.string_or("logical", ""),
          .physical_id = from.string_or("physical", ""),
          .type = from.string_or("type", ""),
          .status = from.string_or("status", ""),
          .reason = from.string_or("reason", ""),
          .properties = from.string_or("properties", ""),
          .token = from.string_or("token", ""),
          .at = time_from(from, "at")};
}

Document to_document(const ChangeSet& change_set) {
  return Document::Object{{"id", change_set.id},
                          {"name", change_set.name},
                          {"description", change_set.description},
                          {"kind", enum_of(change_set.kind)},
                          {"status", change_set.status},
                          {"execution", change_set.execution_status},
                          {"reason", change_set.status_reason},
                          {"role", change_set.role_arn},
                          {"onStackFailure", change_set.on_stack_failure},
                          {"token", change_set.token},
                          {"created", time_of(change_set.created_at)},
                          {"spec", to_document(change_set.spec)},
                          {"changes", change_set.changes}};
}

ChangeSet change_set_from(const Document& from) {
  ChangeSet out;
  out.id = from.string_or("id", "");
  out.name = from.string_or("name", "");
  out.description = from.string_or("description", "");
  out.kind = enum_from<ChangeSet::Kind>(from, "kind");
  out.status = from.string_or("status", "");
  out.execution_status = from.string_or("execution", "");
  out.status_reason = from.string_or("reason", "");
  out.role_arn = from.string_or("role", "");
  out.on_stack_failure = from.string_or("onStackFailure", "");
  out.token = from.string_or("token", "");
  out.created_at = time_from(from, "created");
  out.spec = spec_from(value_of(from, "spec", Document::object()));
  out.changes = value_of(from, "changes", Document::array());
  return out;
}

Document to_document(const platform::Caller& caller) { return platform::to_document(caller); }

platform::Caller caller_from(const Document& from) { return platform::caller_from(from); }

}  // namespace haneul::cloudformation
