// The environment around a virtual machine: what it has more than others, and that a guest's end becomes its
// own.
#include <filesystem>

#include <unistd.h>

#include "sandbox/guest_launch.h"
#include "sandbox/test_support.h"

namespace haneul::sandbox {
namespace {

namespace fs = std::filesystem;
using test::Outcome;
using test::SandboxTest;
using testing::HasSubstr;
using testing::Not;

class GuestEnvironment : public SandboxTest {
 protected:
  void SetUp() override {
    SandboxTest::SetUp();
    if (IsSkipped()) return;
    if (geteuid() != 0) GTEST_SKIP() << "virtual machines need a launcher of root's";
    std::string name = (fs::temp_directory_path() / "haneul-guest-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    kit_ = name;
    fs::permissions(kit_, fs::perms(0755));
  }
  void TearDown() override {
    if (!kit_.empty()) fs::remove_all(kit_);
  }
  Outcome run_as(Guest guest, const std::string& script) {
    EnvironmentSpec spec = shell(script);
    spec.guest = guest;
    spec.mounts.push_back({kit_, kKitInside, Mount::Mode::kReadOnly});
    return run_to_end(std::move(spec));
  }

  fs::path kit_;
};

// The guest is to see what a function would see, and nothing of the processes, devices and kit beside it.
TEST_F(GuestEnvironment, SharesItsRoot) {
  const Outcome seen = run_as(Guest::kEmulated,
                              "cd /mnt/root && test -x usr/bin/env && test -d var/task && echo whole; "
                              "ls -A proc dev mnt/microvm root; touch new || echo closed");
  EXPECT_THAT(seen.output, HasSubstr("whole"));
  EXPECT_THAT(seen.output, HasSubstr("closed"));
  EXPECT_THAT(seen.output, Not(HasSubstr("self")));
  EXPECT_THAT(seen.output, Not(HasSubstr("null")));
}

// KVM's device is a way to the host's kernel: only who runs guests on it may have it.
TEST_F(GuestEnvironment, HasKvmOnlyForIt) {
  const std::string look = "test -c /dev/kvm && echo device; echo x > /dev/null && echo rest; ls /dev";
  EXPECT_THAT(run_as(Guest::kWithKvm, look).output, HasSubstr("device"));
  EXPECT_THAT(run_as(Guest::kWithKvm, look).output, HasSubstr("rest"));
  EXPECT_THAT(run_as(Guest::kEmulated, look).output, Not(HasSubstr("device")));
  EXPECT_THAT(run_as(Guest::kNone, look).output, Not(HasSubstr("device")));
}

// A guest that was out of memory is told by a signal: of others it means what it says.
TEST_F(GuestEnvironment, TellsOutOfMemory) {
  const std::string end = "kill -64 $$";
  const ExitStatus guest = run_as(Guest::kEmulated, end).status;
  EXPECT_TRUE(guest.oom_killed);
  EXPECT_EQ(guest.signal, SIGKILL);
  const ExitStatus other = run_as(Guest::kNone, end).status;
  EXPECT_FALSE(other.oom_killed);
  EXPECT_EQ(other.signal, kOutOfMemorySignal);
}

// Nothing may wait or be forked with KVM at hand, nor have programs added.
TEST_F(GuestEnvironment, IsAlwaysExecuted) {
  EnvironmentSpec spec = shell("true");
  spec.guest = Guest::kWithKvm;
  spec.zygote = Zygote{.tenant = "t", .argv = spec.argv, .environment = {}, .mounts = {}};
  EXPECT_THROW(run_to_end(std::move(spec)), SandboxError);
}

}  // namespace
}  // namespace haneul::sandbox
