#include "sandbox/microvm.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "base/fd.h"

namespace haneul::sandbox {
namespace {

namespace fs = std::filesystem;
using Verdict = MicrovmFinding::Verdict;

constexpr int kLimitMs = 5'000;
constexpr const char* kQemu = "qemu-system-x86_64";

MicrovmFinding fails(std::string text) { return {Verdict::kFails, std::move(text)}; }
MicrovmFinding holds(std::string text) { return {Verdict::kHolds, std::move(text)}; }
std::string reason() { return std::strerror(errno); }

// What a process of its own has to say: a guest that hangs cannot be stopped otherwise. Empty: it said
// nothing in time.
std::string ask_apart(const std::function<void(int)>& body) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return "pipe: " + reason();
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) return "fork: " + reason();
  if (pid == 0) {
    body(write_end.get());
    _exit(0);
  }
  write_end.reset();
  std::string said;
  char piece[4096];
  for (pollfd ready{read_end.get(), POLLIN, 0}; poll(&ready, 1, kLimitMs) == 1;) {
    const ssize_t count = read(read_end.get(), piece, sizeof piece);
    if (count <= 0) break;
    said.append(piece, static_cast<size_t>(count));
  }
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return said;
}

void say(int to, std::string_view text) {
  [[maybe_unused]] const ssize_t count = write(to, text.data(), text.size());
}

constexpr std::string_view kRan = "ran";

// One virtual processor in real mode: writes a byte to a port, then halts. Says kRan, or which step failed.
std::string run_guest(int kvm) {
  constexpr uint64_t kAddress = 0x1000;
  constexpr size_t kPageBytes = 4096;
  constexpr uint16_t kPort = 0x3f8;
  constexpr unsigned char kCode[] = {0xba, 0xf8, 0x03, 0xb0,
                                     'H',  0xee, 0xf4};  // mov dx,port; mov al,'H'; out; hlt
  const Fd vm(ioctl(kvm, KVM_CREATE_VM, 0));
  if (!vm) return "KVM_CREATE_VM failed: " + reason();
  void* page = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return "no page for the guest: " + reason();
  std::memcpy(page, kCode, sizeof kCode);
  kvm_userspace_memory_region region{};
  region.guest_phys_addr = kAddress;
  region.memory_size = kPageBytes;
  region.userspace_addr = reinterpret_cast<uint64_t>(page);
  if (ioctl(vm.get(), KVM_SET_USER_MEMORY_REGION, &region) != 0)
    return "KVM_SET_USER_MEMORY_REGION failed: " + reason();
  const Fd processor(ioctl(vm.get(), KVM_CREATE_VCPU, 0));
  if (!processor) return "KVM_CREATE_VCPU failed: " + reason();
  const int bytes = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  void* shared = bytes <= 0 ? MAP_FAILED
                            : mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, MAP_SHARED,
                                   processor.get(), 0);
  if (shared == MAP_FAILED) return "the virtual processor cannot be mapped: " + reason();
  const auto* run = static_cast<const kvm_run*>(shared);
  kvm_sregs segments{};
  if (ioctl(processor.get(), KVM_GET_SREGS, &segments) != 0) return "KVM_GET_SREGS failed: " + reason();
  segments.cs.base = 0;
  segments.cs.selector = 0;
  kvm_regs registers{};
  registers.rip = kAddress;
  registers.rflags = 2;
  if (ioctl(processor.get(), KVM_SET_SREGS, &segments) != 0 ||
      ioctl(processor.get(), KVM_SET_REGS, &registers) != 0)
    return "the virtual processor cannot be set: " + reason();
  if (ioctl(processor.get(), KVM_RUN, 0) != 0) return "the guest does not run (KVM_RUN): " + reason();
  const char* byte = reinterpret_cast<const char*>(run) + run->io.data_offset;
  if (run->exit_reason != KVM_EXIT_IO || run->io.port != kPort || *byte != 'H')
    return fmt::format("the guest does not run: it left with reason {}", run->exit_reason);
  if (ioctl(processor.get(), KVM_RUN, 0) != 0 || run->exit_reason != KVM_EXIT_HLT)
    return fmt::format("the guest does not halt: it left with reason {}", run->exit_reason);
  return std::string(kRan);
}

