#include "services/cloudformation/check.h"

#include <fmt/format.h>

#include "services/cloudformation/ops/common.h"
#include "services/cloudformation/stack_rows.h"
#include "store/db.h"
#include "store/record.h"

namespace haneul::cloudformation {

namespace {

class StackCheck {
 public:
  StackCheck(store::Reader& tx, Place place, std::vector<std::string>& problems)
      : tx_(tx), place_(std::move(place)), problems_(problems) {}

  void run(const StackRecord& stack) {
    const auto named = tx_.get(name_key(place_, stack.name));
    const bool has_name = named && *named == stack.uuid;
    if (has_name == stack.deleted_at.has_value())
      say(stack, "has its name although it is deleted, or lost it");
    const bool is_idle = stack.op.phase == Phase::kIdle;
    const bool is_waiting = !is_in_progress(stack.status) || stack.status == "REVIEW_IN_PROGRESS";
    if (is_idle != is_waiting) say(stack, "is in progress without an operation, or the other way round");
    // One that was only reviewed never had a template.
    const bool has_begun = stack.status != "REVIEW_IN_PROGRESS" && !stack.deleted_at && !stack.op.id.empty();
    if (has_begun && !load_spec(tx_, place_, stack.uuid)) say(stack, "has no template");
    for (const std::string& name : stack.imports) {
      if (!load_export(tx_, place_, name)) say(stack, fmt::format("uses the export {}, which is gone", name));
      if (!tx_.contains(import_key(place_, name, stack.uuid))) {
        say(stack, fmt::format("uses the export {} and is not noted there", name));
      }
    }
    for (const auto& [name, resource] : load_resources(tx_, place_, stack.uuid)) check(stack, resource);
  }

 private:
  void check(const StackRecord& stack, const Resource& resource) {
    const bool is_finished = stack.op.phase == Phase::kIdle;
    if (stack.deleted_at && resource.current) {
      say(stack, fmt::format("is deleted and still has the resource {}", resource.logical_id));
    }
    if (is_finished && resource.step == Resource::Step::kStarted) {
      say(stack, fmt::format("has ended in the middle of a step of {}", resource.logical_id));
    }
    if (resource.current && resource.current->physical_id.empty()) {
      say(stack, fmt::format("has the resource {} without a physical id", resource.logical_id));
    }
  }
  void say(const StackRecord& stack, std::string_view what) {
    problems_.push_back(fmt::format("cloudformation: stack {} {}", stack.id, what));
  }

  store::Reader& tx_;
  Place place_;
  std::vector<std::string>& problems_;
};

}  // namespace

std::vector<std::string> check(store::Db& db) {
  std::vector<std::string> problems;
  for (store::Shard shard = 0; shard < store::kShards; ++shard) {
    db.read([&](store::ReadTx& tx) {
      for (const store::Entry& row : tx.scan(shard, all_stacks_in(shard))) {
        const StackRecord stack = stack_from(store::decode_record(row.value));
        StackCheck(tx, name_of(row.key).place, problems).run(stack);
      }
    });
  }
  return problems;
}

}  // namespace haneul::cloudformation
