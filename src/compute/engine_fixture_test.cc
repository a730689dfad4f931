// The fixture of the engine's tests.
#include "compute/engine_fixture.h"

#include <condition_variable>
#include <fstream>

#include "sandbox/launcher.h"

namespace haneul::compute::test {

namespace fs = std::filesystem;

namespace {

// Made while the program still has one thread: gtest sets environments up before the first test.
struct Shared : ::testing::Environment {
  std::unique_ptr<sandbox::LauncherClient> launcher;
  std::unique_ptr<Loops> loops;
  SystemClock clock;
  SystemRandom random;

  void SetUp() override {
    sandbox::LauncherConfig config;
    config.cgroup_parent = "haneul-compute-test";
    launcher =
        std::make_unique<sandbox::LauncherClient>(sandbox::LauncherProcess::fork_before_threads(config));
    loops = std::make_unique<Loops>(2);
  }
  void TearDown() override {
    launcher.reset();
    loops.reset();
  }
};

Shared* const shared = static_cast<Shared*>(::testing::AddGlobalTestEnvironment(new Shared));

struct Gate {
  std::mutex mutex;
  std::condition_variable wake;
  size_t open = 0;
  void wait_for(size_t count) {
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return open >= count; });
  }
  void pass() {
    const std::lock_guard lock(mutex);
    ++open;
    wake.notify_all();
  }
};

Task<void> collect(Task<InvokeResult> task, InvokeResult& out, Gate& gate) {
  out = co_await std::move(task);
  gate.pass();
}

Task<void> collect_end(Task<void> task, Gate& gate) {
  co_await std::move(task);
  gate.pass();
}

}  // namespace

std::string RecordingSink::text() const {
  std::string all;
  for (const std::string& event : events()) all += event;
  return all;
}

void RecordingSink::wait_for(std::string_view text) const {
  std::unique_lock lock(mutex_);
  grown_.wait_for(lock, std::chrono::seconds(20), [&] {
    std::string all;
    for (const std::string& event : events_) all += event;
    return all.find(text) != std::string::npos;
  });
}

bool can_isolate() { return shared->launcher->capabilities().usable(); }

void EngineTest::SetUp() {
  if (!can_isolate())
    GTEST_SKIP() << "cannot isolate here: " << shared->launcher->capabilities().missing.front();
  directory_ = fs::temp_directory_path() / ("haneul-compute-" + shared->random.hex(12));
  fs::create_directories(directory_);
  directory_ = fs::canonical(directory_);
  restart_engine(default_config());
}

void EngineTest::TearDown() {
  if (!engine_) return;
  stop_engine();
  engine_.reset();
  fs::remove_all(directory_);
}

EngineConfig EngineTest::default_config() const {
  EngineConfig config;
  config.work_directory = (directory_ / "work").string();
  config.python_runtime_directory = HANEUL_RUNTIMES "/python";
  config.node_runtime_directory = HANEUL_RUNTIMES "/nodejs";
  config.ruby_runtime_directory = HANEUL_RUNTIMES "/ruby";
  config.java_runtime_directory = HANEUL_RUNTIMES "/java";
  config.zygote_directory = HANEUL_RUNTIMES "/zygote";
  config.snapshots = {.program_directory = HANEUL_RUNTIMES "/snapshot",
                      .directory = (directory_ / "snapshots").string()};
  return config;
}

Loop& EngineTest::loop() { return shared->loops->next(); }

void EngineTest::stop_engine() {
  Gate gate;
  spawn(shared->loops->at(0), "stop", collect_end(engine_->stop(), gate));
  gate.wait_for(1);
}

void EngineTest::restart_engine(EngineConfig config) {
  if (engine_) stop_engine();
  engine_ = std::make_unique<Engine>(
      EngineServices{*shared->launcher, *shared->loops, shared->clock, shared->random, door_},
      std::move(config));
}

std::string EngineTest::write_files(const Files& files) {
  const fs::path root = directory_ / shared->random.hex(12);
  for (const auto& [name, text] : files) {
    fs::create_directories((root / name).parent_path());
    std::ofstream(root / name) << text;
    fs::permissions(root / name, fs::perms(0755));
  }
  return root.string();
}

