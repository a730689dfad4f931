// Versions and aliases. https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html and
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
#pragma once

#include "gen/lambda/operations.h"
#include "platform/operation_table.h"
#include "services/lambda/core.h"

namespace haneul::lambda {

class VersionOps {
 public:
  explicit VersionOps(Core& core) : core_(core) {}
  void register_operations(platform::OperationTable& table);

 private:
  using Request = platform::Request;
  Task<PublishVersionOutput> publish_version(const Request& request, const PublishVersionInput& in,
                                             platform::Exchange&);
  ListVersionsByFunctionOutput list_versions(const Request& request, const ListVersionsByFunctionInput& in);
  CreateAliasOutput create_alias(const Request& request, const CreateAliasInput& in);
  UpdateAliasOutput update_alias(const Request& request, const UpdateAliasInput& in);
  GetAliasOutput get_alias(const Request& request, const GetAliasInput& in);
  DeleteAliasOutput delete_alias(const Request& request, const DeleteAliasInput& in);
  ListAliasesOutput list_aliases(const Request& request, const ListAliasesInput& in);

  Core& core_;
};

}  // namespace haneul::lambda
