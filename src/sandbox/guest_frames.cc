#include "sandbox/guest_frames.h"

#include "sandbox/wire.h"

namespace haneul::sandbox {

std::string encode_frame(FrameKind kind, std::string_view body) {
  WireWriter head;
  head.put(kind);
  head.put(static_cast<uint32_t>(body.size()));
  std::string bytes = head.bytes();
  bytes += body;
  return bytes;
}

std::optional<Frame> FrameReader::next() {
  if (held_.size() < kFrameHeadBytes) return std::nullopt;
  WireReader head(std::string_view(held_).substr(0, kFrameHeadBytes));
  Frame frame;
  uint32_t size = 0;
  head.get(frame.kind);
  head.get(size);
  if (frame.kind < FrameKind::kReady || frame.kind > FrameKind::kTime || size > kFrameBytesMax)
    throw SandboxError(SandboxError::Kind::kInvalidSpec, "the virtual machine's words make no sense");
  if (held_.size() < kFrameHeadBytes + size) return std::nullopt;
  frame.body = held_.substr(kFrameHeadBytes, size);
  held_.erase(0, kFrameHeadBytes + size);
  return frame;
}

std::string encode_end(const GuestEnd& end) {
  WireWriter out;
  out.put(end.exit_code);
  out.put(end.signal);
  out.put(end.out_of_memory);
  return out.bytes();
}

GuestEnd decode_end(std::string_view body) {
  WireReader in(body);
  GuestEnd end;
  in.get(end.exit_code);
  in.get(end.signal);
  in.get(end.out_of_memory);
  in.expect_end();
  return end;
}

std::string encode_number(uint64_t number) {
  WireWriter out;
  out.put(number);
  return out.bytes();
}

uint64_t decode_number(std::string_view body) {
  WireReader in(body);
  uint64_t number = 0;
  in.get(number);
  in.expect_end();
  return number;
}

}  // namespace haneul::sandbox
