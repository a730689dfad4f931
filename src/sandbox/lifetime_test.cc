// Nothing is left behind: whoever of server, launcher and tenant ends first, the rest ends too.
#include <filesystem>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "sandbox/kernel.h"
#include "sandbox/test_support.h"

namespace haneul::sandbox::test {
namespace {

constexpr int kLimitMs = 20'000;

bool ends(const Fd& pidfd) {
  pollfd ready{pidfd.get(), POLLIN, 0};
  return poll(&ready, 1, kLimitMs) == 1;
}

bool has_groups(const std::string& parent) {
  for (const char* root : {"/sys/fs/cgroup/memory/", "/sys/fs/cgroup/"}) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(root + parent, ignored)) {
      if (entry.is_directory()) return true;
    }
  }
  return false;
}

LauncherConfig config_for(const char* parent) {
  LauncherConfig config;
  config.cgroup_parent = parent;
  config.pool_size = 2;
  return config;
}

// With a zygote that never gets ready: it must change nothing, and end with the rest.
EnvironmentSpec with_zygote(EnvironmentSpec spec, Zygote::Way way = Zygote::Way::kForked) {
  spec.zygote = Zygote{way, "tenant", {"/bin/sh", "-c", "sleep 1000 & wait"}, {}, {}};
  return spec;
}

using LifetimeTest = SandboxTest;

// kill -9 of the server must not leave tenants running, nor control groups, nor the launcher.
TEST_F(LifetimeTest, EverythingEndsWhenTheServerIsKilled) {
  int ends_of_pipe[2];
  ASSERT_EQ(pipe2(ends_of_pipe, O_CLOEXEC), 0);
  const Fd from(ends_of_pipe[0]);
  const pid_t server = fork();
  if (server == 0) {
    LauncherProcess process = LauncherProcess::fork_before_threads(config_for("haneul-test-server"));
    pid_t pids[2] = {process.pid(), 0};
    LauncherClient client(std::move(process));
    Loop loop;
    loop.start();
    auto start = [](LauncherClient& launcher, EnvironmentSpec spec, pid_t* told, int out) -> Task<void> {
      const Environment environment = co_await launcher.start(std::move(spec));
      told[1] = environment.pid;
      if (write(out, told, 2 * sizeof *told) < 0) _exit(1);
    };
    spawn(loop, "server",
          start(client, with_zygote(shell("setsid sleep 1000 & sleep 1000")), pids, ends_of_pipe[1]));
    for (;;) pause();
  }
  close(ends_of_pipe[1]);
  pid_t pids[2] = {};
  ASSERT_EQ(read(from.get(), pids, sizeof pids), static_cast<ssize_t>(sizeof pids));
  const Fd launcher_process(open_pidfd(pids[0]));
  const Fd main_process(open_pidfd(pids[1]));
  ASSERT_TRUE(launcher_process.valid() && main_process.valid());
  EXPECT_TRUE(has_groups("haneul-test-server"));
  ::kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
  EXPECT_TRUE(ends(main_process));
  EXPECT_TRUE(ends(launcher_process));
  EXPECT_FALSE(has_groups("haneul-test-server"));
}

// A program that waits sees nothing of the function before it is its turn, then runs with its variables,
// mounts and limits; and it is used once.
TEST_F(LifetimeTest, AProgramThatWaitsBecomesWhatIsAskedFor) {
  const std::string script =
      "before=$(env | grep -c WORD=); word=$(tr '\\0' '\\n' <&3 | grep ^WORD=); exec 3<&-; "
      "echo $before $word $(ls /var/task) $(stat -fc %b /tmp) $(ls /proc/self/fd | wc -l) "
      "$(grep -c 'NoNewPrivs:.1' /proc/self/status) $(grep CapEff /proc/self/status | cut -f2)";
  const std::filesystem::path code = std::filesystem::temp_directory_path() / "haneul-waiting-test";
  std::filesystem::create_directories(code / "here");
  std::string output;
  for (int tries = 0; tries < 500 && output.find("WORD=") == std::string::npos; ++tries) {
    EnvironmentSpec spec = shell("echo executed");
    spec.zygote =
        Zygote{Zygote::Way::kWaiting, "tenant", {"/bin/bash", "-c", script}, {"PATH=/usr/bin:/bin"}, {}};
    spec.environment.emplace_back("WORD=for-you");
    spec.mounts = {{std::filesystem::canonical(code).string(), "/var/task"}};
    const Outcome outcome = run_to_end(std::move(spec));
    output = outcome.output;
    EXPECT_EQ(outcome.errors, "");
    EXPECT_EQ(outcome.status.exit_code, 0);
  }
  std::filesystem::remove_all(code);
  // Nothing of it before; 64 MiB of /tmp in blocks of 4 KiB; ls sees its own listing and 0, 1, 2.
  EXPECT_EQ(output, "0 WORD=for-you here 16384 4 1 0000000000000000\n");
}

