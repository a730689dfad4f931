#include "subprocess.h"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"

namespace haneul::app {

namespace {

constexpr size_t kErrorBytesMax = 4096;
constexpr int kNoSuchProgram = 127;

struct Pipe {
  Fd read_end;
  Fd write_end;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
  }
};

// False at the end of the pipe.
bool take(const Fd& from, std::string& into) {
  std::array<char, 16384> piece;
  const ssize_t count = read(from.get(), piece.data(), piece.size());
  if (count > 0) into.append(piece.data(), static_cast<size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

void take_all(const Pipe& output, const Pipe& errors, Ran& ran) {
  bool more_output = true;
  bool more_errors = true;
  while (more_output || more_errors) {
    pollfd ready[2] = {{more_output ? output.read_end.get() : -1, POLLIN, 0},
                       {more_errors ? errors.read_end.get() : -1, POLLIN, 0}};
    if (poll(ready, 2, -1) < 0 && errno != EINTR) return;
    if (ready[0].revents != 0) more_output = take(output.read_end, ran.output);
    if (ready[1].revents != 0) more_errors = take(errors.read_end, ran.errors);
    if (ran.errors.size() > kErrorBytesMax) ran.errors.erase(0, ran.errors.size() - kErrorBytesMax);
  }
}

}  // namespace

Ran run_program(const std::vector<std::string>& command) {
  Pipe output;
  Pipe errors;
  std::vector<char*> arguments;
  for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.write_end.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, errors.write_end.get(), 2);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == ENOENT) return {.code = kNoSuchProgram};
  if (failed != 0) throw std::system_error(failed, std::generic_category(), command[0]);
  output.write_end.reset();
  errors.write_end.reset();
  Ran ran;
  take_all(output, errors, ran);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

}  // namespace haneul::app