std::shared_ptr<FunctionImage> EngineTest::function(const std::string& runtime, const std::string& handler,
                                                    const Files& files) {
  static const RuntimeCatalog catalog = RuntimeCatalog::of_this_machine();
  auto image = std::make_shared<FunctionImage>();
  image->account = AccountId("123456789012");
  image->region = Region("eu-west-1");
  image->function_name = "f" + shared->random.hex(8);
  image->function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:" + image->function_name;
  image->revision = "1";
  const auto choice = catalog.resolve(runtime);
  if (const auto* refusal = std::get_if<RuntimeRefusal>(&choice)) ADD_FAILURE() << refusal->reason;
  image->runtime = std::get<RuntimeChoice>(choice);
  image->handler = handler;
  image->log_group = "/aws/lambda/" + image->function_name;
  image->code_directory = write_files(files);
  return image;
}

std::vector<InvokeResult> EngineTest::invoke_all(
    const std::vector<std::shared_ptr<const FunctionImage>>& images, ConcurrencyLimits limits) {
  std::vector<InvokeResult> results(images.size());
  Gate gate;
  for (size_t i = 0; i < images.size(); ++i) {
    Invocation invocation;
    invocation.request_id = RequestId("request-" + std::to_string(++next_request_));
    invocation.payload = "{}";
    invocation.invoked_arn = images[i]->function_arn;
    spawn(shared->loops->next(), "invoke",
          collect(engine_->invoke(images[i], std::move(invocation), limits, sink_), results[i], gate));
  }
  gate.wait_for(images.size());
  return results;
}

namespace {

Task<void> take_stream(std::shared_ptr<ResponsePipe> pipe, Milliseconds patience, size_t bytes_max,
                       EngineTest::Streamed& out, Gate& gate) {
  out.was_streamed = co_await pipe->started();
  if (out.was_streamed) out.content_type = pipe->content_type();
  if (patience > Milliseconds(0)) co_await Completion<bool>().wait(patience);
  std::string piece(64 * 1024, ' ');
  while (out.bytes.size() < bytes_max) {
    const size_t count = co_await pipe->read(piece);
    if (count == 0) break;
    out.bytes.append(piece, 0, count);
    out.pieces.push_back(count);
  }
  pipe->abandon();
  gate.pass();
}

Task<void> finish_stream(Task<InvokeResult> run, std::shared_ptr<ResponsePipe> pipe, InvokeResult& out,
                         Gate& gate) {
  out = co_await std::move(run);
  pipe->finish();
  gate.pass();
}

}  // namespace

EngineTest::Streamed EngineTest::stream(std::shared_ptr<const FunctionImage> image, std::string payload,
                                        Milliseconds patience, size_t bytes_max) {
  Streamed out;
  Gate gate;
  Invocation invocation;
  invocation.request_id = RequestId("request-" + std::to_string(++next_request_));
  invocation.payload = std::move(payload);
  invocation.invoked_arn = image->function_arn;
  invocation.stream = std::make_shared<ResponsePipe>();
  const auto pipe = invocation.stream;
  spawn(shared->loops->next(), "take", take_stream(pipe, patience, bytes_max, out, gate));
  spawn(shared->loops->next(), "invoke",
        finish_stream(engine_->invoke(std::move(image), std::move(invocation), {}, sink_), pipe, out.result,
                      gate));
  gate.wait_for(2);
  return out;
}

InvokeResult EngineTest::invoke(std::shared_ptr<const FunctionImage> image, std::string payload,
                                ConcurrencyLimits limits) {
  InvokeResult result;
  Gate gate;
  Invocation invocation;
  invocation.request_id = RequestId("request-" + std::to_string(++next_request_));
  invocation.payload = std::move(payload);
  invocation.invoked_arn = image->function_arn;
  invocation.client_context = R"({"custom":{"k":"v"},"client":{"app_title":"t"}})";
  invocation.trace_header = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af795a6419;Sampled=1";
  spawn(shared->loops->next(), "invoke",
        collect(engine_->invoke(std::move(image), std::move(invocation), limits, sink_), result, gate));
  gate.wait_for(1);
  return result;
}

}  // namespace haneul::compute::test
