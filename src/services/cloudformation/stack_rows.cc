#include "services/cloudformation/stack_rows.h"

#include <fmt/format.h>

#include "base/text.h"
#include "store/record.h"

namespace haneul::cloudformation {

std::optional<StackRecord> load_stack(store::Reader& tx, const Place& place, std::string_view uuid) {
  const auto row = tx.get(stack_key(place, uuid));
  if (!row) return std::nullopt;
  return stack_from(store::decode_record(*row));
}

std::optional<StackRecord> find_stack(store::Reader& tx, const Place& place, std::string_view name_or_id) {
  if (name_or_id.starts_with("arn:")) {
    const size_t slash = name_or_id.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    auto stack = load_stack(tx, place, name_or_id.substr(slash + 1));
    if (!stack || stack->id != name_or_id) return std::nullopt;
    return stack;
  }
  const auto uuid = tx.get(name_key(place, name_or_id));
  if (!uuid) return std::nullopt;
  return load_stack(tx, place, *uuid);
}

std::vector<StackRecord> load_stacks(store::Reader& tx, const Place& place) {
  std::vector<StackRecord> out;
  for (const store::Entry& row : tx.scan(place.scope().shard, stack_range(place))) {
    out.push_back(stack_from(store::decode_record(row.value)));
  }
  return out;
}

size_t count_live_stacks(store::Reader& tx, const Place& place) {
  return tx.scan(place.scope().shard, name_range(place)).size();
}

void save_stack(store::Tx& tx, const Place& place, const StackRecord& stack) {
  tx.put(stack_key(place, stack.uuid), store::encode_record(to_document(stack)));
}

std::optional<Spec> load_spec(store::Reader& tx, const Place& place, std::string_view uuid,
                              std::string_view which) {
  const auto row = tx.get(spec_key(place, uuid, which));
  if (!row) return std::nullopt;
  return spec_from(store::decode_record(*row));
}

void save_spec(store::Tx& tx, const Place& place, std::string_view uuid, std::string_view which,
               const Spec& spec) {
  tx.put(spec_key(place, uuid, which), store::encode_record(to_document(spec)));
}

ResourceMap load_resources(store::Reader& tx, const Place& place, std::string_view uuid) {
  ResourceMap out;
  for (const store::Entry& row : tx.scan(place.scope().shard, resource_range(place, uuid))) {
    Resource resource = resource_from(store::decode_record(row.value));
    out.emplace(resource.logical_id, std::move(resource));
  }
  return out;
}

void save_resource(store::Tx& tx, const Place& place, std::string_view uuid, const Resource& resource) {
  tx.put(resource_key(place, uuid, resource.logical_id), store::encode_record(to_document(resource)));
}

void add_event(store::Tx& tx, const Place& place, StackRecord& stack, Event event) {
  const uint64_t number = stack.next_event++;
  if (event.id.empty()) {
    // Clients tell events apart by their ids, and two of a resource may fall into one millisecond.
    event.id =
        fmt::format("{}-{}-{}-{}", event.logical_id, event.status, format_iso8601_millis(event.at), number);
  }
  event.token = stack.op.token;
  tx.put(event_key(place, stack.uuid, number), store::encode_record(to_document(event)));
}

Event stack_event(const StackRecord& stack, Timestamp at) {
  return {.id = fmt::format("{}-{:06}", stack.uuid, stack.next_event),
          .logical_id = stack.name,
          .physical_id = stack.id,
          .type = "AWS::CloudFormation::Stack",
          .status = stack.status,
          .reason = stack.status_reason,
          .at = at};
}

std::optional<ChangeSet> load_change_set(store::Reader& tx, const Place& place, std::string_view uuid,
                                         std::string_view name) {
  const auto row = tx.get(change_set_key(place, uuid, name));
  if (!row) return std::nullopt;
  return change_set_from(store::decode_record(*row));
}

std::vector<ChangeSet> load_change_sets(store::Reader& tx, const Place& place, std::string_view uuid) {
  std::vector<ChangeSet> out;
  for (const store::Entry& row : tx.scan(place.scope().shard, change_set_range(place, uuid))) {
    out.push_back(change_set_from(store::decode_record(row.value)));
  }
  return out;
}

void save_change_set(store::Tx& tx, const Place& place, std::string_view uuid, const ChangeSet& change_set) {
  tx.put(change_set_key(place, uuid, change_set.name), store::encode_record(to_document(change_set)));
}

namespace {

ExportRow export_from(std::string name, std::string_view row) {
  const Document record = store::decode_record(row);
  return {std::move(name), record.string_or("value", ""), record.string_or("stack", "")};
}

}  // namespace

std::optional<ExportRow> load_export(store::Reader& tx, const Place& place, std::string_view name) {
  const auto row = tx.get(export_key(place, name));
  if (!row) return std::nullopt;
  return export_from(std::string(name), *row);
}

std::vector<ExportRow> load_exports(store::Reader& tx, const Place& place) {
  std::vector<ExportRow> out;
  for (const store::Entry& row : tx.scan(place.scope().shard, export_range(place))) {
    out.push_back(export_from(name_of(row.key).first, row.value));
  }
  return out;
}

void save_export(store::Tx& tx, const Place& place, const ExportRow& row) {
  tx.put(export_key(place, row.name),
         store::encode_record(Document::Object{{"value", row.value}, {"stack", row.uuid}}));
}

std::vector<std::string> importers(store::Reader& tx, const Place& place, std::string_view export_name) {
  std::vector<std::string> names;
  for (const store::Entry& row : tx.scan(place.scope().shard, import_range(place, export_name))) {
    if (const auto stack = load_stack(tx, place, name_of(row.key).second)) names.push_back(stack->name);
  }
  return names;
}

}  // namespace haneul::cloudformation
