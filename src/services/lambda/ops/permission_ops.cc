#include "services/lambda/ops/permission_ops.h"

#include <fmt/format.h>

#include "aws/arn.h"
#include "aws/policy/policy.h"
#include "base/json.h"
#include "base/text.h"
#include "gen/lambda/errors.h"
#include "services/lambda/limits.h"
#include "services/lambda/policy.h"

namespace haneul::lambda {

using platform::bind_run;
using platform::Request;

namespace {

PolicyRecord policy_or_none(store::Reader& tx, const FunctionRef& ref) {
  const auto bytes = tx.get(keys::policy(ref, stored_qualifier(ref)));
  return bytes ? policy_from(*bytes) : PolicyRecord{};
}

[[noreturn]] void refuse_no_policy() {
  refuse<ResourceNotFoundException>("No policy is associated with the given resource.");
}

// A policy has the revision of what it is on: the function, the version or the alias.
void require_owner_revision(store::Reader& tx, const FunctionRef& ref, const MaybeText& asked) {
  if (const auto alias = find_alias(tx, ref, stored_qualifier(ref)))
    return require_revision(asked, alias->revision, kFunctionRevision);
  require_revision(asked, require_version(tx, ref));
}

std::string owner_revision(store::Reader& tx, const FunctionRef& ref) {
  if (const auto alias = find_alias(tx, ref, stored_qualifier(ref))) return alias->revision;
  return revision_id(require_version(tx, ref));
}

void renew_owner_revision(store::Tx& tx, const FunctionRef& ref, const std::string& id) {
  const std::string qualifier = stored_qualifier(ref);
  if (auto alias = find_alias(tx, ref, qualifier)) {
    alias->revision = id;
    tx.put(keys::alias(ref, qualifier), encode(*alias));
  } else if (auto version = find_version(tx, ref, qualifier)) {
    renew_revision_id(*version, id);
    tx.put(keys::version(ref, *parse_int(qualifier)), encode(*version));
  } else {
    FunctionRecord function = require_function(tx, ref);
    renew_revision_id(function.latest, id);
    tx.put(keys::function(ref.place, ref.name), encode(function));
  }
}

Grant make_grant(const FunctionRef& ref, const AddPermissionInput& in) {
  Grant grant{.statement_id = in.statement_id,
              .action = in.action,
              .principal = in.principal,
              .resource = ref.qualified_arn()};
  grant.source_arn = in.source_arn;
  grant.source_account = in.source_account;
  grant.function_url_auth_type = in.function_url_auth_type;
  grant.invoked_via_function_url = in.invoked_via_function_url;
  return grant;
}

// A condition that no request with this action ever meets would be a grant without effect.
void require_url_action(const AddPermissionInput& in) {
  const bool is_invoke = in.action == "lambda:InvokeFunction";
  if (in.function_url_auth_type && !is_invoke && in.action != "lambda:InvokeFunctionUrl") {
    refuse<InvalidParameterValueException>(
        "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action");
  }
  if (in.invoked_via_function_url && !is_invoke) {
    refuse<InvalidParameterValueException>(
        "InvokedViaFunctionUrl is only supported for lambda:InvokeFunction action");
  }
}

template <class In>
auto on_function(const Core& core, const char* action) {
  return [&core, action](const platform::Request& request, const In& in) {
    return core.function_check(action, parse_function(request, in.function_name, in.qualifier));
  };
}

FunctionRef policy_owner(const Request& request, const std::string& arn) {
  const auto parsed = aws::parse_arn(arn);
  if (!parsed || parsed->service != "lambda" || parsed->resource_type() != "function")
    refuse<InvalidParameterValueException>("ResourceArn must be the complete ARN of a function: " + arn);
  FunctionRef ref = parse_function(request, arn);
  if (ref.qualifier == kLatest)
    refuse<InvalidParameterValueException>("We currently do not support adding policies for $LATEST.");
  return ref;
}

Document statements_of(const Document& policy) {
  const Document& statements = *policy.find("Statement");
  return statements.is_array() ? statements : Document(Document::Array{statements});
}

// The document as AddPermission would have made it: statements about this function and nothing else.
PolicyRecord require_document(const FunctionRef& ref, const std::string& text) {
  try {
    aws::policy::parse_policy(text, aws::policy::PolicyKind::kResource);
  } catch (const aws::policy::MalformedPolicy& error) {
    refuse<InvalidParameterValueException>(std::string("The policy is malformed: ") + error.what());
  }
  const Document given = parse_json(text);
  if (given.string_or("Version", "") != "2012-10-17")
    refuse<InvalidParameterValueException>("The policy's Version must be 2012-10-17.");
  PolicyRecord out;
  out.id = given.string_or("Id", "");
  out.statements = statements_of(given);
  for (const Document& each : out.statements.as_array()) {
    if (each.string_or("Resource", "") != ref.qualified_arn()) {
      refuse<InvalidParameterValueException>("The Resource of every statement must be " +
                                             ref.qualified_arn() + ".");
    }
  }
  if (const size_t bytes = policy_text(out).size(); bytes > kPolicyBytesMax) {
    refuse<PolicyLengthExceededException>(
        fmt::format("The final policy size ({}) is bigger than the limit ({}).", bytes, kPolicyBytesMax));
  }
  return out;
}

template <class In>
auto on_resource(const Core& core, const char* action) {
  return [&core, action](const Request& request, const In& in) {
    return core.function_check(action, policy_owner(request, in.resource_arn));
  };
}

}  // namespace

void PermissionOps::register_operations(platform::OperationTable& table) {
  table.add<op::AddPermission>(
      {.access =
           [this](const Request& request, const AddPermissionInput& in) {
             auto checks = core_.function_check("lambda:AddPermission",
                                                parse_function(request, in.function_name, in.qualifier));
             checks.front().context["lambda:Principal"] = {in.principal};
             if (in.function_url_auth_type)
               checks.front().context["lambda:FunctionUrlAuthType"] = {*in.function_url_auth_type};
             return checks;
           },
       .run = bind_run(this, &PermissionOps::add)});
  table.add<op::RemovePermission>(
      {.access = on_function<RemovePermissionInput>(core_, "lambda:RemovePermission"),
       .run = bind_run(this, &PermissionOps::remove)});
  table.add<op::GetPolicy>({.access = on_function<GetPolicyInput>(core_, "lambda:GetPolicy"),
                            .run = bind_run(this, &PermissionOps::get),
                            .effect = platform::Effect::kReadOnly});
  table.add<op::PutResourcePolicy>(
      {.access = on_resource<PutResourcePolicyInput>(core_, "lambda:PutResourcePolicy"),
       .run = bind_run(this, &PermissionOps::put_document)});
  table.add<op::GetResourcePolicy>(
      {.access = on_resource<GetResourcePolicyInput>(core_, "lambda:GetResourcePolicy"),
       .run = bind_run(this, &PermissionOps::get_document),
       .effect = platform::Effect::kReadOnly});
  table.add<op::DeleteResourcePolicy>(
      {.access = on_resource<DeleteResourcePolicyInput>(core_, "lambda:DeleteResourcePolicy"),
       .run = bind_run(this, &PermissionOps::remove_document)});
}

AddPermissionOutput PermissionOps::add(const Request& request, const AddPermissionInput& in) {
  if (in.event_source_token) throw model::NotImplemented("EventSourceToken is not implemented by Haneul.");
  if (in.principal_org_id) throw model::NotImplemented("PrincipalOrgID is not implemented by Haneul.");
  require_url_action(in);
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  if (ref.qualifier == kLatest)
    refuse<InvalidParameterValueException>("We currently do not support adding policies for $LATEST.");
  const Document statement = make_statement(make_grant(ref, in));
  const auto pinned = core_.iam.pin_principals(policy_text({.statements = Document::Array{statement}}));
  if (!pinned) refuse_principal();
  const std::string revision = core_.random.uuid();
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_qualifier(tx, ref);
    PolicyRecord policy = policy_or_none(tx, ref);
    require_owner_revision(tx, ref, in.revision_id);
    add_pins(policy, pinned->pins);
    add_statement(policy, statement);
    tx.put(keys::policy(ref, ref.qualifier), encode(policy));
    renew_owner_revision(tx, ref, revision);
  });
  return {.statement = write_json(statement)};
}

