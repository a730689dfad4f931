// Mappings with real functions in real sandboxes: what the pollers send is what a runtime takes, and what a
// runtime answers is what they understand. Without privileges the tests skip with the launcher's reason.
#include "sandbox/launcher.h"
#include "services/lambda/mappings/mapping_fixture.h"

namespace haneul::lambda {
namespace {

// Made while the program still has one thread: gtest sets environments up before the first test.
struct Machine : ::testing::Environment {
  void SetUp() override {
    sandbox::LauncherConfig config;
    config.cgroup_parent = "haneul-lambda-test";
    launcher =
        std::make_unique<sandbox::LauncherClient>(sandbox::LauncherProcess::fork_before_threads(config));
  }
  void TearDown() override { launcher.reset(); }
  std::unique_ptr<sandbox::LauncherClient> launcher;
};
Machine* const machine = static_cast<Machine*>(::testing::AddGlobalTestEnvironment(new Machine));

class RealFunction : public test::MappingFixture {
 protected:
  void SetUp() override {
    if (!machine->launcher->capabilities().usable())
      GTEST_SKIP() << "cannot isolate here: " << machine->launcher->capabilities().missing.front();
    compute::EngineConfig config;
    config.work_directory = (directory / "work").string();
    config.python_runtime_directory = HANEUL_RUNTIMES "/python";
    config.zygote_directory = HANEUL_RUNTIMES "/zygote";
    loops = std::make_unique<Loops>(2);
    engine = std::make_unique<compute::Engine>(
        compute::EngineServices{*machine->launcher, *loops, real_clock, random}, config);
    runner = std::make_unique<EngineRunner>(*engine);
    functions.real = runner.get();
  }
  void TearDown() override {
    if (!engine) return;
    executor.run_until_done(service.stop_mappings(Seconds(30)));
    std::promise<void> stopped;
    spawn(loops->at(0), "stop", [](compute::Engine& all, std::promise<void>& done) -> Task<void> {
      co_await all.stop();
      done.set_value();
    }(*engine, stopped));
    stopped.get_future().wait();
    functions.real = nullptr;
    runner.reset();
    engine.reset();
    loops.reset();
  }
  void make(const char* code) { call<op::CreateFunction>(function("real", code)); }
  // Real time passes in the sandbox, virtual time for the poller does not.
  template <class F>
  bool becomes(F holds) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!holds() && std::chrono::steady_clock::now() < patience) executor.run();
    return holds();
  }
  bool printed(const std::string& text) {
    const std::lock_guard lock(logs.mutex);
    return std::ranges::any_of(logs.written,
                               [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }

  SystemClock real_clock;
  std::unique_ptr<Loops> loops;
  std::unique_ptr<compute::Engine> engine;
  std::unique_ptr<EngineRunner> runner;
};

// A handler as the developer guide writes it, for a queue.
TEST_F(RealFunction, AnswersABatchOfMessages) {
  make(
      "def handler(event, context):\n"
      "    failed = [r['messageId'] for r in event['Records'] if r['body'] == 'bad']\n"
      "    return {'batchItemFailures': [{'itemIdentifier': one} for one in failed]}\n");
  for (const char* body : {"good", "bad", "good"}) queue.send(queue_arn, body);
  enable(queue_arn,
         {{"FunctionName", "real"}, {"FunctionResponseTypes", Document::Array{"ReportBatchItemFailures"}}});
  EXPECT_TRUE(becomes([&] { return queue.messages.size() == 1; }));
  EXPECT_EQ(queue.messages.at(0).message.body, "bad");
}

// A handler that raises, for a stream: halving finds the record, and the others are processed.
TEST_F(RealFunction, FailsABatchOfRecords) {
  make(
      "import base64\n"
      "def handler(event, context):\n"
      "    texts = [base64.b64decode(r['kinesis']['data']).decode() for r in event['Records']]\n"
      "    if 'bad' in texts: raise ValueError('no')\n"
      "    print('took ' + ' '.join(texts), flush=True)\n");
  for (const char* content : {"a", "b", "bad", "c"}) data.put("s1", "key", content);
  const std::string uuid =
      enable(data_arn,
             {{"FunctionName", "real"}, {"BisectBatchOnFunctionError", true}, {"MaximumRetryAttempts", 0}});
  EXPECT_TRUE(becomes([&] { return printed("took c"); }));
  EXPECT_TRUE(printed("took a b"));
  EXPECT_TRUE(becomes([&] { return text(get(uuid), "LastProcessingResult") == "OK"; }));
}

}  // namespace
}  // namespace haneul::lambda
