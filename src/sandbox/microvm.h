// What a virtual machine for each environment would need of this host, looked at and not guessed: KVM that
// runs a guest (one of a few instructions is run), QEMU with its microvm machine, and a kernel for the guest.
// https://docs.kernel.org/virt/kvm/api.html, https://www.qemu.org/docs/master/system/i386/microvm.html
//
// This build has no such tier: the findings say what an operator who asked for it is told. Invariant: nothing
// is ever called isolated by a virtual machine that is not.
#pragma once

#include <string>
#include <vector>

namespace haneul::sandbox {

struct MicrovmPlaces {
  std::string kvm = "/dev/kvm";
  std::string programs;  // directories as in PATH, where qemu-system-x86_64 is looked for
  std::vector<std::string> kernels = {"/usr/lib/haneul/guest-kernel",
                                      "/boot"};  // files, or where vmlinuz-* is
};

struct MicrovmFinding {
  enum class Verdict { kHolds, kFails };
  Verdict verdict = Verdict::kFails;
  std::string text;  // "no qemu-system-x86_64 in /usr/bin:/bin"
};

// Forks: call it while the process has one thread. Takes five seconds at most when a guest hangs.
std::vector<MicrovmFinding> look_for_microvm(const MicrovmPlaces& places);

// Why the choice is refused, in one text of several lines.
std::string refuse_microvm(const std::vector<MicrovmFinding>& findings);

}  // namespace haneul::sandbox
