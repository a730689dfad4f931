// Scaling, limits, freezing and ends of environments, in real sandboxes.
#include <algorithm>
#include <set>
#include <thread>

#include "compute/engine_fixture.h"

namespace haneul::compute::test {
namespace {

class EnginePool : public EngineTest {
 protected:
  std::shared_ptr<FunctionImage> slow() {
    auto image = python(
        "import time, uuid\nme = str(uuid.uuid4())\n"
        "def handler(e, c):\n  time.sleep(0.3)\n  return me\n");
    image->timeout = std::chrono::seconds(20);
    return image;
  }
};

// One invocation per environment at a time: parallel ones get environments of their own, later ones reuse
// them.
TEST_F(EnginePool, ScalesOnDemand) {
  const auto image = slow();
  std::set<std::string> seen;
  for (const InvokeResult& each : invoke_all({image, image, image})) {
    EXPECT_EQ(each.status, InvokeStatus::kOk) << each.payload << each.reason;
    seen.insert(each.payload);
  }
  EXPECT_EQ(seen.size(), 3u);
  EXPECT_EQ(engine_->status().idle, 3u);
  EXPECT_TRUE(seen.contains(invoke(image).payload));
  EXPECT_EQ(engine_->status().cold_starts, 3u);
}

// Limits are exact: one too many is throttled with AWS's reason, and a finished one makes room.
TEST_F(EnginePool, ThrottlesExactly) {
  const auto image = slow();
  const auto count = [](const std::vector<InvokeResult>& results, const std::string& reason) {
    return std::count_if(results.begin(), results.end(), [&](const InvokeResult& each) {
      return each.status == InvokeStatus::kThrottled && each.reason == reason;
    });
  };
  EXPECT_EQ(count(invoke_all({image, image, image}, {.account_unreserved = 2}),
                  "ConcurrentInvocationLimitExceeded"),
            1);
  EXPECT_EQ(count(invoke_all({image, image, image}, {.reserved = 1}),
                  "ReservedFunctionConcurrentInvocationLimitExceeded"),
            2);
  EXPECT_EQ(invoke(image, "{}", {.reserved = 0}).status, InvokeStatus::kThrottled);
  EXPECT_EQ(invoke(image, "{}", {.account_unreserved = 1}).status, InvokeStatus::kOk);
}

// A frozen environment does nothing, then goes on where it was.
TEST_F(EnginePool, FreezesBetweenInvocations) {
  EngineConfig config = default_config();
  config.freeze_after = std::chrono::milliseconds(1);
  restart_engine(config);
  const auto image = python(
      "import threading, time\nticks = 0\n"
      "def tick():\n  global ticks\n  while True:\n    time.sleep(0.005)\n    ticks += 1\n"
      "threading.Thread(target=tick, daemon=True).start()\n"
      "def handler(e, c): return ticks\n");
  const int64_t before = parse_json(invoke(image).payload).as_int();
  const auto hold = slow();
  invoke(hold);
  invoke(hold);  // more than half a second passes here
  const int64_t after = parse_json(invoke(image).payload).as_int();
  EXPECT_LT(after - before, 40);
}

// The timer of the freeze and the next invocation race: whoever loses, a running function is not frozen.
TEST_F(EnginePool, NeverFreezesWhatRuns) {
  EngineConfig config = default_config();
  config.freeze_after = std::chrono::milliseconds(1);
  restart_engine(config);
  const auto image = python("import random, time\ndef handler(e, c): time.sleep(random.random() / 500)\n");
  image->timeout = std::chrono::seconds(3);
  for (int round = 0; round < 300; ++round) {
    for (const InvokeResult& each : invoke_all({image, image, image, image}))
      ASSERT_EQ(each.status, InvokeStatus::kOk) << each.payload << each.reason << " in round " << round;
  }
}

// New code must be seen at once, and the old environment must not linger.
TEST_F(EnginePool, RetiresOutdatedImages) {
  const auto old_image = python("def handler(e, c): return 'old'\n");
  EXPECT_EQ(invoke(old_image).payload, "\"old\"");
  const auto new_image = std::make_shared<FunctionImage>(*old_image);
  new_image->revision = "2";
  new_image->code_directory = write_files({{"app.py", "def handler(e, c): return 'new'\n"}});
  EXPECT_EQ(invoke(new_image).payload, "\"new\"");
  engine_->retire_function(new_image->function_arn);
  EXPECT_EQ(engine_->status().idle, 0u);
  EXPECT_TRUE(invoke(new_image).init_duration);
}

// Credentials in the environment run out: an environment that would outlive them is replaced.
TEST_F(EnginePool, ReplacesExpiringCredentials) {
  const auto image = python("import os\ndef handler(e, c): return os.environ['AWS_ACCESS_KEY_ID']\n");
  int made = 0;
  image->credentials = [&made] {
    return RoleCredentials{"KEY" + std::to_string(++made), Secret<std::string>("s"), Secret<std::string>("t"),
                           SystemClock().now() + std::chrono::seconds(30)};
  };
  EXPECT_EQ(invoke(image).payload, "\"KEY1\"");
  EXPECT_EQ(invoke(image).payload, "\"KEY2\"");
}

// Memory is finite: idle environments make room, and when none is left the caller is told to come back.
TEST_F(EnginePool, MakesRoomWhenMemoryIsShort) {
  EngineConfig config = default_config();
  config.memory_mb_max = 140;
  restart_engine(config);
  const auto first = python("def handler(e, c): return 1\n");
  const auto second = python("def handler(e, c): return 2\n");
  EXPECT_EQ(invoke(first).payload, "1");
  EXPECT_EQ(invoke(second).payload, "2");
  const auto big = python("def handler(e, c): return 3\n");
  big->memory_mb = 1024;
  EXPECT_EQ(invoke(big).status, InvokeStatus::kThrottled);
}

// Descriptors are finite too: who comes when all environments that there may be are busy is told to come
// back, and an idle one makes room for another function.
TEST_F(EnginePool, KeepsToTheNumberOfEnvironments) {
  EngineConfig config = default_config();
  config.environments_max = 2;
  restart_engine(config);
  const auto image = slow();
  int ran = 0;
  for (const InvokeResult& each : invoke_all({image, image, image, image})) {
    ran += each.status == InvokeStatus::kOk ? 1 : 0;
    if (each.status != InvokeStatus::kOk) EXPECT_EQ(each.status, InvokeStatus::kThrottled) << each.reason;
  }
  EXPECT_EQ(ran, 2);
  EXPECT_EQ(invoke(python("def handler(e, c): return 4\n")).payload, "4");
  EXPECT_LE(engine_->status().idle, 2u);
}

// A large memory size that is not used keeps nobody out: environments are charged what their like have used.
TEST_F(EnginePool, ChargesByUse) {
  EngineConfig config = default_config();
  config.memory_mb_max = 300;
  restart_engine(config);
  const auto image = slow();
  image->memory_mb = 1024;
  EXPECT_EQ(invoke(image).status, InvokeStatus::kOk);
  for (const InvokeResult& each : invoke_all({image, image, image, image}))
    EXPECT_EQ(each.status, InvokeStatus::kOk) << each.reason;
  EXPECT_LT(engine_->status().memory_mb, 300u);
}

// Nothing is kept for a function that is not used: its environment goes after the idle time.
TEST_F(EnginePool, ReapsIdleEnvironments) {
  EngineConfig config = default_config();
  config.idle_timeout = std::chrono::milliseconds(100);
  config.sweep_interval = std::chrono::milliseconds(20);
  restart_engine(config);
  const auto image = python("def handler(e, c): return 1\n");
  invoke(image);
  invoke(slow());  // longer than the idle time
  EXPECT_TRUE(invoke(image).init_duration);
}

// The engine must stop at once, also while functions start and run; what runs ends as a crash.
TEST_F(EnginePool, StopsWhileFunctionsRun) {
  const auto image = python("import time\ndef handler(e, c): time.sleep(60)\n");
  image->timeout = std::chrono::seconds(100);
  std::vector<InvokeResult> results;
  std::thread caller([&] { results = invoke_all({image, image, image}); });
  while (engine_->status().invocations < 3) std::this_thread::yield();
  stop_engine();
  caller.join();
  for (const InvokeResult& each : results) {
    EXPECT_TRUE(each.status == InvokeStatus::kCrashed || each.status == InvokeStatus::kUnavailable)
        << each.payload;
  }
  EXPECT_EQ(invoke(image).status, InvokeStatus::kUnavailable);
}

// An environment that died while idle must not cost anybody an invocation.
TEST_F(EnginePool, ReplacesADeadEnvironment) {
  EngineConfig config = default_config();
  config.freeze_after = std::chrono::minutes(1);
  restart_engine(config);
  const auto image = python(
      "import os, threading\ndef handler(e, c):\n"
      "  threading.Timer(0.05, lambda: os._exit(3)).start()\n  return 'ok'\n");
  EXPECT_EQ(invoke(image).payload, "\"ok\"");
  invoke(slow());  // time for it to die
  EXPECT_EQ(invoke(image).payload, "\"ok\"");
}

}  // namespace
}  // namespace haneul::compute::test
