// Environments that are kept ready, in real sandboxes.
#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "compute/engine_fixture.h"

namespace haneul::compute::test {
namespace {

constexpr const char* kWho =
    "import os, uuid\nme = str(uuid.uuid4()) + ' ' + os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n"
    "def handler(e, c): return me\n";

class EngineProvisioned : public EngineTest {
 protected:
  std::shared_ptr<FunctionImage> version(const std::string& code, const std::string& number = "1") {
    auto image = python(code);
    image->version = number;
    return image;
  }
  void provide(const std::shared_ptr<FunctionImage>& image, uint32_t count,
               ConcurrencyShare share = ConcurrencyShare::kAccount) {
    std::vector<ProvisionWish> wishes;
    if (count > 0) wishes.push_back({image, count, "mark", share, {}});
    engine_->provision(image->function_arn, std::move(wishes), sink_);
  }
  // What is true at once on an idle machine and in a moment on a busy one.
  template <class Condition>
  bool wait_for(Condition holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }
  bool wait_ready(const FunctionImage& image, uint32_t count) {
    return wait_for([&] { return engine_->provisioned(image.key()).ready == count; });
  }
  EngineConfig quick_sweeps() {
    EngineConfig config = default_config();
    config.sweep_interval = std::chrono::milliseconds(20);
    config.idle_timeout = std::chrono::milliseconds(50);
    config.freeze_after = std::chrono::minutes(1);
    return config;
  }
};

// The point of it: initialised before anybody asks, so that the first invocation reports no init.
TEST_F(EngineProvisioned, InitialisesAheadOfTheFirstInvocation) {
  const auto image = version(std::string("print('loaded')\n") + kWho);
  provide(image, 2);
  ASSERT_TRUE(wait_ready(*image, 2));
  EXPECT_TRUE(engine_->provisioned(image->key()).is_reached);
  EXPECT_EQ(engine_->provisioned(image->key()).mark, "mark");
  EXPECT_NE(sink_.text().find("loaded"), std::string::npos);
  EXPECT_EQ(sink_.text().find("REPORT"), std::string::npos);
  const InvokeResult result = invoke(image);
  EXPECT_NE(result.payload.find("provisioned-concurrency"), std::string::npos);
  EXPECT_FALSE(result.init_duration);
  EXPECT_EQ(sink_.text().find("Init Duration"), std::string::npos);
  EXPECT_EQ(engine_->status().cold_starts, 0u);
}

// Beyond what is provisioned invocations run on demand, within the limits: those on ready environments need
// no token, and what they hold is taken off what the others may use.
TEST_F(EngineProvisioned, SpillsOverWithinTheLimits) {
  const auto image = version(
      "import os, time\ndef handler(e, c):\n  time.sleep(0.5)\n"
      "  return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n");
  image->timeout = std::chrono::seconds(20);
  provide(image, 1);
  ASSERT_TRUE(wait_ready(*image, 1));
  const auto count = [](const std::vector<InvokeResult>& results, std::string_view payload) {
    return std::count_if(results.begin(), results.end(),
                         [&](const InvokeResult& each) { return each.payload == payload; });
  };
  const auto throttled = [](const std::vector<InvokeResult>& results) {
    return std::count_if(results.begin(), results.end(),
                         [](const InvokeResult& each) { return each.status == InvokeStatus::kThrottled; });
  };
  auto results = invoke_all({image, image, image}, {.account_unreserved = 2});
  EXPECT_EQ(count(results, "\"provisioned-concurrency\""), 1);
  EXPECT_EQ(count(results, "\"on-demand\""), 1);
  EXPECT_EQ(throttled(results), 1);
  // A reservation that is provisioned whole leaves nothing for anything else, $LATEST for one.
  provide(image, 1, ConcurrencyShare::kReservation);
  results = invoke_all({image, image}, {.reserved = 1});
  EXPECT_EQ(count(results, "\"provisioned-concurrency\""), 1);
  EXPECT_EQ(throttled(results), 1);
  const auto latest = std::make_shared<FunctionImage>(*image);
  latest->version = "$LATEST";
  EXPECT_EQ(invoke(latest, "{}", {.reserved = 1}).status, InvokeStatus::kThrottled);
}

// Idle time and the need of others end environments on demand, never these.
TEST_F(EngineProvisioned, KeepsThemAlive) {
  restart_engine(quick_sweeps());
  const auto image = version(kWho);
  provide(image, 1);
  ASSERT_TRUE(wait_ready(*image, 1));
  const std::string first = invoke(image).payload;
  const auto slow = version("import time\ndef handler(e, c): time.sleep(0.3)\n");
  invoke(slow);  // longer than the idle time, several times
  EXPECT_EQ(invoke(image).payload, first);
}

// One that ends, idle or at work, is replaced without an invocation having to wait for it.
TEST_F(EngineProvisioned, ReplacesThoseThatEnd) {
  restart_engine(quick_sweeps());
  const auto image = version(
      "import os, threading, uuid\nme = str(uuid.uuid4())\n"
      "def handler(e, c):\n"
      "  if e.get('now'): os._exit(1)\n"
      "  if e.get('later'): threading.Timer(0.05, lambda: os._exit(3)).start()\n"
      "  return me\n");
  provide(image, 1);
  ASSERT_TRUE(wait_ready(*image, 1));
  const std::string first = invoke(image, R"({"later": 1})").payload;
  std::string second;
  ASSERT_TRUE(wait_for([&] {
    if (engine_->provisioned(image->key()).ready != 1 || engine_->status().idle != 1) return false;
    const InvokeResult result = invoke(image);
    second = result.payload;
    return second != first && !result.init_duration;
  }));
  EXPECT_EQ(invoke(image, R"({"now": 1})").status, InvokeStatus::kCrashed);
  ASSERT_TRUE(wait_for([&] { return engine_->status().idle == 1; }));
  const InvokeResult third = invoke(image);
  EXPECT_FALSE(third.init_duration);
  EXPECT_NE(third.payload, second);
}

// A function that cannot be initialised says so, is tried again, and is ready once it can be.
TEST_F(EngineProvisioned, TellsWhyThereAreNone) {
  restart_engine(quick_sweeps());
  const auto image = version("raise ValueError('no')\n");
  provide(image, 3);
  ASSERT_TRUE(wait_for([&] { return !engine_->provisioned(image->key()).failure.empty(); }));
  EXPECT_EQ(engine_->provisioned(image->key()).failure, "FUNCTION_ERROR_INIT_FAILURE");
  EXPECT_FALSE(engine_->provisioned(image->key()).is_reached);
  EXPECT_NE(sink_.text().find("INIT_REPORT"), std::string::npos);
  EXPECT_EQ(engine_->status().provisioned, 0u);
}

// A start that fails for a reason of the server's is tried again soon, and told only when that does not help:
// whoever waits for READY must not give up over a process that somebody killed.
TEST_F(EngineProvisioned, TriesAgainWhatTheServerCouldNotDo) {
  const auto image = version(kWho);
  std::atomic<int> tries = 0;
  image->credentials = [&tries] {
    if (++tries <= 2) throw std::runtime_error("not now");
    return RoleCredentials{"K", Secret<std::string>("s"), Secret<std::string>("t"),
                           SystemClock().now() + std::chrono::hours(1)};
  };
  provide(image, 1);
  ASSERT_TRUE(wait_for([&] {
    EXPECT_EQ(engine_->provisioned(image->key()).failure, "");
    return engine_->provisioned(image->key()).ready == 1;
  }));
  EXPECT_EQ(tries, 3);
}

// Fewer wanted, another version wanted, none wanted: what is too much goes, also when it is at work just now.
TEST_F(EngineProvisioned, FollowsTheWish) {
  const auto image =
      version("import time\ndef handler(e, c): time.sleep(e if isinstance(e, float) else 0)\n");
  provide(image, 3);
  ASSERT_TRUE(wait_ready(*image, 3));
  provide(image, 1);
  ASSERT_TRUE(wait_for([&] { return engine_->status().idle == 1; }));
  EXPECT_EQ(engine_->provisioned(image->key()).ready, 1u);
  const auto next = std::make_shared<FunctionImage>(*image);
  next->version = "2";
  engine_->provision(image->function_arn, {{next, 2, "moved", ConcurrencyShare::kAccount, {}}}, sink_);
  ASSERT_TRUE(wait_ready(*next, 2));
  EXPECT_EQ(engine_->provisioned(image->key()).ready, 0u);
  EXPECT_EQ(engine_->provisioned(next->key()).mark, "moved");
  std::thread caller([&] { invoke(next, "0.3"); });
  ASSERT_TRUE(wait_for([&] { return engine_->status().invocations == 1; }));
  provide(next, 0);
  caller.join();
  EXPECT_TRUE(wait_for([&] { return engine_->status().idle + engine_->status().busy == 0; }));
  EXPECT_EQ(engine_->status().provisioned, 0u);
  EXPECT_TRUE(invoke(next).init_duration);
}

// The same wish again, as after a change of something else, disturbs nothing: neither what is ready nor the
// pause after a failure.
TEST_F(EngineProvisioned, TakesTheSameWishAgainCalmly) {
  const auto image = version(kWho);
  provide(image, 1);
  ASSERT_TRUE(wait_ready(*image, 1));
  const std::string first = invoke(image).payload;
  provide(image, 1);
  EXPECT_TRUE(engine_->provisioned(image->key()).is_reached);
  EXPECT_EQ(invoke(image).payload, first);
  const auto broken = version("raise ValueError('no')\n");
  provide(broken, 1);
  ASSERT_TRUE(wait_for([&] { return !engine_->provisioned(broken->key()).failure.empty(); }));
  provide(broken, 1);
  EXPECT_FALSE(engine_->provisioned(broken->key()).failure.empty());
}

// Where memory is short nobody waits for ever: the state says why, and invocations still run.
TEST_F(EngineProvisioned, SaysWhenMemoryIsShort) {
  EngineConfig config = default_config();
  config.memory_mb_max = 140;
  restart_engine(config);
  const auto image = version(kWho);
  image->memory_mb = 1024;
  provide(image, 1);
  ASSERT_TRUE(wait_for([&] { return !engine_->provisioned(image->key()).failure.empty(); }));
  EXPECT_EQ(engine_->provisioned(image->key()).failure,
            "The server has no room for another execution environment.");
  EXPECT_EQ(invoke(version("def handler(e, c): return 1\n")).payload, "1");
}

// What is kept is paid for by the time, also when nobody invokes it.
TEST_F(EngineProvisioned, TellsForHowLongItKeepsThem) {
  restart_engine(quick_sweeps());
  const auto image = version(kWho);
  std::atomic<int64_t> kept_ms = 0;
  ProvisionWish wish{image, 2, "mark", ConcurrencyShare::kAccount, {}};
  wish.on_kept = [&kept_ms](std::chrono::milliseconds time) { kept_ms += time.count(); };
  engine_->provision(image->function_arn, {wish}, sink_);
  ASSERT_TRUE(wait_for([&] { return kept_ms >= 80; }));
  EXPECT_EQ(invoke(image).initialization, Initialization::kProvisioned);
  stop_engine();
}

// Credentials do not last for ever, an environment that is kept does: it is renewed before they run out.
TEST_F(EngineProvisioned, RenewsBeforeCredentialsRunOut) {
  restart_engine(quick_sweeps());
  const auto image = version("import os\ndef handler(e, c): return os.environ['AWS_ACCESS_KEY_ID']\n");
  std::atomic<int> made = 0;
  image->credentials = [&made] {
    const auto lifetime = ++made == 1 ? std::chrono::minutes(2) : std::chrono::minutes(60);
    return RoleCredentials{"KEY" + std::to_string(made.load()), Secret<std::string>("s"),
                           Secret<std::string>("t"), SystemClock().now() + lifetime};
  };
  provide(image, 1);
  ASSERT_TRUE(wait_for([&] { return made == 2; }));
  ASSERT_TRUE(wait_for([&] { return engine_->status().idle == 1; }));
  EXPECT_EQ(invoke(image).payload, "\"KEY2\"");
}

// A function that is deleted keeps nothing, and a stop waits for those that are just starting.
TEST_F(EngineProvisioned, EndsWithItsFunctionAndWithTheEngine) {
  const auto image = version(kWho);
  provide(image, 2);
  ASSERT_TRUE(wait_ready(*image, 2));
  engine_->retire_function(image->function_arn);
  EXPECT_TRUE(wait_for([&] { return engine_->status().idle + engine_->status().busy == 0; }));
  EXPECT_EQ(engine_->provisioned(image->key()).ready, 0u);
  provide(version("import time\ntime.sleep(20)\n" + std::string(kWho)), 5);
  stop_engine();
}

}  // namespace
}  // namespace haneul::compute::test
