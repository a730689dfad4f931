// Runs a program of the machine and waits for it. No shell: arguments reach the program as they are.
#pragma once

#include <string>
#include <vector>

namespace haneul::app {

struct Ran {
  int code = 0;        // 127: there is no such program
  std::string output;  // standard output
  std::string errors;  // the end of standard error
};

Ran run_program(const std::vector<std::string>& command);

}  // namespace haneul::app
