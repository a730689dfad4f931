// The client's other life: a launcher that ended is replaced, and who asks meanwhile need not know.
#include <atomic>

#include <signal.h>

#include "base/task/completion.h"
#include "sandbox/test_support.h"

namespace haneul::sandbox::test {
namespace {

LauncherConfig small_config(EnvironmentId first_id) {
  LauncherConfig config;
  config.cgroup_parent = "haneul-test-restart";
  config.pool_size = 2;
  config.first_id = first_id;
  return config;
}

class RestartTest : public SandboxTest {
 protected:
  LauncherProcess make(EnvironmentId first_id) {
    LauncherProcess process = LauncherProcess::fork_before_threads(small_config(first_id));
    pid_ = process.pid();
    ++made_;
    return process;
  }
  void kill_launcher() { ::kill(pid_, SIGKILL); }

  std::atomic<pid_t> pid_{0};
  std::atomic<int> made_{0};
};

// A server whose launcher was killed (by a hand, or for want of memory) must run functions again by itself;
// and what is said of an old environment must never reach a new one of the same number.
TEST_F(RestartTest, StartsAgainAndCountsOn) {
  LauncherClient client(make(1), [this](EnvironmentId first_id) { return make(first_id); });
  std::atomic<int> lost{0};
  client.on_launcher_lost([&] { ++lost; });
  Environment before = run(client.start(shell("sleep 1000")));
  for (int round = 1; round <= 3; ++round) {
    kill_launcher();
    Environment after = run(client.start(shell("echo alive; sleep 1000")));
    EXPECT_EQ(read_line(after.stdout_fd.get()), "alive");
    EXPECT_GT(after.id, before.id);
    run(client.kill(before.id));
    EXPECT_THROW(run(client.wait(before.id)), SandboxError);
    client.forget(before.id);
    before = std::move(after);
  }
  EXPECT_EQ(made_, 4);
  EXPECT_EQ(lost, 3);
}

// One that cannot be made is tried again, less and less often, and stopping does not wait for it.
TEST_F(RestartTest, KeepsTryingAndStops) {
  std::atomic<int> attempts{0};
  LauncherClient client(make(1), [&](EnvironmentId first_id) -> LauncherProcess {
    if (++attempts < 3) throw std::runtime_error("not now");
    return make(first_id);
  });
  kill_launcher();
  Environment environment = run(client.start(shell("true")));
  EXPECT_EQ(run(client.wait(environment.id)).exit_code, 0);
  EXPECT_EQ(attempts, 3);
}

}  // namespace
}  // namespace haneul::sandbox::test
