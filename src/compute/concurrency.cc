// Exact counting of running invocations.
#include "compute/concurrency.h"

namespace haneul::compute {

std::variant<Concurrency::Token, Concurrency::Refused> Concurrency::acquire(const FunctionImage& image,
                                                                            const ConcurrencyLimits& limits) {
  const std::string key =
      limits.reserved ? image.function_arn : image.account.str() + "/" + image.region.str();
  const uint32_t limit = limits.reserved.value_or(limits.account_unreserved);
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(key);
  if ((found == running_.end() ? 0 : found->second) >= limit) {
    return Refused{limits.reserved ? "ReservedFunctionConcurrentInvocationLimitExceeded"
                                   : "ConcurrentInvocationLimitExceeded"};
  }
  ++running_[key];
  return Token(this, key);
}

void Concurrency::release(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(key);
  if (--found->second == 0) running_.erase(found);
}

}  // namespace haneul::compute
