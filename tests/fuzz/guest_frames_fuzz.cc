// A hostile guest writes what it likes to its port: the process outside must read frames or refuse, hold no
// more than one, and a frame that it read must be what was written.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sandbox/guest_frames.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul::sandbox;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  size_t at = 0;
  try {
    FrameReader reader;
    reader.append(bytes);
    while (const auto frame = reader.next()) {
      const std::string again = encode_frame(frame->kind, frame->body);
      if (bytes.substr(at, again.size()) != again) std::abort();
      at += again.size();
      if (frame->kind == FrameKind::kEnded && encode_end(decode_end(frame->body)) != frame->body)
        std::abort();
    }
  } catch (const SandboxError&) {
    // Refused, which is an answer.
  }
  return 0;
}
