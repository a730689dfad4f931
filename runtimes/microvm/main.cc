// Which of its two lives the program of virtual machines begins: the guest's first process, or QEMU's parent.
#include <cstdio>
#include <exception>

#include <unistd.h>

#include "parts.h"

int main(int argc, char** argv) {
  if (getpid() == 1 && argc < 3) haneul::guest::run_inside();
  try {
    return haneul::guest::run_machine(haneul::sandbox::parse_arguments({argv, argv + argc}), environ);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
