// The pipe between a function and its client: what is written arrives, in order, and no more is held than may
// be.
#include "compute/response_pipe.h"

#include <gtest/gtest.h>

#include "base/task/manual_executor.h"

namespace haneul::compute {
namespace {

struct ResponsePipeTest : testing::Test {
  // Reads to the end, or at most so many bytes.
  Task<void> drain(size_t bytes_max = SIZE_MAX) {
    std::string piece(1000, ' ');
    while (taken.size() < bytes_max) {
      const size_t count = co_await pipe.read(piece);
      if (count == 0) break;
      taken.append(piece, 0, count);
    }
    is_drained = true;
  }
  VirtualClock clock{Timestamp(Milliseconds(0))};
  ManualExecutor executor{clock};
  ResponsePipe pipe;
  std::string taken;
  bool is_drained = false;
};

// The reader waits for what comes later, and learns the end only when it is one.
TEST_F(ResponsePipeTest, CarriesBytesInOrder) {
  spawn(executor, "drain", drain());
  executor.run();
  EXPECT_FALSE(is_drained);
  pipe.open("text/plain");
  EXPECT_TRUE(executor.run_until_done(pipe.started()));
  EXPECT_EQ(pipe.content_type(), "text/plain");
  pipe.write("one ", [] {});
  executor.run();
  EXPECT_EQ(taken, "one ");
  pipe.write("two", [] {});
  pipe.finish();
  executor.run();
  EXPECT_EQ(taken, "one two");
  EXPECT_TRUE(is_drained);
  EXPECT_EQ(pipe.written(), 7u);
}

// A function that never streams must not leave its caller waiting.
TEST_F(ResponsePipeTest, EndsWithoutABeginning) {
  pipe.finish();
  EXPECT_FALSE(executor.run_until_done(pipe.started()));
  executor.run_until_done(drain());
  EXPECT_EQ(taken, "");
}

// Once enough is held the writer waits, and goes on exactly once when half of it is gone.
TEST_F(ResponsePipeTest, HoldsTheWriterBack) {
  pipe.open("a/b");
  int resumed = 0;
  const std::string half(ResponsePipe::kHeldBytesMax / 2, 'x');
  const auto resume = [&resumed] { ++resumed; };
  EXPECT_EQ(pipe.write(half, resume), ResponsePipe::Flow::kGoOn);
  EXPECT_EQ(pipe.write(half, resume), ResponsePipe::Flow::kWait);
  EXPECT_EQ(resumed, 0);
  executor.run_until_done(drain(half.size() + 1000));
  EXPECT_EQ(resumed, 1);
  EXPECT_EQ(pipe.write("more", resume), ResponsePipe::Flow::kGoOn);
}

// A client that leaves must neither stop the function nor be written for.
TEST_F(ResponsePipeTest, ThrowsAwayWhatNobodyReads) {
  pipe.open("a/b");
  int resumed = 0;
  const std::string much(ResponsePipe::kHeldBytesMax, 'x');
  EXPECT_EQ(pipe.write(much, [&resumed] { ++resumed; }), ResponsePipe::Flow::kWait);
  pipe.abandon();
  EXPECT_EQ(resumed, 1);
  EXPECT_EQ(pipe.write(much, [] {}), ResponsePipe::Flow::kGoOn);
  EXPECT_EQ(pipe.written(), 2 * much.size());
}

}  // namespace
}  // namespace haneul::compute
