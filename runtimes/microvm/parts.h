// The program of virtual machines: outside, as the main process of an environment, it runs QEMU; inside, as
// the guest's first process, it runs the function. Static, since there is nothing in the guest to load.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "sandbox/guest_frames.h"
#include "sandbox/guest_launch.h"

namespace haneul::guest {

// Outside. Returns the exit code, or ends this process by the function's signal.
int run_machine(const sandbox::GuestOrder& order, char** variables);

// Inside. Ends with the machine.
[[noreturn]] void run_inside();

// Parts of the latter.
void load_modules();                                      // of the first file system
Fd open_port();                                           // to the process outside
void bring_network_up();                                  // to the environment outside
void bring_loopback_up();                                 // of the present network namespace
Fd make_group(const sandbox::EnvironmentSpec& function);  // limits memory and processes; its directory
void enter_share();                                       // the function's root becomes ours
void complete_share(const sandbox::EnvironmentSpec& function);

// The function's main process, with two pipes for what it writes.
struct Function {
  pid_t pid = 0;
  Fd output;
  Fd errors;
};
Function start_function(const sandbox::EnvironmentSpec& function, const Fd& group, const std::string& filter);

// What functions know as 127.0.0.1 is the environment's loopback outside. Returns in the parent, which is
// then, and with it the function, in a network namespace with nothing but a loopback.
pid_t start_relay();

void write_all(int fd, std::string_view bytes);  // throws SandboxError

}  // namespace haneul::guest
