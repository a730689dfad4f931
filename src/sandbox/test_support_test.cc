#include "sandbox/test_support.h"

#include <condition_variable>
#include <cstdlib>

#include "base/text.h"

namespace haneul::sandbox::test {
namespace {

// Made while the test program still has one thread: gtest calls SetUp of environments before the first test.
struct Shared : ::testing::Environment {
  std::unique_ptr<LauncherClient> launcher;
  std::unique_ptr<Loop> loop;

  void SetUp() override {
    LauncherConfig config;
    config.cgroup_parent = "haneul-test";
    // An ordinary user's launcher cannot give every guarantee: tests/security/rootless.py says which to go
    // without.
    const char* without = std::getenv("HANEUL_TEST_WITHOUT");
    for (const std::string_view word : split(without == nullptr ? "" : without, ','))
      config.without.emplace_back(word);
    launcher = std::make_unique<LauncherClient>(LauncherProcess::fork_before_threads(config));
    loop = std::make_unique<Loop>();
    loop->start();
  }
  void TearDown() override {
    launcher.reset();
    loop.reset();
  }
};

Shared* const shared = static_cast<Shared*>(::testing::AddGlobalTestEnvironment(new Shared));

bool wait_readable(int fd) {
  constexpr int kLimitMs = 30'000;
  pollfd ready{fd, POLLIN, 0};
  return poll(&ready, 1, kLimitMs) == 1;
}

}  // namespace

LauncherClient& shared_launcher() { return *shared->launcher; }
Loop& shared_loop() { return *shared->loop; }

std::string read_to_end(int fd) {
  std::string text;
  char buffer[4096];
  while (wait_readable(fd)) {
    const ssize_t count = read(fd, buffer, sizeof buffer);
    if (count <= 0) break;
    text.append(buffer, static_cast<size_t>(count));
  }
  return text;
}

std::string read_line(int fd) {
  std::string text;
  char one = 0;
  while (wait_readable(fd) && read(fd, &one, 1) == 1 && one != '\n') text += one;
  return text;
}

void SandboxTest::SetUp() {
  const SandboxCapabilities& found = shared_launcher().capabilities();
  if (!found.usable()) GTEST_SKIP() << "cannot isolate here: " << found.missing.front();
}

Launcher& SandboxTest::launcher() { return shared_launcher(); }

EnvironmentSpec SandboxTest::spec_for(std::vector<std::string> argv) {
  EnvironmentSpec spec;
  spec.argv = std::move(argv);
  spec.environment = {"PATH=/usr/bin:/bin", "HOME=/tmp", "LANG=C.UTF-8"};
  spec.memory_bytes = 256 << 20;
  spec.tmp_bytes = 64 << 20;
  return spec;
}

EnvironmentSpec SandboxTest::shell(const std::string& script) { return spec_for({"/bin/sh", "-c", script}); }

Outcome SandboxTest::run_to_end(EnvironmentSpec spec) {
  Outcome outcome;
  Environment environment = run(launcher().start(std::move(spec)));
  outcome.output = read_to_end(environment.stdout_fd.get());
  outcome.errors = read_to_end(environment.stderr_fd.get());
  outcome.status = run(launcher().wait(environment.id));
  launcher().forget(environment.id);
  return outcome;
}

}  // namespace haneul::sandbox::test
