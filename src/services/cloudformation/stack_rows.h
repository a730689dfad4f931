// Typed access to the rows of stacks inside a transaction.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "services/cloudformation/keys.h"
#include "services/cloudformation/records.h"
#include "store/tx.h"

namespace haneul::cloudformation {

using ResourceMap = std::map<std::string, Resource>;

inline constexpr std::string_view kCurrent = "current";
inline constexpr std::string_view kPrevious = "previous";

std::optional<StackRecord> load_stack(store::Reader& tx, const Place& place, std::string_view uuid);
// By name (the stack that has it now) or by ARN (also a deleted one).
std::optional<StackRecord> find_stack(store::Reader& tx, const Place& place, std::string_view name_or_id);
std::vector<StackRecord> load_stacks(store::Reader& tx, const Place& place);
size_t count_live_stacks(store::Reader& tx, const Place& place);
void save_stack(store::Tx& tx, const Place& place, const StackRecord& stack);

std::optional<Spec> load_spec(store::Reader& tx, const Place& place, std::string_view uuid,
                              std::string_view which = kCurrent);
void save_spec(store::Tx& tx, const Place& place, std::string_view uuid, std::string_view which,
               const Spec& spec);

ResourceMap load_resources(store::Reader& tx, const Place& place, std::string_view uuid);
void save_resource(store::Tx& tx, const Place& place, std::string_view uuid, const Resource& resource);

// Numbers the event and stores it; the stack's counter moves and must be saved by the caller.
void add_event(store::Tx& tx, const Place& place, StackRecord& stack, Event event);
Event stack_event(const StackRecord& stack, Timestamp at);

std::optional<ChangeSet> load_change_set(store::Reader& tx, const Place& place, std::string_view uuid,
                                         std::string_view name);
std::vector<ChangeSet> load_change_sets(store::Reader& tx, const Place& place, std::string_view uuid);
void save_change_set(store::Tx& tx, const Place& place, std::string_view uuid, const ChangeSet& change_set);

struct ExportRow {
  std::string name;
  std::string value;
  std::string uuid;
};
std::optional<ExportRow> load_export(store::Reader& tx, const Place& place, std::string_view name);
std::vector<ExportRow> load_exports(store::Reader& tx, const Place& place);
void save_export(store::Tx& tx, const Place& place, const ExportRow& row);
std::vector<std::string> importers(store::Reader& tx, const Place& place, std::string_view export_name);

}  // namespace haneul::cloudformation
