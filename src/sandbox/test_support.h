// Shared by the tests of this folder: one launcher for the process, made before any thread, and short ways to
// run a command inside and read what it says. Tests that need privileges skip with the launcher's own reason.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "base/task/loops.h"
#include "sandbox/launcher.h"

namespace haneul::sandbox::test {

struct Outcome {
  ExitStatus status;
  std::string output;
  std::string errors;
};

class SandboxTest : public ::testing::Test {
 protected:
  void SetUp() override;

  Launcher& launcher();
  // Runs a task to its end on the shared loop, blocking this thread.
  template <class T>
  T run(Task<T> task);

  static EnvironmentSpec spec_for(std::vector<std::string> argv);
  static EnvironmentSpec shell(const std::string& script);
  Outcome run_to_end(EnvironmentSpec spec);
};

LauncherClient& shared_launcher();
Loop& shared_loop();
std::string read_to_end(int fd);  // waits at most 30 seconds
std::string read_line(int fd);    // up to the first newline

template <class T>
T SandboxTest::run(Task<T> task) {
  using Stored = std::conditional_t<std::is_void_v<T>, bool, T>;
  struct Result {
    std::mutex mutex;
    std::condition_variable wake;
    std::optional<Stored> value;
    std::exception_ptr error;
    bool done = false;
  };
  auto result = std::make_shared<Result>();
  auto body = [](Task<T> inner, std::shared_ptr<Result> out) -> Task<void> {
    std::optional<Stored> value;
    std::exception_ptr error;
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(inner);
        value = true;
      } else {
        value.emplace(co_await std::move(inner));
      }
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock(out->mutex);
    out->value = std::move(value);
    out->error = error;
    out->done = true;
    out->wake.notify_all();
  };
  spawn(shared_loop(), "test", body(std::move(task), result));
  std::unique_lock lock(result->mutex);
  result->wake.wait(lock, [&] { return result->done; });
  if (result->error) std::rethrow_exception(result->error);
  if constexpr (!std::is_void_v<T>) return std::move(*result->value);
}

}  // namespace haneul::sandbox::test
