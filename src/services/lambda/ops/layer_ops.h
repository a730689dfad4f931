// Layers. https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
#pragma once

#include "gen/lambda/operations.h"
#include "platform/operation_table.h"
#include "services/lambda/core.h"

namespace haneul::lambda {

class LayerOps {
 public:
  explicit LayerOps(Core& core) : core_(core) {}
  void register_operations(platform::OperationTable& table);

 private:
  using Request = platform::Request;
  void register_policies(platform::OperationTable& table);
  Task<PublishLayerVersionOutput> publish(const Request& request, const PublishLayerVersionInput& in,
                                          platform::Exchange&);
  GetLayerVersionOutput get(const Request& request, const GetLayerVersionInput& in);
  GetLayerVersionByArnOutput get_by_arn(const Request& request, const GetLayerVersionByArnInput& in);
  DeleteLayerVersionOutput remove(const Request& request, const DeleteLayerVersionInput& in);
  ListLayersOutput list(const Request& request, const ListLayersInput& in);
  ListLayerVersionsOutput list_versions(const Request& request, const ListLayerVersionsInput& in);
  AddLayerVersionPermissionOutput add_permission(const Request& request,
                                                 const AddLayerVersionPermissionInput& in);
  RemoveLayerVersionPermissionOutput remove_permission(const Request& request,
                                                       const RemoveLayerVersionPermissionInput& in);
  GetLayerVersionPolicyOutput get_policy(const Request& request, const GetLayerVersionPolicyInput& in);
  GetLayerVersionResponse describe_layer(const Request& request, const LayerRef& ref,
                                         const LayerVersion& layer) const;

  Core& core_;
};

}  // namespace haneul::lambda
