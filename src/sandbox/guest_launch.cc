#include "sandbox/guest_launch.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace haneul::sandbox {
namespace {

constexpr uint64_t kMib = 1024 * 1024;

// The order of the numbers in front of the two command lines.
constexpr size_t kFixedArguments = 8;

uint64_t parse_number(const std::string& text) {
  uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size())
    throw SandboxError(SandboxError::Kind::kInvalidSpec, fmt::format("{:?} is no number", text));
  return number;
}

// Nothing is asked of a BIOS, a PCI bus or a serial port that are not there; a guest that panics ends. KVM
// tells its guest the rate of the counter; an emulated one on a busy machine would measure it wrongly, or not
// at all.
std::string kernel_words(const GuestKit& kit) {
  std::string words =
      "quiet loglevel=0 panic=-1 reboot=t tsc=reliable nowatchdog pci=off audit=0 8250.nr_uarts=0 "
      "i8042.noaux i8042.nokbd cryptomgr.notests no_timer_check rcupdate.rcu_expedited=1 "
      "transparent_hugepage=never";
  if (kit.clock_khz != 0) words += fmt::format(" tsc_early_khz={}", kit.clock_khz);
  return words;
}

}  // namespace

std::vector<std::string> to_arguments(const std::string& program, const GuestOrder& order) {
  const EnvironmentSpec& function = order.function;
  std::vector<std::string> out = {program,
                                  "run",
                                  std::to_string(function.memory_bytes),
                                  std::to_string(function.tmp_bytes),
                                  std::to_string(function.pids_max),
                                  std::to_string(function.files_max),
                                  function.hostname,
                                  function.working_directory,
                                  std::to_string(order.machine.size())};
  out.insert(out.end(), order.machine.begin(), order.machine.end());
  out.insert(out.end(), function.argv.begin(), function.argv.end());
  return out;
}

GuestOrder parse_arguments(const std::vector<std::string>& arguments) {
  const auto refuse = [] {
    throw SandboxError(SandboxError::Kind::kInvalidSpec, "a command line that nobody made for this program");
  };
  if (arguments.size() < kFixedArguments + 1) refuse();
  GuestOrder order;
  order.function.memory_bytes = parse_number(arguments[2]);
  order.function.tmp_bytes = parse_number(arguments[3]);
  order.function.pids_max = static_cast<uint32_t>(parse_number(arguments[4]));
  order.function.files_max = static_cast<uint32_t>(parse_number(arguments[5]));
  order.function.hostname = arguments[6];
  order.function.working_directory = arguments[7];
  const uint64_t count = parse_number(arguments[8]);
  const auto rest = arguments.begin() + kFixedArguments + 1;
  if (count == 0 || count >= static_cast<uint64_t>(arguments.end() - rest)) refuse();
  const auto middle = rest + static_cast<std::ptrdiff_t>(count);
  order.machine.assign(rest, middle);
  order.function.argv.assign(middle, arguments.end());
  return order;
}

// The function's share and the kernel's: text, tables and one part in sixty-four for the pages' records.
uint64_t guest_memory_mib(uint64_t function_bytes) {
  constexpr uint64_t kKernelMib = 96;
  constexpr uint64_t kRecordsShare = 32;
  const uint64_t function_mib = function_bytes / kMib;
  return function_mib + kKernelMib + function_mib / kRecordsShare;
}

std::vector<std::string> machine_command(const GuestKit& kit, const EnvironmentSpec& function,
                                         const MachinePlaces& places) {
  constexpr uint32_t kCorePermille = 1000;
  constexpr uint32_t kCoresMax = 16;
  const uint32_t cores =
      std::clamp((function.cpu_permille + kCorePermille - 1) / kCorePermille, 1u, kCoresMax);
  const bool kvm = kit.accelerator == Accelerator::kKvm;
  std::vector<std::string> out = {kit.qemu,     "-nodefaults", "-no-user-config",
                                  "-no-reboot", "-display",    "none"};
  const auto add = [&out](std::string name, std::string value) {
    out.push_back(std::move(name));
    out.push_back(std::move(value));
  };
  add("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny");
  add("-machine",
      kvm ? "microvm,acpi=on,pit=off,pic=off,rtc=off,isa-serial=off,mem-merge=off,dump-guest-core=off"
          : "microvm,acpi=on,pit=on,pic=on,rtc=off,isa-serial=off,mem-merge=off,dump-guest-core=off");
  add("-accel", kvm ? "kvm" : "tcg,tb-size=128");
  add("-cpu", kvm ? "host" : "max");
  add("-smp", std::to_string(cores));
  add("-m", fmt::format("{}M", guest_memory_mib(function.memory_bytes)));
  add("-kernel", places.kit + "/vmlinux");
  add("-initrd", places.kit + "/initramfs");
  add("-append", kernel_words(kit));
  add("-device", "virtio-serial-device,max_ports=2");
  add("-chardev", fmt::format("socket,id=port,fd={}", kPortFd));
  add("-device", fmt::format("virtserialport,chardev=port,nr=1,name={}", kPortName));
  add("-fsdev",
      fmt::format("local,id=files,path={},security_model=none,readonly=on,multidevs=remap", places.share));
  add("-device", fmt::format("virtio-9p-device,fsdev=files,mount_tag={}", kShareName));
  add("-netdev", "user,id=net,ipv6=off");
  add("-device", "virtio-net-device,netdev=net");
  return out;
}

EnvironmentSpec put_into_guest(EnvironmentSpec function, const GuestKit& kit) {
  constexpr uint64_t kMachineMib = 128;      // QEMU beside the guest's memory
  constexpr uint64_t kTranslationMib = 256;  // and what an emulator keeps
  constexpr uint64_t kScratchBytes = 1 << 20;
  constexpr uint32_t kMachineFilesMax = 16'384;  // each file that is open inside is open here
  constexpr uint32_t kMachinePidsMax = 1'024;
  EnvironmentSpec out;
  const std::string program = std::string(kKitInside) + "/guest";
  out.argv = to_arguments(program, {machine_command(kit, function, {}), function});
  out.environment = std::move(function.environment);
  out.hostname = function.hostname;
  out.mounts = std::move(function.mounts);
  out.mounts.push_back({kit.directory, kKitInside, Mount::Mode::kReadOnly});
  out.listeners = std::move(function.listeners);
  const uint64_t beside = kMachineMib + (kit.accelerator == Accelerator::kEmulation ? kTranslationMib : 0);
  out.memory_bytes = (guest_memory_mib(function.memory_bytes) + beside) * kMib;
  out.tmp_bytes = kScratchBytes;
  out.cpu_permille = function.cpu_permille;
  out.pids_max = kMachinePidsMax;
  out.files_max = kMachineFilesMax;
  out.guest = kit.accelerator == Accelerator::kKvm ? Guest::kWithKvm : Guest::kEmulated;
  return out;
}

}  // namespace haneul::sandbox