RemovePermissionOutput PermissionOps::remove(const Request& request, const RemovePermissionInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  const std::string revision = core_.random.uuid();
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    if (!find_function(tx, ref)) refuse<ResourceNotFoundException>("No policy found for: " + ref.arn());
    require_qualifier(tx, ref);
    PolicyRecord policy = policy_or_none(tx, ref);
    if (policy.statements.as_array().empty()) refuse_no_policy();
    require_owner_revision(tx, ref, in.revision_id);
    remove_statement(policy, in.statement_id);
    renew_owner_revision(tx, ref, revision);
    const store::Key key = keys::policy(ref, stored_qualifier(ref));
    if (policy.statements.as_array().empty()) {
      tx.del(key);
    } else {
      tx.put(key, encode(policy));
    }
  });
  return {};
}

GetPolicyOutput PermissionOps::get(const Request& request, const GetPolicyInput& in) {
  const FunctionRef ref = parse_function(request, in.function_name, in.qualifier);
  return core_.db.read([&](store::ReadTx& tx) {
    if (!find_function(tx, ref)) refuse<ResourceNotFoundException>("Function not found: " + ref.arn());
    const PolicyRecord policy = policy_or_none(tx, ref);
    if (policy.statements.as_array().empty())
      refuse<ResourceNotFoundException>("The resource you requested does not exist.");
    return GetPolicyOutput{.policy = core_.iam.show_pinned({policy_text(policy), policy.pins}),
                           .revision_id = owner_revision(tx, ref)};
  });
}

