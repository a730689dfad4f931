// Concurrency tokens: how many invocations run at once, counted exactly. A function with a reservation counts
// for itself; all others of an account and region share what is unreserved.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
// Thread rule: any thread. Limits come with each call, so a changed limit holds at once.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>

#include "compute/image.h"

namespace haneul::compute {

class Concurrency {
 public:
  class Token {
   public:
    Token() = default;
    Token(Concurrency* owner, std::string key) : owner_(owner), key_(std::move(key)) {}
    Token(Token&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), key_(std::move(other.key_)) {}
    Token& operator=(Token&& other) noexcept {
      std::swap(owner_, other.owner_);
      std::swap(key_, other.key_);
      return *this;
    }
    ~Token() {
      if (owner_ != nullptr) owner_->release(key_);
    }

   private:
    Concurrency* owner_ = nullptr;
    std::string key_;
  };
  struct Refused {
    std::string reason;  // the Reason member of TooManyRequestsException
  };

  // The token, or why there is none.
  std::variant<Token, Refused> acquire(const FunctionImage& image, const ConcurrencyLimits& limits);

  // What the function's invocations are counted under: its own reservation or what its account shares.
  static std::string key_of(const FunctionImage& image, ConcurrencyShare share);
  // Taken off the limits of these keys, for environments that are kept ready: invocations on those need no
  // token. Replaces what was set aside before.
  void set_aside(std::unordered_map<std::string, uint32_t> amounts);

 private:
  void release(const std::string& key);
  std::mutex mutex_;
  std::unordered_map<std::string, uint32_t> running_;  // no entry when zero
  std::unordered_map<std::string, uint32_t> set_aside_;
};

}  // namespace haneul::compute
