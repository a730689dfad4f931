// What the debug listener says of cold starts.
#include "compute/start_times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace haneul::compute {
namespace {

// A phase under the wrong name, or forks counted among the executed, would send whoever looks for lost time
// the wrong way.
TEST(StartTimesTest, SumsPhasesByRuntimeAndWay) {
  using std::chrono::milliseconds;
  StartTimes times;
  times.record(RuntimeFamily::kPython, StartWay::kForked,
               {milliseconds(1), milliseconds(2), milliseconds(3)});
  times.record(RuntimeFamily::kPython, StartWay::kForked,
               {milliseconds(1), milliseconds(2), milliseconds(3)});
  const std::string text = times.text();
  EXPECT_THAT(text, ::testing::HasSubstr(R"(_sum{runtime="python",way="forked",phase="runtime"} 0.004000)"));
  EXPECT_THAT(text, ::testing::HasSubstr(R"(_count{runtime="python",way="forked",phase="init"} 2)"));
  EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr("executed")));
  times.record(RuntimeFamily::kPython, StartWay::kRestored,
               {milliseconds(1), milliseconds(2), milliseconds(3)});
  EXPECT_THAT(times.text(),
              ::testing::HasSubstr(R"(_count{runtime="python",way="restored",phase="init"} 1)"));
}

}  // namespace
}  // namespace haneul::compute