PutResourcePolicyOutput PermissionOps::put_document(const Request& request,
                                                    const PutResourcePolicyInput& in) {
  const FunctionRef ref = policy_owner(request, in.resource_arn);
  PolicyRecord policy = require_document(ref, in.policy);
  const auto pinned = core_.iam.pin_principals(policy_text(policy));
  if (!pinned) refuse_principal();
  policy.pins = pinned->pins;
  policy.statements = statements_of(parse_json(pinned->text));
  const std::string revision = core_.random.uuid();
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_qualifier(tx, ref);
    require_owner_revision(tx, ref, in.revision_id);
    tx.put(keys::policy(ref, ref.qualifier), encode(policy));
    renew_owner_revision(tx, ref, revision);
  });
  return {.policy = core_.iam.show_pinned({policy_text(policy), policy.pins}), .revision_id = revision};
}

GetResourcePolicyOutput PermissionOps::get_document(const Request& request,
                                                    const GetResourcePolicyInput& in) {
  const FunctionRef ref = policy_owner(request, in.resource_arn);
  return core_.db.read([&](store::ReadTx& tx) {
    require_qualifier(tx, ref);
    const PolicyRecord policy = policy_or_none(tx, ref);
    if (policy.statements.as_array().empty()) refuse_no_policy();
    return GetResourcePolicyOutput{.policy = core_.iam.show_pinned({policy_text(policy), policy.pins}),
                                   .revision_id = owner_revision(tx, ref)};
  });
}

DeleteResourcePolicyOutput PermissionOps::remove_document(const Request& request,
                                                          const DeleteResourcePolicyInput& in) {
  const FunctionRef ref = policy_owner(request, in.resource_arn);
  const std::string revision = core_.random.uuid();
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    require_qualifier(tx, ref);
    if (policy_or_none(tx, ref).statements.as_array().empty()) refuse_no_policy();
    require_owner_revision(tx, ref, in.revision_id);
    tx.del(keys::policy(ref, ref.qualifier));
    renew_owner_revision(tx, ref, revision);
  });
  return {};
}

}  // namespace haneul::lambda
