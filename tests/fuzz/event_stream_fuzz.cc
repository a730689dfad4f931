// Event-stream frames may come from anywhere: the decoder must neither read beyond its bytes nor take what it
// would write differently.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "aws/digest.h"
#include "protocol/event_stream.h"

namespace {

// A message around the bytes as headers, with right checksums: what checks alone would hide is reached.
std::string frame(std::string_view headers) {
  const auto number = [](uint32_t value) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xff);
    return out;
  };
  const auto size = static_cast<uint32_t>(headers.size());
  std::string out = number(size + 16) + number(size);
  out += number(haneul::aws::crc32(out));
  out += headers;
  return out + number(haneul::aws::crc32(out));
}

void check(std::string_view bytes) {
  try {
    const auto decoded = haneul::protocol::decode_event(bytes);
    if (!decoded) return;
    if (decoded->consumed > bytes.size()) std::abort();
    const std::string again = haneul::protocol::encode_event(decoded->message);
    if (haneul::protocol::decode_event(again)->message != decoded->message) std::abort();
  } catch (const haneul::protocol::EventStreamError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  check(frame(bytes));
  return 0;
}
