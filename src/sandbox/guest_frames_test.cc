// The words between a guest and the process outside it: what a hostile guest may write.
#include "sandbox/guest_frames.h"

#include <gtest/gtest.h>

namespace haneul::sandbox {
namespace {

// Output must arrive as it was written, whatever its bytes and however they are cut on the way.
TEST(GuestFrames, SurviveAnyCut) {
  const std::string body("a\0b\xff\n", 5);
  const std::string bytes = encode_frame(FrameKind::kOutput, body) + encode_frame(FrameKind::kErrors, {});
  FrameReader reader;
  std::vector<Frame> seen;
  for (const char byte : bytes) {
    reader.append({&byte, 1});
    while (auto frame = reader.next()) seen.push_back(*frame);
  }
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].kind, FrameKind::kOutput);
  EXPECT_EQ(seen[0].body, body);
  EXPECT_EQ(seen[1].kind, FrameKind::kErrors);
  EXPECT_EQ(seen[1].body, "");
}

// A guest that lies about a length must not make the reader hold what never comes.
TEST(GuestFrames, RefuseWhatIsNone) {
  for (const std::string_view bytes : {std::string_view("\0\0\0\0\0", 5), std::string_view("\x09\0\0\0\0", 5),
                                       std::string_view("\x02\xff\xff\xff\xff", 5)}) {
    FrameReader reader;
    reader.append(bytes);
    EXPECT_THROW(reader.next(), SandboxError);
  }
}

// The function's end is told to its caller: no part of it may change.
TEST(GuestFrames, CarryTheEnd) {
  const GuestEnd end = decode_end(encode_end({.exit_code = 3, .signal = -1, .out_of_memory = true}));
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(end.signal, -1);
  EXPECT_TRUE(end.out_of_memory);
  EXPECT_THROW(decode_end("short"), SandboxError);
  EXPECT_EQ(decode_number(encode_number(1'700'000'000'123'456'789)), 1'700'000'000'123'456'789u);
  EXPECT_THROW(decode_number("123456789"), SandboxError);
}

}  // namespace
}  // namespace haneul::sandbox
