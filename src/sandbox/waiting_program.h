// A program that process 1 starts before it knows for whom: isolated and without privileges like any main
// process, but with nothing of a function in sight. It reads its variables from descriptor 3 ("NAME=value",
// each ended by a NUL byte, until the end of the pipe), which come when the environment has been completed.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "sandbox/environment_process.h"

namespace haneul::sandbox {

inline constexpr int kOrderPipe = 3;

class WaitingProgram {
 public:
  // Runs in process 1, which keeps its privileges. sources are those of the specification's mounts.
  WaitingProgram(const EnvironmentInputs& inputs, const EnvironmentSpec& spec, const Fd& output,
                 const Fd& errors, const std::vector<Fd>& sources);
  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }
  void release(const std::vector<std::string>& variables);

 private:
  pid_t pid_ = 0;
  Fd pidfd_;
  Fd order_;
};

}  // namespace haneul::sandbox
