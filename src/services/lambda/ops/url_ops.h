// Configurations of function URLs. https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
// Invariant: a URL's row and the row of its id are written and deleted together.
#pragma once

#include "gen/lambda/operations.h"
#include "platform/operation_table.h"
#include "services/lambda/core.h"

namespace haneul::lambda {

class UrlOps {
 public:
  explicit UrlOps(Core& core) : core_(core) {}
  void register_operations(platform::OperationTable& table);

 private:
  using Request = platform::Request;
  CreateFunctionUrlConfigOutput create(const Request& request, const CreateFunctionUrlConfigInput& in);
  UpdateFunctionUrlConfigOutput update(const Request& request, const UpdateFunctionUrlConfigInput& in);
  GetFunctionUrlConfigOutput get(const Request& request, const GetFunctionUrlConfigInput& in);
  ListFunctionUrlConfigsOutput list(const Request& request, const ListFunctionUrlConfigsInput& in);
  DeleteFunctionUrlConfigOutput remove(const Request& request, const DeleteFunctionUrlConfigInput& in);

  Core& core_;
};

// With the alias, or the function, that a URL belongs to.
void drop_url(store::Tx& tx, const FunctionRef& ref, std::string_view alias);
void drop_urls(store::Tx& tx, const FunctionRef& ref);

}  // namespace haneul::lambda
