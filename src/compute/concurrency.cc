// Exact counting of running invocations.
#include "compute/concurrency.h"

#include <algorithm>

namespace haneul::compute {

std::variant<Concurrency::Token, Concurrency::Refused> Concurrency::acquire(const FunctionImage& image,
                                                                            const ConcurrencyLimits& limits) {
  const std::string key =
      key_of(image, limits.reserved ? ConcurrencyShare::kReservation : ConcurrencyShare::kAccount);
  const std::lock_guard lock(mutex_);
  const auto aside = set_aside_.find(key);
  const uint32_t whole = limits.reserved.value_or(limits.account_unreserved);
  const uint32_t limit = whole - std::min(whole, aside == set_aside_.end() ? 0 : aside->second);
  const auto found = running_.find(key);
  if ((found == running_.end() ? 0 : found->second) >= limit) {
    return Refused{limits.reserved ? "ReservedFunctionConcurrentInvocationLimitExceeded"
                                   : "ConcurrentInvocationLimitExceeded"};
  }
  ++running_[key];
  return Token(this, key);
}

std::string Concurrency::key_of(const FunctionImage& image, ConcurrencyShare share) {
  if (share == ConcurrencyShare::kReservation) return image.function_arn;
  return image.account.str() + "/" + image.region.str();
}

void Concurrency::set_aside(std::unordered_map<std::string, uint32_t> amounts) {
  const std::lock_guard lock(mutex_);
  set_aside_ = std::move(amounts);
}

void Concurrency::release(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(key);
  if (--found->second == 0) running_.erase(found);
}

}  // namespace haneul::compute
