// ProvisionWish and ProvisionState: which environments a function's versions are to have ready ahead of any
// invocation, and how far that is.
// https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "compute/image.h"

namespace haneul::compute {

// What one version of a function is wanted to have ready.
struct ProvisionWish {
  std::shared_ptr<const FunctionImage> image;
  uint32_t count = 0;
  std::string mark;  // given back with the state, so that the wish a state belongs to is known
  ConcurrencyShare share = ConcurrencyShare::kAccount;
  // Told now and then for how long environments were kept, all of them together. Any thread; may be empty.
  std::function<void(std::chrono::milliseconds)> on_kept;
};

struct ProvisionState {
  std::string mark;         // of the wish; empty when nothing is wanted
  uint32_t ready = 0;       // initialised and alive, with or without an invocation
  bool is_reached = false;  // as many as wanted were ready at once since the wish
  std::string failure;      // of the last start, while none has succeeded since
};

}  // namespace haneul::compute
