#include "sandbox/cgroups.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "sandbox/kernel.h"
#include "sandbox/stale_groups.h"

namespace haneul::sandbox {
namespace {

std::string v2_root() {
  for (const CgroupMount& mount : look_at_cgroups().mounts) {
    if (mount.is_v2) return mount.path;
  }
  return "";
}

// Version 2 is what most hosts have. Here it is tried on whatever v2 tree exists, with or without
// controllers: clone into a group, freezer, removal.
TEST(CgroupsV2, ClonesFreezesAndRemoves) {
  const std::string root = v2_root();
  if (root.empty() || geteuid() != 0) GTEST_SKIP() << "no cgroup v2 tree that we may write to";
  std::vector<std::string> controllers;
  auto factory = make_delegated_cgroup_factory(root, "haneul-test-v2", controllers);
  auto group = factory->make();
  EXPECT_TRUE(group->remove());
  group = factory->make();
  ForkedChild child = fork_into(0, group->clone_into_fd());
  if (child.pid == 0) {
    for (;;) pause();
  }
  EXPECT_FALSE(group->remove());
  group->freeze();
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!group->is_frozen() && std::chrono::steady_clock::now() < limit) sched_yield();
  EXPECT_TRUE(group->is_frozen());
  group->thaw();
  send_to_pidfd(child.pidfd.get(), SIGKILL);
  waitpid(child.pid, nullptr, 0);
  EXPECT_TRUE(group->remove());
}

// A launcher that was killed leaves groups, perhaps with processes; one that lives must be left alone.
TEST(CgroupsV2, CleansOnlyWhatTheDeadLeft) {
  const std::string root = v2_root();
  if (root.empty() || geteuid() != 0) GTEST_SKIP() << "no cgroup v2 tree that we may write to";
  const std::string parent = root + "/haneul-test-stale";
  mkdir(parent.c_str(), 0755);
  const std::string dead = parent + "/launcher-1-dead";
  ASSERT_EQ(mkdir(dead.c_str(), 0755), 0);
  ASSERT_EQ(mkdir((dead + "/5").c_str(), 0755), 0);
  const pid_t left = fork();
  if (left == 0) {
    for (;;) pause();
  }
  write_file(dead + "/5/cgroup.procs", std::to_string(left));
  const InstanceDirectory alive(parent, "launcher-2-alive");
  StaleGroups stale(parent);
  stale.kill();
  int status = 0;
  EXPECT_EQ(waitpid(left, &status, 0), left);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_TRUE(stale.remove());
  EXPECT_NE(access(dead.c_str(), F_OK), 0);
  EXPECT_EQ(access(alive.path().c_str(), F_OK), 0);
}

// Servers that start at the same moment each look for what the dead left, and none takes a directory that is
// just being made for such.
TEST(CgroupsV2, LaunchersMayStartTogether) {
  const std::string root = v2_root();
  if (root.empty() || geteuid() != 0) GTEST_SKIP() << "no cgroup v2 tree that we may write to";
  constexpr int kRounds = 60;
  std::atomic<int> started{0};
  std::vector<std::thread> launchers;
  for (int i = 0; i < 8; ++i) {
    launchers.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        std::vector<std::string> controllers;
        try {
          const auto factory = make_delegated_cgroup_factory(root, "haneul-test-together", controllers);
          factory->remove_stale();
          ++started;
        } catch (const SandboxError& error) {
          ADD_FAILURE() << error.what();
        }
      }
    });
  }
  for (std::thread& launcher : launchers) launcher.join();
  EXPECT_EQ(started, 8 * kRounds);
}

}  // namespace
}  // namespace haneul::sandbox
