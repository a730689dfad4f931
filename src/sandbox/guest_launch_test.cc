// An ordinary specification turned into a virtual machine's, and QEMU's command line.
#include "sandbox/guest_launch.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sandbox/validate.h"

namespace haneul::sandbox {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

constexpr uint64_t kMib = 1024 * 1024;

EnvironmentSpec function() {
  EnvironmentSpec spec;
  spec.argv = {"/usr/bin/python3", "-u", "/var/runtime/bootstrap.py"};
  spec.environment = {"SECRET=hush"};
  spec.working_directory = "/var/task";
  spec.memory_bytes = 128 * kMib;
  spec.tmp_bytes = 512 * kMib;
  spec.cpu_permille = 2500;
  spec.mounts = {{"/data/code", "/var/task"}};
  spec.listeners = {{ListenSpec::Protocol::kTcp, "127.0.0.1", 9001}};
  return spec;
}

GuestKit kit(Accelerator accelerator = Accelerator::kKvm) {
  return {"/data/microvm", "/usr/bin/qemu-system-x86_64", accelerator};
}

std::string value_of(const std::vector<std::string>& command, const std::string& option) {
  const auto at = std::find(command.begin(), command.end(), option);
  return at == command.end() ? "" : *(at + 1);
}

// The launcher trusts nobody: what comes out must pass its own checks, or no virtual machine ever starts.
TEST(GuestLaunch, MakesAValidSpecification) {
  for (const Accelerator each : {Accelerator::kKvm, Accelerator::kEmulation}) {
    const EnvironmentSpec spec = put_into_guest(function(), kit(each));
    EXPECT_NO_THROW(validate_spec(spec));
    EXPECT_EQ(spec.guest, each == Accelerator::kKvm ? Guest::kWithKvm : Guest::kEmulated);
    EXPECT_EQ(spec.listeners.size(), 1u);
    EXPECT_EQ(spec.mounts.size(), 2u);
    EXPECT_EQ(spec.mounts.back().mode, Mount::Mode::kReadOnly);
  }
}

// The process outside tells the guest what to run: nothing of it may get lost between the two command lines.
TEST(GuestLaunch, HandsTheFunctionOver) {
  const EnvironmentSpec spec = put_into_guest(function(), kit());
  const GuestOrder order = parse_arguments(spec.argv);
  EXPECT_EQ(order.function.argv, function().argv);
  EXPECT_EQ(order.function.working_directory, "/var/task");
  EXPECT_EQ(order.function.memory_bytes, 128 * kMib);
  EXPECT_EQ(order.function.tmp_bytes, 512 * kMib);
  EXPECT_EQ(order.function.pids_max, function().pids_max);
  EXPECT_EQ(order.function.files_max, function().files_max);
  EXPECT_EQ(order.machine, machine_command(kit(), function(), {}));
  EXPECT_EQ(spec.environment, function().environment);
}

// Command lines are seen by others: credentials travel as variables only.
TEST(GuestLaunch, KeepsSecretsOffCommandLines) {
  EXPECT_THAT(put_into_guest(function(), kit()).argv, Each(Not(HasSubstr("hush"))));
}

// A cut or forged command line must end in an error, not beyond the vector.
TEST(GuestLaunch, RefusesOtherCommandLines) {
  std::vector<std::string> arguments = put_into_guest(function(), kit()).argv;
  const size_t machine = machine_command(kit(), function(), {}).size();
  for (size_t keep = 0; keep <= 9 + machine; ++keep) {
    EXPECT_THROW(parse_arguments({arguments.begin(), arguments.begin() + static_cast<ptrdiff_t>(keep)}),
                 SandboxError);
  }
  arguments[8] = "18446744073709551615";
  EXPECT_THROW(parse_arguments(arguments), SandboxError);
  arguments[8] = "0";
  EXPECT_THROW(parse_arguments(arguments), SandboxError);
}

// Emulation must never pass for KVM, nor a guest be able to write what all share or QEMU to start programs.
TEST(GuestLaunch, CommandsTheMachine) {
  const auto kvm = machine_command(kit(), function(), {});
  EXPECT_EQ(value_of(kvm, "-accel"), "kvm");
  EXPECT_EQ(value_of(kvm, "-smp"), "3");
  EXPECT_THAT(value_of(kvm, "-fsdev"), HasSubstr("readonly=on"));
  EXPECT_THAT(value_of(kvm, "-sandbox"), HasSubstr("spawn=deny"));
  EXPECT_THAT(kvm, Contains("-nodefaults"));
  EXPECT_THAT(value_of(kvm, "-append"), Not(HasSubstr("tsc_early_khz")));
  GuestKit emulated = kit(Accelerator::kEmulation);
  emulated.clock_khz = 2'500'000;
  const auto command = machine_command(emulated, function(), {});
  EXPECT_THAT(value_of(command, "-accel"), HasSubstr("tcg"));
  EXPECT_THAT(value_of(command, "-append"), HasSubstr("tsc_early_khz=2500000"));
}

// The function's memory is the guest's limit; the machine around it must have room for more than that.
TEST(GuestLaunch, LeavesRoomForTheKernel) {
  for (const uint64_t mib : {128u, 512u, 10'240u}) {
    EnvironmentSpec spec = function();
    spec.memory_bytes = mib * kMib;
    EXPECT_GT(guest_memory_mib(spec.memory_bytes), mib + 64);
    EXPECT_GT(put_into_guest(spec, kit()).memory_bytes, guest_memory_mib(spec.memory_bytes) * kMib);
  }
}

}  // namespace
}  // namespace haneul::sandbox
