// PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy: of tables and of their streams. A policy is in
// force when the operation that put it answers.
#include <fmt/format.h>

#include "aws/arn.h"
#include "gen/dynamodb/errors.h"
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/streams/stream.h"
#include "services/dynamodb/tables/naming.h"

namespace haneul::dynamodb {

using platform::AccessChecks;
using platform::bind_run;
using platform::Effect;
using platform::Request;

namespace {

constexpr std::string_view kNoPolicy = "NO_POLICY";

// What a policy may be of: a table, or a stream of it.
struct Target {
  PolicyOwner owner;
  TableName table;
  std::optional<StreamName> stream;
};

Target target_of(const Request& request, const std::string& arn) {
  Target out{.owner = {.arn = arn}, .table = table_in_arn(request, arn), .stream = {}};
  if (table_arn(out.table) == arn) return out;
  out.stream = stream_in_arn(request.region, arn);
  if (!out.stream) refuse(fmt::format("Invalid ResourceArn: {} is neither a table nor a stream", arn));
  out.owner.kind = PolicyOwner::Kind::kStream;
  return out;
}

[[noreturn]] void refuse_none(const Target& target) {
  throw PolicyNotFoundException(
      fmt::format("Resource-based policy not found for the provided ResourceArn: {}", target.owner.arn));
}

void require_revision(const Target& target, const std::optional<std::string>& expected,
                      const std::optional<ResourcePolicy>& now) {
  if (!expected) return;
  if (*expected == kNoPolicy ? !now : now && now->revision == *expected) return;
  throw PolicyNotFoundException(fmt::format("The policy of {} has another revision than the expected one: {}",
                                            target.owner.arn, *expected));
}

// The stream's row, or a refusal.
StreamInfo require_stream(store::Reader& reader, const Target& target) {
  auto found = find_stream(reader, *target.stream);
  if (found) return std::move(*found);
  throw ResourceNotFoundException(
      fmt::format("Requested resource not found: Stream: {} not found", target.owner.arn));
}

AccessChecks checks_of(const TableAccess& access, const Request& request, const char* action,
                       const std::string& arn) {
  if (const auto stream = stream_in_arn(request.region, arn)) return {access.on_stream(*stream, action)};
  return access.on_arn(request, action, arn);
}

}  // namespace

ResourcePolicy DynamoDbService::make_policy(const std::string& text, const PolicyOwner& owner) {
  require_policy(text, owner);
  ResourcePolicy out{.text = text, .pins = {}, .revision = std::to_string(draw_number()), .parsed = {}};
  if (parts_.principals != nullptr) {
    auto pinned = parts_.principals->pin_principals(text);
    if (!pinned) refuse_policy("Invalid principal in policy: " + pinned.error());
    out.text = std::move(pinned->text);
    out.pins = std::move(pinned->pins);
  }
  return policy_of(policy_document(out));
}

// Changes the policy of the table or the stream; the body returns what the operation answers.
template <class Body>
auto DynamoDbService::change_policy(const TableName& table, const std::optional<StreamName>& stream,
                                    Body&& body) {
  return parts_.db.write(catalog_scope(table.account, table.region), [&](store::Tx& tx) {
    if (stream) {
      StreamInfo info = require_stream(tx, {.owner = {}, .table = table, .stream = stream});
      auto answer = body(info.policy);
      tx.put(stream_key(info.table, info.label), encode(info));
      return answer;
    }
    Table changed = *require_named(tx, table);
    auto answer = body(changed.policy);
    catalog_.save(tx, changed);
    return answer;
  });
}

// A caller who would lose the right to change the policy has to say that this is meant.
void DynamoDbService::require_no_lockout(const Request& request, const std::string& arn,
                                         const ResourcePolicy& proposed) {
  if (authorizer_ == nullptr) return;
  const TableAccess access(parts_.db, catalog_);
  AccessChecks checks = checks_of(access, request, "dynamodb:PutResourcePolicy", arn);
  checks.front().resource_policy = proposed.parsed;
  if (authorizer_->judge(request, checks.front()).allowed) return;
  refuse(
      "One or more parameter values were invalid: The policy would remove your permission to change it: set "
      "ConfirmRemoveSelfResourceAccess to confirm that");
}

PutResourcePolicyOutput DynamoDbService::put_resource_policy(const Request& request,
                                                             const PutResourcePolicyInput& input) {
  const Target target = target_of(request, input.resource_arn);
  const ResourcePolicy policy = make_policy(input.policy, target.owner);
  if (!input.confirm_remove_self_resource_access.value_or(false)) {
    require_no_lockout(request, input.resource_arn, policy);
  }
  return change_policy(target.table, target.stream, [&](std::optional<ResourcePolicy>& now) {
    require_revision(target, input.expected_revision_id, now);
    const bool same = now && now->text == policy.text && now->pins == policy.pins;
    if (!same) now = policy;
    return PutResourcePolicyOutput{.revision_id = now->revision};
  });
}

GetResourcePolicyOutput DynamoDbService::get_resource_policy(const Request& request,
                                                             const GetResourcePolicyInput& input) {
  const Target target = target_of(request, input.resource_arn);
  const auto policy = parts_.db.read([&](store::ReadTx& tx) {
    return target.stream ? require_stream(tx, target).policy : require_named(tx, target.table)->policy;
  });
  if (!policy) refuse_none(target);
  const bool shows = parts_.principals != nullptr;
  return {.policy = shows ? parts_.principals->show_pinned({policy->text, policy->pins}) : policy->text,
          .revision_id = policy->revision};
}

DeleteResourcePolicyOutput DynamoDbService::delete_resource_policy(const Request& request,
                                                                   const DeleteResourcePolicyInput& input) {
  const Target target = target_of(request, input.resource_arn);
  if (input.expected_revision_id == kNoPolicy) refuse_none(target);
  return change_policy(target.table, target.stream, [&](std::optional<ResourcePolicy>& now) {
    require_revision(target, input.expected_revision_id, now);
    DeleteResourcePolicyOutput out;
    if (now) out.revision_id = now->revision;
    now.reset();
    return out;
  });
}

void DynamoDbService::register_resource_policies(platform::OperationTable& table) {
  const TableAccess access(parts_.db, catalog_);
  const auto on_resource = [access](const char* action) {
    return [access, action](const Request& request, const auto& input) {
      return checks_of(access, request, action, input.resource_arn);
    };
  };
  table.add<op::PutResourcePolicy>({.access = on_resource("dynamodb:PutResourcePolicy"),
                                    .run = bind_run(this, &DynamoDbService::put_resource_policy)});
  table.add<op::GetResourcePolicy>({.access = on_resource("dynamodb:GetResourcePolicy"),
                                    .run = bind_run(this, &DynamoDbService::get_resource_policy),
                                    .effect = Effect::kReadOnly});
  table.add<op::DeleteResourcePolicy>({.access = on_resource("dynamodb:DeleteResourcePolicy"),
                                       .run = bind_run(this, &DynamoDbService::delete_resource_policy)});
}

}  // namespace haneul::dynamodb
