// Reserved concurrency, account settings and tags.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
#pragma once

#include "gen/lambda/operations.h"
#include "platform/operation_table.h"
#include "services/lambda/core.h"

namespace haneul::lambda {

class AccountOps {
 public:
  explicit AccountOps(Core& core) : core_(core) {}
  void register_operations(platform::OperationTable& table);

 private:
  using Request = platform::Request;
  PutFunctionConcurrencyOutput put_concurrency(const Request& request, const PutFunctionConcurrencyInput& in);
  GetFunctionConcurrencyOutput get_concurrency(const Request& request, const GetFunctionConcurrencyInput& in);
  DeleteFunctionConcurrencyOutput delete_concurrency(const Request& request,
                                                     const DeleteFunctionConcurrencyInput& in);
  GetAccountSettingsOutput settings(const Request& request, const GetAccountSettingsInput& in);
  TagResourceOutput tag(const Request& request, const TagResourceInput& in);
  UntagResourceOutput untag(const Request& request, const UntagResourceInput& in);
  ListTagsOutput tags(const Request& request, const ListTagsInput& in);
  void register_tags(platform::OperationTable& table);
  platform::AccessChecks tag_check(const char* action, const Request& request,
                                   const std::string& resource) const;
  void change_tags(const Request& request, const std::string& resource,
                   const std::function<void(TextMap&)>& change);
  // Changes a function's reservation and the account's sum together.
  void reserve(const FunctionRef& ref, std::optional<int64_t> reserved, Timestamp now);

  Core& core_;
};

}  // namespace haneul::lambda
