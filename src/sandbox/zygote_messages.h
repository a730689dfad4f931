// What launcher and zygote say to each other, one datagram each. The launcher first sends a ZygoteSetup and
// the compiled filter after it; the zygote answers kReady once its runtime is loaded. Then each ZygoteOrder
// is answered by one ZygoteAnswer, in order.
#pragma once

#include <cstdint>

namespace haneul::sandbox {

inline constexpr int kZygoteControl = 3;  // the zygote's end

// Descriptor: the root template's mount namespace. The filter's bytes follow.
struct ZygoteSetup {
  uint64_t namespace_flags = 0;  // of process 1
};

// Descriptors: status socket, network namespace, user namespace, then the control group's directory (v2, when
// has_group) and its entrances (v1).
struct ZygoteOrder {
  uint8_t has_group = 0;
};

struct ZygoteAnswer {
  enum class Kind : uint8_t { kReady, kForked, kFailed };
  Kind kind = Kind::kReady;
  int32_t pid = 0;    // kForked: process 1, and its pidfd beside it
  int32_t error = 0;  // kFailed: errno
};

}  // namespace haneul::sandbox