// When the launcher is killed, tenants must not run on without supervision, and callers must not wait for
// ever.
TEST_F(LifetimeTest, EverythingEndsWhenTheLauncherIsKilled) {
  LauncherProcess process = LauncherProcess::fork_before_threads(config_for("haneul-test-launcher"));
  const pid_t pid = process.pid();
  const Completion<bool> lost;
  Fd main_process;
  {
    LauncherClient client(std::move(process));
    client.on_launcher_lost([lost] { lost.set(true); });
    const Environment environment = run(client.start(shell("sleep 1000")));
    main_process = Fd(open_pidfd(environment.pid));
    ::kill(pid, SIGKILL);
    EXPECT_TRUE(ends(main_process));
    const auto expect_gone = [&](auto task) {
      try {
        run(std::move(task));
        ADD_FAILURE() << "no error";
      } catch (const SandboxError& error) {
        EXPECT_EQ(error.kind(), SandboxError::Kind::kLauncherGone);
      }
    };
    expect_gone(client.wait(environment.id));
    expect_gone(client.start(shell("true")));
    auto told = [](Completion<bool> done) -> Task<bool> {
      co_return (co_await done.wait(Milliseconds(10'000))).has_value();
    };
    EXPECT_TRUE(run(told(lost)));
  }
  // The next launcher removes the control groups that the killed one could not.
  EXPECT_TRUE(has_groups("haneul-test-launcher"));
  {
    const LauncherClient next(LauncherProcess::fork_before_threads(config_for("haneul-test-launcher")));
  }
  EXPECT_FALSE(has_groups("haneul-test-launcher"));
}

// Stopping oneself is no way around a timeout.
TEST_F(LifetimeTest, AStoppedProgramCanBeKilled) {
  Environment environment = run(launcher().start(shell("echo up; kill -STOP $$; echo on")));
  EXPECT_EQ(read_line(environment.stdout_fd.get()), "up");
  run(launcher().kill(environment.id));
  EXPECT_EQ(run(launcher().wait(environment.id)).signal, SIGKILL);
  launcher().forget(environment.id);
}

// A tenant gets the share of a core it pays for, however hard it spins.
TEST_F(LifetimeTest, CpuIsLimited) {
  EnvironmentSpec spec = spec_for({"/usr/bin/python3", "-c",
                                   "import time\nt=time.monotonic(); c=time.process_time()\n"
                                   "while time.monotonic()-t < 0.5: pass\n"
                                   "print(int((time.process_time()-c)/(time.monotonic()-t)*1000))\n"});
  spec.cpu_permille = 200;
  const Outcome outcome = run_to_end(std::move(spec));
  EXPECT_LT(std::atoi(outcome.output.c_str()), 400) << outcome.output;
  EXPECT_GT(std::atoi(outcome.output.c_str()), 0) << outcome.errors;
}

// Many at once: ids, replies and descriptors must not get mixed up.
TEST_F(LifetimeTest, ManyEnvironmentsAtOnce) {
  constexpr int kCount = 24;
  std::vector<Environment> environments;
  for (int i = 0; i < kCount; ++i) {
    environments.push_back(run(launcher().start(
        shell("read x </dev/null; echo " + std::to_string(i) + "; exit " + std::to_string(i)))));
  }
  for (int i = 0; i < kCount; ++i) {
    EXPECT_EQ(read_to_end(environments[i].stdout_fd.get()), std::to_string(i) + "\n");
    EXPECT_EQ(run(launcher().wait(environments[i].id)).exit_code, i);
    launcher().forget(environments[i].id);
  }
}

}  // namespace
}  // namespace haneul::sandbox::test
