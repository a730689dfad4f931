// A function in a virtual machine, as an ordinary environment: its main process is ours (runtimes/microvm,
// "guest run"), which starts QEMU, hands the function's order into the guest and ends as the function ended.
// https://www.qemu.org/docs/master/system/i386/microvm.html
//
// Invariant: the environment around it keeps every restriction that it has without a virtual machine.
#pragma once

#include <string>
#include <vector>

#include "sandbox/spec.h"

namespace haneul::sandbox {

// Who executes the guest's instructions: the processor (KVM), or QEMU by itself, which QEMU's makers do not
// call a boundary and which is many times slower.
enum class Accelerator : uint8_t { kKvm, kEmulation };

// What virtual machines are made of on this host: a directory with the kernel, the first file system and the
// program that runs in and beside them (guest_kit.h).
struct GuestKit {
  std::string directory;  // canonical
  std::string qemu;       // the program, below /usr
  Accelerator accelerator = Accelerator::kKvm;
  uint64_t clock_khz = 0;  // of the processor's counter, when the guest is not told by KVM
};

// Where the kit is inside an environment, and the files that the guest is to see.
inline constexpr const char* kKitInside = "/mnt/microvm";
inline constexpr const char* kShareInside = "/mnt/root";
inline constexpr const char* kShareName = "root";   // of the 9p share
inline constexpr const char* kPortName = "haneul";  // of the virtio port
inline constexpr int kPortFd = 3;                   // QEMU's end of it

// A main process that ends by this signal says: the function's memory was at its end.
inline constexpr int kOutOfMemorySignal = 64;

// What the main process is told on its command line; the function's variables are its own.
struct GuestOrder {
  std::vector<std::string> machine;  // QEMU's command line
  EnvironmentSpec function;          // limits, working directory, argv; the rest is not sent
};
std::vector<std::string> to_arguments(const std::string& program, const GuestOrder& order);
GuestOrder parse_arguments(const std::vector<std::string>& arguments);  // throws SandboxError

uint64_t guest_memory_mib(uint64_t function_bytes);

// Where QEMU finds the kit and what it shares: inside an environment, unless it is only tried.
struct MachinePlaces {
  std::string kit = kKitInside;
  std::string share = kShareInside;
};
std::vector<std::string> machine_command(const GuestKit& kit, const EnvironmentSpec& function,
                                         const MachinePlaces& places);

// Turns an ordinary function's specification into that of its virtual machine.
EnvironmentSpec put_into_guest(EnvironmentSpec function, const GuestKit& kit);

}  // namespace haneul::sandbox
