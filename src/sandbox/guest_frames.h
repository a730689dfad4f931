// What the process outside and the first process inside of a virtual machine say to each other over one
// stream, a virtio port: frames of a kind, a length and a body. Output of the function, its end and its
// beginning are on the same stream, so they keep their order. Invariant: whatever the guest writes, the
// reader holds one frame at most and ends with an error, never with a guess.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/spec.h"

namespace haneul::sandbox {

enum class FrameKind : uint8_t {
  kReady = 1,  // from the guest: its first process runs
  kOutput,     // from the guest: what the function wrote
  kErrors,
  kEnded,    // from the guest: GuestEnd
  kTrouble,  // from the guest: why it cannot run the function, as text
  kOrder,    // to the guest: a start request (sandbox/messages.h)
  kSignal,   // to the guest: for the function's main process
  kTime,     // to the guest: nanoseconds since 1970
};

constexpr size_t kFrameHeadBytes = 5;
constexpr size_t kFrameBytesMax = 512 * 1024;  // of a body
constexpr size_t kOutputPieceBytes = 32 * 1024;

struct Frame {
  FrameKind kind = FrameKind::kTrouble;
  std::string body;
};

std::string encode_frame(FrameKind kind, std::string_view body);

// Bytes in, frames out. Throws SandboxError kInvalidSpec for what is no frame.
class FrameReader {
 public:
  void append(std::string_view bytes) { held_.append(bytes); }
  std::optional<Frame> next();

 private:
  std::string held_;
};

// How the function's main process ended.
struct GuestEnd {
  int32_t exit_code = 0;
  int32_t signal = 0;
  bool out_of_memory = false;
};
std::string encode_end(const GuestEnd& end);
GuestEnd decode_end(std::string_view body);

std::string encode_number(uint64_t number);  // of kSignal and kTime
uint64_t decode_number(std::string_view body);

}  // namespace haneul::sandbox
