// Provisioned concurrency of versions and aliases.
// https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html
#pragma once

#include "gen/lambda/operations.h"
#include "platform/operation_table.h"
#include "services/lambda/provisioned.h"

namespace haneul::lambda {

class ProvisionedOps {
 public:
  explicit ProvisionedOps(Core& core) : core_(core) {}
  void register_operations(platform::OperationTable& table);

 private:
  using Request = platform::Request;
  PutProvisionedConcurrencyConfigOutput put(const Request& request,
                                            const PutProvisionedConcurrencyConfigInput& in);
  GetProvisionedConcurrencyConfigOutput get(const Request& request,
                                            const GetProvisionedConcurrencyConfigInput& in);
  DeleteProvisionedConcurrencyConfigOutput remove(const Request& request,
                                                  const DeleteProvisionedConcurrencyConfigInput& in);
  ListProvisionedConcurrencyConfigsOutput list(const Request& request,
                                               const ListProvisionedConcurrencyConfigsInput& in);

  Core& core_;
};

}  // namespace haneul::lambda
