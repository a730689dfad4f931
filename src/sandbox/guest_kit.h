// What virtual machines are made of: the host's kernel image, unpacked; a first file system with its drivers,
// the system call filter and our first process; and that process's program for the outside. Written once into
// the data directory, and again when one of them has changed.
// https://docs.kernel.org/driver-api/early-userspace/buffer-format.html,
// https://docs.kernel.org/arch/x86/boot.html
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/guest_launch.h"

namespace haneul::sandbox {

struct GuestKernel {
  std::filesystem::path image;
  std::vector<std::filesystem::path> modules;  // in the order in which they are loaded
};

// The newest kernel below boot whose drivers are below modules (usually /boot and /lib/modules). Without one
// the image is empty and why tells what is missing.
struct KernelSearch {
  GuestKernel kernel;
  std::string why;
};
KernelSearch find_guest_kernel(const std::filesystem::path& boot, const std::filesystem::path& modules);

// The ELF file inside a bzImage, so that no guest needs to unpack it. Throws SandboxError.
std::string unpack_kernel(std::string_view image);

struct InitramfsFile {
  std::string path;  // without a leading slash
  std::string bytes;
  unsigned mode = 0644;
};
// In the "newc" format, directories included, each before what it holds.
std::string make_initramfs(const std::vector<InitramfsFile>& files);

// Makes the directory what a GuestKit needs. guest_program is the static one of runtimes/microvm.
void write_guest_kit(const GuestKernel& kernel, const std::filesystem::path& guest_program,
                     const std::filesystem::path& directory);

// Boots a guest of the kit to its first process, outside of any environment and without a function. Empty
// when it got there, else why not. Waits so long at most.
std::string try_guest(const GuestKit& kit, int seconds);

}  // namespace haneul::sandbox
