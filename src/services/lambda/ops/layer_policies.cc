// Who else may use a layer version.
// https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
#include "base/json.h"
#include "gen/lambda/errors.h"
#include "services/lambda/ops/layer_ops.h"
#include "services/lambda/policy.h"

namespace haneul::lambda {

using platform::bind_run;

namespace {

LayerVersion require_layer(store::Reader& tx, const LayerRef& ref) {
  auto found = find_layer_version(tx, ref);
  if (!found) refuse<ResourceNotFoundException>("Layer version " + ref.version_arn() + " does not exist.");
  return *std::move(found);
}

template <class In>
auto on_layer(const Core& core, const char* action) {
  return [&core, action](const platform::Request& request, const In& in) {
    return core.layer_check(action, parse_layer(request, in.layer_name, in.version_number));
  };
}

}  // namespace

void LayerOps::register_policies(platform::OperationTable& table) {
  table.add<op::AddLayerVersionPermission>(
      {.access = on_layer<AddLayerVersionPermissionInput>(core_, "lambda:AddLayerVersionPermission"),
       .run = bind_run(this, &LayerOps::add_permission)});
  table.add<op::RemoveLayerVersionPermission>(
      {.access = on_layer<RemoveLayerVersionPermissionInput>(core_, "lambda:RemoveLayerVersionPermission"),
       .run = bind_run(this, &LayerOps::remove_permission)});
  table.add<op::GetLayerVersionPolicy>(
      {.access = on_layer<GetLayerVersionPolicyInput>(core_, "lambda:GetLayerVersionPolicy"),
       .run = bind_run(this, &LayerOps::get_policy),
       .effect = platform::Effect::kReadOnly});
}

AddLayerVersionPermissionOutput LayerOps::add_permission(const Request& request,
                                                         const AddLayerVersionPermissionInput& in) {
  if (in.organization_id) throw model::NotImplemented("OrganizationId is not implemented by Haneul.");
  const LayerRef ref = parse_layer(request, in.layer_name, in.version_number);
  Grant grant;
  grant.statement_id = in.statement_id;
  grant.action = in.action;
  grant.principal = in.principal;
  grant.resource = ref.version_arn();
  const Document statement = make_statement(grant);
  const std::string revision = core_.random.uuid();
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    LayerVersion layer = require_layer(tx, ref);
    require_revision(in.revision_id, layer.policy.revision, kLayerRevision);
    add_statement(layer.policy, statement);
    layer.policy.revision = revision;
    tx.put(keys::layer_version(ref), encode(layer));
  });
  return {.statement = write_json(statement), .revision_id = revision};
}

RemoveLayerVersionPermissionOutput LayerOps::remove_permission(const Request& request,
                                                               const RemoveLayerVersionPermissionInput& in) {
  const LayerRef ref = parse_layer(request, in.layer_name, in.version_number);
  const std::string revision = core_.random.uuid();
  core_.db.write(keys::functions_scope(ref.place), [&](store::Tx& tx) {
    LayerVersion layer = require_layer(tx, ref);
    require_revision(in.revision_id, layer.policy.revision, kLayerRevision);
    remove_statement(layer.policy, in.statement_id);
    layer.policy.revision = revision;
    tx.put(keys::layer_version(ref), encode(layer));
  });
  return {};
}

GetLayerVersionPolicyOutput LayerOps::get_policy(const Request& request,
                                                 const GetLayerVersionPolicyInput& in) {
  const LayerRef ref = parse_layer(request, in.layer_name, in.version_number);
  return core_.db.read([&](store::ReadTx& tx) {
    const LayerVersion layer = require_layer(tx, ref);
    if (layer.policy.statements.as_array().empty())
      refuse<ResourceNotFoundException>("No policy is associated with the given resource.");
    return GetLayerVersionPolicyOutput{.policy = policy_text(layer.policy),
                                       .revision_id = layer.policy.revision};
  });
}

}  // namespace haneul::lambda
