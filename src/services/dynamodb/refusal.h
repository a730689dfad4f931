// Refusals: DynamoDB's ValidationException, which its model does not list, and the sentences that many
// operations share. Source: "Error handling with DynamoDB". Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "model/common_errors.h"

namespace haneul::dynamodb {

[[noreturn]] void refuse(std::string message);  // ValidationException (400)

// What is wrong with a request as such: a transaction answers it as it is, and not as the reason of one of
// its parts.
class RequestRefusal final : public model::ServiceError {
 public:
  explicit RequestRefusal(std::string message)
      : ServiceError(model::kValidationExceptionShape, std::move(message)) {}
};
[[noreturn]] void refuse_request(std::string message);

// What is wrong with a number, or with the members of a set. PutItem, UpdateItem, DeleteItem, GetItem,
// BatchGetItem and Query word it in a newer way than the other operations, whose words are message().
class ValueRefusal final : public model::ServiceError {
 public:
  struct Words {
    std::string newer, older;
  };
  explicit ValueRefusal(Words words)
      : ServiceError(model::kValidationExceptionShape, std::move(words.older)),
        newer_(std::move(words.newer)) {}
  const std::string& newer() const { return newer_; }

 private:
  std::string newer_;
};

// Of an operation with the newer words: reads what may be refused for its values.
template <class Read>
auto in_newer_words(Read&& read) {
  try {
    return read();
  } catch (const ValueRefusal& refusal) {
    refuse(refusal.newer());
  }
}

}  // namespace haneul::dynamodb
