// Environments with a life of their own: programs come one by one, and none takes the others along.
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "sandbox/test_support.h"

namespace haneul::sandbox::test {
namespace {

class ProgramsTest : public SandboxTest {
 protected:
  Environment begin() {
    EnvironmentSpec spec = spec_for({});
    spec.environment.clear();
    spec.life = Life::kOfItsOwn;
    return run(launcher().start(std::move(spec)));
  }
  Program shell_in(EnvironmentId id, const std::string& script) {
    return run(launcher().run(id, {{"/bin/sh", "-c", script}, {"PATH=/usr/bin:/bin", "WHO=me"}, "/tmp"}));
  }
};

// Extensions outlive the runtime, and one that ends must not take the environment along: each program has its
// own output, variables, directory and end.
TEST_F(ProgramsTest, RunSideBySide) {
  const Environment environment = begin();
  EXPECT_FALSE(environment.stdout_fd);
  const Program one = shell_in(environment.id, "echo $WHO in $PWD; exit 3");
  const Program two = shell_in(environment.id, "echo here >&2; read x; sleep 60");
  EXPECT_NE(one.id, two.id);
  EXPECT_EQ(read_line(one.stdout_fd.get()), "me in /tmp");
  EXPECT_EQ(run(launcher().wait_program(environment.id, one.id)).exit_code, 3);
  EXPECT_EQ(read_line(two.stderr_fd.get()), "here");
  run(launcher().signal(environment.id, SIGTERM, two.id));
  EXPECT_EQ(run(launcher().wait_program(environment.id, two.id)).signal, SIGTERM);
  const Program three = shell_in(environment.id, "echo still");
  EXPECT_EQ(read_line(three.stdout_fd.get()), "still");
  run(launcher().kill(environment.id));
  EXPECT_EQ(run(launcher().wait(environment.id)).signal, SIGKILL);
  launcher().forget(environment.id);
}

// Whoever waits for a program must hear of the end of its environment, or would wait for ever.
TEST_F(ProgramsTest, EndWithTheirEnvironment) {
  const Environment environment = begin();
  const Program program = shell_in(environment.id, "echo up; sleep 1000");
  EXPECT_EQ(read_line(program.stdout_fd.get()), "up");
  run(launcher().kill(environment.id));
  EXPECT_EQ(run(launcher().wait_program(environment.id, program.id)).signal, SIGKILL);
  launcher().forget(environment.id);
}

// A layer may hold anything: what cannot be executed is named and leaves the environment alone.
TEST_F(ProgramsTest, NamesWhatCannotBeExecuted) {
  const Environment environment = begin();
  try {
    run(launcher().run(environment.id, {{"/opt/extensions/none"}, {}, "/"}));
    FAIL() << "started";
  } catch (const SandboxError& error) {
    EXPECT_EQ(error.kind(), SandboxError::Kind::kSetupFailed);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("/opt/extensions/none"));
  }
  EXPECT_EQ(read_line(shell_in(environment.id, "echo fine").stdout_fd.get()), "fine");
  run(launcher().kill(environment.id));
  launcher().forget(environment.id);
}

// An ordinary environment is its main process's: nothing else may be put beside it, whatever the server says.
TEST_F(ProgramsTest, AreRefusedByOrdinaryEnvironments) {
  const Environment environment = run(launcher().start(shell("echo up; sleep 1000")));
  EXPECT_EQ(read_line(environment.stdout_fd.get()), "up");
  EXPECT_THROW(shell_in(environment.id, "true"), SandboxError);
  run(launcher().kill(environment.id));
  launcher().forget(environment.id);
}

// Orphans that programs leave are collected, and their ends are nobody's.
TEST_F(ProgramsTest, LeaveOrphansToProcessOne) {
  const Environment environment = begin();
  const Program parent = shell_in(environment.id, "(sleep 0.2; exit 9) & echo gone");
  EXPECT_EQ(read_line(parent.stdout_fd.get()), "gone");
  EXPECT_EQ(run(launcher().wait_program(environment.id, parent.id)).exit_code, 0);
  const Program looker = shell_in(environment.id,
                                  "sleep 1; grep -c '^State:.Z' /proc/[0-9]*/status "
                                  "| grep -v ':0' | wc -l");
  EXPECT_EQ(read_line(looker.stdout_fd.get()), "0");
  run(launcher().kill(environment.id));
  launcher().forget(environment.id);
}

bool connects(int socket, uint16_t port) {
  sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return true;
  pollfd ready{socket, POLLOUT, 0};
  int error = 0;
  socklen_t size = sizeof error;
  poll(&ready, 1, 5'000);
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return false;
  return error == 0 && ready.revents == POLLOUT;
}

// The server's way into an environment: the socket reaches what listens there, and nothing of the host.
TEST_F(ProgramsTest, SocketsReachTheInsideOnly) {
  const Environment environment = run(launcher().start(
      spec_for({"/usr/bin/python3", "-c",
                "import socket\ns = socket.create_server(('127.0.0.1', 8123))\nprint('up', flush=True)\n"
                "c, _ = s.accept()\nprint(c.recv(5).decode(), flush=True)\nimport time\ntime.sleep(60)\n"})));
  EXPECT_EQ(read_line(environment.stdout_fd.get()), "up");
  const Fd inside = run(launcher().open_socket(environment.id));
  ASSERT_TRUE(connects(inside.get(), 8123));
  EXPECT_EQ(send(inside.get(), "hello", 5, 0), 5);
  EXPECT_EQ(read_line(environment.stdout_fd.get()), "hello");
  const Fd host(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in any{.sin_family = AF_INET};
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof any;
  ASSERT_EQ(bind(host.get(), reinterpret_cast<const sockaddr*>(&any), size), 0);
  ASSERT_EQ(listen(host.get(), 1), 0);
  ASSERT_EQ(getsockname(host.get(), reinterpret_cast<sockaddr*>(&any), &size), 0);
  const Fd other = run(launcher().open_socket(environment.id));
  EXPECT_FALSE(connects(other.get(), ntohs(any.sin_port)));
  run(launcher().kill(environment.id));
  launcher().forget(environment.id);
}

}  // namespace
}  // namespace haneul::sandbox::test
