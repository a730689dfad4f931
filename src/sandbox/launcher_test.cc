#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#include "sandbox/test_support.h"

namespace haneul::sandbox::test {
namespace {

using LauncherTest = SandboxTest;

// The simplest promise: a program runs, its output and exit code come back.
TEST_F(LauncherTest, ReportsOutputAndExitCode) {
  const Outcome outcome = run_to_end(shell("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(outcome.output, "out\n");
  EXPECT_EQ(outcome.errors, "err\n");
  EXPECT_EQ(outcome.status.exit_code, 7);
  EXPECT_EQ(outcome.status.signal, 0);
  EXPECT_FALSE(outcome.status.oom_killed);
  EXPECT_GT(outcome.status.usage.memory_peak_bytes, 0u);
  EXPECT_GT(outcome.status.usage.cpu_nanoseconds, 0u);
}

// A crash must be told from an exit: the runtime API reports them differently.
TEST_F(LauncherTest, ReportsTheSignalThatEndedTheProgram) {
  const Outcome outcome = run_to_end(shell("kill -SEGV $$"));
  EXPECT_EQ(outcome.status.signal, SIGSEGV);
}

// A missing program is the caller's mistake and must be named, not look like a crash.
TEST_F(LauncherTest, NamesAProgramThatDoesNotExist) {
  try {
    run(launcher().start(spec_for({"/var/task/bootstrap"})));
    FAIL() << "started";
  } catch (const SandboxError& error) {
    EXPECT_EQ(error.kind(), SandboxError::Kind::kSetupFailed);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("/var/task/bootstrap"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("No such file"));
  }
}

// The launcher has privileges, so a hostile specification must be stopped there.
TEST_F(LauncherTest, RefusesABadSpecification) {
  EnvironmentSpec spec = shell("true");
  spec.mounts.push_back({"/etc/../root", "/var/task"});
  try {
    run(launcher().start(std::move(spec)));
    FAIL() << "started";
  } catch (const SandboxError& error) {
    EXPECT_EQ(error.kind(), SandboxError::Kind::kInvalidSpec);
  }
}

// Memory is the limit users meet most: reaching it must end everything and be told as what it is.
TEST_F(LauncherTest, FlagsOutOfMemory) {
  EnvironmentSpec spec = spec_for({"/usr/bin/python3", "-c", "x = bytearray(512 << 20)"});
  spec.memory_bytes = 64 << 20;
  const Outcome outcome = run_to_end(std::move(spec));
  EXPECT_TRUE(outcome.status.oom_killed);
  EXPECT_EQ(outcome.status.signal, SIGKILL);
}

// A child that runs out of memory takes the whole environment along: half a tenant is of no use.
TEST_F(LauncherTest, FlagsOutOfMemoryOfAChild) {
  EnvironmentSpec spec = shell("python3 -c 'x = bytearray(512 << 20)'; sleep 60; echo survived");
  spec.memory_bytes = 64 << 20;
  const Outcome outcome = run_to_end(std::move(spec));
  EXPECT_TRUE(outcome.status.oom_killed);
  EXPECT_EQ(outcome.output, "");
}

// Timeouts are enforced by kill: nothing may be left, not even a child in a session of its own.
TEST_F(LauncherTest, KillEndsTheWholeTree) {
  Environment environment =
      run(launcher().start(shell("setsid sleep 1000 & setsid sleep 1000 & echo up; sleep 1000")));
  EXPECT_EQ(read_line(environment.stdout_fd.get()), "up");
  run(launcher().kill(environment.id));
  const ExitStatus status = run(launcher().wait(environment.id));
  EXPECT_EQ(status.signal, SIGKILL);
  EXPECT_FALSE(status.oom_killed);
  EXPECT_EQ(read_to_end(environment.stdout_fd.get()), "");  // end of file: nobody holds the other end
  EXPECT_NO_THROW(run(launcher().kill(environment.id)));
  launcher().forget(environment.id);
}

// What a handler leaves behind must not go on running, or bill, after the main process has ended.
TEST_F(LauncherTest, OrphansDieWithTheMainProcess) {
  const Outcome outcome = run_to_end(shell("(setsid sleep 1000 &) ; echo bye"));
  EXPECT_EQ(outcome.output, "bye\n");
  EXPECT_EQ(outcome.status.exit_code, 0);
}

// Between invocations nothing may run, and a frozen environment must still be killable.
TEST_F(LauncherTest, FreezesThawsAndKillsFrozen) {
  Environment environment = run(launcher().start(shell("while :; do echo tick; done")));
  read_line(environment.stdout_fd.get());
  run(launcher().freeze(environment.id));
  const uint64_t before = run(launcher().usage(environment.id)).cpu_nanoseconds;
  char buffer[1 << 16];
  while (read(environment.stdout_fd.get(), buffer, sizeof buffer) > 0) continue;  // room for more ticks
  pollfd quiet{environment.stdout_fd.get(), POLLIN, 0};
  EXPECT_EQ(poll(&quiet, 1, 20), 0);
  EXPECT_EQ(run(launcher().usage(environment.id)).cpu_nanoseconds, before);
  run(launcher().thaw(environment.id));
  EXPECT_EQ(poll(&quiet, 1, 5000), 1);
  run(launcher().freeze(environment.id));
  run(launcher().kill(environment.id));
  EXPECT_EQ(run(launcher().wait(environment.id)).signal, SIGKILL);
  launcher().forget(environment.id);
}

// A runtime is told to stop by signal before it is killed.
TEST_F(LauncherTest, SignalsTheMainProcess) {
  Environment environment =
      run(launcher().start(shell("trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.01; done")));
  EXPECT_EQ(read_line(environment.stdout_fd.get()), "up");
  run(launcher().signal(environment.id, SIGTERM, 0));
  EXPECT_EQ(run(launcher().wait(environment.id)).exit_code, 3);
  launcher().forget(environment.id);
}

// The runtime API and the AWS endpoint live on these sockets: made inside, served from outside, low ports
// included.
TEST_F(LauncherTest, ListenersAreReachableFromInside) {
  EnvironmentSpec spec =
      spec_for({"/usr/bin/python3", "-c",
                "import socket,sys\n"
                "for a in [('127.0.0.1',9001),('169.254.78.1',80),('127.0.0.53',443)]:\n"
                "  s=socket.create_connection(a); s.sendall(b'hi'); print(s.recv(5).decode())\n"
                "u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); u.sendto(b'q',('127.0.0.1',53))\n"
                "print(u.recv(9).decode())\n"});
  using Protocol = ListenSpec::Protocol;
  spec.listeners = {{Protocol::kTcp, "127.0.0.1", 9001},
                    {Protocol::kTcp, "169.254.78.1", 80},
                    {Protocol::kTcp, "127.0.0.53", 443},
                    {Protocol::kUdp, "127.0.0.1", 53}};
  Environment environment = run(launcher().start(std::move(spec)));
  ASSERT_EQ(environment.listeners.size(), 4u);
  for (int i = 0; i < 3; ++i) {
    pollfd ready{environment.listeners[i].get(), POLLIN, 0};
    ASSERT_EQ(poll(&ready, 1, 10'000), 1);
    const Fd connection(accept4(environment.listeners[i].get(), nullptr, nullptr, SOCK_CLOEXEC));
    char text[8] = {};
    ASSERT_EQ(recv(connection.get(), text, 2, MSG_WAITALL), 2);
    ASSERT_EQ(send(connection.get(), "hello", 5, 0), 5);
  }
  pollfd ready{environment.listeners[3].get(), POLLIN, 0};
  ASSERT_EQ(poll(&ready, 1, 10'000), 1);
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  char text[8] = {};
  ASSERT_EQ(recvfrom(environment.listeners[3].get(), text, 8, 0, reinterpret_cast<sockaddr*>(&from), &length),
            1);
  ASSERT_EQ(sendto(environment.listeners[3].get(), "udp", 3, 0, reinterpret_cast<sockaddr*>(&from), length),
            3);
  EXPECT_EQ(read_to_end(environment.stdout_fd.get()), "hello\nhello\nhello\nudp\n");
  EXPECT_EQ(read_to_end(environment.stderr_fd.get()), "");
  run(launcher().kill(environment.id));
  launcher().forget(environment.id);
}

// /tmp is a quota, not a suggestion.
TEST_F(LauncherTest, TmpHasASize) {
  EnvironmentSpec spec = shell("head -c 9000000 /dev/zero > /tmp/big; wc -c < /tmp/big");
  spec.tmp_bytes = 8 << 20;
  const Outcome outcome = run_to_end(std::move(spec));
  EXPECT_THAT(outcome.errors, ::testing::HasSubstr("No space left"));
  EXPECT_EQ(outcome.output, "8388608\n");
}

// A fork bomb meets its limit and the host does not notice.
TEST_F(LauncherTest, ProcessesAreLimited) {
  EnvironmentSpec spec =
      spec_for({"/usr/bin/python3", "-c",
                "import os,time\nn=0\ntry:\n  while n<500:\n    n+=1\n    if os.fork()==0: time.sleep(60)\n"
                "except OSError as e: print(n, e.errno)\n"});
  spec.pids_max = 32;
  const Outcome outcome = run_to_end(std::move(spec));
  EXPECT_EQ(outcome.output, "31 11\n");  // init and the main process count; EAGAIN
}

// Code is mounted where the specification says, read-only, and only there.
TEST_F(LauncherTest, MountsAreWhereAndWhatTheyShouldBe) {
  const std::string base = std::filesystem::canonical(std::filesystem::temp_directory_path()) /
                           ("haneul-mounts-" + std::to_string(getpid()));
  std::filesystem::create_directories(base + "/code");
  std::filesystem::create_directories(base + "/shared");
  std::filesystem::permissions(base + "/shared", std::filesystem::perms::all);
  std::ofstream(base + "/code/app.txt") << "code";
  EnvironmentSpec spec =
      shell("cat app.txt; echo x > app.txt; echo data > /mnt/efs/out && cat /mnt/efs/out; ls /mnt");
  spec.working_directory = "/var/task";
  spec.mounts = {{base + "/code", "/var/task"}, {base + "/shared", "/mnt/efs", Mount::Mode::kReadWrite}};
  const Outcome outcome = run_to_end(std::move(spec));
  EXPECT_EQ(outcome.output, "codedata\nefs\n");
  EXPECT_THAT(outcome.errors, ::testing::HasSubstr("Read-only file system"));
  EXPECT_TRUE(std::filesystem::exists(base + "/shared/out"));

  // A symbolic link on the way could be the tenant's: it must not steer the launcher.
  std::filesystem::create_symlink("/root", base + "/link");
  EnvironmentSpec linked = shell("true");
  linked.mounts = {{base + "/link", "/var/task"}};
  EXPECT_THROW(run(launcher().start(std::move(linked))), SandboxError);
  std::filesystem::remove_all(base);
}

}  // namespace
}  // namespace haneul::sandbox::test
