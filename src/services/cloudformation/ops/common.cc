#include "services/cloudformation/ops/common.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/task/executor.h"
#include "base/text.h"
#include "gen/cloudformation/errors.h"
#include "model/common_errors.h"
#include "platform/pagination.h"
#include "services/cloudformation/limits.h"
#include "services/cloudformation/service.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

Place place_of(const platform::Request& request) {
  return {.account = request.account, .region = request.region};
}

namespace {

std::string any_arn(const platform::Request& request, std::string_view name) {
  return fmt::format("arn:aws:cloudformation:{}:{}:stack/{}/*", request.region.str(), request.account.str(),
                     name);
}

}  // namespace

std::string arn_of_stack(store::Db& db, const platform::Request& request, const std::string& name_or_id) {
  if (name_or_id.starts_with("arn:")) return name_or_id;
  const auto stack =
      db.read([&](store::ReadTx& tx) { return find_stack(tx, place_of(request), name_or_id); });
  return stack ? stack->id : any_arn(request, name_or_id);
}

std::string arn_of_change_set_stack(store::Db& db, const platform::Request& request,
                                    const std::optional<std::string>& stack_name,
                                    const std::string& change_set) {
  if (!change_set.starts_with("arn:")) return arn_of_stack(db, request, stack_name.value_or("*"));
  const auto stack =
      db.read([&](store::ReadTx& tx) { return find_stack_of_change_set(tx, place_of(request), change_set); });
  return stack ? stack->id : any_arn(request, "*");
}

std::string arn_of_holder(store::Db& db, const platform::Request& request,
                          const DescribeStackResourcesInput& input) {
  if (input.stack_name || !input.physical_resource_id) {
    return arn_of_stack(db, request, input.stack_name.value_or("*"));
  }
  const auto stack = db.read(
      [&](store::ReadTx& tx) { return find_holder(tx, place_of(request), *input.physical_resource_id); });
  return stack ? stack->id : any_arn(request, "*");
}

platform::AccessChecks check_stack(std::string_view action, std::string arn) {
  return platform::check(fmt::format("cloudformation:{}", action), std::move(arn));
}

platform::AccessChecks check_stack_and_role(std::string_view action, std::string arn,
                                            const std::optional<std::string>& role_arn) {
  platform::AccessChecks checks = check_stack(action, std::move(arn));
  if (role_arn) {
    checks.push_back({.action = "iam:PassRole",
                      .resource = *role_arn,
                      .context = {{"iam:PassedToService", {"cloudformation.amazonaws.com"}}}});
  }
  return checks;
}

void fail_no_stack(std::string_view name_or_id) {
  fail_template(fmt::format("Stack with id {} does not exist", name_or_id));
}

StackRecord require_stack(store::Reader& tx, const Place& place, std::string_view name_or_id) {
  auto stack = find_stack(tx, place, name_or_id);
  if (!stack) fail_no_stack(name_or_id);
  return std::move(*stack);
}

StackRecord require_stack_to_change(store::Reader& tx, const Place& place, std::string_view name_or_id) {
  auto stack = find_stack(tx, place, name_or_id);
  if (!stack) fail_template(fmt::format("Stack [{}] does not exist", name_or_id));
  return std::move(*stack);
}

void refuse_field(std::string_view name) {
  throw model::NotImplemented(fmt::format("{} is not implemented by Haneul.", name));
}

void require_stack_name(const std::string& name) {
  const bool is_valid =
      !name.empty() && name.size() <= 128 && std::isalpha(static_cast<unsigned char>(name.front())) != 0 &&
      std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
  if (is_valid) return;
  fail_template(
      fmt::format("1 validation error detected: Value '{}' at 'stackName' failed to satisfy constraint: "
                  "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
                  name));
}

void require_room(store::Reader& tx, const Place& place) {
  if (count_live_stacks(tx, place) < kStacksMax) return;
  throw LimitExceededException(
      fmt::format("Limit for stack has been exceeded. An account may have {} stacks.", kStacksMax));
}

std::vector<GivenParameter> given_parameters(const std::optional<std::vector<Parameter>>& parameters) {
  std::vector<GivenParameter> out;
  if (!parameters) return out;
  for (const Parameter& parameter : *parameters) {
    const std::string key = parameter.parameter_key.value_or("");
    const bool is_previous = parameter.use_previous_value.value_or(false);
    if (is_previous && parameter.parameter_value) {
      fail_template(
          fmt::format("Invalid input for parameter key {}. Cannot specify usePreviousValue as true and "
                      "non empty value for a parameter",
                      key));
    }
    if (!is_previous && !parameter.parameter_value) {
      fail_template(
          fmt::format("Invalid input for parameter key {}. Need to specify either usePreviousValue as "
                      "true or a value for a parameter",
                      key));
    }
    out.push_back(
        {.key = key,
         .value = parameter.parameter_value.value_or(""),
         .source = is_previous ? GivenParameter::Source::kPrevious : GivenParameter::Source::kGiven});
  }
  return out;
}

