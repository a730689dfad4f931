// Log lines: none lost, none invented, floods bounded.
#include "compute/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace haneul::compute {
namespace {

using Events = std::vector<std::string>;
using std::chrono::seconds;

struct OutputTest : testing::Test {
  Output make(OutputLimits limits = {}) {
    return Output(limits, [this](std::string event) { events.push_back(std::move(event)); });
  }
  Events events;
};

// A line may come in pieces and two sources may interleave: each line must arrive whole.
TEST_F(OutputTest, JoinsPiecesPerSource) {
  Output output = make();
  output.write(Output::Source::kStdout, "hel", seconds(1));
  output.write(Output::Source::kStderr, "oops\n", seconds(1));
  output.write(Output::Source::kStdout, "lo\n\nlast", seconds(1));
  EXPECT_THAT(events, testing::ElementsAre("oops", "hello", ""));
  output.flush(seconds(1));
  EXPECT_EQ(events.back(), "last");
}

// A record of several lines is one event.
TEST_F(OutputTest, KeepsRecordsTogether) {
  Output output = make();
  output.write(Output::Source::kStdout,
               "a\x1e"
               "b\n",
               seconds(1));
  EXPECT_THAT(events, testing::ElementsAre("a\nb"));
}

// A line without end must not grow in memory, and nothing of it may be lost.
TEST_F(OutputTest, CutsLongLines) {
  Output output = make({.event_bytes_max = 4});
  output.write(Output::Source::kStdout, "abcdefgh\nij\n", seconds(1));
  std::string joined;
  for (const std::string& event : events) joined += event;
  EXPECT_EQ(joined, "abcdefghij");
  for (const std::string& event : events) EXPECT_LE(event.size(), 4u);
}

// A flood is dropped beyond the rate, the loss is told, and writing works again later.
TEST_F(OutputTest, BoundsFloods) {
  Output output = make({.event_bytes_max = 100, .burst_bytes = 20, .bytes_per_second = 10});
  for (int i = 0; i < 10; ++i) output.write(Output::Source::kStdout, "123456789\n", seconds(1));
  EXPECT_EQ(events.size(), 2u);
  output.write(Output::Source::kStdout, "123456789\n", seconds(2));
  ASSERT_EQ(events.size(), 4u);
  EXPECT_THAT(events[2], testing::HasSubstr("8 log events (72 bytes) were dropped"));
  EXPECT_EQ(events[3], "123456789");
}

// LogType=Tail returns at most 4 KiB, and the end is what matters.
TEST(LogTailTest, KeepsTheEnd) {
  LogTail tail;
  for (int i = 0; i < 1000; ++i) tail.append("line " + std::to_string(i));
  const std::string text = tail.take();
  EXPECT_EQ(text.size(), LogTail::kBytesMax);
  EXPECT_TRUE(text.ends_with("line 999\n"));
}

}  // namespace
}  // namespace haneul::compute