MicrovmFinding look_at_kvm(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0)
    return fails(path + " is missing: the kernel has no KVM, or nested virtualisation is off");
  const Fd kvm(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!kvm && errno == EACCES)
    return fails("no permission for " + path + ": join its group (kvm), or run as root");
  if (!kvm) return fails(path + " cannot be opened: " + reason());
  if (ioctl(kvm.get(), KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
    return fails(path + " does not speak KVM's API of version 12");
  const std::string said = ask_apart([&](int to) { say(to, run_guest(kvm.get())); });
  if (said == kRan) return holds(path + " runs a guest");
  return fails(said.empty() ? "the guest does not run: it hangs" : said);
}

std::string find_program(const std::string& directories) {
  for (size_t at = 0; at <= directories.size();) {
    const size_t end = std::min(directories.find(':', at), directories.size());
    const std::string path = directories.substr(at, end - at) + "/" + kQemu;
    if (end > at && access(path.c_str(), X_OK) == 0) return path;
    at = end + 1;
  }
  return {};
}

MicrovmFinding look_at_qemu(const std::string& directories) {
  const std::string program = find_program(directories);
  if (program.empty()) return fails(fmt::format("no {} (Debian: qemu-system-x86)", kQemu));
  const std::string machines = ask_apart([&](int to) {
    dup2(to, STDOUT_FILENO);
    execl(program.c_str(), kQemu, "-machine", "help", static_cast<char*>(nullptr));
  });
  if (machines.find("microvm") == std::string::npos) return fails(program + " has no microvm machine");
  if (!program.starts_with("/usr/")) return fails(program + " is not below /usr, all that environments see");
  return holds(program + " has the microvm machine");
}

MicrovmFinding look_for_kernel(const MicrovmPlaces& places) {
  const KernelSearch search = find_guest_kernel(places.boot, places.modules);
  if (search.kernel.image.empty()) return fails(search.why);
  return holds("the guest's kernel is " + search.kernel.image.string());
}

MicrovmFinding look_at_rights() {
  if (geteuid() == 0) return holds("the server is root's");
  return fails(
      "the server is an ordinary user's: its environments may neither open KVM nor share their root");
}

MicrovmFinding look_at_program(const fs::path& program) {
  std::error_code ignored;
  if (fs::is_regular_file(program, ignored)) return holds("the guest's program is " + program.string());
  return fails("no program for the guest: it belongs beside the runtimes (microvm/guest)");
}

uint64_t now_nanoseconds() {
  constexpr uint64_t kNanoseconds = 1'000'000'000;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_RAW, &now);
  return static_cast<uint64_t>(now.tv_sec) * kNanoseconds + static_cast<uint64_t>(now.tv_nsec);
}

// The processor's counter is the emulated guest's as well.
uint64_t measure_counter_khz() {
  constexpr timespec kPause{0, 50'000'000};
  constexpr uint64_t kNanosecondsPerMillisecond = 1'000'000;
  const uint64_t began = now_nanoseconds();
  const uint64_t first = __rdtsc();
  nanosleep(&kPause, nullptr);
  const uint64_t ended = now_nanoseconds();
  const uint64_t last = __rdtsc();
  return (last - first) * kNanosecondsPerMillisecond / (ended - began);
}

fs::path first_missing(const fs::path& directory) {
  fs::path missing;
  for (fs::path at = directory; !at.empty() && !fs::exists(at); at = at.parent_path()) missing = at;
  return missing;
}

}  // namespace

std::vector<MicrovmFinding> look_for_microvm(const MicrovmPlaces& places, Accelerator accelerator) {
  std::vector<MicrovmFinding> found = {look_at_qemu(places.programs), look_for_kernel(places),
                                       look_at_program(places.guest_program), look_at_rights()};
  if (accelerator == Accelerator::kKvm) found.insert(found.begin(), look_at_kvm(places.kvm));
  return found;
}

std::string refuse_microvm(const std::vector<MicrovmFinding>& findings) {
  std::string text = "virtual machines for functions are refused. What they need, as found on this machine:";
  for (const MicrovmFinding& finding : findings)
    text +=
        fmt::format("\n  {}  {}", finding.verdict == Verdict::kHolds ? "there   " : "missing ", finding.text);
  return text +
         "\nUse --isolation process, in a virtual machine of its own for each tenant who is not trusted.";
}

GuestKit prepare_microvm(const MicrovmPlaces& places, Accelerator accelerator, const fs::path& directory) {
  constexpr int kBootSeconds = 10;
  constexpr int kEmulatedBootSeconds = 60;
  std::vector<MicrovmFinding> found = look_for_microvm(places, accelerator);
  const auto refuse = [&] { throw SandboxError(SandboxError::Kind::kUnavailable, refuse_microvm(found)); };
  for (const MicrovmFinding& each : found) {
    if (each.verdict == Verdict::kFails) refuse();
  }
  const fs::path place = fs::absolute(directory);
  const fs::path made = first_missing(place);
  write_guest_kit(find_guest_kernel(places.boot, places.modules).kernel, places.guest_program, place);
  GuestKit kit{fs::canonical(place), find_program(places.programs), accelerator};
  if (accelerator == Accelerator::kEmulation) kit.clock_khz = measure_counter_khz();
  const int seconds = accelerator == Accelerator::kKvm ? kBootSeconds : kEmulatedBootSeconds;
  const std::string problem = try_guest(kit, seconds);
  if (problem.empty()) return kit;
  std::error_code ignored;
  if (!made.empty()) fs::remove_all(made, ignored);  // the place is left as it was found
  found.push_back(fails(problem));
  refuse();
  return kit;
}

}  // namespace haneul::sandbox
