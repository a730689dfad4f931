// Chunked bodies come from strangers and are cut anywhere. The first byte chooses the form and the cuts;
// decoding in pieces and at once must agree, and a signed body that nobody signed must never be complete.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "aws/aws_chunked.h"

namespace {

struct Outcome {
  std::string data;
  bool valid;
  bool operator==(const Outcome&) const = default;
};

Outcome decode(haneul::aws::PayloadKind kind, std::string_view body, size_t piece_size) {
  haneul::aws::AwsChunkedDecoder decoder(kind, {}, std::nullopt);
  Outcome out;
  while (!body.empty()) {
    std::string_view piece = body.substr(0, piece_size);
    body.remove_prefix(piece.size());
    while (!piece.empty()) {
      const auto step = decoder.next(piece);
      if (step.taken == 0) std::abort();
      out.data.append(step.data);
      piece.remove_prefix(step.taken);
    }
  }
  out.valid = decoder.finish().has_value();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using haneul::aws::PayloadKind;
  if (size == 0) return 0;
  const PayloadKind kinds[] = {PayloadKind::kStreamingSigned, PayloadKind::kStreamingSignedTrailer,
                               PayloadKind::kStreamingUnsignedTrailer};
  const PayloadKind kind = kinds[data[0] % 3];
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = decode(kind, body, body.size() + 1);
  if (decode(kind, body, 1 + data[0] / 3) != whole) std::abort();
  if (whole.valid && kind != PayloadKind::kStreamingUnsignedTrailer) std::abort();
  return 0;
}
