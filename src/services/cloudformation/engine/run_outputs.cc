// The end of the way forward: outputs, and what stacks export to and import from each other.

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "model/error.h"
#include "services/cloudformation/engine/run.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

Document Run::evaluate_outputs() {
  const Names names = import_names(Evaluation::Missing::kIsError);
  Document outputs = Document::array();
  for (const OutputSpec& spec : evaluation_->tmpl().outputs) {
    if (!evaluation_->has_condition(spec.condition)) continue;
    Resolver resolver(names);
    const auto value = resolver.resolve(spec.value);
    if (!value) continue;
    require_output_text(value);
    Document output = Document::Object{{"OutputKey", spec.name}, {"OutputValue", scalar_text(*value)}};
    if (!spec.description.empty()) output.set("Description", spec.description);
    if (!spec.export_name.is_null()) {
      const std::string name = resolver.require_text(spec.export_name, "Export Name");
      require_export_name(spec.name, name);
      output.set("ExportName", name);
    }
    outputs.push(std::move(output));
  }
  return outputs;
}

// Also of resources that an earlier run of this operation made.
void Run::collect_imports() {
  const Names names = import_names(Evaluation::Missing::kIsError);
  for (const ResourceSpec& spec : evaluation_->tmpl().resources) {
    if (evaluation_->has_resource(spec.logical_id)) Resolver(names).resolve(spec.properties);
  }
}

void Run::forward_done() {
  const bool is_create = stack_.op.kind == Operation::Kind::kCreate;
  try {
    collect_imports();
    const Document outputs = evaluate_outputs();
    if (!is_create) {
      doom_replaced();
      doom_removed();
    }
    change_stack(
        [&](store::Tx& tx, StackRecord& stack) {
          settle_exports(tx, stack, outputs);
          settle_imports(tx, stack);
          stack.outputs = outputs;
          if (!is_create) stack.op.phase = Phase::kCleanup;
        },
        is_create ? "" : "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
  } catch (const model::ServiceError& error) {
    failure_ = error.message();
    forward_failed();
    return;
  }
  if (is_create) finish("CREATE_COMPLETE");
}

void Run::settle_exports(store::Tx& tx, StackRecord& stack, const Document& outputs) {
  std::map<std::string, std::string> wanted;
  for (const Document& output : outputs.as_array()) {
    const std::string name = output.string_or("ExportName", "");
    if (name.empty()) continue;
    const bool is_new = wanted.emplace(name, output.string_or("OutputValue", "")).second;
    if (!is_new) fail_template(fmt::format("Duplicate export names [{}] in the template.", name));
  }
  for (const ExportRow& row : load_exports(tx, place_)) {
    const auto mine = wanted.find(row.name);
    if (row.uuid != stack.uuid) {
      if (mine == wanted.end()) continue;
      const auto owner = load_stack(tx, place_, row.uuid);
      fail_template(
          fmt::format("Export with name {} is already exported by stack {}. Please check the output "
                      "section of the template.",
                      row.name, owner ? owner->name : row.uuid));
    }
    if (mine != wanted.end() && mine->second == row.value) continue;
    const auto users = importers(tx, place_, row.name);
    if (!users.empty()) {
      fail_template(fmt::format("Export {} cannot be {} as it is in use by {}", row.name,
                                mine == wanted.end() ? "deleted" : "updated", join(users, ", ")));
    }
    if (mine == wanted.end()) tx.del(export_key(place_, row.name));
  }
  for (const auto& [name, value] : wanted) save_export(tx, place_, {name, value, stack.uuid});
}

void Run::settle_imports(store::Tx& tx, StackRecord& stack) {
  for (const std::string& name : stack.imports) {
    if (!imported_.contains(name)) tx.del(import_key(place_, name, stack.uuid));
  }
  for (const std::string& name : imported_) {
    // The export may have gone since its value was read.
    if (!load_export(tx, place_, name)) fail_template(fmt::format("No export named {} found.", name));
    tx.put(import_key(place_, name, stack.uuid), "");
  }
  stack.imports.assign(imported_.begin(), imported_.end());
}

void Run::require_exports_unused() {
  parts_.db.write(place_.scope(), [&](store::Tx& tx) {
    for (const ExportRow& row : load_exports(tx, place_)) {
      if (row.uuid != uuid_) continue;
      const auto users = importers(tx, place_, row.name);
      if (users.empty()) continue;
      fail_template(
          fmt::format("Export {} cannot be deleted as it is in use by {}", row.name, join(users, ", ")));
    }
  });
}

}  // namespace haneul::cloudformation
