// What a virtual machine for each environment needs of this host, looked at and not guessed: KVM that runs a
// guest, QEMU with its microvm machine, a kernel with the drivers for the guest, the program that runs in it.
// https://docs.kernel.org/virt/kvm/api.html, https://www.qemu.org/docs/master/system/i386/microvm.html
//
// Invariant: nothing is ever called isolated by a virtual machine that is not; where a guest has not been
// seen to boot, the choice is refused with the reason.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sandbox/guest_kit.h"

namespace haneul::sandbox {

struct MicrovmPlaces {
  std::string kvm = "/dev/kvm";
  std::string programs;  // directories as in PATH, where qemu-system-x86_64 is looked for
  std::filesystem::path boot = "/boot";
  std::filesystem::path modules = "/lib/modules";
  std::filesystem::path guest_program;  // of runtimes/microvm
};

struct MicrovmFinding {
  enum class Verdict { kHolds, kFails };
  Verdict verdict = Verdict::kFails;
  std::string text;  // "no qemu-system-x86_64 (Debian: qemu-system-x86)"
};

// Forks: call it while the process has one thread. Takes five seconds at most when a guest hangs.
std::vector<MicrovmFinding> look_for_microvm(const MicrovmPlaces& places, Accelerator accelerator);

// Why the choice is refused, in one text of several lines.
std::string refuse_microvm(const std::vector<MicrovmFinding>& findings);

// Looks, makes the kit in the directory and boots a guest. Throws SandboxError kUnavailable with the text of
// a refusal; the directory is then as it was.
GuestKit prepare_microvm(const MicrovmPlaces& places, Accelerator accelerator,
                         const std::filesystem::path& directory);

}  // namespace haneul::sandbox