Document tags_document(const std::optional<std::vector<Tag>>& tags) {
  Document out = Document::array();
  if (!tags) return out;
  if (tags->size() > kTagsMax)
    fail_template(fmt::format("A stack may not have more than {} tags.", kTagsMax));
  for (const Tag& tag : *tags) {
    if (tag.key.starts_with("aws:")) fail_template("Tag keys may not begin with aws:");
    out.push(Document::Object{{"Key", tag.key}, {"Value", tag.value}});
  }
  return out;
}

std::vector<Parameter> shown_parameters(const Spec& spec) {
  std::vector<Parameter> out;
  for (const auto& [key, value] : spec.parameters) {
    const bool is_hidden = std::ranges::find(spec.no_echo, key) != spec.no_echo.end();
    out.push_back({.parameter_key = key, .parameter_value = is_hidden ? std::string("****") : value});
  }
  return out;
}

std::vector<Tag> shown_tags(const Spec& spec) {
  std::vector<Tag> out;
  for (const Document& tag : spec.tags.as_array()) {
    out.push_back({.key = tag.string_or("Key", ""), .value = tag.string_or("Value", "")});
  }
  return out;
}

bool is_in_progress(std::string_view status) { return status.ends_with("_IN_PROGRESS"); }
bool has_failed_without_rollback(const StackRecord& stack) {
  return stack.status == "CREATE_FAILED" || stack.status == "UPDATE_FAILED";
}

std::string page_start(const platform::Request& request, const std::optional<std::string>& token) {
  if (!token) return {};
  const auto position = platform::open_page_token(request.operation->name, request.account, *token);
  if (!position) fail_template("NextToken is not valid.");
  return *position;
}

std::string page_token(const platform::Request& request, std::string_view position) {
  return platform::make_page_token(request.operation->name, request.account, position);
}

StackRecord CloudFormation::new_stack(const Request& request, const std::string& name,
                                      const std::string& status) {
  StackRecord stack;
  stack.uuid = parts_.random.uuid();
  stack.name = name;
  stack.id = fmt::format("arn:aws:cloudformation:{}:{}:stack/{}/{}", request.region.str(),
                         request.account.str(), name, stack.uuid);
  stack.status = status;
  stack.created_at = request.now;
  return stack;
}

void CloudFormation::begin(store::Tx& tx, const Request& request, StackRecord& stack, Operation::Kind kind) {
  const Place place = place_of(request);
  stack.op.kind = kind;
  stack.op.started_at = request.now;
  stack.op.caller = request.caller;
  stack.op.role_arn = stack.role_arn;
  stack.op.cancelled_because.clear();
  stack.op.phase = kind == Operation::Kind::kDelete ? Phase::kDelete : Phase::kForward;
  add_event(tx, place, stack, stack_event(stack, request.now));
  save_stack(tx, place, stack);
  engine_.begin(tx, place, stack);
}

Task<void> CloudFormation::wait_a_moment(Place place, std::string uuid) {
  const auto is_at_rest = [&] {
    return parts_.db.read([&](store::ReadTx& tx) {
      const auto stack = load_stack(tx, place, uuid);
      return !stack || stack->op.phase == Phase::kIdle;
    });
  };
  co_await parts_.db.wait_durable(parts_.db.last_ordered());
  const Timestamp limit = parts_.clock.now() + kAnswerPatience;
  while (!is_at_rest() && parts_.clock.now() < limit) co_await sleep_for(kAnswerPoll);
}

void CloudFormation::require_role(const std::string& role_arn) const {
  if (role_arn.empty() || parts_.iam.may_assume(role_arn, "cloudformation.amazonaws.com")) return;
  fail_template(fmt::format("Role {} is invalid or cannot be assumed", role_arn));
}

ChangePlan CloudFormation::plan(store::Reader& tx, const Place& place, const StackRecord& stack,
                                const Spec& spec) const {
  const Evaluation evaluation({.place = place, .name = stack.name, .id = stack.id}, spec);
  const ResourceMap resources = load_resources(tx, place, stack.uuid);
  const auto import = [&](const std::string& name) -> std::string {
    const auto row = load_export(tx, place, name);
    if (!row) fail_template(fmt::format("No export named {} found.", name));
    return row->value;
  };
  const auto before = load_spec(tx, place, stack.uuid);
  const Document tags = before ? before->tags : Document::array();
  return plan_changes(evaluation, spec,
                      {.stack = stack, .resources = resources, .tags = tags, .import = import});
}

}  // namespace haneul::cloudformation
