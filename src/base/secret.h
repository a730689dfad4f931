// Secret<T> holds what must never be printed: keys, tokens, passwords. It has no stream or format operator;
// reveal() marks each place where the value leaves its wrapping.
#pragma once

#include <utility>

namespace haneul {

template <class T>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) : value_(std::move(value)) {}
  const T& reveal() const { return value_; }

 private:
  T value_{};
};

}  // namespace haneul
